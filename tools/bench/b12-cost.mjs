import { sleep } from '../lib/say.mjs';
import { timed } from './lib/http.mjs';
import { control, joinMerchant, until } from './lib/merchant.mjs';
import { OrderPages } from './lib/order-pages.mjs';
import { Report } from './lib/report.mjs';
import { rssMb, Usage } from './lib/usage.mjs';
import { ALL_APPS, Installation } from './lib/world.mjs';

const DATABASE = 'bench_b12';
const LINES = 3;
const LARGE_LINES = 10_000;
const BUYERS = 8;

/** B12: processor time per order from the platform to the warehouse's work list, and the reservation of a very large order. */
export async function cost(servers, options) {
  const rounds = options.isQuick ? 1 : (options.given.rounds ?? 5);
  const count = options.isQuick ? 30 : (options.given.orders ?? 300);
  const report = new Report('B12', 'processor time per order, and an order of 10,000 lines');
  report.set({
    load: `${count} paid orders with ${LINES} lines per round, placed on the simulated platform as fast as ${BUYERS} buyers can; pulled, stored, reserved, released, copied by every service`,
  });
  await servers.database(DATABASE);
  const installation = await Installation.prepare(servers, DATABASE, { ORDERS_HOLD_BUYER_REMARK: 'false' });
  await installation.start(ALL_APPS);
  const admin = await servers.connect(DATABASE);
  try {
    const merchant = await joinMerchant(installation, { listings: options.isQuick ? 10 : 60 });
    const world = { installation, admin, merchant, report };
    const spent = [];
    for (let round = 0; round <= rounds; round += 1) {
      const found = await place(world, count);
      if (round > 0) spent.push(found);
    }
    tell(report, spent, count);
    await large(world, options.isQuick ? 500 : LARGE_LINES, rounds);
    for (const [name, process] of installation.processes)
      if (name !== 'simulator') report.add(`resident memory after the rounds, ${name}`, 'MB', [rssMb(process.pid)]);
    report.note('the growth of memory over 30 minutes is measured by the soak run, not here');
  } finally {
    await installation.stop();
    await admin.end();
  }
  return report;
}

/** Buyers pay orders; answers the processor time until the warehouse may pick the last of them and all facts are heard. */
async function place({ installation, admin, merchant, report }, count) {
  const usage = new Usage(installation, admin);
  const before = await counts(admin);
  await quiet(admin);
  await usage.start();
  let spent;
  try {
    await placeAll(installation, merchant, count);
    const areReleased = async () => (await counts(admin)).released - before.released >= count;
    await until('every order is released', areReleased, 600_000, 100);
    await quiet(admin);
  } finally {
    spent = await usage.stop();
  }
  const after = await counts(admin);
  const grown = Object.fromEntries(Object.entries(after).map(([name, number]) => [name, number - before[name]]));
  report.check('orders stored, lines, reserved pieces of them, and released', grown, {
    orders: count,
    lines: count * LINES,
    reserved: count * LINES,
    released: count,
  });
  spent.delete('node simulator');
  return spent;
}

async function placeAll(installation, merchant, count) {
  const goods = merchant.stock.filter(({ merchantCode }) => merchantCode);
  const orders = Array.from({ length: count }, (_, n) => n);
  await timed(orders, BUYERS, (n) => {
    const lines = Array.from({ length: LINES }, (_, index) => ({
      merchantCode: goods[(n * LINES + index) % goods.length].merchantCode,
      quantity: 1,
    }));
    const body = { platformShopId: merchant.shops[0].platformShopId, lines, paid: true };
    return control(installation, 'POST', '/platforms/taobao/orders', body);
  });
}

async function counts(admin) {
  const { rows } = await admin.query(
    `SELECT (SELECT count(*) FROM orders.working_order)::int AS orders, (SELECT count(*) FROM orders.order_line)::int AS lines,
            (SELECT coalesce(sum(delta), 0) FROM inventory.reservation_line WHERE holder_type = 'order')::int AS reserved,
            (SELECT count(*) FROM orders.fulfilment WHERE state = 'released')::int AS released`,
  );
  return rows[0];
}

/** Waits until every service has heard every fact. */
async function quiet(admin) {
  const schemas = ['catalog', 'orders', 'inventory', 'logistics', 'settlement', 'sync'];
  const open = schemas
    .map((schema) => `SELECT 1 FROM ${schema}.outbox_delivery WHERE acked_at IS NULL`)
    .join(' UNION ALL ');
  await until(
    'every fact is heard',
    async () => (await admin.query(`SELECT 1 FROM (${open}) o LIMIT 1`)).rows.length === 0,
    120_000,
  );
}

function tell(report, spent, count) {
  const names = [...new Set(spent.flatMap((round) => [...round.keys()]))];
  const sum = (round) => [...round.values()].reduce((all, ms) => all + ms, 0);
  for (const name of names)
    report.add(
      name,
      'ms/order',
      spent.map((round) => (round.get(name) ?? 0) / count),
    );
  report.bar(
    'processor time per order, all in',
    spent.map((round) => sum(round) / count),
    '≤',
    1.2,
    'ms',
  );
}

/** A reservation of very many lines by the public call, and an order of as many lines from its arrival to its reservation. */
async function large({ installation, admin, merchant, report }, lineCount, rounds) {
  const caller = await installation.caller('inventory');
  const orders = await installation.caller('orders');
  const { story } = await control(installation, 'GET', '/clock');
  const shop = merchant.shops[0];
  const goods = merchant.stock.filter(({ merchantCode }) => merchantCode);
  const pages = new OrderPages({ shopId: shop.shopId, goods, placedAt: Date.parse(story) });
  const figures = { reserve: [], stored: [], held: [] };
  for (let round = 0; round < rounds; round += 1) {
    const lines = Array.from({ length: lineCount }, (_, n) => ({
      skuCode: merchant.codes[n % merchant.codes.length],
      quantity: 1,
    }));
    let from = performance.now();
    const made = await caller.ok('POST', '/inventory/v1/reservations', { key: `bench-${round}`, lines });
    figures.reserve.push(performance.now() - from);
    const { rows } = await admin.query(
      `SELECT sum(delta)::int AS n FROM inventory.reservation_line WHERE holder_type = 'reservation' AND holder_id = $1`,
      [made.id],
    );
    report.check(`reservation ${round + 1}: pieces held`, rows[0].n, lineCount);
    const order = pages.order(1_000_000 + round, lineCount);
    const [body] = pages.bodies([order]);
    from = performance.now();
    const { items } = await orders.ok('PUT', '/orders/v1/platform-orders', body);
    figures.stored.push(performance.now() - from);
    const wanted = order.lines.reduce((all, { quantity }) => all + quantity, 0);
    const isHeld = async () => (await held(admin, items[0].orderId)) === wanted;
    await until('the large order is reserved', isHeld, 120_000, 5);
    figures.held.push(performance.now() - from);
    await sleep(500);
    await quiet(admin);
  }
  report.bar(
    `${lineCount} lines of ${merchant.codes.length} SKUs reserved by one call over HTTP`,
    figures.reserve,
    '≤',
    500,
    'ms',
  );
  report.add(`an order of ${lineCount} lines: PUT to stored`, 'ms', figures.stored);
  report.add(`an order of ${lineCount} lines: PUT to reserved and committed, by the fact`, 'ms', figures.held);
  caller.close();
  orders.close();
}

async function held(admin, orderId) {
  const { rows } = await admin.query(
    `SELECT coalesce(sum(delta), 0)::int AS n FROM inventory.reservation_line WHERE company_id = 'cmp_demo' AND holder_type = 'order' AND holder_id = $1`,
    [orderId],
  );
  return rows[0].n;
}
