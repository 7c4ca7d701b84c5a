/**
 * npm test: sets up what is missing, runs the checks of the sources and every test, and ends with
 * the line "N passed, 0 failed, 0 skipped". Each check counts as one test.
 * For work on a part: npm test -- --only unit,db (also "gates") and -t PATTERN.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GATES, runGate } from './lib/gates.mjs';
import { PROJECTS, runProject } from './lib/jest-runs.mjs';
import { option, PlainError, runTool, say } from './lib/say.mjs';
import { setUp, sourceHash } from './lib/setup.mjs';
import { startTestServers } from './lib/test-servers.mjs';

const total = { passed: 0, failed: 0, skipped: 0, problems: [] };
const children = new Set();
/** Checks of the sources that run at a time; each keeps one core busy. */
const GATES_AT_ONCE = 2;
let isCancelled = false;

function add(result) {
  for (const key of ['passed', 'failed', 'skipped']) total[key] += result[key];
  total.problems.push(...result.problems);
}

/** Names of the parts to run; all of them unless --only is given. */
function chosenParts(args) {
  const all = ['gates', ...new Set(PROJECTS.map(({ name }) => name))];
  const only = option(args, '--only')?.split(',');
  const unknown = only?.filter((name) => !all.includes(name)) ?? [];
  if (unknown.length > 0) throw new PlainError(`--only knows ${all.join(', ')}; not ${unknown.join(', ')}.`);
  return new Set(only ?? all);
}

async function runGates() {
  const waiting = [...GATES];
  const runSome = async () => {
    for (let gate = waiting.shift(); gate && !isCancelled; gate = waiting.shift()) await judgeGate(gate);
  };
  await Promise.all(Array.from({ length: GATES_AT_ONCE }, runSome));
}

async function judgeGate(gate) {
  const startedAt = Date.now();
  const problems = await runGate(gate);
  say(`${problems ? `${problems}\nFAIL` : 'PASS'} ${gate.name} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
  add({
    passed: problems ? 0 : 1,
    failed: problems ? 1 : 0,
    skipped: 0,
    problems: problems ? [`check failed: ${gate.name}`] : [],
  });
}

function testEnvironment(servers, template) {
  const { NODE_OPTIONS, ...env } = process.env;
  return {
    ...env,
    ...(NODE_OPTIONS ? { NODE_OPTIONS } : {}),
    NODE_ENV: 'test',
    TZ: 'UTC',
    HUIDIAN_MODE: 'test',
    DATABASE_URL: servers.databaseUrl,
    REDIS_URL: servers.redisUrl,
    HUIDIAN_TEST_TEMPLATE: template,
  };
}

async function runProjects(projects, pattern) {
  const template = `huidian_test_template_${sourceHash(['migrations', 'libs/shared/src/db']).slice(0, 12)}`;
  const folder = mkdtempSync(join(tmpdir(), 'huidian-reports-'));
  let servers;
  try {
    servers = await startTestServers(template);
    const env = testEnvironment(servers, template);
    for (const step of new Set(projects.map((project) => project.step))) {
      if (isCancelled) break;
      const together = projects.filter((project) => project.step === step);
      say(`\n── ${together.map(({ name }) => name).join(', ')} ──`);
      const results = together.map((project) => runProject(project, { env, folder, pattern, onChild: hold }));
      for (const result of await Promise.all(results)) add(result);
    }
  } finally {
    await servers?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Remembers a process of tests while it runs. */
function hold(child) {
  children.add(child);
  child.once('close', () => children.delete(child));
}

/** The first signal ends the running tests and still stops the servers. */
function onSignal() {
  isCancelled = true;
  for (const child of children) child.kill('SIGTERM');
  setTimeout(() => children.forEach((child) => child.kill('SIGKILL')), 3000).unref();
}

await runTool(async () => {
  const args = process.argv.slice(2);
  const parts = chosenParts(args);
  const pattern = option(args, '-t');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
  await setUp();
  if (parts.has('gates') && !pattern) await runGates();
  const projects = PROJECTS.filter(({ name }) => parts.has(name));
  if (projects.length > 0 && !isCancelled) await runProjects(projects, pattern);
  if (isCancelled) total.problems.push('cancelled before the end');
  if (total.problems.length > 0) say(`\nNot green:\n${total.problems.map((problem) => `  - ${problem}`).join('\n')}`);
  const isGreen = total.failed === 0 && total.skipped === 0 && total.problems.length === 0;
  await new Promise((done) => process.stderr.write('\n', done));
  const line = `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`;
  await new Promise((done) => process.stdout.write(line, done));
  process.exit(isGreen ? 0 : 1);
});
