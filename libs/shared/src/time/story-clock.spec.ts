import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FollowingStoryClock, ManualStoryClock, realStoryClock } from './story-clock';

describe('the story clock', () => {
  let server: Server;
  let url: string;
  let line = { story: '2026-11-01T00:00:00.000Z', rate: 960, epoch: 1 };
  let isAway = false;
  let wireMs = 1_000_000;
  const wire = { now: () => wireMs, date: () => new Date(wireMs) };
  const started: FollowingStoryClock[] = [];

  beforeAll(async () => {
    server = createServer((_, response) =>
      isAway
        ? void response.destroy()
        : void response.setHeader('content-type', 'application/json').end(JSON.stringify(line)),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    for (const clock of started.splice(0)) await clock.stop();
    isAway = false;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const start = async () => {
    const clock = await new FollowingStoryClock(url, wire).start();
    started.push(clock);
    return clock;
  };

  it('follows its owner’s line at its rate', async () => {
    line = { story: '2026-11-01T00:00:00.000Z', rate: 960, epoch: 1 };
    const clock = await start();
    expect(clock.now().toISOString()).toBe('2026-11-01T00:00:00.000Z');
    wireMs += 1_000;
    expect(clock.now().toISOString()).toBe('2026-11-01T00:16:00.000Z');
    expect(clock.rate()).toBe(960);
  });

  it('says which clock never answered, instead of guessing a time', async () => {
    isAway = true;
    let ms = 0;
    const hurried = { now: () => (ms += 40_000), date: () => new Date(ms) };
    const error = await new FollowingStoryClock(url, hurried).start().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'CLOCK.UNREACHABLE', message: expect.stringContaining(url) });
  });

  it('goes on while its owner is away', async () => {
    line = { story: '2026-11-01T00:00:00.000Z', rate: 60, epoch: 1 };
    const clock = await start();
    isAway = true;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    wireMs += 1_000;
    expect(clock.now().toISOString()).toBe('2026-11-01T00:01:00.000Z');
  });

  it('never goes back, except to a new epoch of its owner', async () => {
    line = { story: '2026-11-02T00:00:00.000Z', rate: 1, epoch: 1 };
    const clock = await start();
    expect(clock.now().toISOString()).toBe('2026-11-02T00:00:00.000Z');
    line = { story: '2026-11-01T00:00:00.000Z', rate: 1, epoch: 1 };
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    expect(clock.now().toISOString()).toBe('2026-11-02T00:00:00.000Z');
    line = { story: '2026-10-01T00:00:00.000Z', rate: 1, epoch: 2 };
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    expect(clock.now().toISOString()).toBe('2026-10-01T00:00:00.000Z');
  });

  it('says so when it is read before it was started', () => {
    expect(() => new FollowingStoryClock(url, wire).ms()).toThrow(
      expect.objectContaining({ code: 'CLOCK.NOT_STARTED' }),
    );
  });

  it('is real time in production, and moves by hand in tests', () => {
    expect(Math.abs(realStoryClock.ms() - Date.now())).toBeLessThan(100);
    const manual = new ManualStoryClock(new Date(0));
    manual.advanceMs(5);
    expect([manual.ms(), manual.rate(), realStoryClock.rate()]).toEqual([5, 1, 1]);
    manual.set(new Date(9));
    expect(manual.now()).toEqual(new Date(9));
  });
});
