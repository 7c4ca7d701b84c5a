import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../lib/files.mjs';
import { ROOT } from '../lib/paths.mjs';
import { PlainError, say } from '../lib/say.mjs';
import { applyPatches } from './tree.mjs';

/** A run beyond this is a hanging one; the defect then counts as not caught. */
const LONGEST_RUN_MS = 240_000;

/** What an assertion of ours writes: Jest's own expect, or a property of fast-check that no longer holds. */
const ASSERTION = /expect\(|Property failed after|expect\.assertions|Snapshot/;
/** What is no assertion, whatever else the text says. */
const NO_ASSERTION = /Exceeded timeout of|thrown: "Exceeded|Cannot find module|SyntaxError|ECONNREFUSED/;

function run(command, args, options) {
  return new Promise((done) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_RUN_MS);
    const end = (code) => {
      clearTimeout(timer);
      done({ code, text });
    };
    child.once('error', (error) => end(error.message));
    child.once('close', end);
  });
}

/** Runs test files of one project, or the named tests of them, in the copy; answers Jest's report and what it printed. */
export async function runSpecs(tree, { project, specs, test }, env) {
  const outputFile = join(tree, '..', 'report.json');
  rmSync(outputFile, { force: true });
  const args = [
    join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'),
    ...['--selectProjects', project, '--json', '--outputFile', outputFile],
    ...['--maxWorkers=1', '--forceExit', `--cacheDirectory=${join(tree, '..', 'cache')}`],
    ...(test ? ['-t', test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')] : []),
    ...['--runTestsByPath', ...specs],
  ];
  const { text } = await run(process.execPath, args, { cwd: tree, env });
  return { report: readJson(outputFile), text };
}

/** The first line of a failure that says something, without the path of the copy. */
function essenceOf(message) {
  const lines = message.split('\n').map((line) => line.trim());
  const first = lines.find((line) => line !== '') ?? '';
  const facts = lines.filter((line) => /^((Expected|Received|Got|Counterexample)\b|[-+] )/.test(line)).slice(0, 4);
  return [first, ...facts].join(' | ').slice(0, 240);
}

/** Whether a run is red by an assertion: {isCaught, test, assertion, why}. */
export function judgeRun({ report, text }) {
  if (!report) return { isCaught: false, why: `Jest ended without a report: ${text.slice(-400)}` };
  const suite = report.testResults[0];
  if (!suite || suite.assertionResults.length === 0)
    return { isCaught: false, why: `the test file did not run: ${(suite?.message ?? text).slice(0, 400)}` };
  const failed = suite.assertionResults.filter(({ status }) => status === 'failed');
  const ran = suite.assertionResults.filter(({ status }) => status === 'passed' || status === 'failed');
  if (ran.length === 0) return { isCaught: false, why: 'no test of that name ran' };
  for (const { fullName, failureMessages } of failed) {
    const message = failureMessages.find((one) => ASSERTION.test(one) && !NO_ASSERTION.test(one));
    if (message) return { isCaught: true, test: fullName, assertion: essenceOf(message) };
  }
  const why =
    failed.length === 0
      ? 'every test stayed green'
      : `red, but by no assertion: ${essenceOf(failed[0].failureMessages[0] ?? '')}`;
  return { isCaught: false, why };
}

/** Runs every named test file once without a defect, a project at a time; throws unless all of them are green. */
export async function proveGreen(tree, defects, env) {
  for (const project of new Set(defects.map((one) => one.project))) {
    const specs = [...new Set(defects.filter((one) => one.project === project).map(({ spec }) => spec))];
    const { report, text } = await runSpecs(tree, { project, specs }, env);
    const isWhole = report?.success && report.numTotalTestSuites === specs.length;
    if (!isWhole)
      throw new PlainError(`Without a defect the named ${project} tests are not green.\n${redOf(report, text)}`);
    say(`${report.numPassedTests} ${project} tests in ${specs.length} files are green without a defect.`);
  }
}

function redOf(report, text) {
  const failed = report?.testResults.flatMap(({ assertionResults }) => assertionResults) ?? [];
  const lines = failed
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => `${fullName}: ${essenceOf(failureMessages[0] ?? '')}`);
  return lines.join('\n') || text.slice(-1_500);
}

/** Proves that the defects compile: all of them are planted together and the type check runs once. */
export async function checkTypes(tree, defects) {
  const planted = defects.map(({ id, patches }) => applyPatches(tree, patches, id));
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code, text } = await run(
    process.execPath,
    [tsc, '--noEmit', '--incremental', 'false', '-p', 'tsconfig.json'],
    {
      cwd: tree,
    },
  );
  for (const { restore } of planted.reverse()) restore();
  if (code !== 0) throw new PlainError(`A defect does not compile:\n${text.slice(0, 4_000)}`);
  say(`${defects.length} defects compile.`);
}
