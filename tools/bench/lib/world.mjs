import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fallbackPath } from '../../lib/data-folder.mjs';
import { appEnvironment, DEMO_CLIENT, listeners } from '../../lib/environment.mjs';
import { runMigrator } from '../../lib/migrator.mjs';
import { ROOT } from '../../lib/paths.mjs';
import { freePort } from '../../lib/ports.mjs';
import { say } from '../../lib/say.mjs';
import { ensureServers, prepare, stopServers } from '../../lib/servers.mjs';
import { Caller } from './http.mjs';
import { BenchProcess } from './process.mjs';

const require = createRequire(join(ROOT, 'package.json'));
const { Client, Pool } = require('pg');
const Redis = require('ioredis');

/** Connections of one service; production's default. */
export const POOL_SIZE = 8;
/** The demo's company, for which the demo client acts. */
export const COMPANY = 'cmp_demo';

/** PostgreSQL and Redis of one run, durable as in production, in a folder that is removed at the end. */
export class BenchServers {
  static async start() {
    const servers = new BenchServers();
    servers.dir = mkdtempSync(join(tmpdir(), 'huidian-bench-'));
    chmodSync(servers.dir, 0o711);
    servers.places = prepare(servers.dir, { forTests: true });
    const env = { ...process.env, DATABASE_URL: '', REDIS_URL: '' };
    servers.found = await ensureServers(servers.places, { env });
    return servers;
  }

  get redisUrl() {
    return this.found.redisUrl;
  }

  urlOf(database) {
    const url = new URL(this.found.databaseUrl);
    url.pathname = `/${database}`;
    return url.toString();
  }

  /** Makes a migrated database, or a copy of one to which nobody is connected. */
  async database(name, template) {
    const admin = await this.connect('huidian');
    await admin.query(`CREATE DATABASE ${name}${template ? ` TEMPLATE ${template}` : ''}`);
    await admin.end();
    if (!template) await runMigrator({ ...this.found, databaseUrl: this.urlOf(name) });
  }

  /** A connection with the owner's rights. */
  async connect(database) {
    const client = new Client({ connectionString: this.urlOf(database) });
    // The cause is the error that is thrown; a connection that ends because the servers stop must not hide it.
    client.on('error', (error) => say(`a connection ended: ${error.message}`));
    await client.connect();
    return client;
  }

  /** Starts the servers again, so that PostgreSQL notes when every transaction was committed. */
  async noteCommits() {
    const admin = await this.connect('huidian');
    await admin.query('ALTER SYSTEM SET track_commit_timestamp = on');
    await admin.end();
    await stopServers(this.dir, { forTests: true });
    this.found = await ensureServers(this.places, { env: { ...process.env, DATABASE_URL: '', REDIS_URL: '' } });
  }

  pool(database, max) {
    const pool = new Pool({ connectionString: this.urlOf(database), max });
    pool.on('error', (error) => say(`a connection ended: ${error.message}`));
    return pool;
  }

  redis() {
    return new Redis(this.redisUrl, { maxRetriesPerRequest: null });
  }

  /** What decides how fast the servers are, and how busy the machine was. */
  async settings() {
    const admin = await this.connect('huidian');
    const { rows } = await admin.query(
      `SELECT name, current_setting(name) AS value FROM unnest(ARRAY['server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size']) AS name`,
    );
    await admin.end();
    const shown = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
    const { server_version, ...flags } = shown;
    return {
      machine: `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, load ${loadavg()[0].toFixed(1)} at the start, Node ${process.versions.node}, PostgreSQL ${server_version}`,
      database: Object.entries(flags)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
    };
  }

  async stop() {
    await stopServers(this.dir, { forTests: true });
    rmSync(fallbackPath(this.places.folder, true), { recursive: true, force: true });
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Every app of a whole installation with the simulated platform. */
export const ALL_APPS = [
  'simulator',
  'gateway',
  'catalog',
  'orders',
  'inventory',
  'logistics',
  'settlement',
  'sync-worker',
];

/** The service processes on one database, each by its production command on ports of its own. */
export class Installation {
  constructor(servers, database) {
    Object.assign(this, { servers, database, processes: new Map() });
  }

  static async prepare(servers, database, settings = {}) {
    const installation = new Installation(servers, database);
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, HOST: '127.0.0.1' };
    for (const { key } of listeners('demo', env)) env[`${key}_PORT`] = String(await freePort());
    installation.env = appEnvironment({
      mode: 'demo',
      places: { ...servers.places, dir: join(servers.dir, database) },
      servers: { ...servers.found, databaseUrl: servers.urlOf(database) },
      env: {
        ...env,
        DATABASE_POOL_SIZE: String(POOL_SIZE),
        REDIS_PREFIX: `bench-${database}`,
        LOG_LEVEL: 'warn',
        SIMULATOR_DEMO: '0',
        SIMULATOR_STORY_RATE: '1',
        SIMULATOR_CALLS_PER_SECOND: '0',
        ...settings,
      },
    });
    // Unlike the defaults of a start, a setting that is given empty is really absent.
    for (const [key, value] of Object.entries(settings)) if (value === '') delete installation.env[key];
    installation.urls = Object.fromEntries(listeners('demo', env).map(({ name, url }) => [name, url]));
    return installation;
  }

  /** A process of the installation that is not started yet; `script` may wrap an app's main file. */
  process(name, { script = `dist/apps/${name}/src/main.js`, readyUrl, env = {}, args = [] } = {}) {
    const made = new BenchProcess({
      name: `${this.database}-${name}`,
      script,
      args: ['--enable-source-maps', ...args],
      env: { ...this.env, ...env },
      readyUrl: readyUrl ?? `${this.urls[name]}/health/${name === 'simulator' ? 'live' : 'ready'}`,
      logs: this.servers.places.logs,
    });
    this.processes.set(name, made);
    return made;
  }

  /** Starts apps; the gateway first, since the others ask it for keys. */
  async start(names) {
    for (const first of ['simulator', 'gateway']) if (names.includes(first)) await this.process(first).start();
    await Promise.all(
      names.filter((name) => name !== 'simulator' && name !== 'gateway').map((name) => this.process(name).start()),
    );
  }

  async stop(names = [...this.processes.keys()]) {
    await Promise.all(
      names.map(async (name) => {
        await this.processes.get(name)?.stop();
        this.processes.delete(name);
      }),
    );
  }

  /** A bearer token of the demo client, good for ten minutes. */
  async token() {
    const { id, secret } = DEMO_CLIENT;
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret });
    const response = await fetch(`${this.urls.gateway}/auth/token`, { method: 'POST', body: form });
    const body = await response.json();
    if (!body.access_token) throw new Error(`No token: ${JSON.stringify(body)}`);
    return body.access_token;
  }

  /** A caller of one app with the demo client's token. */
  async caller(app = 'gateway', connections = 8) {
    return new Caller({ baseUrl: this.urls[app], token: await this.token(), connections });
  }
}
