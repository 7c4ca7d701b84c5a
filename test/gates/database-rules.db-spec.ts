import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { SERVICES } from '@app/shared/config/service.config';
import { cloneDatabase, type TestDatabase } from '@app/shared/testing/database';

const SCHEMAS = Object.values(SERVICES);
const PERMISSION_DENIED = '42501';

const committed = <T>(name: string): T => JSON.parse(readFileSync(join(__dirname, name), 'utf8')) as T;
/** "schema.table", or "table" for the same table in every schema, with the reason. */
const KEY_EXCEPTIONS = committed<Record<string, string>>('company-key-exceptions.json');
/** "schema.table", or "table" for the same table in every schema. */
const LEDGERS = committed<string[]>('ledgers.json');

const isListed = (list: string[], schema: string, table: string) =>
  list.includes(table) || list.includes(`${schema}.${table}`);

interface KeyRow {
  schema: string;
  table: string;
  key: string;
  first: string;
}

/** Every primary and unique key of our schemas with its first column; an index on an expression has none. */
const KEYS_SQL = `
  SELECT n.nspname AS schema, t.relname AS table, i.relname AS key, coalesce(a.attname, '(expression)') AS first
    FROM pg_index x
    JOIN pg_class t ON t.oid = x.indrelid AND t.relkind IN ('r', 'p') AND NOT t.relispartition
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0] AND a.attnum > 0
   WHERE x.indisunique AND n.nspname = ANY ($1)
   ORDER BY 1, 2, 3`;

const TABLES_SQL = `
  SELECT n.nspname AS schema, t.relname AS table,
         coalesce(obj_description(t.oid), '') LIKE 'ledger:%' AS "isLedger",
         EXISTS (SELECT 1 FROM pg_index x WHERE x.indrelid = t.oid AND x.indisprimary) AS "hasPrimaryKey"
    FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
   WHERE t.relkind IN ('r', 'p') AND NOT t.relispartition AND n.nspname = ANY ($1)
   ORDER BY 1, 2`;

interface TableRow {
  schema: string;
  table: string;
  isLedger: boolean;
  hasPrimaryKey: boolean;
}

describe('the rules of the migrated database', () => {
  let database: TestDatabase;
  let owner: Client;
  let tables: TableRow[];

  beforeAll(async () => {
    database = await cloneDatabase();
    owner = new Client({ connectionString: database.adminUrl });
    await owner.connect();
    tables = (await owner.query<TableRow>(TABLES_SQL, [SCHEMAS])).rows;
  });

  afterAll(async () => {
    await owner?.end();
    await database?.drop();
  });

  const asService = async <T>(schema: string, body: (client: Client) => Promise<T>): Promise<T> => {
    const client = new Client({ connectionString: database.urlOf(schema) });
    await client.connect();
    try {
      return await body(client);
    } finally {
      await client.end();
    }
  };

  const codeOf = (client: Client, sql: string): Promise<string> =>
    client.query(sql).then(
      () => 'allowed',
      (error: { code?: string; message: string }) => error.code ?? error.message,
    );

  it('has tables in every schema, each with a primary key', () => {
    expect([...new Set(tables.map(({ schema }) => schema))].sort()).toEqual([...SCHEMAS].sort());
    expect(tables.filter(({ hasPrimaryKey }) => !hasPrimaryKey)).toEqual([]);
  });

  it('begins every primary and unique key with company_id, except those listed with a reason', async () => {
    const keys = (await owner.query<KeyRow>(KEYS_SQL, [SCHEMAS])).rows;
    const wrong = keys.filter(
      ({ schema, table, first }) => first !== 'company_id' && !isListed(Object.keys(KEY_EXCEPTIONS), schema, table),
    );
    expect(wrong).toEqual([]);
  });

  it('lists no exception that is not needed, and gives a reason for each', async () => {
    const keys = (await owner.query<KeyRow>(KEYS_SQL, [SCHEMAS])).rows.filter(({ first }) => first !== 'company_id');
    const unneeded = Object.keys(KEY_EXCEPTIONS).filter(
      (name) => !keys.some(({ schema, table }) => isListed([name], schema, table)),
    );
    expect(unneeded).toEqual([]);
    expect(Object.entries(KEY_EXCEPTIONS).filter(([, reason]) => reason.length < 20)).toEqual([]);
  });

  it('has no foreign key and no view that reaches into another schema', async () => {
    const foreignKeys = await owner.query(
      `SELECT c.conname FROM pg_constraint c
         JOIN pg_class a ON a.oid = c.conrelid JOIN pg_class b ON b.oid = c.confrelid
        WHERE c.contype = 'f' AND a.relnamespace <> b.relnamespace`,
    );
    const views = await owner.query(
      `SELECT table_schema, table_name FROM information_schema.views WHERE table_schema = ANY ($1)`,
      [SCHEMAS],
    );
    expect({ foreignKeys: foreignKeys.rows, views: views.rows }).toEqual({ foreignKeys: [], views: [] });
  });

  it.each(SCHEMAS)(
    'lets the role of %s read its own tables and answers 42501 for every other schema',
    async (schema) => {
      const answers = await asService(schema, async (client) => {
        const all: { schema: string; table: string; answer: string }[] = [];
        for (const { schema: other, table } of tables) {
          all.push({ schema: other, table, answer: await codeOf(client, `SELECT 1 FROM ${other}."${table}" LIMIT 1`) });
        }
        return all;
      });
      const isAsExpected = (row: { schema: string; answer: string }) =>
        row.answer === (row.schema === schema ? 'allowed' : PERMISSION_DENIED);
      expect(answers.filter((row) => !isAsExpected(row))).toEqual([]);
    },
  );

  it('lists exactly the tables whose comment says that they are ledgers', () => {
    const marked = tables.filter(({ isLedger }) => isLedger);
    expect(marked.filter(({ schema, table }) => !isListed(LEDGERS, schema, table))).toEqual([]);
    const unmarked = tables.filter(({ schema, table, isLedger }) => !isLedger && isListed(LEDGERS, schema, table));
    expect(unmarked).toEqual([]);
    expect(LEDGERS.filter((name) => !marked.some(({ schema, table }) => isListed([name], schema, table)))).toEqual([]);
  });

  it.each(SCHEMAS)('lets the role of %s add to its ledgers, but not change, remove or empty them', async (schema) => {
    const ledgers = tables.filter((row) => row.schema === schema && row.isLedger);
    expect(ledgers.length).toBeGreaterThan(0);
    for (const { table } of ledgers) {
      const rights = await owner.query(
        `SELECT right_name FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS right_name
          WHERE has_table_privilege($1, $2, right_name)`,
        [`huidian_${schema}`, `${schema}."${table}"`],
      );
      expect({ table, rights: rights.rows.map((row) => row.right_name) }).toEqual({
        table,
        rights: ['SELECT', 'INSERT'],
      });
      const answers = await asService(schema, async (client) => [
        await codeOf(client, `UPDATE ${schema}."${table}" SET company_id = company_id`),
        await codeOf(client, `DELETE FROM ${schema}."${table}"`),
      ]);
      expect({ table, answers }).toEqual({ table, answers: [PERMISSION_DENIED, PERMISSION_DENIED] });
    }
  });

  it('gives no service role a right to make tables or to act as another role', async () => {
    const roles = SCHEMAS.map((schema) => `huidian_${schema}`);
    const risky = await owner.query(
      `SELECT rolname FROM pg_roles
        WHERE rolname = ANY ($1) AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication)`,
      [roles],
    );
    const memberships = await owner.query(
      'SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = ANY ($1)',
      [roles],
    );
    expect({ risky: risky.rows, memberships: memberships.rows }).toEqual({ risky: [], memberships: [] });
    for (const schema of SCHEMAS) {
      const answer = await asService(schema, (client) => codeOf(client, `CREATE TABLE ${schema}.planted (x int)`));
      expect({ schema, answer }).toEqual({ schema, answer: PERMISSION_DENIED });
    }
  });
});
