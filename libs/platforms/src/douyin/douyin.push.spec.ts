import { WebhookRequest } from '../port';
import { fakeCall, fixtureText } from './douyin.client.fake';
import { receiveDouyinPush } from './douyin.push';
import { eventSign } from './douyin.signer';

const app = { appKey: fakeCall.shop.appKey, appSecret: fakeCall.shop.appSecret };
const call = { app, wireNow: fakeCall.wireNow };

function request(body: string | Buffer, headers: Record<string, string> = {}): WebhookRequest {
  const rawBody = Buffer.from(body);
  const sign = eventSign(app, rawBody, 'md5');
  return { headers: { 'app-id': app.appKey, 'event-sign': sign, ...headers }, query: {}, rawBody };
}
const receive = (given: WebhookRequest) => receiveDouyinPush(call, given);
const message = (tag: unknown, data: unknown, id: object = { msg_id: 'm1' }) =>
  request(JSON.stringify([{ tag, ...id, data: JSON.stringify(data) }]));

describe('pushes of douyin', () => {
  it('reads the recorded message, whose ids keep all 19 digits, and acknowledges it', async () => {
    const { push_vectors } = JSON.parse(fixtureText('vectors.json')) as {
      push_vectors: { body: string; event_sign: string }[];
    };
    const { body, event_sign } = push_vectors[0]!;
    const given = request(body, { 'event-sign': event_sign });
    await expect(receive(given)).resolves.toBeDefined();
    const { messages, reply } = await receive(given);
    expect(messages).toEqual([
      {
        messageId: '101:6921377343921159820:101:1758700000:7539900112233445566',
        topic: '101',
        kind: 'order',
        platformShopId: '4463798',
        platformOrderNo: '6921377343921159820',
        publishedAt: '2025-09-24T15:46:40+08:00',
      },
    ]);
    expect([reply.status, JSON.parse(reply.body)]).toEqual([200, { code: 0, msg: 'success' }]);
  });

  it('verifies raw bytes by either digest, named by the header or told by its length', async () => {
    const body = Buffer.from(' [ {"tag":"100","data":"{}"} ]\n');
    const hmac = eventSign(app, body, 'hmac-sha256');
    const md5 = eventSign(app, body, 'md5');
    const given: Record<string, string>[] = [
      { 'event-sign': hmac },
      { 'event-sign': hmac, 'sign-method': 'hmac-sha256' },
      { 'event-sign': md5, 'sign-method': 'MD5' },
      { 'event-sign': md5.toUpperCase() },
      { 'event-sign': md5, 'app-id': '' },
    ];
    for (const headers of given)
      await expect(receive(request(body, headers))).resolves.toMatchObject({ messages: [expect.anything()] });
  });

  it.each([
    ['a flipped byte', { 'event-sign': eventSign(app, Buffer.from('[{"tag":"1"}]'), 'md5') }],
    ['no sign', { 'event-sign': '' }],
    ['a sign of another length', { 'event-sign': 'abc' }],
    ['another digest than it names', { 'sign-method': 'hmac-sha256' }],
    ['another app', { 'app-id': '7000000000000000002' }],
  ])('refuses %s', async (_title, headers) => {
    await expect(receive(request('[{"tag":"2"}]', headers))).rejects.toMatchObject({ kind: 'rejected' });
  });

  it('refuses a signed body that is no JSON', async () => {
    await expect(receive(request('[{"tag":'))).rejects.toMatchObject({ kind: 'rejected' });
  });

  it('answers the check of the address without a message', async () => {
    const { messages, reply } = await receive(request('[{"tag":"0","msg_id":"0","data":"x"}]'));
    expect([messages, reply.status]).toEqual([[], 200]);
  });

  it('takes one object, a numeric tag, msgId and data as an object', async () => {
    const body = '{"tag":400,"msgId":"9","data":{"product_id":3704250147174219802,"shop_id":1}}';
    expect((await receive(request(body))).messages).toEqual([
      {
        messageId: '400:9',
        topic: '400',
        kind: 'listing',
        platformShopId: '1',
        listingId: '3704250147174219802',
      },
    ]);
  });

  it.each([
    ...['100', '101', '102', '103', '104', '105', '106', '108', '109', '110', '111', '112', '113', '126'].map((tag) => [
      tag,
      'order',
    ]),
    ...['200', '201', '206', '207', '212', '218', '224', '227'].map((tag) => [tag, 'after-sale']),
    ['417', 'listing'],
    ['137', 'other'],
    ['500', 'other'],
  ])('knows what tag %s speaks of: %s', async (tag, kind) => {
    expect((await receive(message(tag, { p_id: '1' }))).messages[0]!.kind).toBe(kind);
  });

  it('reads the RFC 3339 times of refunds', async () => {
    const data = {
      aftersale_id: 146701382803677,
      p_id: '6921377343921159820',
      update_time: '2025-09-24T15:46:40+08:00',
    };
    expect((await receive(message('206', data))).messages[0]).toMatchObject({
      platformAfterSaleNo: '146701382803677',
      platformOrderNo: '6921377343921159820',
      publishedAt: '2025-09-24T15:46:40+08:00',
    });
  });

  it('takes a message whose data cannot be read for what its tag says', async () => {
    const body = '[{"tag":"101","msg_id":"1","data":"{half"},{"msg_id":"2"}]';
    expect((await receive(request(body))).messages).toEqual([{ messageId: '101:1', topic: '101', kind: 'order' }]);
  });
});
