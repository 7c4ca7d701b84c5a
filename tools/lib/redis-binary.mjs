import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isReachable, serverUser } from './data-folder.mjs';
import { CACHE_DIR, findOnPath } from './paths.mjs';
import { PlainError, say } from './say.mjs';

const TRIPLETS = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };
const PACKAGE_DIR = join(CACHE_DIR, 'redis');

/**
 * How Redis can be run here: {command, env} of a server program, or {docker} with the Docker client.
 * Order: PATH, the cached distribution package, that package fetched without installing it, installed
 * with it when we are root, a container. Throws with what was tried and how to mend it.
 */
export function findRedis(home) {
  const tried = [];
  const onPath = findOnPath('redis-server', 'valkey-server');
  if (onPath && runs(onPath, {})) return { command: onPath, env: {} };
  tried.push(`redis-server or valkey-server on the PATH: ${onPath ? `${onPath} does not run` : 'none'}`);

  const cached = unpacked(home);
  if (cached) return cached;
  if (process.platform === 'linux' && findOnPath('apt-get') && findOnPath('dpkg')) {
    const failure = fetchPackages();
    const fetched = unpacked(home);
    if (fetched) return fetched;
    tried.push(`the distribution's package unpacked into ${PACKAGE_DIR}: ${failure ?? 'it does not run'}`);
    const installed = installPackage(tried);
    if (installed) return installed;
  } else {
    tried.push("the distribution's package: this is not Debian or Ubuntu");
  }

  const docker = findOnPath('docker');
  if (docker && spawnSync(docker, ['info'], { timeout: 10_000 }).status === 0) return { docker };
  tried.push(`a container: ${docker ? 'the Docker engine does not answer' : 'Docker is not installed'}`);
  throw new PlainError(
    `Redis was not found. Tried:\n${tried.map((line) => `  - ${line}`).join('\n')}\n` +
      `Ways to mend it (one is enough):\n` +
      `  - REDIS_URL=redis://host:6379 npm start     use a Redis 6.2 or newer that runs already\n` +
      `  - apt-get install redis-server              Debian, Ubuntu (dnf install redis or valkey: Fedora; brew install redis: macOS)\n` +
      `  - start a Docker engine`,
  );
}

function runs(command, env, asUser = undefined) {
  const run = spawnSync(command, ['--version'], { env: { ...process.env, ...env }, ...asUser, cwd: '/' });
  return run.status === 0;
}

/** The cached program, copied beside the data when the server user cannot reach the cache. */
function unpacked(home) {
  if (!existsSync(join(PACKAGE_DIR, 'usr', 'bin', 'redis-check-rdb'))) return undefined;
  let root = PACKAGE_DIR;
  if (!isReachable(join(root, 'usr', 'bin', 'redis-check-rdb'))) {
    root = join(home, 'redis-package');
    if (!existsSync(root)) {
      const fresh = `${root}.tmp-${process.pid}`;
      cpSync(PACKAGE_DIR, fresh, { recursive: true, verbatimSymlinks: true });
      renameSync(fresh, root);
    }
  }
  const command = join(root, 'usr', 'bin', 'redis-server');
  const triplet = TRIPLETS[process.arch] ?? `${process.arch}-linux-gnu`;
  const folders = [join(root, 'usr', 'lib', triplet), join(root, 'lib', triplet)];
  const env = { LD_LIBRARY_PATH: [...folders, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':') };
  return runs(command, env, serverUser()) ? { command, env } : undefined;
}

/** Runs a program quietly; answers its output, or throws with the end of what it said. */
function must(command, args, options = {}) {
  const run = spawnSync(command, args, { encoding: 'utf8', timeout: 180_000, ...options });
  if (run.status === 0) return run.stdout;
  const said = `${run.stderr ?? ''}${run.error?.message ?? ''}`.trim().split('\n').slice(-3).join(' ');
  throw new Error(`${command} ${args[0]}: ${said || `exit ${run.status}`}`);
}

/**
 * Downloads the package and the libraries it needs by an apt state of our own (so neither root nor
 * filled package lists are needed) and unpacks them; nothing is installed. Answers the failure.
 */
function fetchPackages() {
  say('Fetching Redis from the distribution (once, a few seconds) …');
  const work = `${PACKAGE_DIR}.tmp-${process.pid}`;
  const state = join(work, 'apt');
  const debs = join(work, 'debs');
  const tree = join(work, 'tree');
  try {
    for (const path of [join(state, 'lists', 'partial'), join(state, 'cache', 'archives', 'partial'), debs, tree]) {
      mkdirSync(path, { recursive: true });
    }
    const settings = [
      `Dir::State=${state}`,
      'Dir::State::status=/var/lib/dpkg/status',
      `Dir::Cache=${join(state, 'cache')}`,
      'Debug::NoLocking=1',
      'APT::Sandbox::User=',
      'Acquire::Retries=2',
    ].flatMap((setting) => ['-o', setting]);
    must('apt-get', ['update', '-q', ...settings]);
    must('apt-get', ['download', '-q', ...settings, ...neededPackages(settings)], { cwd: debs });
    for (const deb of readdirSync(debs)) must('dpkg', ['-x', join(debs, deb), tree]);
    rmSync(PACKAGE_DIR, { recursive: true, force: true });
    renameSync(tree, PACKAGE_DIR);
    return undefined;
  } catch (error) {
    return error.message;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** redis-server, redis-tools and those of their libraries that the system does not have. */
function neededPackages(settings) {
  const args = ['depends', '--recurse', '--no-recommends', '--no-suggests', '--no-conflicts', '--no-breaks'];
  const more = ['--no-replaces', '--no-enhances', ...settings, 'redis-server'];
  const names = must('apt-cache', [...args, ...more])
    .split('\n')
    .filter((line) => /^[a-z0-9][a-z0-9+.-]*$/.test(line));
  const present = installedPackages();
  const wanted = names.filter((name) => /^(lib|lua)/.test(name) && !present.has(name) && !name.startsWith('libc6'));
  return [...new Set(['redis-server', 'redis-tools', ...wanted])];
}

function installedPackages() {
  const status = readFileSync('/var/lib/dpkg/status', 'utf8').split('\n\n');
  const installed = status.filter((entry) => /^Status: .* installed$/m.test(entry));
  return new Set(installed.map((entry) => /^Package: (.*)$/m.exec(entry)?.[1]));
}

/** Last step before a container: a real installation, possible for root alone. */
function installPackage(tried) {
  if (process.getuid?.() !== 0) return undefined;
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    must('apt-get', ['update', '-q'], { env });
    must('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'redis-server'], { env });
    const command = findOnPath('redis-server');
    if (command && runs(command, {})) return { command, env: {} };
    tried.push('apt-get install redis-server: installed, but it does not run');
  } catch (error) {
    tried.push(`apt-get install redis-server: ${error.message}`);
  }
  return undefined;
}
