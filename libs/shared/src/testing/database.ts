import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../db/data-source';
import { migrate } from '../db/migrate';
import { testEnvironment } from './testing.config';

/** A database of its own for one test file, cloned from a migrated template. */
export interface TestDatabase {
  name: string;
  /** Address with the owner's rights. */
  adminUrl: string;
  /** Address with the role of one schema. */
  urlOf(schema: string): string;
  /** An initialised DataSource with the role of one schema; closed by drop(). */
  open(schema: string): Promise<DataSource>;
  drop(): Promise<void>;
}

/** A statement of a test against an app that goes on working, such as emptying its tables: it may lose to one of the app's. */
export async function unlessLocked<T>(statement: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await statement();
    } catch (error) {
      if (tries >= 5 || !/deadlock detected/.test((error as Error).message)) throw error;
    }
  }
}

export const TEST_ROLE_PASSWORD = 'test-role-password';
const OBJECT_IN_USE = '55006';
const TEMPLATE_LOCK = 4_701_338;

const MIGRATIONS = join(__dirname, '../../../../migrations');
/** `.ts` in the sources, `.js` in the build. */
const CODE = extname(__filename);

/** The template's name changes with the migrations, so a server that lives longer never serves old tables. */
function templateName(base: string): string {
  const hash = createHash('sha256').update(readFileSync(join(__dirname, `../db/fact-tables${CODE}`)));
  for (const file of (readdirSync(MIGRATIONS, { recursive: true }) as string[])
    .filter((name) => name.endsWith(CODE))
    .sort())
    hash.update(file).update(readFileSync(join(MIGRATIONS, file)));
  return `${base}_${hash.digest('hex').slice(0, 12)}`;
}

function withDatabase(url: string, name: string, user?: string, password?: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  if (user) changed.username = user;
  if (password) changed.password = password;
  return changed.toString();
}

async function ensureTemplate(adminUrl: string, template: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate', [template]);
    if (found.rowCount) return;
    await client.query(`DROP DATABASE IF EXISTS ${template}`);
    await client.query(`CREATE DATABASE ${template}`);
    await migrate({ adminUrl: withDatabase(adminUrl, template), rolePassword: TEST_ROLE_PASSWORD });
    await client.query(`ALTER DATABASE ${template} WITH IS_TEMPLATE true`);
  } finally {
    await client.end();
  }
}

/** Clones the migrated template; the server is that of DATABASE_URL. The name always contains `test`. */
export async function cloneDatabase(): Promise<TestDatabase> {
  const { adminUrl, templateBase } = testEnvironment();
  const template = templateName(templateBase);
  await ensureTemplate(adminUrl, template);
  const name = `huidian_test_${randomBytes(6).toString('hex')}`;
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  await admin.end();
  const opened: DataSource[] = [];
  const urlOf = (schema: string) => withDatabase(adminUrl, name, `huidian_${schema}`, TEST_ROLE_PASSWORD);
  return {
    name,
    adminUrl: withDatabase(adminUrl, name),
    urlOf,
    async open(schema) {
      const dataSource = await createDataSource({ url: urlOf(schema), schema, poolSize: 10 }).initialize();
      opened.push(dataSource);
      return dataSource;
    },
    async drop() {
      for (const dataSource of opened) if (dataSource.isInitialized) await dataSource.destroy();
      await dropDatabase(adminUrl, name);
    },
  };
}

/** FORCE gives other sessions five seconds to end, and on a busy machine one may take longer. */
async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    for (let tries = 1; ; tries += 1) {
      try {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
        return;
      } catch (error) {
        if (tries >= 3 || (error as { code?: string }).code !== OBJECT_IN_USE) throw error;
      }
    }
  } finally {
    await client.end();
  }
}
