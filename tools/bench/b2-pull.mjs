import { say, sleep } from '../lib/say.mjs';
import { control, joinShops, truth, until } from './lib/merchant.mjs';
import { Recorder, sendAgain } from './lib/recorder.mjs';
import { Report } from './lib/report.mjs';
import { Usage } from './lib/usage.mjs';
import { COMPANY, Installation } from './lib/world.mjs';

const DATABASE = 'bench_b2';
/** What takes part in pulling to stored; the others would only use the processor for what follows. */
const PULL_APPS = ['simulator', 'gateway', 'catalog', 'orders', 'sync-worker'];
/** Limits of calls grow with the story's rate, and they are not what is measured. */
const STORY_RATE = 20;
/** The past that is pulled, and how long before it the shops went live. */
const DAYS = 1;
const LIVE_HOURS = 72;
/** What is left over of a round must not run into the next one. */
const SETTLE_MS = 1_500;
const DEADLOCK = '40P01';
/** Share of the recorded bytes that the floor must be answered: orders that changed meanwhile differ by little. */
const LEAST_ANSWERED = 0.9;
const FULL = { rounds: 5, warmUps: 2, shops: 13, orders: 150 };
const QUICK = { rounds: 1, warmUps: 0, shops: 1, orders: 30 };

/**
 * B2: past orders of shops are pulled, from signed HTTP to stored, beside the same signed requests sent again with the
 * same concurrency, their answers read and thrown away. Per platform, and over the shops of all platforms together.
 */
export async function pull(servers, options) {
  const size = { ...(options.isQuick ? QUICK : FULL), ...options.given };
  const report = new Report('B2', 'pull: signed HTTP → parsed → mapped → stored');
  await servers.database(DATABASE);
  const installation = await Installation.prepare(servers, DATABASE, {
    SIMULATOR_STORY_RATE: String(STORY_RATE),
    SYNC_PULL_INTERVAL_MS: '600000',
    SYNC_LISTINGS_INTERVAL_MS: '3600000',
  });
  const admin = await servers.connect(DATABASE);
  try {
    await installation.start(PULL_APPS);
    const { items } = await control(installation, 'GET', '/apps');
    const platforms = [...new Set(items.map(({ platform }) => platform))];
    report.set({
      load: `${size.orders} orders of the last ${DAYS === 1 ? 'day' : `${DAYS} days`} in each of ${size.shops} shops per platform; ${platforms.join(', ')}`,
    });
    const world = { servers, installation, admin, report, size, tables: await orderTables(admin) };
    const groups = new Map();
    for (const platform of platforms) groups.set(platform, await prepareShops(world, platform));
    await onlyAskedPulls(admin);
    groups.set('all together', [...groups.values()].flat());
    for (const [name, shops] of groups) {
      say(`  ${name} …`);
      await measure(world, name, shops);
    }
  } finally {
    await installation.stop();
    await admin.end();
  }
  return report;
}

/** Shops that went live long ago, with orders of the past that nothing has pulled. */
async function prepareShops({ installation, admin, size }, platform) {
  const shops = await joinShops(installation, { platform, shops: size.shops, listings: 5, liveHours: LIVE_HOURS });
  await onlyAskedPulls(admin);
  for (const { platformShopId } of shops)
    await control(installation, 'POST', '/seed', {
      platform,
      platformShopId,
      seed: 11,
      orders: size.orders,
      listings: 5,
      days: DAYS,
      stock: 100_000,
      specials: false,
      mix: { ordinary: 1 },
    });
  const placed = await truth(installation, 'orders', platform);
  return shops.map((shop) => ({ ...shop, platform, placed: paidIn(placed, shop.platformShopId) }));
}

/** Orders that every platform lists: some show none before it is paid. */
function paidIn(orders, platformShopId) {
  const own = orders.filter((order) => order.platformShopId === platformShopId && order.paidAt);
  return own.map(({ platformOrderNo }) => platformOrderNo);
}

/** Pulls by schedule and the census would do the same work beside the measured one. */
async function onlyAskedPulls(admin) {
  await admin.query(`UPDATE sync.pull_state SET next_plan_at = now() + interval '1 day'`);
  await admin.query('DELETE FROM sync.census_window');
}

/** Tables of the orders service that hold something of orders; what it knows of listings stays. */
async function orderTables(admin) {
  const { rows } = await admin.query(
    `SELECT DISTINCT c.table_name AS name FROM information_schema.columns c
       JOIN information_schema.tables t USING (table_schema, table_name)
      WHERE c.table_schema = 'orders' AND t.table_type = 'BASE TABLE'
        AND (c.column_name IN ('order_id', 'platform_order_no') OR c.table_name LIKE 'outbox%' OR c.table_name = 'parked_item')`,
  );
  return rows.map(({ name }) => `orders.${name}`);
}

/** Makes every order new again. Ledgers refuse to be emptied, so their triggers rest meanwhile. */
async function forgetOrders(world) {
  await until('the orders are forgotten', () => forgetOnce(world), 60_000, 200);
  await sleep(SETTLE_MS);
}

/** False when what still runs in the orders service held a table the other way round. */
async function forgetOnce({ admin, tables }) {
  try {
    await admin.query('BEGIN');
    await admin.query('SET LOCAL session_replication_role = replica');
    await admin.query(`TRUNCATE ${tables.join(', ')} CASCADE`);
    await admin.query('COMMIT');
    return true;
  } catch (error) {
    await admin.query('ROLLBACK');
    if (error.code !== DEADLOCK) throw error;
    return false;
  }
}

/** Records the requests of one pull, then lets pull and floor take turns. */
async function measure(world, name, shops) {
  const { installation, report, size } = world;
  const recorder = await Recorder.start(installation.urls.simulator);
  let recorded;
  try {
    await restartSync(installation, recorder.url);
    recorder.take();
    await pullAll(world, shops);
    recorded = recorder.take();
  } finally {
    await restartSync(installation);
    await recorder.stop();
  }
  const count = shops.reduce((sum, { placed }) => sum + placed.length, 0);
  const answered = recorded.asked.reduce((sum, one) => sum + one.answered, 0);
  const [ours, floor, spent] = [[], [], []];
  // A process that was just started has compiled nothing yet; no merchant pulls with it but for the first seconds.
  for (let warmUp = 0; warmUp < size.warmUps; warmUp += 1) {
    await forgetOrders(world);
    await pullAll(world, shops);
    await sendAgain(installation.urls.simulator, recorded.asked, recorded.mostOpen);
  }
  for (let round = 0; round < size.rounds; round += 1) {
    await forgetOrders(world);
    const { seconds, to } = await pullMeasured(world, shops, spent);
    ours.push(count / seconds);
    await checkStored(world, `${name}, round ${round}`, shops, to);
    await forgetOrders(world);
    const again = await sendAgain(installation.urls.simulator, recorded.asked, recorded.mostOpen);
    if (again.bytes < LEAST_ANSWERED * answered)
      report.breach(
        `${name}, round ${round}: the floor was answered ${again.bytes} bytes where ${answered} came before`,
      );
    floor.push(count / again.seconds);
  }
  const what = `${name}: ${shops.length} shops, ${count} orders, ${recorded.asked.length} requests, ${recorded.mostOpen} at once`;
  report.add(`${what}; pulled and stored`, 'orders/s', ours);
  report.add(`${name}: the same requests alone`, 'orders/s', floor);
  for (const part of new Set(spent.flatMap((round) => [...round.keys()])))
    report.add(
      `${name}: processor time, ${part}`,
      'ms/order',
      spent.map((round) => (round.get(part) ?? 0) / count),
    );
  report.bar(
    `${name}: pull / floor`,
    ours.map((rate, round) => rate / floor[round]),
    '≥',
    0.5,
  );
}

/** The platforms' gateways are reached through another address, or as they are. */
async function restartSync(installation, through) {
  await installation.stop(['sync-worker']);
  const direct = new URL(installation.urls.simulator).origin;
  const gateways = Object.entries(installation.env).filter(
    ([key, value]) => key.endsWith('_GATEWAY_URL') && value.startsWith(direct),
  );
  const env = through ? Object.fromEntries(gateways.map(([key, value]) => [key, value.replace(direct, through)])) : {};
  await installation.process('sync-worker', { env }).start();
}

/** Pulls all shops at once, as a person asks for it; answers the seconds until all is stored, and the end of the span. */
async function pullAll({ installation, admin }, shops) {
  const api = await installation.caller('gateway', 16);
  const { story } = await control(installation, 'GET', '/clock');
  const from = new Date(Date.parse(story) - (DAYS + 0.5) * 86_400_000).toISOString();
  const began = performance.now();
  try {
    const asked = shops.map(({ shopId }) =>
      api.ok('POST', `/sync/v1/shops/${shopId}/pulls`, { kind: 'orders', from, to: story }),
    );
    await Promise.all(asked);
    const isDone = async () => {
      const { rows } = await admin.query(
        `SELECT 1 FROM sync.change_window WHERE company_id = $1 AND request_id IS NOT NULL AND state = 'due' LIMIT 1`,
        [COMPANY],
      );
      return rows.length === 0;
    };
    await until('every window is pulled', isDone, 600_000, 20);
    return { seconds: (performance.now() - began) / 1_000, to: story };
  } finally {
    api.close();
  }
}

/** Pulls as pullAll does, and adds the processor time that it took to `spent`. */
async function pullMeasured(world, shops, spent) {
  const usage = new Usage(world.installation, world.admin);
  await usage.start();
  try {
    return await pullAll(world, shops);
  } finally {
    spent.push(await usage.stop());
  }
}

/** Every order is stored, but one that changed meanwhile: it left the span that was asked for, and a later span holds it. */
async function checkStored({ installation, admin, report }, what, shops, to) {
  for (const { shopId, platform, placed } of shops) {
    const { rows } = await admin.query(
      'SELECT platform_order_no AS no FROM orders.platform_order WHERE company_id = $1 AND shop_id = $2',
      [COMPANY, shopId],
    );
    const stored = new Set(rows.map(({ no }) => no));
    for (const no of placed.filter((one) => !stored.has(one))) {
      const { modifiedAt } = await control(installation, 'GET', `/platforms/${platform}/orders/${no}`);
      if (Date.parse(modifiedAt) <= Date.parse(to))
        report.breach(`${what}: order ${no} of ${platform} is not stored although it last changed at ${modifiedAt}`);
      else
        report.note(`${what}: order ${no} of ${platform} changed at ${modifiedAt}, after the span that ended at ${to}`);
    }
  }
}
