import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from '../lib/paths.mjs';
import { freePort } from '../lib/ports.mjs';
import { sleep } from '../lib/say.mjs';
import { control, joinMerchant, truth, until } from './lib/merchant.mjs';
import { BenchProcess } from './lib/process.mjs';
import { percentile, Report } from './lib/report.mjs';
import { ALL_APPS, COMPANY, Installation } from './lib/world.mjs';

const { Queue } = createRequire(join(ROOT, 'package.json'))('bullmq');

const DATABASE = 'bench_b3';
const CONCURRENCY = 8;
const FULL = { rounds: 5, shops: 50, waiting: 100_000, rate: 10, seconds: 10, fifoWaiting: 5_000 };
const QUICK = { rounds: 1, shops: 3, waiting: 300, rate: 5, seconds: 2, fifoWaiting: 50 };

/**
 * B3: how long an order of a live shop waits until it is stored, without and with a shop of very many orders that wait to
 * be read; beside it a plain first-in-first-out queue.
 */
export async function fairness(servers, options) {
  const size = { ...(options.isQuick ? QUICK : FULL), ...options.given };
  const report = new Report('B3', 'fairness: one shop with very many waiting orders beside live shops');
  report.set({
    load: `${size.rate} orders/s over ${size.shops - 1} live shops for ${size.seconds} s per round; ${size.waiting} orders of one shop wait meanwhile`,
    clock: 'from the moment before the payment is sent to the commit of the stored order',
  });
  await servers.noteCommits();
  await servers.database(DATABASE);
  const installation = await Installation.prepare(servers, DATABASE, { ORDERS_HOLD_BUYER_REMARK: 'false' });
  const admin = await servers.connect(DATABASE);
  try {
    await installation.start(ALL_APPS);
    const merchant = await joinMerchant(installation, { shops: size.shops, listings: 3, listed: 1_000_000 });
    const world = { servers, installation, admin, merchant, report, size };
    const alone = await rounds(world, 'alone');
    await crowdIn(world);
    const beside = await rounds(world, 'beside the crowd');
    const fifo = await firstInFirstOut(world);
    const at = (figures, share) => figures.map((waits) => percentile(waits, share));
    report.add('wait of live shops alone, p50', 'ms', at(alone, 0.5));
    report.add('wait of live shops alone, p99', 'ms', at(alone, 0.99));
    report.add('wait of live shops beside the crowd, p50', 'ms', at(beside, 0.5));
    report.add('wait of live shops beside the crowd, p99', 'ms', at(beside, 0.99));
    report.add(`plain first in first out with only ${size.fifoWaiting} in front, p99`, 'ms', at(fifo, 0.99));
    const base = percentile(alone.flat(), 0.99);
    report.bar(
      'p99 beside the crowd / p99 alone',
      beside.map((waits) => percentile(waits, 0.99) / base),
      '≤',
      2,
    );
  } finally {
    await installation.stop();
    await admin.end();
  }
  return report;
}

async function rounds(world, name) {
  const { admin, report, size } = world;
  const figures = [];
  for (let round = 0; round <= size.rounds; round += 1) {
    const paid = await pay(world);
    const stored = async () => storedAt(admin, [...paid.keys()]);
    await until('every order is stored', async () => (await stored()).length === paid.size, 300_000, 100);
    if (round > 0) figures.push((await stored()).map(({ no, at }) => at - paid.get(no)));
    if (name === 'alone') continue;
    const { rows } = await admin.query(
      `SELECT count(*)::int AS n FROM sync.work WHERE kind = 'order' AND state = 'due'`,
    );
    if (rows[0].n === 0) report.breach(`round ${round}: the crowd was gone before the round ended`);
  }
  return figures;
}

/** Orders of the live shops, paid at an even pace, whatever the answers. */
async function pay({ installation, merchant, size }) {
  const paid = new Map();
  const live = merchant.shops.slice(1);
  const from = performance.now();
  const calls = [];
  for (let n = 0; n < size.rate * size.seconds; n += 1) {
    await sleep(Math.max(0, from + (n * 1_000) / size.rate - performance.now()));
    const { platformShopId } = live[n % live.length];
    const lines = [{ merchantCode: merchant.codes[n % merchant.codes.length], quantity: 1 }];
    const at = Date.now();
    const placed = control(installation, 'POST', '/platforms/taobao/orders', { platformShopId, lines, paid: true });
    calls.push(placed.then(({ platformOrderNo }) => paid.set(platformOrderNo, at)));
  }
  await Promise.all(calls);
  return paid;
}

async function storedAt(admin, numbers) {
  const { rows } = await admin.query(
    `SELECT o.platform_order_no AS no, (extract(epoch FROM min(pg_xact_commit_timestamp(l.xmin))) * 1000)::float AS at
       FROM orders.working_order o JOIN orders.order_log l ON l.company_id = o.company_id AND l.order_id = o.order_id
      WHERE o.platform_order_no = ANY($1) GROUP BY 1`,
    [numbers],
  );
  return rows;
}

/** The first shop gets its orders, each of which waits to be read alone, as after as many messages. */
async function crowdIn({ installation, admin, merchant, report, size }) {
  const [{ shopId, platformShopId }] = merchant.shops;
  const asked = { platform: 'taobao', platformShopId, seed: 9, orders: size.waiting, listings: 0, days: 30 };
  await control(installation, 'POST', '/seed', asked);
  const numbers = (await truth(installation, 'orders'))
    .filter((order) => order.platformShopId === platformShopId)
    .map(({ platformOrderNo }) => platformOrderNo);
  report.check('orders of the crowd', numbers.length, size.waiting);
  await admin.query(
    `INSERT INTO sync.work (company_id, kind, subject, shop_id, platform, lane, due_at, created_at)
     SELECT $1, 'order', $2 || '/' || no, $2, 'taobao', 'news', now(), now() FROM unnest($3::text[]) AS no
     ON CONFLICT DO NOTHING`,
    [COMPANY, shopId, numbers],
  );
}

/** The same mix in one queue for all: a few thousand of one shop first, then one order of another shop after the other. */
async function firstInFirstOut({ servers, installation, merchant, size, report }) {
  const connection = servers.redis();
  const prefix = `${installation.env.REDIS_PREFIX}-fifo`;
  const port = await freePort();
  const rival = new BenchProcess({
    name: 'fifo',
    script: 'tools/bench/rivals/fifo.cjs',
    env: { ...installation.env, REDIS_PREFIX: prefix, PORT: String(port), CONCURRENCY: String(CONCURRENCY) },
    readyUrl: `http://127.0.0.1:${port}/`,
    logs: servers.places.logs,
  });
  const queue = new Queue('fifo', { connection, prefix });
  try {
    const { items } = await control(installation, 'GET', '/apps');
    const app = items.find(({ platform }) => platform === 'taobao');
    const access = new Map(
      app.shops.map(({ platformShopId, accessToken }) => [
        platformShopId,
        { platformShopId, accessToken, appKey: app.appKey, appSecret: app.appSecret },
      ]),
    );
    const job = ({ platformShopId, platformOrderNo }) => ({
      name: 'order',
      data: { platform: 'taobao', shop: access.get(platformShopId), platformOrderNo },
      opts: { removeOnFail: true },
    });
    const orders = await truth(installation, 'orders');
    const huge = orders.filter((order) => order.platformShopId === merchant.shops[0].platformShopId);
    const live = orders.filter((order) => order.platformShopId !== merchant.shops[0].platformShopId).slice(0, 100);
    await queue.pause();
    for (let start = 0; start < size.fifoWaiting; start += 1_000)
      await queue.addBulk(huge.slice(start, Math.min(start + 1_000, size.fifoWaiting)).map(job));
    await rival.start();
    await queue.resume();
    const added = Date.now();
    const jobs = await queue.addBulk(live.map(job));
    const waits = [];
    for (const { id } of jobs) {
      await until('the job is done', async () => (await queue.getJobState(id)) === 'completed', 600_000, 50);
      waits.push((await queue.getJob(id)).finishedOn - added);
    }
    report.check('orders read by the plain queue', waits.length, live.length);
    return [waits];
  } finally {
    await queue.close();
    await rival.stop();
    connection.disconnect();
  }
}
