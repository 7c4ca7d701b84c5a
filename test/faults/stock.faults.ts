import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { sleep } from '@app/shared';
import { TestProcess } from '../harness/processes';
import type { TrueOrder, TrueStock } from '../harness/simulator-control';
import { freePort, until } from '../harness/wait';
import { demand, demandSame, stopwatch } from './demand';
import type { Fault } from './fault';
import type { Kit } from './kit';

const placeLines = (kit: Kit, lines: { merchantCode: string; quantity: number }[]): Promise<TrueOrder> =>
  kit.simulator.place(kit.merchant.platformShopId, lines, { paid: true });

/** Links the listing of one code to two pieces of another SKU; returns how to undo it. */
async function bundleOf(kit: Kit, bundle: string, part: string): Promise<() => Promise<void>> {
  const { merchant, api } = kit;
  const stock = await kit.simulator.truth<TrueStock>('stock');
  const sold = stock.find((row) => row.merchantCode === bundle && row.platformShopId === merchant.platformShopId)!;
  const listings = await api.all<{ id: string; listingId: string }>(`/catalog/v1/listings?shopId=${merchant.shopId}`);
  const listing = listings.find(({ listingId }) => listingId === sold.listingId)!;
  const link = (components: { skuCode: string; quantity: number }[]) =>
    api.post(`/catalog/v1/listings/${listing.id}/links`, { listingSkuId: sold.listingSkuId, components });
  await link([{ skuCode: part, quantity: 2 }]);
  await kit.breaches();
  return async () => {
    await link([{ skuCode: bundle, quantity: 1 }]);
    await kit.breaches();
  };
}

export const F21: Fault = {
  id: 'F21',
  title: 'the same SKU twice in an order, and a bundle beside its part',
  must: 'summed before the check',
  async run(kit) {
    const [part, bundle] = [kit.merchant.codes[1]!, kit.merchant.codes[2]!];
    const undo = await bundleOf(kit, bundle, part);
    const took = stopwatch();
    const cases: [lines: [string, number][], fits: boolean][] = [
      [
        [
          [part, 3],
          [part, 3],
        ],
        false,
      ],
      [
        [
          [part, 2],
          [part, 3],
        ],
        true,
      ],
      [
        [
          [bundle, 2],
          [part, 2],
        ],
        false,
      ],
      [
        [
          [bundle, 1],
          [part, 3],
        ],
        true,
      ],
    ];
    for (const [lines, fits] of cases) {
      await kit.setFree(part, 5);
      const before = await kit.stockOf(part);
      const name = lines.map(([code, quantity]) => `${quantity} × ${code}`).join(' + ');
      const { platformOrderNo } = await placeLines(
        kit,
        lines.map(([merchantCode, quantity]) => ({ merchantCode, quantity })),
      );
      const wished = fits ? 'reserved' : 'short';
      await kit.merchant.orderWhen(
        platformOrderNo,
        `${wished} (${name}, 5 free)`,
        ({ stock }) => stock === wished,
        30_000,
      );
      const after = await kit.stockOf(part);
      demandSame(after.reserved - before.reserved, fits ? 5 : 0, `${name} of 5 free`);
      demand(after.onHand >= after.reserved, 'nothing is sold twice', after);
      // An order that is still short would take what the next case makes free.
      if (!fits) await cancelled(kit, platformOrderNo);
    }
    await kit.setFree(part, 5);
    const direct = await kit.api.call<{ code: string }>('POST', '/inventory/v1/reservations', {
      key: `f21-${performance.now()}`,
      lines: [1, 2].map(() => ({ skuCode: part, quantity: 3, warehouse: kit.merchant.warehouse })),
    });
    demandSame([direct.status, direct.body.code], [409, 'RESERVATION.SHORT'], 'a direct reservation is summed too');
    const recoveryMs = took();
    await kit.setFree(part, 1_000);
    await undo();
    return {
      injected: cases.length + 1,
      happened: 'orders and a reservation that name a SKU twice, or a bundle and its part, for 5 free pieces',
      held: 'taken only when the sum fits; reserved rose by 5 or by 0',
      recoveryMs,
    };
  },
};

async function cancelled(kit: Kit, platformOrderNo: string): Promise<void> {
  const order = (await kit.merchant.order(platformOrderNo))!;
  await kit.api.post(`/orders/v1/orders/${order.id}/cancel`, { expectedVersion: order.version, reason: 'fault run' });
  await kit.merchant.orderWhen(platformOrderNo, 'cancelled', ({ status }) => status === 'cancelled');
}

const COPIES = 3;

/** Puts copies of every waiting job of a queue beside it, under other job ids. */
async function doubleJobs(kit: Kit, queueName: string): Promise<number> {
  const connection = new Redis(kit.topology.env.REDIS_URL!, { maxRetriesPerRequest: null });
  const queue = new Queue(queueName, { connection, prefix: kit.topology.redisPrefix });
  try {
    let waiting = await queue.getJobs(['waiting', 'prioritized', 'delayed'], 0, 500);
    await until('facts wait in the queue', async () => {
      waiting = await queue.getJobs(['waiting', 'prioritized', 'delayed'], 0, 500);
      return waiting.some(({ name }) => name === 'order.paid') || waiting.length >= 2;
    });
    for (let copy = 1; copy <= COPIES; copy += 1)
      await queue.addBulk(
        waiting.map((job) => ({
          name: job.name,
          data: job.data as object,
          opts: { jobId: `${job.id}-copy${copy}`, attempts: 5, removeOnComplete: true },
        })),
      );
    return waiting.length * COPIES;
  } finally {
    await queue.close();
    connection.disconnect();
  }
}

export const F25: Fault = {
  id: 'F25',
  title: 'two workers run one job at the same time',
  must: 'one effect; the second sees the unique key',
  async run(kit) {
    const code = kit.merchant.codes[0]!;
    await kit.setFree(code, 1_000);
    const before = await kit.stockOf(code);
    const first = kit.topology.service('inventory');
    await first.stop();
    const placed = [];
    for (let i = 0; i < 4; i += 1) placed.push((await kit.place(2)).platformOrderNo);
    for (const no of placed) await kit.merchant.orderWhen(no, 'stored', () => true);
    const injected = await doubleJobs(kit, 'facts-inventory');
    const port = String(await freePort());
    const second = new TestProcess(
      'inventory-2',
      [...first.commandLine],
      { ...kit.topology.env, INVENTORY_PORT: port },
      `http://127.0.0.1:${port}/health/ready`,
      first.logFile.replace(/[^/]+$/, ''),
    );
    const took = stopwatch();
    try {
      await Promise.all([first.start(), second.start()]);
      for (const no of placed)
        await kit.merchant.orderWhen(no, 'reserved', ({ stock }) => stock === 'reserved', 40_000);
      const recoveryMs = took();
      await sleep(1_000);
      const repeated =
        (await kit.metric('inventory', 'huidian_fact_items_total', { outcome: 'repeated' })) +
        (await metricAt(`http://127.0.0.1:${port}`, 'repeated'));
      demandSame(
        (await kit.stockOf(code)).reserved - before.reserved,
        placed.length * 2,
        'each order is reserved once',
      );
      demand(repeated >= injected, 'every copy was seen as a repeat', [repeated, injected]);
      return {
        injected,
        happened: `${injected} copies of waiting facts; two inventory processes took them at once`,
        held: `${placed.length} orders reserved once each; ${repeated} repeats counted, no error`,
        recoveryMs,
      };
    } finally {
      await second.stop();
    }
  },
};

async function metricAt(url: string, outcome: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith('huidian_fact_items_total{') && line.includes(`outcome="${outcome}"`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Makes the service's backend the victim of a deadlock: its wait closes the circle before its own check comes. */
async function deadlock(kit: Kit): Promise<{ status: number; deadlocks: number }> {
  const [a, b] = [kit.merchant.codes[0]!, kit.merchant.codes[1]!];
  const deadlocks = async () =>
    Number(
      (
        await kit.sql<{ n: string }>('SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()')
      )[0]!.n,
    );
  const before = await deadlocks();
  return kit.withOwner(async (owner) => {
    const levels = await owner.query<{ sku_id: string }>(
      `SELECT l.sku_id FROM inventory.stock_level l JOIN inventory.sku s ON s.company_id = l.company_id AND s.sku_id = l.sku_id
        WHERE s.code = ANY($1) AND l.warehouse = $2 ORDER BY l.sku_id`,
      [[a, b], kit.merchant.warehouse],
    );
    const [low, high] = [levels.rows[0]!.sku_id, levels.rows[1]!.sku_id];
    const lock = (id: string) => owner.query('SELECT 1 FROM inventory.stock_level WHERE sku_id = $1 FOR UPDATE', [id]);
    await owner.query("SET deadlock_timeout = '30s'");
    await owner.query('BEGIN');
    await lock(high);
    const call = kit.api.call('POST', '/inventory/v1/adjustments', {
      key: 'f32-deadlock',
      cause: 'fault run',
      lines: [a, b].map((skuCode) => ({ skuCode, warehouse: kit.merchant.warehouse, quantity: 1, bucket: 'onHand' })),
    });
    await until(
      'the service waits for a lock',
      async () => (await kit.sql('SELECT 1 FROM pg_locks WHERE NOT granted')).length > 0,
      5_000,
      20,
    );
    await lock(low);
    await owner.query('COMMIT');
    const { status } = await call;
    await until('the deadlock is counted', async () => (await deadlocks()) > before, 5_000, 100);
    return { status, deadlocks: (await deadlocks()) - before };
  });
}

/** The database refuses the first `times` tries of an insert as a serialization failure. */
async function serialization(kit: Kit, key: string, times: number): Promise<{ status: number; tries: number }> {
  await kit.sql(`CREATE SEQUENCE public.f32_tries; GRANT USAGE ON SEQUENCE public.f32_tries TO PUBLIC;
    CREATE FUNCTION public.f32_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('public.f32_tries') <= ${times} THEN RAISE EXCEPTION 'injected' USING ERRCODE = '40001'; END IF;
      RETURN NEW; END $$;
    CREATE TRIGGER f32 BEFORE INSERT ON inventory.adjustment FOR EACH ROW EXECUTE FUNCTION public.f32_refuse()`);
  try {
    const { status } = await kit.api.call('POST', '/inventory/v1/adjustments', {
      key,
      cause: 'fault run',
      lines: [{ skuCode: kit.merchant.codes[0], warehouse: kit.merchant.warehouse, quantity: 1, bucket: 'onHand' }],
    });
    const [seen] = await kit.sql<{ n: string }>('SELECT last_value AS n FROM public.f32_tries');
    return { status, tries: Number(seen!.n) };
  } finally {
    await kit.sql(
      'DROP TRIGGER f32 ON inventory.adjustment; DROP FUNCTION public.f32_refuse(); DROP SEQUENCE public.f32_tries',
    );
  }
}

export const F32: Fault = {
  id: 'F32',
  title: 'deadlock and serialization failure',
  must: 'retried at most 3 times in all, same business id',
  async run(kit) {
    const code = kit.merchant.codes[0]!;
    const before = await kit.stockOf(code);
    const took = stopwatch();
    const dead = await deadlock(kit);
    const recoveryMs = took();
    demandSame(dead.status, 201, 'the call that was chosen as victim succeeds');
    const twice = await serialization(kit, 'f32-twice', 2);
    demandSame(twice, { status: 201, tries: 3 }, 'two refusals: the third try succeeds');
    const thrice = await serialization(kit, 'f32-thrice', 9);
    demandSame(thrice.tries, 3, 'no more than three tries');
    demand(thrice.status >= 500, 'then the caller is told', thrice.status);
    demandSame((await kit.stockOf(code)).onHand - before.onHand, 2, 'each acknowledged adjustment counts once');
    const again = await kit.api.call('POST', '/inventory/v1/adjustments', {
      key: 'f32-thrice',
      cause: 'fault run',
      lines: [{ skuCode: code, warehouse: kit.merchant.warehouse, quantity: 1, bucket: 'onHand' }],
    });
    demandSame(again.status, 201, 'the refused one left nothing and may be sent again');
    return {
      injected: dead.deadlocks + 2 + 3,
      happened: `${dead.deadlocks} deadlock whose victim was the service; 40001 twice, and 40001 without end (answered ${thrice.status})`,
      held: 'done once each after at most three tries under the same key; the endless one left nothing',
      recoveryMs,
    };
  },
};
