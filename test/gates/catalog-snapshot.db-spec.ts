import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { SERVICES } from '@app/shared/config/service.config';
import { cloneDatabase, type TestDatabase } from '@app/shared/testing/database';

const FILE = join(__dirname, 'catalog-snapshot.txt');
const SCHEMAS = Object.values(SERVICES);

/** One line per column, constraint, index, trigger, function and ledger mark of our schemas, as the catalog tells them. */
const CATALOG_SQL = `
  WITH ours AS (
    SELECT t.oid, n.nspname || '.' || t.relname AS name
      FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE t.relkind IN ('r', 'p', 'v', 'm') AND n.nspname = ANY ($1) AND t.relname <> 'migrations'
  )
  SELECT name || ' column ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
         || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
         || CASE WHEN a.attidentity <> '' THEN ' identity' ELSE '' END
         || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') AS line
    FROM ours JOIN pg_attribute a ON a.attrelid = ours.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  UNION ALL
  SELECT name || ' constraint ' || c.conname || ' ' || pg_get_constraintdef(c.oid)
    FROM ours JOIN pg_constraint c ON c.conrelid = ours.oid WHERE c.contype <> 'n'
  UNION ALL
  SELECT name || ' index ' || pg_get_indexdef(x.indexrelid) FROM ours JOIN pg_index x ON x.indrelid = ours.oid
  UNION ALL
  SELECT name || ' trigger ' || pg_get_triggerdef(g.oid) FROM ours JOIN pg_trigger g ON g.tgrelid = ours.oid WHERE NOT g.tgisinternal
  UNION ALL
  SELECT name || ' ledger' FROM ours WHERE obj_description(ours.oid) LIKE 'ledger:%'
  UNION ALL
  SELECT n.nspname || '.' || p.proname || ' function ' || md5(pg_get_functiondef(p.oid))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY ($1)`;

describe('the catalog snapshot', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await cloneDatabase();
  });

  afterAll(() => database?.drop());

  it('equals the committed file, so that a change of tables is seen in review (renew: HUIDIAN_UPDATE_SNAPSHOTS=1 npm test -- --only db)', async () => {
    const client = new Client({ connectionString: database.adminUrl });
    await client.connect();
    const found = await client.query<{ line: string }>(CATALOG_SQL, [SCHEMAS]);
    await client.end();
    const lines = found.rows.map(({ line }) => line.replaceAll('\n', ' ')).sort();
    if (process.env.HUIDIAN_UPDATE_SNAPSHOTS === '1') writeFileSync(FILE, `${lines.join('\n')}\n`);
    expect(lines).toEqual(readFileSync(FILE, 'utf8').trim().split('\n'));
  });
});
