import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fallbackPath, isReachable, openDataFolder, peekDataFolder, serverHome } from './data-folder.mjs';
import { readJson, writeAtomically } from './files.mjs';
import { withLock } from './lock.mjs';
import { runningPostgres, startPostgres, stopPostgres, withClient } from './postgres.mjs';
import { runningRedis, startRedis, stopRedis } from './redis.mjs';
import { PlainError } from './say.mjs';
import { ensureSecrets } from './secrets.mjs';

/** Makes the folders of a data folder and answers where everything lies. */
export function prepare(dir, { forTests = false } = {}) {
  const folder = openDataFolder(dir);
  const home = serverHome(folder, { temporary: forTests });
  const run = join(dir, 'run');
  const logs = join(dir, 'logs');
  for (const path of [run, logs]) mkdirSync(path, { recursive: true });
  return { dir, home: home.path, isFallback: home.isFallback, run, logs, folder };
}

/**
 * Makes sure that PostgreSQL and Redis run for the data folder: given ones are checked, embedded
 * ones found or started. Answers {databaseUrl, redisUrl, postgres, redis}, where an external server
 * has no process.
 */
export async function ensureServers(places, { forTests = false, env = process.env } = {}) {
  return withLock(join(places.run, 'servers.lock'), async () => {
    const secrets = ensureSecrets(places.dir);
    const portsFile = join(places.run, 'ports.json');
    const remembered = readJson(portsFile) ?? {};
    const { postgres, redis } = await startBoth({ ...places, secrets, forTests }, remembered, env);
    const ports = { postgres: postgres.port ?? remembered.postgres, redis: redis.port ?? remembered.redis };
    writeAtomically(portsFile, `${JSON.stringify(ports)}\n`);
    return { databaseUrl: postgres.url, redisUrl: redis.url, postgres, redis, secrets };
  });
}

/** When one of the two fails, the other one is not left behind. */
async function startBoth(common, remembered, env) {
  const [postgres, redis] = await Promise.allSettled([
    env.DATABASE_URL
      ? checkDatabase(env.DATABASE_URL)
      : startPostgres({ ...common, rememberedPort: remembered.postgres }),
    env.REDIS_URL ? checkRedis(env.REDIS_URL) : startRedis({ ...common, rememberedPort: remembered.redis }),
  ]);
  const failure = postgres.reason ?? redis.reason;
  if (!failure) return { postgres: postgres.value, redis: redis.value };
  if (redis.value?.isReused === false) await stopRedis(common.run);
  if (postgres.value?.isReused === false) await stopPostgres(common.home);
  throw failure;
}

/** Stops the embedded servers of a data folder, Redis first; false when none ran. */
export async function stopServers(dir, { forTests = false } = {}) {
  const marker = peekDataFolder(dir);
  if (!marker) return false;
  const home = homeOf(dir, marker, forTests);
  const redis = await stopRedis(join(dir, 'run'));
  const postgres = await stopPostgres(home);
  return redis || postgres;
}

/** Running embedded servers of a data folder; starts and makes nothing. */
export function serverStatus(dir, { forTests = false } = {}) {
  const marker = peekDataFolder(dir);
  if (!marker) return {};
  return { postgres: runningPostgres(homeOf(dir, marker, forTests)), redis: runningRedis(join(dir, 'run')) };
}

/** The folder in which the servers of a data folder keep their files. */
export function homeOf(dir, marker, forTests = false) {
  return isReachable(dir) ? dir : fallbackPath({ dir, ...marker }, forTests);
}

/** Refuses with a clear error when a given database does not answer. */
export async function checkDatabase(url) {
  try {
    await withClient(url, (client) => client.query('select 1'));
  } catch (error) {
    throw new PlainError(`DATABASE_URL is set, but the database does not answer: ${error.message || error.code}`);
  }
  return { url };
}

/** Refuses with a clear error when a given Redis does not answer. */
export async function checkRedis(url) {
  const { createRequire } = await import('node:module');
  const Redis = createRequire(import.meta.url)('ioredis');
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    throw new PlainError(`REDIS_URL is set, but Redis does not answer: ${error.message}`);
  } finally {
    client.disconnect();
  }
  return { url };
}
