import { WebSocket } from 'ws';
import { type Answer } from '../../../testing/harness';
import { startHere, APP, MALL, type Client } from '../testing/taobao-client';
import { wireNow } from '../../../core/wire';
import { FRAME, KIND, readFrame, writeFrame, type Frame } from './codec';
import { connectSign } from './socket';

let client: Client;
let stop: () => Promise<void>;

beforeEach(async () => {
  const { client: own, simulator } = await startHere();
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'taobao', seed: 5, orders: 0, listings: 8, days: 1 });
  await client.call('taobao.tmc.user.permit');
});
afterEach(() => stop());

/** A plain consumer of the socket. */
class Consumer {
  readonly frames: Frame[] = [];
  readonly acks: Frame[] = [];
  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      const frame = readFrame(data);
      (frame.type === FRAME.send ? this.frames : this.acks).push(frame);
    });
  }

  static async open(secret = APP.appSecret): Promise<Consumer> {
    const socket = new WebSocket(`${client.base.replace('http', 'ws')}/taobao/tmc`);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const consumer = new Consumer(socket);
    const timestamp = String(wireNow());
    const headers = {
      app_key: APP.appKey,
      group_name: 'default',
      timestamp,
      sign: connectSign(APP.appKey, 'default', timestamp, secret),
      sdk: 'test',
      intranet_ip: '127.0.0.1',
    };
    socket.send(writeFrame(FRAME.connect, { headers }));
    await until(() => consumer.acks.length > 0);
    return consumer;
  }

  pull(): void {
    this.socket.send(writeFrame(FRAME.send, { headers: { __kind: { byte: KIND.pull } } }));
  }

  confirm(frame: Frame): void {
    this.socket.send(
      writeFrame(FRAME.send, {
        headers: { __kind: { byte: KIND.confirm }, id: { int64: BigInt(String(frame.headers.get('id'))) } },
      }),
    );
  }

  close(): void {
    this.socket.terminate();
  }
}

async function until(isTrue: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  const end = wireNow() + ms;
  while (!(await isTrue())) {
    if (wireNow() > end) throw new Error('What was waited for did not come.');
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

const waiting = async (): Promise<number> =>
  (await client.call('taobao.tmc.queue.get', {}, { token: '' })).tmc_queue_get_response.datas.tmc_queue_info[0]
    .put_total as number;
const inject = (fault: Answer): Promise<Answer> =>
  client.control('PUT', '/faults', { platform: 'taobao', faults: [fault] });

describe('the message socket', () => {
  it('gives a token for a right sign and a reason for a wrong one', async () => {
    const good = await Consumer.open();
    expect(good.acks[0]).toMatchObject({ type: FRAME.connectAck, token: expect.any(String) });
    good.close();
    const bad = await Consumer.open('wrong');
    expect(bad.acks[0]).toMatchObject({ statusCode: 401, statusPhrase: 'sign is invalid' });
    bad.close();
  });

  it('tells of an order from its creation to its signature', async () => {
    const consumer = await Consumer.open();
    consumer.pull();
    const order = await client.order();
    await client.call('taobao.logistics.offline.send', {
      tid: order.platformOrderNo as string,
      company_code: 'ZTO',
      out_sid: '78500000000001',
    });
    await client.act(order.platformOrderNo as string, 'sign');
    await until(() => consumer.frames.length >= 5);
    const topics = consumer.frames.map((frame) => frame.headers.get('topic'));
    expect(topics).toEqual([
      'taobao_trade_TradeCreate',
      'taobao_trade_TradeBuyerPay',
      'taobao_trade_TradeSellerShip',
      'taobao_logistics_LogsticDetailTrace',
      'taobao_logistics_LogsticDetailTrace',
    ]);
    expect(String(consumer.frames[4]!.headers.get('content'))).toContain('"action":"SIGNED"');
    expect(String(consumer.frames[0]!.headers.get('content'))).toContain(`"tid":${order.platformOrderNo}`);
    consumer.close();
  });

  it('delivers an unconfirmed message again, to a new connection too, until it is confirmed', async () => {
    await client.order();
    const first = await Consumer.open();
    first.pull();
    await until(() => first.frames.length === 2);
    first.confirm(first.frames[0]!);
    await until(async () => (await waiting()) === 1);
    first.close();
    const second = await Consumer.open();
    second.pull();
    await until(() => second.frames.length === 1);
    const again = second.frames[0]!;
    expect(again.headers.get('id')).toBe(first.frames[1]!.headers.get('id'));
    expect(Number(again.headers.get('retried'))).toBeGreaterThan(0);
    second.confirm(again);
    await until(async () => (await waiting()) === 0);
    second.close();
  });

  it('sends nothing to shops that were not permitted, and only the permitted topics', async () => {
    await client.call('taobao.tmc.user.permit', { topics: 'taobao_trade_TradeBuyerPay' });
    await client.order();
    expect(await waiting()).toBe(1);
    await client.call('taobao.tmc.user.cancel', { nick: '汇店演示旗舰店' }, { token: '' });
    await client.order();
    expect(await waiting()).toBe(1);
  });

  it('tells that a seller cancelled his grant', async () => {
    await client.control('POST', `/apps/${APP.appKey}/shops/${MALL.shopId}/revoke`);
    const answer = await client.call('taobao.tmc.messages.consume', { quantity: '10' }, { token: '' });
    expect(answer.tmc_messages_consume_response.messages.tmc_message[0].topic).toBe('taobao_top_AuthCancel');
  });
});

describe('the message queue over HTTP', () => {
  it('gives out messages and forgets what was confirmed', async () => {
    await client.order();
    const answer = await client.call('taobao.tmc.messages.consume', { quantity: '100' }, { token: '' });
    const messages = answer.tmc_messages_consume_response.messages.tmc_message as Answer[];
    expect(messages.map((message) => message.topic)).toEqual([
      'taobao_trade_TradeCreate',
      'taobao_trade_TradeBuyerPay',
    ]);
    expect(messages[0]!.id).toMatch(/^\d{19}$/);
    await client.call(
      'taobao.tmc.messages.confirm',
      { s_message_ids: messages.map((message) => message.id as string).join(',') },
      { token: '' },
    );
    expect(await waiting()).toBe(0);
  });
});

describe('push faults', () => {
  const consume = async (): Promise<Answer[]> =>
    ((await client.call('taobao.tmc.messages.consume', { quantity: '200' }, { token: '' }))
      .tmc_messages_consume_response.messages?.tmc_message ?? []) as Answer[];
  const injected = async (kind: string): Promise<number> =>
    ((await client.control('GET', '/faults')).items as Answer[]).find((fault) => fault.kind === kind)!
      .injected as number;

  it('loses messages', async () => {
    await inject({ kind: 'push-lost', p: 1 });
    await client.order();
    expect(await consume()).toHaveLength(0);
    expect(await injected('push-lost')).toBe(2);
  });

  it('doubles messages', async () => {
    await inject({ kind: 'push-double', p: 1 });
    await client.order();
    expect(await consume()).toHaveLength(4);
    expect(await injected('push-double')).toBe(2);
  });

  it('reorders messages', async () => {
    await inject({ kind: 'push-reorder', p: 0.5 });
    for (let i = 0; i < 10; i += 1) await client.order();
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    const ids = (await consume()).map((message) => message.id as string);
    expect(ids).toHaveLength(20);
    expect(ids).not.toEqual([...ids].sort());
    expect(await injected('push-reorder')).toBeGreaterThan(0);
  });
});
