import { AddressInfo } from 'node:net';
import WebSocket, { WebSocketServer } from 'ws';
import { PushMessage } from '../port';
import { FakeTaobaoClient, fakeConfig } from './taobao.client.fake';
import { mapPushMessage } from './taobao.push-mapper';
import { TaobaoPush } from './taobao.push';
import { signTmcConnect } from './taobao.signer';
import { FRAME, TmcFrame, TmcFrameError, decodeFrame, encodeFrame } from './taobao.tmc-codec';
import { TmcSocket } from './taobao.tmc-socket';

// The platform's own SDK judges the codec; it ships without types.
const { TmcCodec } = jest.requireActual<{
  TmcCodec: new () => { readMessage(bytes: Buffer): any; writeMessage(message: unknown): Buffer };
}>('taobao-sdk/lib/tmc/tmcCodec.js');
const sdk = new TmcCodec();
const app = { appKey: '12345678', appSecret: 'helloworld' };

describe('taobao message codec', () => {
  it('writes what the official SDK reads, ids of 19 digits included', () => {
    const bytes = encodeFrame({
      type: FRAME.send,
      token: 'tok',
      content: { __kind: 2, id: 4160600490938325004n, text: '中文😀' },
    });
    expect(sdk.readMessage(bytes)).toMatchObject({
      protocolVersion: 2,
      messageType: 2,
      token: 'tok',
      __kind: 2,
      id: '4160600490938325004',
      text: '中文😀',
    });
  });

  it('reads what the official SDK writes', () => {
    const bytes = sdk.writeMessage({
      messageType: 0,
      content: { app_key: '12345678', timestamp: '1700000000000', id: '4160600490938325004' },
    });
    expect(decodeFrame(bytes)).toEqual({
      type: 0,
      content: { app_key: '12345678', timestamp: '1700000000000', id: 4160600490938325004n },
    });
  });

  it('refuses frames that are cut, of another protocol, or of an unknown format', () => {
    const bytes = encodeFrame({ type: 2, content: { a: 'b' } });
    for (let cut = 0; cut < bytes.length; cut += 1)
      expect(() => decodeFrame(bytes.subarray(0, cut))).toThrow(TmcFrameError);
    expect(() => decodeFrame(Buffer.from([1, 2, 0, 0]))).toThrow(TmcFrameError);
    expect(() => decodeFrame(Buffer.from([2, 2, 9, 0]))).toThrow(TmcFrameError);
    expect(() => decodeFrame(Buffer.from([2, 2, 1, 0, 255, 255, 255, 255]))).toThrow(TmcFrameError);
  });
});

describe('taobao messages', () => {
  it.each([
    ['taobao_trade_TradeBuyerPay', 'order'],
    ['taobao_trade_TradeMemoModified', 'order'],
    ['taobao_modifysku_ResultNotify', 'order'],
    ['taobao_refund_RefundCreated', 'after-sale'],
    ['tmall_refund_RefundCreated', 'after-sale'],
    ['taobao_item_ItemStockChanged', 'listing'],
    ['taobao_logistics_LogsticDetailTrace', 'tracking'],
    ['taobao_top_AuthCancel', 'authorisation-cancelled'],
    ['taobao_new_Thing', 'other'],
  ])('%s speaks of %s', (topic, kind) => {
    expect(mapPushMessage({ id: '1', topic, content: '{}' }).kind).toBe(kind);
  });

  it('names order, refund and shop without losing a digit', () => {
    const content = '{"refund_id":273645192837465123,"tid":2231958349212345678}';
    expect(
      mapPushMessage({ id: '1', topic: 'taobao_refund_RefundCreated', content, userId: '263664221' }),
    ).toMatchObject({
      platformShopId: '263664221',
      platformOrderNo: '2231958349212345678',
      platformAfterSaleNo: '273645192837465123',
    });
    // A dispute is no refund: it names its order alone.
    const dispute = {
      id: '1',
      topic: 'taobao_dispute_ExchangeCreated',
      content: '{"dispute_id":33,"biz_order_id":22}',
    };
    expect(mapPushMessage(dispute)).toEqual({
      messageId: '1',
      topic: dispute.topic,
      kind: 'after-sale',
      platformOrderNo: '22',
    });
    expect(
      mapPushMessage({ id: '1', topic: 'taobao_modifyaddress_ResultNotify', content: '{"biz_order_id":22}' })
        .platformOrderNo,
    ).toBe('22');
    expect(mapPushMessage({ id: '1', topic: 'taobao_trade_TradeClose', content: 'broken' })).toEqual({
      messageId: '1',
      topic: 'taobao_trade_TradeClose',
      kind: 'order',
    });
  });

  it('pulls over HTTP and confirms only what was taken', async () => {
    const messages = ['1', '2', '3'].map((id) => ({
      id: Number(id),
      topic: 'taobao_trade_TradeBuyerPay',
      content: `{"tid":${id}}`,
      user_id: 7,
      pub_time: '2025-11-11 00:00:42',
    }));
    const client = new FakeTaobaoClient((request) => ({
      root: request.method.endsWith('consume') ? { messages: { tmc_message: messages } } : { is_success: true },
    }));
    const seen: PushMessage[] = [];
    const onMessage = async (message: PushMessage): Promise<void> => {
      if (message.messageId === '2') throw new Error('not now');
      seen.push(message);
    };
    expect(
      await new TaobaoPush(client.asClient(), fakeConfig()).pull({ app, wireNow: () => new Date(0) }, { onMessage }),
    ).toBe(3);
    expect(seen.map((message) => message.platformOrderNo)).toEqual(['1', '3']);
    expect(client.calls[1]).toMatchObject({
      method: 'taobao.tmc.messages.confirm',
      needsSession: false,
      params: { s_message_ids: '1,3' },
    });
  });

  it('opens messages of a shop without naming topics, which would replace those of the app', async () => {
    const client = new FakeTaobaoClient(() => ({ root: { is_success: true } }));
    await new TaobaoPush(client.asClient(), fakeConfig()).subscribe({
      shop: { ...app, platformShopId: '1' },
      wireNow: () => new Date(0),
      storyNow: () => new Date(0),
    });
    expect(client.calls[0]).toMatchObject({ method: 'taobao.tmc.user.permit', params: {} });
  });
});

/** Everything that a test leaves open. */
const running: (() => Promise<unknown>)[] = [];

/** A platform's end of the socket that records frames and speaks when told. */
class Peer {
  readonly frames: TmcFrame[] = [];
  readonly sockets: WebSocket[] = [];
  private readonly server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  static async start(token: string | null = 'tok'): Promise<Peer> {
    const peer = new Peer(token);
    await new Promise((done) => peer.server.once('listening', done));
    running.push(() => peer.stop());
    return peer;
  }
  private constructor(private readonly token: string | null) {
    this.server.on('connection', (socket) => {
      this.sockets.push(socket);
      socket.on('message', (data) => {
        const frame = decodeFrame(data as Buffer);
        this.frames.push(frame);
        if (frame.type === FRAME.connect) {
          const answer = this.token === null ? { statusCode: 401, statusPhrase: 'sign' } : { token: this.token };
          socket.send(encodeFrame({ type: FRAME.connectAck, content: {}, ...answer }));
        }
      });
    });
  }
  url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }
  say(id: bigint, tid: string): void {
    const content = {
      __kind: 3,
      id,
      topic: 'taobao_trade_TradeBuyerPay',
      content: `{"tid":${tid}}`,
      userid: 263664221n,
      time: 1762790442000n,
    };
    this.sockets.at(-1)!.send(encodeFrame({ type: FRAME.send, content }));
  }
  async until(what: (frames: TmcFrame[]) => boolean): Promise<void> {
    for (let wait = 0; wait < 600 && !what(this.frames); wait += 1) await new Promise((done) => setTimeout(done, 10));
    expect(what(this.frames)).toBe(true);
  }
  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    await new Promise((done) => this.server.close(done));
  }
}

describe('taobao message socket', () => {
  const call = { app, wireNow: () => new Date(1_700_000_000_000) };
  const open = (...args: ConstructorParameters<typeof TmcSocket>): TmcSocket => {
    const socket = new TmcSocket(...args);
    running.unshift(() => socket.close());
    return socket;
  };
  afterEach(async () => {
    for (const stop of running.splice(0)) await stop();
  });
  const kinds = (frames: TmcFrame[], kind: number): TmcFrame[] =>
    frames.filter((frame) => frame.content['__kind'] === kind);

  it('logs in with a sign, pulls, hands on messages and confirms them after the listener', async () => {
    const peer = await Peer.start();
    const seen: PushMessage[] = [];
    const states: string[] = [];
    const listener = {
      onMessage: async (message: PushMessage) => void seen.push(message),
      onState: (state: string) => void states.push(state),
    };
    open(call, listener, fakeConfig({ tmcUrl: peer.url() }));
    await peer.until((frames) => kinds(frames, 1).length > 0);
    const { content } = peer.frames[0]!;
    expect(content['sign']).toBe(signTmcConnect(app, 'default', String(content['timestamp'])));
    peer.say(4160600490938325004n, '2231958349212345678');
    await peer.until((frames) => kinds(frames, 2).length > 0);
    expect(kinds(peer.frames, 2)[0]).toMatchObject({ token: 'tok', content: { id: 4160600490938325004n } });
    expect(seen).toEqual([
      expect.objectContaining({
        kind: 'order',
        platformOrderNo: '2231958349212345678',
        platformShopId: '263664221',
        publishedAt: '2025-11-11T00:00:42+08:00',
      }),
    ]);
    expect(states).toEqual(['up']);
  });

  it('does not confirm a message that the listener could not take', async () => {
    const peer = await Peer.start();
    open(call, { onMessage: () => Promise.reject(new Error('database away')) }, fakeConfig({ tmcUrl: peer.url() }));
    await peer.until((frames) => kinds(frames, 1).length > 0);
    peer.say(5n, '1');
    await peer.until((frames) => kinds(frames, 20).length > 0);
    expect(kinds(peer.frames, 2)).toEqual([]);
  });

  it('connects anew after the platform closed the socket', async () => {
    const peer = await Peer.start();
    const states: string[] = [];
    open(
      call,
      { onMessage: async () => undefined, onState: (state) => void states.push(state) },
      fakeConfig({ tmcUrl: peer.url() }),
    );
    await peer.until((frames) => kinds(frames, 1).length > 0);
    peer.sockets[0]!.terminate();
    await peer.until((frames) => frames.filter((frame) => frame.type === FRAME.connect).length === 2);
    await peer.until((frames) => kinds(frames, 1).length > 1);
    expect(states).toEqual(['up', 'down', 'up']);
  });

  it('reports a refused log-in as down and closes for good when told', async () => {
    const peer = await Peer.start(null);
    const states: string[] = [];
    open(
      call,
      { onMessage: async () => undefined, onState: (state) => void states.push(state) },
      fakeConfig({ tmcUrl: peer.url() }),
    );
    for (let wait = 0; wait < 300 && states.length === 0; wait += 1) await new Promise((done) => setTimeout(done, 10));
    expect(states[0]).toBe('down');
  });
});
