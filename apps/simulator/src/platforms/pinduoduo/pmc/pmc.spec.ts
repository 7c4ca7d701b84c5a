import { WebSocket } from 'ws';
import { wireNow } from '../../../core/wire';
import { parseKeepingIds } from '../../../kit/lossless-json';
import type { Answer } from '../../../testing/harness';
import { socketDigest } from '../sign';
import { APP, SHOP, startHere, type Client } from '../testing/pinduoduo-client';

let client: Client;
let stop: () => Promise<void>;

beforeAll(async () => {
  const { client: own, simulator } = await startHere({ SIMULATOR_STORY_RATE: '1' });
  client = own;
  stop = () => simulator.close();
  await client.control('POST', '/seed', { platform: 'pinduoduo', seed: 1, orders: 0, listings: 10, days: 1 });
});
afterAll(() => stop());

const open: WebSocket[] = [];
afterEach(async () => {
  for (const socket of open.splice(0)) socket.terminate();
  await client.faults();
});

/** A consumer: keeps what came, and confirms when told to. */
class Consumer {
  readonly frames: Answer[] = [];
  isAcking = true;

  constructor(readonly socket: WebSocket) {
    open.push(socket);
    socket.on('message', (data) => {
      const text = String(data);
      const frame = parseKeepingIds(text) as Answer;
      this.frames.push({ ...frame, text });
      if (this.isAcking && frame.commandType === 'Common') this.answer('Ack', frame);
    });
  }

  answer(commandType: 'Ack' | 'Fail', frame: Answer): void {
    const { type, mallID } = frame.message as Answer;
    const rest = `"commandType":"${commandType}","time":${wireNow()},"sendTime":${frame.sendTime},"type":"${type}","mallID":${mallID}`;
    this.socket.send(`{"id":${frame.id},${rest}}`);
  }

  get messages(): Answer[] {
    return this.frames.filter((frame) => frame.commandType === 'Common');
  }

  async until(count: number): Promise<void> {
    for (let tries = 0; this.messages.length < count; tries += 1) {
      if (tries > 300) throw new Error(`only ${this.messages.length} of ${count} messages came`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function connect(more: { secret?: string; ms?: number; escape?: boolean } = {}): Promise<Consumer> {
  const ms = String(more.ms ?? wireNow());
  const digest = socketDigest(APP.clientId, ms, more.secret ?? APP.clientSecret);
  const last = more.escape === true ? digest.replaceAll('=', '%3D') : digest;
  const socket = new WebSocket(`${client.base.replace('http', 'ws')}/pinduoduo/message/${APP.clientId}/${ms}/${last}`);
  const consumer = new Consumer(socket);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(consumer));
    socket.once('error', reject);
  });
}

const waiting = async (): Promise<number> =>
  (await client.call('pdd.pmc.accrue.query', {}, { token: '' })).pmc_user_get_response.number as number;

describe('the message socket', () => {
  it('takes a digest of now, also with %3D, and refuses a wrong one and one of long ago', async () => {
    await connect();
    await connect({ escape: true });
    await expect(connect({ secret: 'wrong' })).rejects.toThrow('401');
    await expect(connect({ ms: wireNow() - 660_000 })).rejects.toThrow('401');
  });

  it('answers a heartbeat', async () => {
    const consumer = await connect();
    consumer.socket.send(JSON.stringify({ id: 1, commandType: 'HeartBeat', time: 1 }));
    for (let tries = 0; consumer.frames.length === 0 && tries < 100; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(consumer.frames[0]).toMatchObject({ commandType: 'HeartBeat' });
  });

  it('tells nothing of a shop that did not permit it, then each step of its orders with ids that JSON.parse rounds', async () => {
    const consumer = await connect();
    await client.order();
    expect(await waiting()).toBe(0);
    expect((await client.call('pdd.pmc.user.permit')).pmc_user_permit_response.is_success).toBe(true);
    const no = (await client.order(['TEE-RED-M'])).platformOrderNo as string;
    await client.act(no, 'memo', { memo: '加急', flag: 1 });
    await client.act(no, 'request-refund');
    await consumer.until(3);
    expect(consumer.messages.map((frame) => frame.message.type)).toEqual([
      'pdd_trade_TradeConfirmed',
      'pdd_trade_TradeMemoModified',
      'pdd_refund_RefundCreated',
    ]);
    const [first, , third] = consumer.messages as [Answer, Answer, Answer];
    expect(first.message).toMatchObject({ mallID: Number(SHOP.shopId) });
    expect(JSON.parse(first.message.content as string)).toEqual({ mall_id: Number(SHOP.shopId), tid: no });
    expect(JSON.parse(third.message.content as string)).toMatchObject({ bill_type: 1, tid: no });
    const rounded = JSON.parse(first.text as string) as { id: number };
    expect(BigInt(rounded.id)).not.toBe(BigInt(first.id as string));
    for (let tries = 0; (await waiting()) > 0 && tries < 100; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await waiting()).toBe(0);
  });

  it('sends again, under another id, what was failed or confirmed with a rounded id', async () => {
    const consumer = await connect();
    consumer.isAcking = false;
    await client.call('pdd.pmc.user.permit');
    await client.order();
    await consumer.until(1);
    const [first] = consumer.messages as [Answer];
    const rounded = JSON.parse(first.text as string) as { id: number };
    consumer.socket.send(JSON.stringify({ id: rounded.id, commandType: 'Ack', time: 1 }));
    consumer.answer('Fail', first);
    await consumer.until(2);
    const [, again] = consumer.messages as [Answer, Answer];
    expect(again.message.content).toBe(first.message.content);
    expect(again.id).not.toBe(first.id);
    consumer.answer('Ack', again);
    for (let tries = 0; (await waiting()) > 0 && tries < 100; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await waiting()).toBe(0);
  }, 30_000);

  it('loses and doubles messages when told to, and counts both', async () => {
    const consumer = await connect();
    await client.call('pdd.pmc.user.permit');
    await client.faults({ kind: 'push-double', p: 1 });
    await client.order();
    await consumer.until(2);
    expect(new Set(consumer.messages.map((frame) => frame.id)).size).toBe(2);
    await client.faults({ kind: 'push-lost', p: 1 });
    await client.order();
    const { items } = await client.control('GET', '/faults');
    expect((items as Answer[]).find((fault) => fault.kind === 'push-lost')?.injected).toBe(1);
    expect(await waiting()).toBe(0);
  });

  it('tells only permitted topics, until the shop cancels', async () => {
    await client.call('pdd.pmc.user.permit', { topics: 'pdd_trade_TradeSellerShip' });
    const user = await client.call('pdd.pmc.user.get', { owner_id: SHOP.shopId }, { token: '' });
    expect(user.pmc_user_get_response.pmc_user.topics).toEqual(['pdd_trade_TradeSellerShip']);
    const consumer = await connect();
    const no = (await client.order()).platformOrderNo as string;
    await client.act(no, 'ship-elsewhere');
    await consumer.until(1);
    expect(consumer.messages[0]!.message.type).toBe('pdd_trade_TradeSellerShip');
    const cancelled = await client.call('pdd.pmc.user.cancel', { owner_id: SHOP.shopId }, { token: '' });
    expect(cancelled.tmc_user_cancel_response.is_success).toBe(true);
  });
});
