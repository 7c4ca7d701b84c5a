import { spawn, spawnSync } from 'node:child_process';
import { chownSync, closeSync, existsSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { serverUser } from './data-folder.mjs';
import { rotate, tail } from './files.mjs';
import { findOnPath } from './paths.mjs';
import { freePort } from './ports.mjs';
import { readPidFile, stopProcess, writePidFile } from './processes.mjs';
import { findRedis } from './redis-binary.mjs';
import { PlainError, sleep } from './say.mjs';

const START_TIMEOUT_MS = 30_000;
const IMAGE = 'redis:7.4-alpine';

/** Sends one inline command line after AUTH and answers the last reply line, or undefined. */
export function ask(port, password, command, timeoutMs = 1000) {
  return new Promise((done) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    let text = '';
    const end = (result) => {
      socket.destroy();
      done(result);
    };
    const wanted = password ? 2 : 1;
    socket.setTimeout(timeoutMs, () => end(undefined));
    socket.once('error', () => end(undefined));
    socket.once('close', () => end(undefined));
    socket.once('connect', () => socket.write(`${password ? `AUTH ${password}\r\n` : ''}${command}\r\n`));
    socket.on('data', (chunk) => {
      text += chunk;
      const lines = text.split('\r\n').filter(Boolean);
      if (lines.length >= wanted) end(lines[wanted - 1]);
    });
  });
}

const pidFileOf = (run) => join(run, 'redis.json');

function address(port, secrets) {
  return `redis://${secrets.redisPassword ? `:${secrets.redisPassword}@` : ''}127.0.0.1:${port}/0`;
}

/** Waits for PONG; false when the time is over or `isGone` says that the server ended. */
async function awaitPong(port, secrets, timeoutMs, isGone = () => false) {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end && !isGone()) {
    if ((await ask(port, secrets.redisPassword, 'PING')) === '+PONG') return true;
    await sleep(40);
  }
  return false;
}

/** Finds or starts Redis for a home folder and answers its URL. */
export async function startRedis({ home, run, logs, secrets, forTests, rememberedPort }) {
  const known = readPidFile(pidFileOf(run)) ?? runningContainer(run);
  if (known && (await awaitPong(known.port, secrets, 5000))) {
    return { url: address(known.port, secrets), ...known, isReused: true };
  }
  if (known) await stopRedis(run);

  const found = findRedis(home);
  const logFile = join(logs, 'redis.log');
  rotate(logFile);
  let port = await freePort(rememberedPort);
  for (let tries = 1; tries <= 5; tries += 1) {
    const server = found.docker
      ? launchContainer({ docker: found.docker, home, run, port, secrets, forTests })
      : launchProgram({ found, home, run, port, secrets, forTests, logFile });
    if (await awaitPong(port, secrets, START_TIMEOUT_MS, server.isGone)) {
      return { url: address(port, secrets), pid: server.pid, port, isReused: false };
    }
    await stopRedis(run);
    if (!/bind|in use/i.test(tail(logFile, 3))) break;
    port = await freePort();
  }
  throw new PlainError(`Redis did not start. The end of ${logFile}:\n${tail(logFile)}`);
}

/** Settings as a configuration text on standard input, so that no password is in the process list. */
function settings({ folder, port, secrets, forTests, bind = '127.0.0.1' }) {
  const lines = [
    `bind ${bind}`,
    `port ${port}`,
    `dir ${folder}`,
    'save ""',
    `appendonly ${forTests ? 'no' : 'yes'}`,
    'appendfsync everysec',
    'maxmemory-policy noeviction',
    'daemonize no',
    'protected-mode no',
  ];
  if (secrets.redisPassword) lines.push(`requirepass ${secrets.redisPassword}`);
  return `${lines.join('\n')}\n`;
}

function dataFolder(home) {
  const folder = join(home, 'redis');
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const user = serverUser();
  if (user) chownSync(folder, user.uid, user.gid);
  return realpathSync(folder);
}

function launchProgram({ found, home, run, port, secrets, forTests, logFile }) {
  const folder = dataFolder(home);
  const log = openSync(logFile, 'a');
  const child = spawn(found.command, ['-'], {
    ...serverUser(),
    cwd: folder,
    env: { ...process.env, ...found.env },
    detached: true,
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  child.once('error', () => undefined);
  child.stdin.once('error', () => undefined);
  child.stdin.end(settings({ folder, port, secrets, forTests }));
  child.unref();
  if (child.pid) writePidFile(pidFileOf(run), child.pid, { port, folder });
  return {
    pid: child.pid,
    isGone: () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null,
  };
}

/** The name says which data folder the container belongs to. */
const containerName = (run) => `huidian-redis-${Buffer.from(realpathSync(run)).toString('hex').slice(-24)}`;

function launchContainer({ docker, home, run, port, secrets, forTests }) {
  const folder = join(home, 'redis');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const name = containerName(run);
  spawnSync(docker, ['rm', '-f', name]);
  const publish = ['-d', '--name', name, '-p', `127.0.0.1:${port}:6379`, '-v', `${folder}:/data`];
  const more = ['--appendonly', forTests ? 'no' : 'yes', '--save', '', '--requirepass', secrets.redisPassword];
  const started = spawnSync(docker, ['run', ...publish, IMAGE, 'redis-server', ...more], { encoding: 'utf8' });
  if (started.status !== 0) throw new PlainError(`Redis did not start as a container:\n${started.stderr}`);
  return { pid: undefined, isGone: () => false };
}

function runningContainer(run) {
  const docker = findOnPath('docker');
  if (!docker || existsSync(pidFileOf(run))) return undefined;
  const shown = spawnSync(docker, ['port', containerName(run), '6379/tcp'], { encoding: 'utf8', timeout: 5000 });
  const port = Number(/:(\d+)/.exec(shown.stdout ?? '')?.[1]);
  return shown.status === 0 && port ? { port, container: containerName(run) } : undefined;
}

/** Process of the running server, or undefined. */
export function runningRedis(run) {
  return readPidFile(pidFileOf(run)) ?? runningContainer(run);
}

/** Stops the server that belongs to the folder; SIGTERM lets it write its file to the end. */
export async function stopRedis(run) {
  const known = runningRedis(run);
  if (!known) return false;
  if (known.container) {
    spawnSync(findOnPath('docker'), ['rm', '-f', known.container]);
    return true;
  }
  const isGone = await stopProcess(known.pid, [
    ['SIGTERM', 5000],
    ['SIGKILL', 2000],
  ]);
  if (!isGone) throw new PlainError(`Redis (process ${known.pid}) did not stop.`);
  readPidFile(pidFileOf(run));
  return true;
}
