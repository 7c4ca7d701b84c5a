import { join } from 'node:path';
import { foldersOf, simulatorAddresses } from './simulator-addresses.mjs';

/** The apps that answer over HTTP: the key prefix of their port and address, and the default port. */
export const APPS = [
  { name: 'gateway', key: 'GATEWAY', port: 3000 },
  { name: 'catalog', key: 'CATALOG', port: 3001 },
  { name: 'orders', key: 'ORDERS', port: 3002 },
  { name: 'inventory', key: 'INVENTORY', port: 3003 },
  { name: 'logistics', key: 'LOGISTICS', port: 3004 },
  { name: 'settlement', key: 'SETTLEMENT', port: 3005 },
  { name: 'sync-worker', key: 'SYNC', port: 3006 },
];
const SIMULATOR = { name: 'simulator', key: 'SIMULATOR', port: 3100 };

/** One database schema and role per service. */
export const SCHEMAS = ['identity', 'catalog', 'orders', 'inventory', 'logistics', 'settlement', 'sync'];

/** Story seconds per real second in the demo: a story day takes a minute and a half. */
const DEMO_STORY_RATE = 960;

/** Credentials of the demo client; it exists in demo mode alone. */
export const DEMO_CLIENT = { id: 'demo', secret: 'demo-secret' };

/** demo unless HUIDIAN_MODE says production. */
export function startMode(env = process.env) {
  return env.HUIDIAN_MODE === 'production' ? 'production' : 'demo';
}

/** {name, host, port, url} of every process that will listen, in the order of the table. */
export function listeners(mode, env = process.env) {
  const host = env.HOST || '127.0.0.1';
  const reach = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const apps = mode === 'demo' ? [...APPS, SIMULATOR] : APPS;
  return apps.map(({ name, key, port: usual }) => {
    const port = Number(env[`${key}_PORT`] || usual);
    return { name, key, host, port, url: `http://${reach.includes(':') ? `[${reach}]` : reach}:${port}` };
  });
}

/** Settings that every process of a start gets; what the caller's environment sets wins. */
export function appEnvironment({ mode, places, servers, env = process.env }) {
  const { secrets } = servers;
  const addresses = Object.fromEntries(
    listeners(mode, env).flatMap(({ key, port, url }) => [
      [`${key}_PORT`, String(port)],
      ...(key === 'SIMULATOR' ? [] : [[`${key}_URL`, url]]),
    ]),
  );
  const defaults = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    ...addresses,
    ...databaseAddresses(servers.databaseUrl, env.DATABASE_ROLE_PASSWORD || secrets.rolePassword),
    SERVICE_CLIENT_SECRET: secrets.serviceClientSecret,
    SECRETS_MASTER_KEY: secrets.masterKey,
    ...(mode === 'demo' ? demoSettings(places, env) : {}),
  };
  const { DATABASE_URL: _owner, ...given } = withoutEmpty(env);
  return { ...defaults, ...given, HUIDIAN_MODE: mode, REDIS_URL: servers.redisUrl };
}

/** The owner's address is for the migrator alone: the services get their own roles' addresses. */
export function migratorEnvironment({ servers, env = process.env }) {
  return {
    ...withoutEmpty(env),
    DATABASE_URL: servers.databaseUrl,
    DATABASE_ROLE_PASSWORD: env.DATABASE_ROLE_PASSWORD || servers.secrets.rolePassword,
  };
}

function databaseAddresses(ownerUrl, rolePassword) {
  return Object.fromEntries(
    SCHEMAS.map((schema) => {
      const url = new URL(ownerUrl);
      url.username = `huidian_${schema}`;
      url.password = rolePassword;
      return [`${schema.toUpperCase()}_DATABASE_URL`, url.toString()];
    }),
  );
}

function demoSettings(places, env) {
  const simulator = listeners('demo', env).find(({ name }) => name === 'simulator').url;
  return {
    HUIDIAN_CLOCK_URL: `${simulator}/_control/clock`,
    SIMULATOR_URL: simulator,
    SIMULATOR_DEMO: '1',
    SIMULATOR_STORY_RATE: String(DEMO_STORY_RATE),
    SIMULATOR_DATA_DIR: join(places.dir, 'simulator'),
    SIMULATOR_WEBHOOK_BASE: listeners('demo', env).find(({ name }) => name === 'sync-worker').url,
    ...simulatorAddresses(simulator, foldersOf(env.SIMULATOR_FOLDERS)),
  };
}

/** A key set to nothing means "not set", as in a compose file. */
function withoutEmpty(env) {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}
