import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { sleep, systemWireClock } from '@app/shared';
import { FAULTS } from '../faults/faults';
import { Kit } from '../faults/kit';
import { runFault } from '../faults/runner';
import { TcpProxy } from '../harness/tcp-proxy';

/** The quick ones of `npm run faults`; the whole table is the tool's. */
describe('faults that the system survives', () => {
  let kit: Kit;

  beforeAll(async () => {
    kit = await Kit.start();
  }, 240_000);
  afterAll(() => kit?.close(), 60_000);

  const survives = async (id: string): Promise<void> => {
    const { ok, problem, injected } = await runFault(
      kit,
      FAULTS.find((fault) => fault.id === id)!,
    );
    expect([id, ok, problem]).toEqual([id, true, '']);
    expect(injected).toBeGreaterThan(0);
  };

  it('[P11] JSON that cannot be read is kept as it came and writes nothing', () => survives('F11'), 200_000);
  it('[P23] a status that nobody knows is kept, held and named by an alarm', () => survives('F12'), 200_000);
  it(
    '[S26] amounts that do not agree are kept as stated, flagged and named by an alarm',
    () => survives('F17'),
    200_000,
  );
  it('[A24] Redis that forgets everything costs no order', () => survives('F26'), 200_000);
  it('[A24] deadlocks and serialization failures are retried, three times at most', () => survives('F32'), 200_000);
  it('[P24] every writing call refuses fields that it does not know, and names them', () => survives('F43'), 200_000);
});

describe('the TCP proxy of the tests', () => {
  let server: Server;
  let proxy: TcpProxy;
  const open: Socket[] = [];

  /** Answers every chunk with itself, and ends when it is told to. */
  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk: Buffer) => {
        if (chunk.toString() === 'end') socket.end();
        else socket.write(chunk);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    proxy = await TcpProxy.before(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterAll(async () => {
    for (const socket of open) socket.destroy();
    await proxy.close();
    await new Promise((done) => server.close(done));
  });

  const opened = async () => {
    const socket = connect(proxy.port, '127.0.0.1');
    open.push(socket);
    const seen = { text: '', isOver: false };
    socket.on('data', (chunk: Buffer) => (seen.text += chunk.toString('latin1')));
    socket.on('error', () => (seen.isOver = true));
    socket.on('close', () => (seen.isOver = true));
    await new Promise((done) => socket.once('connect', done));
    return { socket, seen };
  };
  const soon = async (holds: () => boolean) => {
    for (let waited = 0; !holds() && waited < 3_000; waited += 10) await sleep(10);
    return holds();
  };

  it('[A24] passes on, holds back and goes on, delays, flips bits, cuts, refuses and closes slowly', async () => {
    const { socket, seen } = await opened();
    socket.write('plain');
    expect(await soon(() => seen.text === 'plain')).toBe(true);
    await proxy.set({ kind: 'half-open' });
    socket.write(' held');
    await sleep(150);
    expect(seen.text).toBe('plain');
    await proxy.set({ kind: 'none' });
    expect(await soon(() => seen.text === 'plain held')).toBe(true);
    await proxy.set({ kind: 'delay', ms: 120 });
    const sentAt = systemWireClock.now();
    socket.write(' late');
    expect(await soon(() => seen.text === 'plain held late')).toBe(true);
    expect(systemWireClock.now() - sentAt).toBeGreaterThanOrEqual(200);
    await proxy.set({ kind: 'flip', every: 1 });
    socket.write('aa');
    expect(await soon(() => seen.text.endsWith('qq'))).toBe(true);
    await proxy.set({ kind: 'cut-after', bytes: 3 });
    socket.write('more');
    expect(await soon(() => seen.isOver)).toBe(true);
    await proxy.set({ kind: 'slow-close', ms: 150 });
    const slow = await opened();
    slow.socket.write('end');
    await sleep(80);
    expect(slow.seen.isOver).toBe(false);
    expect(await soon(() => slow.seen.isOver)).toBe(true);
    await proxy.set({ kind: 'refuse' });
    const refused = connect(proxy.port, '127.0.0.1');
    expect(await new Promise((done) => refused.once('error', (error: NodeJS.ErrnoException) => done(error.code)))).toBe(
      'ECONNREFUSED',
    );
    expect(proxy.injected).toBeGreaterThanOrEqual(6);
  });
});
