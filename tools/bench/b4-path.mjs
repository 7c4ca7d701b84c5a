import { readFileSync } from 'node:fs';
import { sleep } from '../lib/say.mjs';
import { control, joinMerchant, truth, until } from './lib/merchant.mjs';
import { percentile, Report } from './lib/report.mjs';
import { ALL_APPS, Installation } from './lib/world.mjs';

const DATABASE = 'bench_b4';
const WAREHOUSE = 'HZ1';
const WANTED_RATE = 300;
const CALLS_PER_LISTING = 20;
/** As in production; a demo asks so often that fifty shops of one app would use up its calls by windows alone. */
const INTERVALS = { SYNC_PULL_INTERVAL_MS: '30000', SYNC_LISTINGS_INTERVAL_MS: '3600000' };
const FULL = { rounds: 5, shops: 50, rate: 20, seconds: 10, changes: 1_000, changeSeconds: 10 };
const QUICK = { rounds: 1, shops: 2, rate: 5, seconds: 2, changes: 20, changeSeconds: 1 };

/** B4: from a payment on the platform to reserved and committed, and from a change of stock to what every listing shows. */
export async function path(servers, options) {
  const size = { ...(options.isQuick ? QUICK : FULL), ...options.given };
  const report = new Report('B4', 'the whole path: paid → reserved → told');
  report.set({
    load: `${size.rate} orders/s of one line on ${size.shops} shops for ${size.seconds} s per round (wanted: ${WANTED_RATE}/s); ${size.changes} changes of one SKU in ${size.changeSeconds} s`,
    intervals: 'windows every 30 s, listings every hour, as in production',
    clock: 'commit times of PostgreSQL (track_commit_timestamp) against the moment before the payment is sent',
  });
  await servers.noteCommits();
  await servers.database(DATABASE);
  const installation = await Installation.prepare(servers, DATABASE, {
    ORDERS_HOLD_BUYER_REMARK: 'false',
    ...INTERVALS,
  });
  const admin = await servers.connect(DATABASE);
  try {
    await installation.start(ALL_APPS);
    const merchant = await joinMerchant(installation, { shops: size.shops, listings: 3 });
    const api = await installation.caller('gateway');
    for (const { shopId } of merchant.shops)
      await api.ok('POST', `/sync/v1/shops/${shopId}/push/enable`, { dryRun: false });
    await admin.query(readFileSync(new URL('./sql/push-log.sql', import.meta.url), 'utf8'));
    const world = { installation, admin, merchant, report, size, stock: await installation.caller('inventory') };
    await settled(world);
    await orders(world);
    await oneChange(world);
    await manyChanges(world);
    world.stock.close();
    api.close();
  } finally {
    await installation.stop();
    await admin.end();
  }
  return report;
}

/** Waits until no listing has an open number. */
async function settled({ admin }) {
  const isQuiet = async () =>
    (await admin.query(`SELECT 1 FROM sync.listing_push WHERE told_no < wanted_no LIMIT 1`)).rows.length === 0;
  await until('every number is told', isQuiet, 180_000, 50);
}

/** Orders paid at an even pace, whatever the answers; the delay of each until its goods are reserved and committed. */
async function orders({ installation, admin, merchant, report, size }) {
  const rounds = [];
  for (let round = 0; round <= size.rounds; round += 1) {
    const paid = new Map();
    const count = size.rate * size.seconds;
    const from = performance.now();
    const calls = [];
    for (let n = 0; n < count; n += 1) {
      await sleep(Math.max(0, from + (n * 1_000) / size.rate - performance.now()));
      calls.push(pay(installation, merchant, n, paid));
    }
    await Promise.all(calls);
    const found = async () => reservedAt(admin, [...paid.keys()]);
    await until('every order is reserved', async () => (await found()).length === count, 180_000, 200);
    const reserved = await found();
    report.check(`round ${round}: orders reserved once`, new Set(reserved.map(({ no }) => no)).size, count);
    if (round > 0) rounds.push(reserved.map(({ no, at }) => at - paid.get(no)));
  }
  report.bar(
    'paid → reserved and committed, p50',
    rounds.map((ms) => percentile(ms, 0.5)),
    '≤',
    150,
    'ms',
  );
  report.bar(
    'paid → reserved and committed, p99',
    rounds.map((ms) => percentile(ms, 0.99)),
    '≤',
    1_000,
    'ms',
  );
  const { rows } = await admin.query(
    'SELECT count(*)::int AS n FROM inventory.stock_level WHERE reserved < 0 OR reserved > on_hand',
  );
  report.check('levels that are sold twice', rows[0].n, 0);
}

async function pay(installation, merchant, n, paid) {
  const { platformShopId } = merchant.shops[n % merchant.shops.length];
  const lines = [{ merchantCode: merchant.codes[n % merchant.codes.length], quantity: 1 }];
  const at = Date.now();
  const order = await control(installation, 'POST', '/platforms/taobao/orders', { platformShopId, lines, paid: true });
  paid.set(order.platformOrderNo, at);
}

async function reservedAt(admin, numbers) {
  const { rows } = await admin.query(
    `SELECT o.platform_order_no AS no, min(extract(epoch FROM pg_xact_commit_timestamp(r.xmin)) * 1000)::float AS at
       FROM orders.working_order o JOIN inventory.reservation_line r ON r.company_id = o.company_id AND r.holder_type = 'order' AND r.holder_id = o.order_id
      WHERE o.platform_order_no = ANY($1) AND r.kind = 'reserve' GROUP BY 1`,
    [numbers],
  );
  return rows;
}

function adjust({ stock, merchant }, key) {
  const line = { skuCode: merchant.codes[0], warehouse: WAREHOUSE, quantity: -1, bucket: 'onHand' };
  return stock.ok('POST', '/inventory/v1/adjustments', { key, cause: 'bench', lines: [line] });
}

async function toldSince(admin, at) {
  const { rows } = await admin.query(
    `SELECT shop_id, listing_sku_id, extract(epoch FROM at)::float * 1000 AS at FROM sync.bench_told WHERE at >= to_timestamp($1::float / 1000)`,
    [at],
  );
  return rows;
}

/** One unit less of a SKU: how long until each of its listings is told. */
async function oneChange(world) {
  const { admin, report, size, merchant } = world;
  const rounds = [];
  for (let round = 0; round < size.rounds; round += 1) {
    await settled(world);
    const from = Date.now();
    await adjust(world, `one-${round}`);
    await until(
      'every listing is told',
      async () => (await toldSince(admin, from)).length >= merchant.shops.length,
      60_000,
      50,
    );
    await settled(world);
    rounds.push((await toldSince(admin, from)).map(({ at }) => at - from));
  }
  report.add(
    `a change → told to ${merchant.shops.length} listings, p50`,
    'ms',
    rounds.map((ms) => percentile(ms, 0.5)),
  );
  report.bar(
    `a change → told to ${merchant.shops.length} listings, p99`,
    rounds.map((ms) => percentile(ms, 0.99)),
    '≤',
    2_000,
    'ms',
  );
}

/** Very many changes of one SKU: few calls per listing, and the last one tells the truth. */
async function manyChanges(world) {
  const { installation, admin, report, size, merchant } = world;
  await settled(world);
  const from = Date.now();
  const began = performance.now();
  const calls = [];
  for (let n = 0; n < size.changes; n += 1) {
    await sleep(Math.max(0, began + (n * size.changeSeconds * 1_000) / size.changes - performance.now()));
    calls.push(adjust(world, `many-${n}`));
  }
  await Promise.all(calls);
  report.add('the changes took', 's', [(performance.now() - began) / 1_000]);
  await sleep(1_500);
  await settled(world);
  const perListing = new Map();
  for (const { shop_id } of await toldSince(admin, from)) perListing.set(shop_id, (perListing.get(shop_id) ?? 0) + 1);
  report.check('listings told of the changes', perListing.size, merchant.shops.length);
  report.bar('calls per listing, most', [Math.max(...perListing.values())], '≤', CALLS_PER_LISTING, 'calls');
  await checkTruth({ installation, admin, report, merchant });
}

/** What was last told of the SKU, what the platforms show, and what inventory can sell, are one number. */
async function checkTruth({ installation, admin, report, merchant }) {
  const shown = (await truth(installation, 'stock')).filter(({ merchantCode }) => merchantCode === merchant.codes[0]);
  const { rows } = await admin.query(
    `SELECT l.on_hand - l.reserved - l.safety AS sellable FROM inventory.stock_level l JOIN inventory.sku s USING (company_id, sku_id) WHERE s.code = $1`,
    [merchant.codes[0]],
  );
  report.check(
    'what the platforms show of the SKU',
    [...new Set(shown.map(({ quantity }) => quantity))],
    [Number(rows[0].sellable)],
  );
}
