import type { RunningApp } from '@app/shared';
import { startAll } from './start-all';

describe('starting all services in one process', () => {
  let log: string[];

  beforeEach(() => (log = []));

  const app = (name: string, fails?: 'start' | 'close') => ({
    name,
    async start(): Promise<RunningApp> {
      log.push(`start ${name}`);
      await Promise.resolve();
      if (fails === 'start') throw new Error('port taken');
      log.push(`up ${name}`);
      return {
        name,
        port: 1,
        async close() {
          log.push(`close ${name}`);
          if (fails === 'close') throw new Error('hangs');
          await Promise.resolve();
        },
      };
    },
  });

  it('starts the gateway first, the others together, and closes all of them', async () => {
    const running = await startAll([app('gateway'), app('orders'), app('sync')]);
    expect(log).toEqual(['start gateway', 'up gateway', 'start orders', 'start sync', 'up orders', 'up sync']);
    await running.close();
    expect(log.slice(6).sort()).toEqual(['close gateway', 'close orders', 'close sync']);
  });

  it('closes what runs when one fails, and names the one that failed', async () => {
    await expect(startAll([app('gateway'), app('orders', 'start'), app('sync')])).rejects.toThrow(
      'orders did not start: port taken',
    );
    expect(log.filter((line) => line.startsWith('close')).sort()).toEqual(['close gateway', 'close sync']);
  });

  it('starts nothing else when the gateway fails', async () => {
    await expect(startAll([app('gateway', 'start'), app('orders')])).rejects.toThrow(
      'gateway did not start: port taken',
    );
    expect(log).toEqual(['start gateway']);
  });

  it('closes the others when one cannot be closed, and names it', async () => {
    const running = await startAll([app('gateway'), app('orders', 'close'), app('sync')]);
    await expect(running.close()).rejects.toThrow('orders: hangs');
    expect(log.filter((line) => line.startsWith('close')).sort()).toEqual([
      'close gateway',
      'close orders',
      'close sync',
    ]);
  });
});
