import { readFileSync } from 'node:fs';
import { COMPANY } from './world.mjs';

const read = (name) => readFileSync(new URL(`../sql/${name}`, import.meta.url), 'utf8');
const TABLES = ['platform_order', 'working_order', 'order_line', 'order_log', 'outbox', 'outbox_delivery'];

/** The bare statement beside which our intake is measured: the same rows, one statement per page. */
export class IntakeFloor {
  /** Makes the floor's tables; `callers` connections write to them. */
  static async open(servers, database, callers) {
    const floor = new IntakeFloor();
    floor.whole = read('intake-floor.sql');
    floor.oneTable = read('intake-floor-one-table.sql');
    floor.admin = await servers.connect(database);
    await floor.admin.query(read('intake-floor-tables.sql'));
    const { rows } = await floor.admin.query(
      `SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) AS names FROM information_schema.columns
        WHERE table_schema = 'bench_floor' GROUP BY 1`,
    );
    floor.columns = new Map(rows.map(({ table_name, names }) => [table_name, names]));
    floor.pool = servers.pool(database, callers);
    await Promise.all(Array.from({ length: callers }, () => floor.pool.query('SELECT 1')));
    return floor;
  }

  /** The rows that ours has stored for pages of order ids, as parameters of the two statements, a list per page. */
  async pagesOf(pages, eventIds) {
    const byPage = [];
    for (const [index, orderIds] of pages.entries()) {
      const facts = eventIds.filter((_, no) => no % pages.length === index);
      const params = [];
      for (const table of TABLES) params.push(...(await this.columnsOf(table, orderIds, facts)));
      byPage.push(params);
    }
    return byPage;
  }

  async columnsOf(table, orderIds, eventIds) {
    const names = this.columns.get(table);
    const [key, ids] = table.startsWith('outbox') ? ['event_id', eventIds] : ['order_id', orderIds];
    const { rows } = await this.admin.query({
      text: `SELECT ${names.map((name) => `${name}::text`).join(', ')} FROM orders.${table} WHERE company_id = $1 AND ${key} = ANY($2) ORDER BY ${key}`,
      values: [COMPANY, ids],
      rowMode: 'array',
    });
    return names.map((_, column) => rows.map((row) => row[column]));
  }

  write(params) {
    return this.pool.query(this.whole, params);
  }

  writeOneTable(params) {
    return this.pool.query(this.oneTable, params.slice(0, this.columns.get('platform_order').length));
  }

  /** Rows in each of the floor's tables. */
  async counts() {
    return countRows(this.admin, 'bench_floor', TABLES);
  }

  async close() {
    await this.pool.end();
    await this.admin.end();
  }
}

/** Rows in tables, by table. */
export async function countRows(client, schema, tables = TABLES) {
  const counts = {};
  for (const table of tables) {
    const { rows } = await client.query(`SELECT count(*) AS count FROM ${schema}.${table}`);
    counts[table] = Number(rows[0].count);
  }
  return counts;
}
