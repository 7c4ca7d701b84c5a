import { AddressInfo } from 'node:net';
import { createServer, Server } from 'node:http';
import WebSocket, { WebSocketServer } from 'ws';
import { PushMessage } from '../port';
import { readFrame, writeAck, writeHeartbeat } from './pinduoduo.push-frames';
import { PinduoduoSocket } from './pinduoduo.push-socket';
import { pushDigest } from './pinduoduo.signer';

const text = (content: unknown, type = 'pdd_trade_TradeConfirmed', mallID: unknown = 100200300): string =>
  `{"id":9007199254740993,"commandType":"Common","time":1795300000123,"sendTime":1795300000124,"message":${JSON.stringify(
    { type, mallID, content: typeof content === 'string' ? content : JSON.stringify(content) },
  )}}`;
const messageOf = (frame: string): PushMessage => {
  const read = readFrame(frame);
  if (read.kind !== 'message') throw new Error('no message');
  return read.message;
};

describe('pinduoduo push frames', () => {
  it('reads what an order message names, with every digit of its id', () => {
    expect(messageOf(text({ mall_id: 100200300, tid: '261121-123456789012345' }))).toEqual({
      messageId: '9007199254740993',
      topic: 'pdd_trade_TradeConfirmed',
      kind: 'order',
      platformShopId: '100200300',
      platformOrderNo: '261121-123456789012345',
      publishedAt: '2026-11-22T06:26:40.123+08:00',
    });
  });

  it.each([
    ['pdd_trade_TradeSellerShip', 'order'],
    ['pdd_trade_TradeRiskChanged', 'order'],
    ['pdd_trade_BuyerMemoModified', 'order'],
    ['pdd_refund_RefundCreated', 'after-sale'],
    ['pdd_refund_RefundClosed', 'after-sale'],
    ['pdd_goods_GoodsOffShelf', 'listing'],
    ['pdd_chat_OrderPromise', 'other'],
    ['something_new', 'other'],
  ])('takes topic %s for %s', (type, kind) => {
    expect(messageOf(text({ tid: '1', refund_id: 7300000001, goods_id: 600 }, type))).toMatchObject({
      kind,
      platformOrderNo: '1',
      platformAfterSaleNo: '7300000001',
      listingId: '600',
    });
  });

  it('reads a real refund body', () => {
    const body = {
      mall_id: 100200300,
      refund_fee: 1990,
      bill_type: 1,
      modified: 1625600000000,
      refund_id: 7300000001,
      operation: 1000,
      tid: '210706-123456789012345',
    };
    expect(messageOf(text(body, 'pdd_refund_RefundCreated', undefined))).toMatchObject({
      platformShopId: '100200300',
      platformAfterSaleNo: '7300000001',
      platformOrderNo: '210706-123456789012345',
    });
  });

  it('names topic and shop although the content cannot be read', () => {
    expect(messageOf(text('{broken'))).toMatchObject({
      topic: 'pdd_trade_TradeConfirmed',
      platformShopId: '100200300',
    });
  });

  it('tells heartbeats and other frames from messages, and refuses what is no JSON', () => {
    expect(readFrame('{"id":1,"commandType":"HeartBeat","time":1}')).toEqual({ kind: 'heartbeat' });
    expect(readFrame('{"id":1,"commandType":"Common"}')).toEqual({ kind: 'other' });
    expect(readFrame('[]')).toEqual({ kind: 'other' });
    expect(() => readFrame('hello')).toThrow(SyntaxError);
  });

  it('echoes ids digit for digit when it acknowledges or refuses', () => {
    const frame = readFrame(text({ tid: '1' }));
    if (frame.kind !== 'message') throw new Error('no message');
    expect(writeAck(frame, 5)).toBe(
      '{"id":9007199254740993,"commandType":"Ack","time":5,"sendTime":1795300000124,"type":"pdd_trade_TradeConfirmed","mallID":100200300}',
    );
    const failed = writeAck(frame, 5, 'x'.repeat(2_000));
    expect(failed).toContain('"commandType":"Fail"');
    expect((JSON.parse(failed) as { failReason: string }).failReason).toHaveLength(1_000);
    expect(writeHeartbeat(7)).toBe('{"id":7,"commandType":"HeartBeat","time":7}');
  });
});

describe('pinduoduo message socket', () => {
  let http: Server;
  let server: WebSocketServer;
  let pushUrl = '';
  let paths: string[] = [];
  let frames: string[] = [];
  let onConnect: (socket: WebSocket) => void = () => undefined;
  const open: PinduoduoSocket[] = [];

  beforeEach(async () => {
    paths = [];
    frames = [];
    http = createServer();
    server = new WebSocketServer({ server: http });
    server.on('connection', (socket, request) => {
      paths.push(request.url ?? '');
      socket.on('message', (data: Buffer) => frames.push(data.toString('utf8')));
      onConnect(socket);
    });
    await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
    pushUrl = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/message`;
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((socket) => socket.close()));
    for (const client of server.clients) client.terminate();
    await new Promise((done) => http.close(done));
  });

  const times = { heartbeatMs: 20, silenceMs: 10_000, firstReconnectMs: 20, longestReconnectMs: 40 };
  const states: string[] = [];
  let now = 1_700_000_000_000;
  const connect = (onMessage: (message: PushMessage) => Promise<void>, change = {}) => {
    states.length = 0;
    const socket = new PinduoduoSocket(
      { app: { appKey: 'app', appSecret: 'secret' }, wireNow: () => new Date() },
      { onMessage, onState: (state) => states.push(state) },
      { pushUrl, platformNow: () => new Date(now++) },
      { ...times, ...change },
    );
    open.push(socket);
    return socket;
  };
  const until = async (isDone: () => boolean): Promise<void> => {
    for (let n = 0; n < 300 && !isDone(); n += 1) await new Promise((done) => setTimeout(done, 10));
    expect(isDone()).toBe(true);
  };
  const commands = (): string[] => frames.map((frame) => (JSON.parse(frame) as { commandType: string }).commandType);

  it('connects with the digest of its time and beats', async () => {
    now = 1_700_000_000_000;
    onConnect = () => undefined;
    connect(async () => undefined);
    await until(() => commands().filter((command) => command === 'HeartBeat').length > 1);
    expect(paths).toEqual(['/message/app/1700000000000/OTgxODMwNDI2NWZiN2NiNzA2NzIxOTI0ZjJlMDMxMjE=']);
    expect(states).toEqual(['up']);
  });

  it('acknowledges what the listener took and refuses what it could not take', async () => {
    onConnect = (socket) => {
      socket.send(text({ tid: '1' }));
      socket.send('no json');
      socket.send(text({ tid: '2' }));
    };
    const taken: (string | undefined)[] = [];
    connect(async ({ platformOrderNo }) => {
      taken.push(platformOrderNo);
      if (platformOrderNo === '2') throw new Error('db down');
    });
    await until(() => commands().filter((command) => command !== 'HeartBeat').length === 2);
    expect(taken).toEqual(['1', '2']);
    expect(commands().filter((command) => command !== 'HeartBeat')).toEqual(['Ack', 'Fail']);
    expect(frames.filter((frame) => frame.includes('"Ack"')).join()).toContain('"id":9007199254740993');
    expect(frames.join()).not.toContain('db down');
  });

  it('connects again with a fresh digest when the platform hangs up', async () => {
    now = 1_700_000_000_000;
    onConnect = (socket) => {
      if (paths.length === 1) socket.terminate();
    };
    connect(async () => undefined);
    await until(() => paths.length === 2 && states.length === 3);
    expect(states).toEqual(['up', 'down', 'up']);
    expect(paths[1]).toBe(`/message/app/1700000000001/${pushDigest('app', '1700000000001', 'secret')}`);
  });

  it('takes a silent connection for dead', async () => {
    onConnect = (socket) => {
      // Answers no ping, as a machine that vanished.
      (socket as unknown as { _receiver: { removeAllListeners(name: string): void } })._receiver.removeAllListeners(
        'ping',
      );
    };
    connect(async () => undefined, { silenceMs: 60 });
    await until(() => paths.length >= 2);
    expect(states.slice(0, 2)).toEqual(['up', 'down']);
  });

  it('waits for running work when it is closed, takes nothing more and does not come back', async () => {
    let finish: () => void = () => undefined;
    onConnect = (socket) => socket.send(text({ tid: '1' }));
    let isRunning = false;
    const socket = connect(() => {
      isRunning = true;
      return new Promise<void>((done) => (finish = done));
    });
    await until(() => isRunning);
    const closing = socket.close();
    finish();
    await closing;
    await until(() => commands().includes('Ack'));
    await new Promise((done) => setTimeout(done, 100));
    expect(paths).toHaveLength(1);
  });

  it('says why it is down when nobody listens there', async () => {
    const reasons: (string | undefined)[] = [];
    const socket = new PinduoduoSocket(
      { app: { appKey: 'app', appSecret: 'secret' }, wireNow: () => new Date() },
      { onMessage: async () => undefined, onState: (_state, reason) => reasons.push(reason) },
      { pushUrl: 'ws://127.0.0.1:1/message', platformNow: () => new Date() },
      times,
    );
    open.push(socket);
    await until(() => reasons.length > 1);
    expect(reasons[0]).toContain('ECONNREFUSED');
  });
});
