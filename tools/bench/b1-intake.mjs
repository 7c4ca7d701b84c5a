import { readFileSync } from 'node:fs';
import { freePort } from '../lib/ports.mjs';
import { Caller, timed } from './lib/http.mjs';
import { countRows, IntakeFloor } from './lib/intake-floor.mjs';
import { joinMerchant, until } from './lib/merchant.mjs';
import { LINES, OrderPages, PAGE } from './lib/order-pages.mjs';
import { Report } from './lib/report.mjs';
import { cpuMs } from './lib/usage.mjs';
import { ALL_APPS, Installation, POOL_SIZE } from './lib/world.mjs';

/** What takes part in intake to stored + outbox; the simulator only tells the time. */
const INTAKE_APPS = ['simulator', 'gateway', 'orders'];
const PATH = '/orders/v1/platform-orders';
const INTAKE_TABLES = ['platform_order', 'working_order', 'order_line', 'order_log', 'outbox', 'outbox_delivery'];
/** Tables in which a replay could leave a trace. */
const ALL_TABLES = [...INTAKE_TABLES, 'order_hold', 'parked_item', 'inbox', 'idempotency_key'];

const FULL = { callers: 4, pages: 40, slowPages: 6, rounds: 5, base: 10_000, large: 1_000_000 };
const QUICK = { callers: 2, pages: 2, slowPages: 1, rounds: 2, base: 400, large: 1_200 };

/** Mistakes that --set plant=N makes, by which a test sees that the checker bites. */
const PLANTS = { lostLine: 1, touchedRow: 2 };
const LOSE_A_LINE = 'DELETE FROM orders.order_line WHERE order_id = $1 AND position = 0';
const TOUCH_A_ROW = 'UPDATE orders.working_order SET version = version WHERE order_id = $1';

/** B1: what the intake of pages costs beside the bare statement, beside one order per transaction, again, and with many orders stored. */
export async function intake(servers, options) {
  const size = { ...(options.isQuick ? QUICK : FULL), ...options.given };
  const report = new Report('B1', 'intake of platform orders over HTTP');
  report.set({
    load: `${size.callers} callers, pages of ${PAGE} orders with ${LINES} lines, ${size.pages} pages per round, pool ${POOL_SIZE}`,
  });
  const small = await Bench.open(servers, 'bench_b1', size, report);
  try {
    if (size.plant === undefined) await small.untilReserved();
    else await small.onlyIntake();
    await small.grow(size.base);
    await small.measure();
    if (!size.skipLarge) await small.measureLarge();
  } finally {
    await small.close();
  }
  return report;
}

class Bench {
  static async open(servers, database, size, report) {
    const bench = Object.assign(new Bench(), { servers, database, size, report });
    await servers.database(database);
    bench.installation = await Installation.prepare(servers, database);
    await bench.installation.start(ALL_APPS);
    bench.admin = await servers.connect(database);
    const { shops, stock } = await joinMerchant(bench.installation);
    const { story } = await (await fetch(`${bench.installation.urls.simulator}/_control/clock`)).json();
    bench.orders = new OrderPages({ shopId: shops[0].shopId, goods: stock, placedAt: Date.parse(story) });
    bench.caller = await bench.installation.caller('orders', size.callers);
    const [order] = bench.orders.take(1);
    report.set({ order: `raw ${Buffer.byteLength(order.raw)} B, canonical ${JSON.stringify(order).length} B as JSON` });
    return bench;
  }

  /** Sends pages and demands a verdict for every order. Answers seconds and, a list per page, the order ids. */
  async send(bodies, verdict, caller = this.caller, callers = this.size.callers) {
    const answers = [];
    const seconds = await timed(bodies, callers, async (body, index) => {
      answers[index] = await caller.send('PUT', PATH, body);
    });
    const ids = answers.map(({ status, text }) => {
      if (status !== 200) throw new Error(`PUT ${PATH} answered ${status}: ${text.slice(0, 500)}`);
      return JSON.parse(text).items.map((item) => {
        if (item.verdict !== verdict) this.report.breach(`${item.platformOrderNo} was ${item.verdict}, not ${verdict}`);
        return item.orderId;
      });
    });
    return { seconds, ids };
  }

  /** What came of new pages: the same number of orders, working orders and log rows, three lines each, and their facts. */
  async checkStored(what, before, orders) {
    const after = await countRows(this.admin, 'orders', INTAKE_TABLES);
    const grown = Object.fromEntries(INTAKE_TABLES.map((table) => [table, after[table] - before[table]]));
    const { outbox, outbox_delivery, ...rows } = grown;
    this.report.check(`${what}: rows stored`, rows, {
      platform_order: orders,
      working_order: orders,
      order_line: orders * LINES,
      order_log: orders,
    });
    this.report.check(`${what}: deliveries of its ${outbox} facts`, outbox_delivery, outbox * 3);
    return after;
  }

  /** New facts since an event; checks that they tell of each order once. */
  async eventsSince(eventId, what, orders) {
    const { rows } = await this.admin.query(
      'SELECT event_id, items FROM orders.outbox WHERE event_id > $1 ORDER BY 1',
      [eventId],
    );
    const told = rows.flatMap(({ items }) => JSON.parse(items).map((item) => item.orderId));
    this.report.check(
      `${what}: orders told of, all and different`,
      [told.length, new Set(told).size],
      [orders, orders],
    );
    return rows.map(({ event_id }) => event_id);
  }

  async lastEvent() {
    const { rows } = await this.admin.query(`SELECT coalesce(max(event_id), '') AS id FROM orders.outbox`);
    return rows[0].id;
  }

  /** With every service at work: from the first page until inventory holds the goods of the last order. */
  async untilReserved() {
    const { size, report } = this;
    const rates = [];
    for (let round = 0; round < size.rounds; round += 1) {
      const count = (size.pages * PAGE) / 2;
      const bodies = this.orders.bodies(this.orders.take(count));
      const before = await this.reserved();
      const from = performance.now();
      await this.send(bodies, 'stored');
      const isDone = async () => (await this.reserved()) - before >= count;
      await until(`${count} orders are reserved`, isDone, 300_000, 20);
      rates.push((count * 1000) / (performance.now() - from));
    }
    report.add('until reserved and told back to orders, every service at work on the same cores', 'orders/s', rates);
    await this.onlyIntake();
  }

  async onlyIntake() {
    await this.installation.stop(ALL_APPS.filter((name) => !INTAKE_APPS.includes(name)));
  }

  async reserved() {
    const { rows } = await this.admin.query(`SELECT count(*) AS n FROM orders.working_order WHERE stock = 'reserved'`);
    return Number(rows[0].n);
  }

  /** Sends pages until so many orders are stored. */
  async grow(orders) {
    const { working_order } = await countRows(this.admin, 'orders', ['working_order']);
    const missing = Math.ceil(Math.max(0, orders - working_order) / PAGE) * PAGE;
    if (missing > 0) await this.send(this.orders.bodies(this.orders.take(missing)), 'stored');
  }

  /** Rounds of ours, floor, rival and replay, one after the other. */
  async measure() {
    const { size, report } = this;
    await this.startRival();
    const floor = await IntakeFloor.open(this.servers, this.database, size.callers);
    const figures = { ours: [], floor: [], oneTable: [], rival: [], replay: [], oursCpu: [], floorCpu: [] };
    for (let round = 0; round <= size.rounds; round += 1) {
      const found = await this.round(floor, round === 0 ? 'warm-up' : `round ${round}`);
      // The first round warms caches and compilers of both sides alike.
      if (round > 0) for (const [name, rate] of Object.entries(found)) figures[name].push(rate);
    }
    await floor.close();
    await this.installation.stop(['rival']);
    const per = (a, b) => a.map((rate, index) => rate / b[index]);
    report.add('ours, stored + outbox', 'orders/s', figures.ours);
    report.add('floor: the same rows of six tables by one bare statement per page', 'orders/s', figures.floor);
    report.add('beside it: the platform orders alone by one bare statement per page', 'orders/s', figures.oneTable);
    report.add('rival: the same code, one order per transaction', 'orders/s', figures.rival);
    report.add('processor time, ours (service, PostgreSQL, caller)', 'ms/order', figures.oursCpu);
    report.add('processor time, floor (PostgreSQL, caller)', 'ms/order', figures.floorCpu);
    report.add(
      'floor / ours in processor time, which a busy machine changes least',
      '×',
      per(figures.floorCpu, figures.oursCpu),
    );
    report.add('the same pages again', 'orders/s', figures.replay);
    report.bar('ours / floor', per(figures.ours, figures.floor), '≥', 0.4);
    report.add('ours / platform orders alone', '×', per(figures.ours, figures.oneTable));
    report.bar('ours / one order per transaction', per(figures.ours, figures.rival), '≥', 8);
    report.bar('replay / first time', per(figures.replay, figures.ours), '≥', 2);
  }

  async startRival() {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const rival = this.installation.process('rival', {
      script: 'tools/bench/rivals/one-order-per-transaction.cjs',
      readyUrl: `${url}/health/ready`,
      env: { ORDERS_PORT: String(port) },
    });
    await rival.start();
    this.rival = new Caller({ baseUrl: url, token: this.caller.token, connections: this.size.callers });
  }

  async round(floor, what) {
    const { size, orders } = this;
    const count = size.pages * PAGE;
    await this.quiet();
    let before = await countRows(this.admin, 'orders', INTAKE_TABLES);
    const since = await this.lastEvent();
    const bodies = orders.bodies(orders.take(count));
    let spent = await this.processorMs();
    const ours = await this.send(bodies, 'stored');
    const oursCpu = (await this.processorMsSince(spent)) / count;
    if (size.plant === PLANTS.lostLine) await this.admin.query(LOSE_A_LINE, [ours.ids[0][0]]);
    before = await this.checkStored(what, before, count);
    const events = await this.eventsSince(since, what, count);
    await this.quiet();

    const pages = await floor.pagesOf(ours.ids, events);
    const floorBefore = await floor.counts();
    spent = await this.processorMs();
    const floorSeconds = await timed(pages, size.callers, (page) => floor.write(page));
    const floorCpu = (await this.processorMsSince(spent)) / count;
    await this.checkFloor(what, floor, floorBefore, count);
    const oneTableSeconds = await timed(pages, size.callers, (page) => floor.writeOneTable(page));

    const slow = orders.bodies(orders.take(size.slowPages * PAGE));
    const rival = await this.send(slow, 'stored', this.rival);
    await this.checkStored(`${what}, rival`, before, size.slowPages * PAGE);
    await this.quiet();

    const marks = await this.rowMarks();
    const replay = await this.send(bodies, 'unchanged');
    if (size.plant === PLANTS.touchedRow) await this.admin.query(TOUCH_A_ROW, [ours.ids[0][0]]);
    this.report.check(`${what}: rows after a replay, by place, maker and locker`, await this.rowMarks(), marks);
    return {
      ours: count / ours.seconds,
      floor: count / floorSeconds,
      oneTable: count / oneTableSeconds,
      rival: (size.slowPages * PAGE) / rival.seconds,
      replay: count / replay.seconds,
      oursCpu,
      floorCpu,
    };
  }

  /** Processor time spent so far by the orders service, each of PostgreSQL's connections and this program. */
  async processorMs() {
    const { user, system } = process.cpuUsage();
    const { rows } = await this.admin.query('SELECT pid FROM pg_stat_activity');
    const pids = [this.installation.processes.get('orders').pid, ...rows.map(({ pid }) => pid)];
    return new Map([[process.pid, (user + system) / 1_000], ...pids.map((pid) => [pid, cpuMs(pid)])]);
  }

  /** Processor time since another reading. A connection that was closed meanwhile had been idle for long. */
  async processorMsSince(before) {
    const spent = [...(await this.processorMs())].map(([pid, ms]) => ms - (before.get(pid) ?? 0));
    return spent.reduce((sum, ms) => sum + ms, 0);
  }

  async checkFloor(what, floor, before, orders) {
    const after = await floor.counts();
    const [rows, lines] = [after.working_order - before.working_order, after.order_line - before.order_line];
    this.report.check(`${what}, floor: orders and lines`, [rows, lines], [orders, orders * LINES]);
  }

  /** Waits until the relay has sent every fact, and plays the consumers who are not there: it would send them again. */
  async quiet() {
    await until('every fact is sent', async () => {
      const { rows } = await this.admin.query('SELECT 1 FROM orders.outbox_delivery WHERE sent_at IS NULL LIMIT 1');
      return rows.length === 0;
    });
    await this.admin.query('UPDATE orders.outbox_delivery SET acked_at = sent_at WHERE acked_at IS NULL');
  }

  /** A mark per table that changes with every row that is written, moved, deleted or locked. */
  async rowMarks() {
    const marks = {};
    for (const table of ALL_TABLES) {
      const { rows } = await this.admin.query(
        `SELECT count(*) AS rows, sum(hashtextextended(ctid::text || ' ' || xmin::text || ' ' || xmax::text, 0)) AS mark FROM orders.${table}`,
      );
      marks[table] = rows[0];
    }
    return marks;
  }

  /** The same code on two databases in turn: one as it is, and a copy that was filled up. */
  async measureLarge() {
    const { size, report, servers } = this;
    const large = `${this.database}_large`;
    await this.installation.stop();
    await this.admin.end();
    await servers.database(large, this.database);
    this.admin = await servers.connect(this.database);
    const seconds = await fill(servers, large, size.large);
    await this.installation.start(INTAKE_APPS);
    this.caller = await this.installation.caller('orders', size.callers);
    const { gateway, simulator } = this.installation.urls;
    const shared = { GATEWAY_URL: gateway, HUIDIAN_CLOCK_URL: `${simulator}/_control/clock` };
    const other = await Installation.prepare(servers, large, shared);
    await other.start(['orders']);
    const admin = await servers.connect(large);
    try {
      const big = Object.assign(Object.create(Bench.prototype), this, { installation: other, admin });
      big.caller = new Caller({ baseUrl: other.urls.orders, token: this.caller.token, connections: size.callers });
      const stored = [await this.stored(), await big.stored()];
      report.set({
        growth: `${stored.join(' and ')} orders stored; the copy was filled by SQL in ${Math.round(seconds)} s`,
      });
      const cost = [[], []];
      for (let round = 0; round <= size.rounds; round += 1) {
        const bodies = this.orders.bodies(this.orders.take(size.pages * PAGE));
        for (const [index, one] of [this, big].entries()) {
          await one.quiet();
          const { seconds } = await one.send(bodies, 'stored');
          if (round > 0) cost[index].push((seconds * 1000) / (size.pages * PAGE));
        }
      }
      report.add(`cost per order with ${stored[0]} stored`, 'ms', cost[0]);
      report.add(`cost per order with ${stored[1]} stored`, 'ms', cost[1]);
      const ratio = cost[1].map((ms, index) => ms / cost[0][index]);
      report.bar(`cost per order, ${stored[1]} / ${stored[0]} stored`, ratio, '≤', 1.15);
      const grown = (await big.stored()) - stored[1];
      report.check('orders stored in the large one', grown, (size.rounds + 1) * size.pages * PAGE);
    } finally {
      await admin.end();
      await other.stop();
    }
  }

  async stored() {
    return (await countRows(this.admin, 'orders', ['working_order'])).working_order;
  }

  async close() {
    await this.installation.stop();
    await this.admin.end();
  }
}

/** Copies orders, lines, log and facts within the real tables until so many orders are stored. Answers the seconds. */
async function fill(servers, database, wanted) {
  const from = performance.now();
  const admin = await servers.connect(database);
  try {
    const statements = readFileSync(new URL('./sql/intake-fill.sql', import.meta.url), 'utf8').split(/;\n/);
    await admin.query('SET search_path = orders');
    await admin.query('SET synchronous_commit = off');
    const { rows } = await admin.query('SELECT count(*) AS n FROM working_order');
    const base = Number(rows[0].n);
    await admin.query(statements.shift());
    for (let copy = 1, stored = base; stored < wanted; copy += 1, stored += base)
      for (const text of statements) if (text.trim() !== '') await admin.query(text.replaceAll(':copy', String(copy)));
    await admin.query('VACUUM (ANALYZE)');
    await admin.query('CHECKPOINT');
  } finally {
    await admin.end();
  }
  return (performance.now() - from) / 1000;
}
