import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fallbackPath, peekDataFolder } from './data-folder.mjs';
import { withClient } from './postgres.mjs';
import { readPidFile, writePidFile } from './processes.mjs';
import { PlainError, say } from './say.mjs';
import { checkDatabase, checkRedis, ensureServers, prepare, stopServers } from './servers.mjs';

const KINDS = ['given', 'testcontainers', 'embedded'];

/**
 * Servers for one test run: those of DATABASE_URL and REDIS_URL, else containers when a Docker
 * engine answers, else embedded ones in a temporary folder. HUIDIAN_TEST_SERVERS chooses.
 * Answers {databaseUrl, redisUrl, kind, stop()}.
 */
export async function startTestServers(template, env = process.env) {
  const forced = env.HUIDIAN_TEST_SERVERS;
  if (forced && !KINDS.includes(forced))
    throw new PlainError(`HUIDIAN_TEST_SERVERS must be one of ${KINDS.join(', ')}.`);
  const areGiven = Boolean(env.DATABASE_URL && env.REDIS_URL);
  const kind = forced ?? (areGiven ? 'given' : (await dockerAnswers()) ? 'testcontainers' : 'embedded');
  if (kind === 'given' && !areGiven)
    throw new PlainError('HUIDIAN_TEST_SERVERS=given needs DATABASE_URL and REDIS_URL.');
  const servers = await { given, testcontainers, embedded }[kind](env, template);
  say(`Test servers: ${kind}`);
  return { kind, ...servers };
}

async function given(env, template) {
  const databaseUrl = env.DATABASE_URL;
  await checkDatabase(databaseUrl);
  await checkRedis(env.REDIS_URL);
  return { databaseUrl, redisUrl: env.REDIS_URL, stop: () => dropTestDatabases(databaseUrl, template) };
}

/** On servers that stay, nothing of ours may stay: the template of this run and clones left by killed tests. */
async function dropTestDatabases(databaseUrl, template) {
  await withClient(databaseUrl, async (client) => {
    const found = await client.query(
      "select datname from pg_database where datname = $1 or datname ~ '^huidian_test_[0-9a-f]{12}$'",
      [template],
    );
    for (const { datname } of found.rows) {
      await client.query(`alter database ${datname} with is_template false`);
      await client.query(`drop database if exists ${datname} with (force)`);
    }
  });
}

async function dockerAnswers() {
  try {
    const { getContainerRuntimeClient } = createRequire(import.meta.url)('testcontainers');
    await getContainerRuntimeClient();
    return true;
  } catch {
    return false;
  }
}

async function testcontainers() {
  const require = createRequire(import.meta.url);
  const { PostgreSqlContainer } = require('@testcontainers/postgresql');
  const { RedisContainer } = require('@testcontainers/redis');
  const flags = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300', 'timezone=UTC'];
  const postgres = await new PostgreSqlContainer('postgres:18-alpine')
    .withUsername('huidian')
    .withDatabase('huidian')
    .withCommand(['postgres', ...flags.flatMap((flag) => ['-c', flag])])
    .start();
  const redis = await new RedisContainer('redis:7.4-alpine').start().catch(async (error) => {
    await postgres.stop();
    throw error;
  });
  const stop = async () => {
    await Promise.allSettled([redis.stop(), postgres.stop()]);
  };
  return { databaseUrl: postgres.getConnectionUri(), redisUrl: redis.getConnectionUrl(), stop };
}

const PREFIX = 'huidian-test-';
/** Lies beside the folder, because a data folder with foreign content would be refused. */
const ownerFile = (dir) => `${dir}.owner.json`;

function temporaryFolder() {
  const dir = mkdtempSync(join(tmpdir(), PREFIX));
  chmodSync(dir, 0o711);
  writePidFile(ownerFile(dir), process.pid);
  return dir;
}

async function remove(dir) {
  await stopServers(dir, { forTests: true });
  const marker = peekDataFolder(dir);
  if (marker) rmSync(fallbackPath(marker, true), { recursive: true, force: true });
  rmSync(dir, { recursive: true, force: true });
  rmSync(ownerFile(dir), { force: true });
}

/** Stops and removes what killed test runs left behind. */
async function sweep() {
  const names = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX) && name.endsWith('.owner.json'));
  for (const name of names) {
    const file = join(tmpdir(), name);
    if (!readPidFile(file)) await remove(file.slice(0, -'.owner.json'.length));
  }
}

async function embedded(env) {
  await sweep();
  const dir = temporaryFolder();
  try {
    const own = { ...env, DATABASE_URL: '', REDIS_URL: '' };
    const servers = await ensureServers(prepare(dir, { forTests: true }), { forTests: true, env: own });
    return { databaseUrl: servers.databaseUrl, redisUrl: servers.redisUrl, stop: () => remove(dir) };
  } catch (error) {
    await remove(dir);
    throw error;
  }
}
