import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { DataSource, type MixedList } from 'typeorm';
import { SERVICES } from '../config/service.config';
import { createLogger } from '../logging/logger';

const log = createLogger('migrate');

/** Lock number of the migrator; two of them on one database wait for each other. */
const MIGRATION_LOCK = 4_701_337;
const OBJECT_EXISTS = new Set(['42710', '23505', '42P06']);
const COLLIDED = 'XX000';

function migrationClasses(schema: string, folder: string): Function[] {
  const dir = join(folder, schema);
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((file) => /^\d{4}-.*\.(js|ts)$/.test(file) && !file.endsWith('.d.ts'))
    .sort()
    .flatMap((file) =>
      Object.values(require(join(dir, file)) as Record<string, unknown>).filter(
        (value): value is Function => typeof value === 'function',
      ),
    );
}

async function tolerate(client: Client, sql: string): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    const state = (error as { code?: string }).code ?? '';
    if (!OBJECT_EXISTS.has(state) && state !== COLLIDED) throw error;
  }
}

async function prepareRole(client: Client, schema: string, rolePassword: string): Promise<void> {
  const role = `huidian_${schema}`;
  const password = client.escapeLiteral(rolePassword);
  const found = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  if (found.rowCount === 0)
    await tolerate(client, `CREATE ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${password}`);
  else await tolerate(client, `ALTER ROLE ${role} PASSWORD ${password}`);
  await tolerate(client, `ALTER ROLE ${role} SET search_path = ${schema}`);
  await tolerate(client, `CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await client.query(`REVOKE ALL ON SCHEMA ${schema} FROM PUBLIC`);
}

/** Gives a schema's role its rights: rows of its own tables, but no change of what is marked as a ledger. */
async function grantTables(client: Client, schema: string): Promise<void> {
  const role = `huidian_${schema}`;
  await client.query(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
  await client.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role}`);
  await client.query(`GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role}`);
  await client.query(`GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema} TO ${role}`);
  const ledgers = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND obj_description(c.oid) LIKE 'ledger:%'`,
    [schema],
  );
  for (const { name } of ledgers.rows)
    await client.query(`REVOKE UPDATE, DELETE, TRUNCATE ON ${schema}."${name}" FROM ${role}`);
}

async function runMigrations(adminUrl: string, schema: string, folder: string): Promise<void> {
  const classes = migrationClasses(schema, folder);
  const dataSource = new DataSource({
    type: 'postgres',
    url: adminUrl,
    schema,
    migrations: classes as MixedList<Function>,
    migrationsTableName: 'migrations',
    extra: { max: 1, options: `-c search_path=${schema} -c timezone=UTC` },
  });
  await dataSource.initialize();
  try {
    const done = await dataSource.runMigrations({ transaction: 'each' });
    if (done.length > 0) log.info({ schema, migrations: done.map(({ name }) => name) }, 'schema migrated');
  } finally {
    await dataSource.destroy();
  }
}

/** What the migrator needs. */
export interface MigrateSettings {
  /** postgres:// address of the owner: may create roles and schemas. */
  adminUrl: string;
  /** Password that each service role gets. */
  rolePassword: string;
  /** Folder with one sub-folder of migrations per schema; default: the project's `migrations`. */
  folder?: string;
}

/** Makes roles, schemas, tables and grants what this version needs. Safe to repeat and to run twice at once. */
export async function migrate(settings: MigrateSettings): Promise<void> {
  const folder = settings.folder ?? join(__dirname, '../../../../migrations');
  const client = new Client({ connectionString: settings.adminUrl });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    for (const schema of Object.values(SERVICES)) {
      await prepareRole(client, schema, settings.rolePassword);
      await runMigrations(settings.adminUrl, schema, folder);
      await grantTables(client, schema);
    }
  } finally {
    await client.end();
  }
}
