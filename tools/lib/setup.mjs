import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeAtomically } from './files.mjs';
import { withLock } from './lock.mjs';
import { CACHE_DIR, ROOT } from './paths.mjs';
import { PlainError, say } from './say.mjs';

/** Oldest Node.js line that sources and tests run on. */
const NODE_MAJOR = 20;
const BUILD_TIMEOUT_MS = 600_000;
const DIST = join(ROOT, 'dist');
const STAMP = 'huidian-build.json';
/** Fixtures, faults and the soak are programs that run as processes, by the harness; an image has none of them. */
const SOURCES = ['apps', 'libs', 'migrations', 'test/fixtures', 'test/faults', 'test/soak', 'test/harness'];
const TEST_FILES = ['**/*.spec.ts', '**/*.db-spec.ts', '**/*.api-spec.ts', '**/*.e2e-spec.ts'];

/** Installs and builds what is missing or stale; nothing to do costs a fraction of a second. */
export async function setUp() {
  checkNode();
  ensureDependencies();
  await ensureBuild();
}

/** Refuses a Node.js that is too old before a less clear error does. */
export function checkNode() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return;
  throw new PlainError(`Huidian needs Node.js ${NODE_MAJOR} or newer; this is ${process.versions.node}.`);
}

/**
 * Runs `npm ci` when the installed packages are not those of the lock file. The comparison uses the
 * list that npm writes last, so an install that was cut off is repeated.
 */
export function ensureDependencies() {
  const difference = lockDifference();
  if (!difference) return;
  say(`Installing dependencies (${difference}; about a minute) …`);
  const npm = process.env.npm_execpath;
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const run = spawnSync(command, [...args, 'ci', '--include=dev', '--no-audit', '--no-fund'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, NODE_ENV: 'development', npm_config_ignore_scripts: 'false' },
  });
  if (run.status !== 0) {
    throw new PlainError(`"npm ci" failed (${run.error?.message ?? `exit ${run.status}`}); its output is above.`);
  }
}

function lockDifference() {
  const wanted = readJson(join(ROOT, 'package-lock.json'))?.packages;
  const installed = readJson(join(ROOT, 'node_modules', '.package-lock.json'))?.packages;
  if (!wanted)
    throw new PlainError('package-lock.json is missing or not JSON; restore it (git checkout package-lock.json).');
  if (!installed) return 'node_modules is missing';
  for (const [path, entry] of Object.entries(wanted)) {
    const found = installed[path];
    const mayBeAbsent = path === '' || entry.optional || entry.devOptional || entry.link || entry.extraneous;
    if (!found && !mayBeAbsent) return `${path} is missing`;
    if (found && found.version !== entry.version) return `${path} is ${found.version}, wanted ${entry.version}`;
  }
  return undefined;
}

/** Builds the whole tree when a source changed since the last build; a failed build changes nothing. */
export async function ensureBuild({ force = false } = {}) {
  mkdirSync(CACHE_DIR, { recursive: true });
  await withLock(join(CACHE_DIR, 'build.lock'), () => buildWhenStale(force), BUILD_TIMEOUT_MS);
}

function buildWhenStale(force) {
  const hash = sourceHash();
  if (!force && readJson(join(DIST, STAMP))?.hash === hash) return;
  say('Building …');
  const fresh = join(CACHE_DIR, 'dist.new');
  const old = join(CACHE_DIR, 'dist.old');
  for (const path of [fresh, old]) rmSync(path, { recursive: true, force: true });
  const swc = join(ROOT, 'node_modules', '@swc', 'cli', 'bin', 'swc.js');
  const folders = SOURCES.filter((name) => existsSync(join(ROOT, name)));
  const args = [swc, ...folders, '-d', fresh, '--copy-files', '--quiet', '--ignore', TEST_FILES.join(',')];
  const run = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  if (run.status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw new PlainError(`The build failed:\n${run.stdout}${run.stderr}`);
  }
  writeAtomically(join(fresh, STAMP), `${JSON.stringify({ hash })}\n`);
  if (existsSync(DIST)) move(DIST, old);
  move(fresh, DIST);
  rmSync(old, { recursive: true, force: true });
}

/** Renames; copies where node_modules lies on another disk than the checkout. */
function move(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (error.code !== 'EXDEV') throw error;
    cpSync(from, to, { recursive: true });
    rmSync(from, { recursive: true, force: true });
  }
}

/** Hash over names and contents of everything that the build reads. */
export function sourceHash(roots = [...SOURCES, '.swcrc', 'package-lock.json']) {
  const hash = createHash('sha256');
  for (const root of roots) addToHash(hash, root);
  return hash.digest('hex');
}

function addToHash(hash, path) {
  const full = join(ROOT, path);
  if (!existsSync(full)) return;
  let names;
  try {
    names = readdirSync(full, { withFileTypes: true });
  } catch (error) {
    if (error.code !== 'ENOTDIR') throw error;
    hash.update(`${path}\0`).update(readFileSync(full));
    return;
  }
  for (const entry of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const child = `${path}/${entry.name}`;
    if (entry.isDirectory()) addToHash(hash, child);
    else if (entry.isFile()) hash.update(`${child}\0`).update(readFileSync(join(ROOT, child)));
  }
}
