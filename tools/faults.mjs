/**
 * npm run faults: starts servers, a simulated platform and all services of their own, injects one fault after the
 * other, and prints what the system made of it. Exit 1 when a fault was not survived, or could not be injected.
 * Some of them: npm run faults -- F7 F26. The results as JSON: --json FILE.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fallbackPath, peekDataFolder } from './lib/data-folder.mjs';
import { ROOT } from './lib/paths.mjs';
import { option, runTool, say } from './lib/say.mjs';
import { ensureServers, prepare, stopServers } from './lib/servers.mjs';
import { setUp } from './lib/setup.mjs';

/** Durable servers: what a crash must not lose has to be on disk before it is acknowledged. */
async function startServers(dir) {
  const env = { ...process.env, DATABASE_URL: '', REDIS_URL: '' };
  return ensureServers(prepare(dir), { env });
}

async function remove(dir) {
  await stopServers(dir);
  const marker = peekDataFolder(dir);
  if (marker) rmSync(fallbackPath({ dir, ...marker }), { recursive: true, force: true });
  rmSync(dir, { recursive: true, force: true });
}

function runFaults(dir, servers, jsonFile, ids) {
  const env = {
    ...process.env,
    NODE_ENV: 'test',
    TZ: 'UTC',
    HUIDIAN_MODE: 'test',
    LOG_LEVEL: 'warn',
    DATABASE_URL: servers.databaseUrl,
    REDIS_URL: servers.redisUrl,
  };
  const script = join(ROOT, 'dist/test/faults/main.js');
  const child = spawn(process.execPath, ['--enable-source-maps', script, dir, jsonFile, ...ids], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  return new Promise((done) => child.once('close', (code) => done(code ?? 1)));
}

await runTool(async () => {
  const args = process.argv.slice(2);
  const json = option(args, '--json');
  const ids = args.filter((arg) => /^F\d+$/i.test(arg)).map((arg) => arg.toUpperCase());
  await setUp();
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'huidian-faults-')));
  chmodSync(dir, 0o711);
  try {
    const servers = await startServers(dir);
    say('Servers of their own run; starting the services …');
    return await runFaults(dir, servers, json ? resolve(json) : '', ids);
  } finally {
    await remove(dir);
  }
});
