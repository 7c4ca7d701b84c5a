import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep, systemWireClock } from '@app/shared';
import { until } from '../harness/wait';
import { canonicalOrder } from './content.faults';
import { demand, demandSame, stopwatch } from './demand';
import type { Fault } from './fault';
import { AckLog, type Kit } from './kit';
import { awaitStored } from './paging.faults';

/** Orders placed on the platform one after the other until stopped. */
function orderStream(kit: Kit, everyMs: number): { stop(): Promise<string[]> } {
  let isOn = true;
  const placed: string[] = [];
  const loop = (async () => {
    while (isOn) {
      placed.push((await kit.place(1, { buyer: 5_000 + placed.length })).platformOrderNo);
      await sleep(everyMs);
    }
  })();
  return {
    async stop() {
      isOn = false;
      await loop;
      return placed;
    },
  };
}

/** Waits until all orders have their stock. */
async function awaitReserved(kit: Kit, numbers: readonly string[], withinMs: number): Promise<void> {
  await awaitStored(kit, numbers, withinMs);
  await until(
    `${numbers.length} orders are reserved`,
    async () => {
      const orders = await kit.api.all<{ platformOrderNo: string; stock: string; status: string }>(
        `/orders/v1/orders?shopId=${kit.merchant.shopId}`,
        500,
      );
      const wanted = new Set(numbers);
      const open = orders.filter((one) => wanted.has(one.platformOrderNo) && one.stock !== 'reserved');
      if (open.length === 0) return true;
      throw new Error(`${open.length} open: ${JSON.stringify(open[0])}`);
    },
    withinMs,
    500,
  );
}

async function flushAll(kit: Kit): Promise<void> {
  // Only servers of one's own may be emptied wholly; on given ones it is the keys of this installation.
  if (kit.servers) return void (await kit.topology.redis.flushall());
  const keys = await kit.topology.redis.keys(`${kit.topology.redisPrefix}:*`);
  if (keys.length > 0) await kit.topology.redis.del(...keys);
}

export const F26: Fault = {
  id: 'F26',
  title: 'Redis FLUSHALL',
  must: '0 intents lost; due work re-enqueued within 10 s',
  async run(kit) {
    const stream = orderStream(kit, 250);
    let flushes = 0;
    for (; flushes < 5; flushes += 1) {
      await sleep(1_200);
      await flushAll(kit);
    }
    const flushedAt = stopwatch();
    const last = await kit.place();
    await kit.merchant.orderWhen(last.platformOrderNo, 'stored', () => true, 30_000);
    const storedMs = flushedAt();
    const placed = [...(await stream.stop()), last.platformOrderNo];
    demand(storedMs < 12_000, 'work goes on within 10 s (and the time of a pull)', storedMs);
    await awaitReserved(kit, placed, 60_000);
    const overdue = await kit.sql(
      `SELECT kind, subject FROM sync.work WHERE state = 'due' AND due_at < now() - interval '15 seconds' AND (claimed_until IS NULL OR claimed_until < now())`,
    );
    demandSame(overdue, [], 'no due work was forgotten');
    return {
      injected: flushes,
      happened: `emptied ${flushes} times while ${placed.length} orders were placed`,
      held: `all ${placed.length} stored and reserved once; the next order was stored ${(storedMs / 1_000).toFixed(1)} s after the last flush`,
      recoveryMs: flushedAt(),
    };
  },
};

/** Calls the API for a while; each must be answered with success, and soon. Returns orders handed over and the slowest answer. */
async function useApi(
  kit: Kit,
  ms: number,
  name: string,
): Promise<{ numbers: string[]; calls: number; slowestMs: number }> {
  const end = systemWireClock.now() + ms;
  const numbers: string[] = [];
  let calls = 0;
  let slowestMs = 0;
  while (systemWireClock.now() < end) {
    const no = `${name}-${numbers.length}`;
    const story = await kit.simulator.story();
    for (const call of [
      () => kit.intake([canonicalOrder(kit, no, story)]),
      () => kit.api.get(`/orders/v1/orders?limit=1`),
      () => kit.api.get(`/inventory/v1/stock?limit=1`),
      () => kit.setFree(kit.merchant.codes[4]!, 300 + numbers.length),
    ]) {
      const took = stopwatch();
      await call();
      slowestMs = Math.max(slowestMs, took());
      calls += 1;
    }
    numbers.push(no);
    await sleep(400);
  }
  return { numbers, calls, slowestMs };
}

/** Redis away in one way for a while: the API stays up, and everything goes on by itself afterwards. */
async function redisAway(kit: Kit, name: string, ms: number, away: () => Promise<void>, back: () => Promise<void>) {
  const waiting = [(await kit.place()).platformOrderNo];
  await away();
  let used;
  try {
    waiting.push((await kit.place()).platformOrderNo);
    used = await useApi(kit, ms, name);
  } finally {
    await back();
  }
  const took = stopwatch();
  await awaitReserved(kit, waiting, 60_000);
  const stored = await kit.sql('SELECT 1 FROM orders.platform_order WHERE platform_order_no = ANY($1)', [used.numbers]);
  demandSame(stored.length, used.numbers.length, 'everything handed over meanwhile is stored');
  demand(used.slowestMs < 5_000, 'the API answers in time without Redis (slowest, ms)', used.slowestMs);
  return { ...used, recoveryMs: took() };
}

export const F27: Fault = {
  id: 'F27',
  title: 'Redis stopped for 20 s (frozen, then refusing connections)',
  must: 'API stays up, intake goes on into PostgreSQL, queues resume by themselves',
  async run(kit) {
    const ms = kit.servers ? 20_000 : 4_000;
    const { servers, redis } = kit;
    const frozen = await redisAway(
      kit,
      'F27-frozen',
      ms,
      servers ? async () => void process.kill(servers.redisPid, 'SIGSTOP') : () => redis.set({ kind: 'half-open' }),
      servers ? async () => void process.kill(servers.redisPid, 'SIGCONT') : () => redis.set({ kind: 'none' }),
    );
    const before = redis.injected;
    const gone = await redisAway(
      kit,
      'F27-gone',
      ms,
      () => redis.set({ kind: 'refuse' }),
      () => redis.set({ kind: 'none' }),
    );
    const cut = redis.injected - before;
    demand(cut > 0, 'connections to Redis were cut', cut);
    const calls = frozen.calls + gone.calls;
    return {
      injected: cut + 1,
      happened: `${ms / 1_000} s frozen, ${ms / 1_000} s refused with ${cut} connections cut; ${calls} calls meanwhile`,
      held: `every call succeeded, slowest ${Math.max(frozen.slowestMs, gone.slowestMs)} ms; ${frozen.numbers.length + gone.numbers.length} orders taken in; facts flowed again by themselves`,
      recoveryMs: Math.max(frozen.recoveryMs, gone.recoveryMs),
    };
  },
};

interface Writer {
  stop(): Promise<{ sent: string[]; unknown: string[] }>;
}

/** Adds one piece at a time under a key of its own; what is answered goes to the log on disk before it counts. */
function writer(kit: Kit, name: string, acks: AckLog): Writer {
  let isOn = true;
  const sent: string[] = [];
  const unknown: string[] = [];
  const loop = (async () => {
    while (isOn) {
      const key = `${name}-${sent.length}`;
      sent.push(key);
      const status = await adjust(kit, key);
      if (status === 201) acks.write(key);
      else unknown.push(key);
      await sleep(status === 201 ? 5 : 100);
    }
  })();
  return {
    async stop() {
      isOn = false;
      await loop;
      return { sent, unknown };
    },
  };
}

/** Status of an adjustment of one piece; 0 when no answer came. */
async function adjust(kit: Kit, key: string): Promise<number> {
  try {
    const { status } = await kit.api.call('POST', '/inventory/v1/adjustments', {
      key,
      cause: 'fault run',
      lines: [{ skuCode: kit.merchant.codes[5], warehouse: kit.merchant.warehouse, quantity: 1, bucket: 'onHand' }],
    });
    return status;
  } catch (error) {
    if (error instanceof TypeError) return 0;
    throw error;
  }
}

export const F29: Fault = {
  id: 'F29',
  title: 'PostgreSQL crashes and is started again',
  must: 'pools reconnect; unknown outcomes resent; acknowledged ⊆ durable',
  ownServers: true,
  async run(kit) {
    const servers = kit.servers!;
    const code = kit.merchant.codes[5]!;
    const before = await kit.stockOf(code);
    const folder = mkdtempSync(join(tmpdir(), 'huidian-acks-'));
    const acks = new AckLog(join(folder, 'acks.log'));
    const running: { stop(): Promise<unknown> }[] = [];
    let crashes = 0;
    let recoveryMs = 0;
    let sentCount = 0;
    let unknownCount = 0;
    try {
      for (; crashes < 3; crashes += 1) {
        const stream = orderStream(kit, 200);
        const writers = [1, 2, 3, 4].map((no) => writer(kit, `f29-${crashes}-${no}`, acks));
        running.push(stream, ...writers);
        await sleep(2_000);
        await servers.crashPostgres();
        await sleep(1_500);
        await servers.startPostgres();
        const took = stopwatch();
        await kit.serviceReady();
        await until(
          'calls succeed again',
          async () => (await adjust(kit, `f29-${crashes}-probe-${took()}`)) === 201,
          30_000,
          100,
        );
        recoveryMs = Math.max(recoveryMs, took());
        const done = await Promise.all(writers.map((one) => one.stop()));
        const placed = await stream.stop();
        for (const { sent, unknown } of done) {
          sentCount += sent.length;
          unknownCount += unknown.length;
          for (const key of unknown)
            await until(
              `the unknown outcome of ${key} is settled by sending it again`,
              async () => {
                const status = await adjust(kit, key);
                if (status === 200 || status === 201) return true;
                throw new Error(`answered ${status}`);
              },
              30_000,
              200,
            );
        }
        await awaitReserved(kit, placed, 90_000);
      }
      const acked = acks.read();
      const durable = await kit.sql<{ key: string }>("SELECT key FROM inventory.adjustment WHERE key LIKE 'f29-%'");
      const known = new Set(durable.map(({ key }) => key));
      demandSame(
        acked.filter((key) => !known.has(key)),
        [],
        'everything acknowledged is in the database',
      );
      demandSame((await kit.stockOf(code)).onHand - before.onHand, durable.length, 'each adjustment counts once');
      demand(acked.length > 20 && unknownCount > 0, 'calls were answered and calls were cut', [
        acked.length,
        unknownCount,
      ]);
      return {
        injected: crashes,
        happened: `${crashes} immediate shutdowns while four clients wrote (${sentCount} calls, ${unknownCount} without success) and orders came in`,
        held: `${acked.length} acknowledged, all durable; unknown ones settled by resending; stock rose by exactly ${durable.length}`,
        recoveryMs,
      };
    } finally {
      await Promise.allSettled(running.map((one) => one.stop()));
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
