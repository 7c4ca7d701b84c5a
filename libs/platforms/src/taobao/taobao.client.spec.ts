import { IncomingMessage, Server, ServerResponse, createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { PlatformError } from '../port';
import { TaobaoCaller, TaobaoClient } from './taobao.client';
import { fakeConfig } from './taobao.client.fake';
import { sign } from './taobao.signer';

type Answer = (form: URLSearchParams, response: ServerResponse, request: IncomingMessage) => void;

describe('taobao client', () => {
  let server: Server;
  let url = '';
  let answers: Answer[] = [];
  let forms: URLSearchParams[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const form = new URLSearchParams(Buffer.concat(parts).toString('utf8'));
        forms.push(form);
        const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
        answer(form, response, request);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/router/rest`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  beforeEach(() => {
    forms = [];
  });

  const caller = (change: Partial<TaobaoCaller> = {}): TaobaoCaller => ({
    shop: { appKey: '12345678', appSecret: 'helloworld', accessToken: 'token' },
    wireNow: () => new Date('2026-11-11T00:10:00+08:00'),
    ...change,
  });
  const client = () => new TaobaoClient(fakeConfig({ gatewayUrl: url, timeoutMs: 400, maxAnswerBytes: 10_000 }));
  const read = { method: 'taobao.trade.fullinfo.get', params: { tid: '1', fields: 'tid', status: '' } };
  const write = { method: 'taobao.logistics.offline.send', params: { tid: '1' }, isWrite: true };
  const says =
    (body: string): Answer =>
    (_form, response) =>
      void response.end(body);
  const ok = says('{"trade_fullinfo_get_response":{"trade":{"tid":2231958349212345678}}}');
  const fault = (code: number, subCode: string, subMsg = ''): Answer =>
    says(JSON.stringify({ error_response: { code, msg: 'x', sub_code: subCode, sub_msg: subMsg } }));
  const failure = async (act: Promise<unknown>): Promise<PlatformError> => {
    const error = await act.then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(PlatformError);
    return error as PlatformError;
  };

  it('posts a signed form without empty parameters and reads ids losslessly', async () => {
    answers = [ok];
    const answer = await client().call(caller(), read);
    expect(answer.root).toEqual({ trade: { tid: '2231958349212345678' } });
    const form = Object.fromEntries(forms[0]!);
    expect(form).toMatchObject({ session: 'token', format: 'json', v: '2.0', timestamp: '2026-11-11 00:10:00' });
    expect(form).not.toHaveProperty('status');
    expect(form['sign']).toBe(sign(form, 'helloworld'));
  });

  it('learns the clock skew from the Date header and repeats once after code 31', async () => {
    const right = new Date('2026-11-11T00:35:00+08:00').toUTCString();
    const dated =
      (answer: Answer): Answer =>
      (form, response, request) => {
        response.setHeader('Date', right);
        answer(form, response, request);
      };
    answers = [dated(fault(31, '')), dated(ok)];
    await client().call(caller(), read);
    expect(forms.map((form) => form.get('timestamp'))).toEqual(['2026-11-11 00:10:00', '2026-11-11 00:35:00']);
  });

  it('gives up after one repeat when the clock is still refused', async () => {
    answers = [fault(31, '')];
    const error = await failure(client().call(caller(), read));
    expect([error.kind, error.facts.reason, forms.length]).toEqual(['transient', 'clock', 2]);
  });

  it('waits for a short ban in place and hands a long one to the caller', async () => {
    answers = [fault(7, 'accesscontrol.limited-by-api-access-count', 'This ban will last for 1 more seconds'), ok];
    await client().call(caller(), read);
    expect(forms).toHaveLength(2);
    answers = [fault(7, 'accesscontrol.limited-by-app-access-count', 'This ban will last for 31062 more seconds')];
    const error = await failure(client().call(caller(), read));
    expect([error.kind, error.retryAfterMs, forms.length]).toEqual(['rate-limited', 31_062_000, 3]);
  });

  it('repeats a failed read, never a failed write, whose outcome stays unknown', async () => {
    answers = [says('<html>login</html>'), ok];
    await client().call(caller(), read);
    expect(forms).toHaveLength(2);
    forms = [];
    answers = [says('<html>login</html>')];
    const error = await failure(client().call(caller(), write));
    expect([error.kind, error.outcomeUnknown, forms.length]).toEqual(['transient', true, 1]);
  });

  it('treats a time-out and a dropped connection of a write as an unknown outcome', async () => {
    answers = [() => undefined];
    expect((await failure(client().call(caller(), write))).outcomeUnknown).toBe(true);
    answers = [(_form, _response, request) => void request.socket.destroy()];
    expect((await failure(client().call(caller(), write))).outcomeUnknown).toBe(true);
  });

  it('reads gzip, refuses a broken stream and one that inflates past the cap', async () => {
    const zipped =
      (body: Buffer): Answer =>
      (_form, response) => {
        response.setHeader('Content-Encoding', 'gzip');
        response.end(body);
      };
    const good = gzipSync('{"trade_fullinfo_get_response":{"trade":{"tid":1}}}');
    answers = [zipped(good)];
    expect((await client().call(caller(), read)).root).toEqual({ trade: { tid: '1' } });
    answers = [zipped(good.subarray(0, good.length - 9))];
    expect((await failure(client().call(caller(), read))).kind).toBe('transient');
    answers = [zipped(gzipSync(Buffer.alloc(5_000_000, 32)))];
    const bomb = await failure(client().call(caller(), read));
    expect([bomb.kind, bomb.message]).toEqual(['transient', expect.stringContaining('broken or too large')]);
  });

  it.each([
    ['{"logistics_offline_send_response":{"shipping":{"is_success":false}}}', 'transient'],
    ['{"logistics_offline_send_response":{"result":{"success":false,"error_code":"B04"}}}', 'already-done'],
    [
      '{"logistics_offline_send_response":{"result":{"success":false,"error_code":"isv.invalid-parameter:x"}}}',
      'rejected',
    ],
    ['{"something_else":{}}', 'transient'],
    ['[]', 'transient'],
    ['null', 'transient'],
  ])('looks at inner flags: %s', async (body, kind) => {
    answers = [says(body)];
    expect((await failure(client().call(caller(), write))).kind).toBe(kind);
  });

  it('survives nesting of ten thousand levels', async () => {
    answers = [says('['.repeat(4_000) + ']'.repeat(4_000))];
    expect((await failure(client().call(caller(), write))).kind).toBe('transient');
  });

  it('asks for a token before it calls in the name of a shop', async () => {
    const error = await failure(client().call(caller({ shop: { appKey: 'a', appSecret: 'b' } }), read));
    expect([error.kind, forms.length]).toEqual(['reauthorise', 0]);
  });

  it('takes a token of the bucket before every request', async () => {
    const admitted: string[] = [];
    answers = [ok];
    await client().call(caller({ admit: async (method) => void admitted.push(method) }), read);
    expect(admitted).toEqual(['taobao.trade.fullinfo.get']);
  });

  it('renews a refused token once and sends the same request again with the new one', async () => {
    answers = [fault(27, 'session-expired'), ok];
    const shop = { appKey: '12345678', appSecret: 'helloworld', accessToken: 'old' };
    const refused: string[] = [];
    const renewToken = (token: string) => {
      refused.push(token);
      shop.accessToken = 'new';
      return Promise.resolve(true);
    };

    await client().call(caller({ shop, renewToken }), read);

    expect(refused).toEqual(['old']);
    expect(forms.map((form) => [form.get('session'), form.get('tid')])).toEqual([
      ['old', '1'],
      ['new', '1'],
    ]);
  });

  it('gives a refusal on when the token cannot be renewed, and when the renewed one is refused too', async () => {
    answers = [fault(27, 'session-expired')];
    expect((await failure(client().call(caller({ renewToken: () => Promise.resolve(false) }), read))).kind).toBe(
      'reauthorise',
    );
    forms = [];
    expect((await failure(client().call(caller({ renewToken: () => Promise.resolve(true) }), read))).kind).toBe(
      'reauthorise',
    );
    expect(forms).toHaveLength(2);
  });

  it('hands over the bytes of every answer that cannot be read, as they came', async () => {
    const packed = gzipSync('{"a":1}').subarray(0, 15);
    const kept: { cause: string; bytes: Buffer; status: number; method: string }[] = [];
    const keepAnswer = (answer: (typeof kept)[number]) => Promise.resolve(void kept.push(answer));
    for (const [body, headers] of [
      ['\uFEFF{}', {}],
      ['{"trade":', {}],
      [packed, { 'content-encoding': 'gzip' }],
    ] as const) {
      answers = [(_form, response) => void response.writeHead(200, headers).end(body)];
      await failure(client().call(caller({ keepAnswer }), write));
      expect(kept.at(-1)).toMatchObject({ method: write.method, status: 200 });
      expect(kept.at(-1)!.bytes.equals(Buffer.from(body as Buffer))).toBe(true);
    }
    answers = [fault(27, 'session-expired')];
    await failure(client().call(caller({ keepAnswer }), write));
    expect(kept).toHaveLength(3);
  });
});
