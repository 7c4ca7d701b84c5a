import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { readJson } from './files.mjs';
import { ROOT } from './paths.mjs';

/** Keeps both cores busy for minutes, and its story goes on meanwhile; nothing runs beside it. */
const SOAK = 'test/e2e/soak.e2e-spec.ts';
/** Lines of what Jest says of a failed file that the verdict repeats. */
const CAUSE_LINES = 6;

/**
 * The layers by the step in which they run; layers of one step run side by side. Conformance waits most of its time
 * for the pauses of adapters. Each end-to-end flow has a database, a Redis prefix or servers, and ports of its own, and
 * waits for processes to start and for what they do in the background, so two run at a time.
 */
export const PROJECTS = [
  { name: 'unit', workers: 2, step: 1 },
  { name: 'db', workers: 2, step: 2 },
  { name: 'conformance', workers: 1, step: 1 },
  { name: 'api', workers: 2, step: 3 },
  { name: 'e2e', workers: 2, step: 4, without: SOAK },
  { name: 'e2e', workers: 1, step: 5, alone: SOAK },
];

/**
 * Runs one layer and answers {passed, failed, skipped, problems}. A suite that cannot be loaded, a
 * skipped or planned test, and a layer without tests are problems: the run is not green then.
 */
export async function runProject({ name, workers, step, without, alone }, { env, folder, pattern, onChild }) {
  const outputFile = join(folder, `${name}-${step}.json`);
  const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  const args = [
    jest,
    '--selectProjects',
    name,
    '--json',
    '--outputFile',
    outputFile,
    `--maxWorkers=${workers}`,
    `--testSequencer=${join(ROOT, 'tools', 'lib', 'longest-first.cjs')}`,
    '--forceExit',
  ];
  if (pattern) args.push('-t', pattern);
  if (without) args.push('--testPathIgnorePatterns', '/node_modules/', without);
  if (alone) args.push('--runTestsByPath', alone);
  const code = await new Promise((done) => {
    // The report goes to the file; the summary for people goes to standard error.
    const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'inherit'] });
    onChild?.(child);
    child.once('error', () => done(-1));
    child.once('close', (exit) => done(exit ?? -1));
  });
  return judge({ name, code, report: readJson(outputFile), isFiltered: Boolean(pattern) });
}

/** Turns a report of Jest into counts and problems. */
export function judge({ name, code, report, isFiltered = false }) {
  const problems = [];
  if (!report)
    return { passed: 0, failed: 1, skipped: 0, problems: [`${name}: Jest ended (exit ${code}) without a report`] };
  const skipped = isFiltered ? 0 : report.numPendingTests + report.numTodoTests;
  let failed = report.numFailedTests;
  for (const suite of report.testResults) {
    const didRun = suite.assertionResults.length > 0;
    if (suite.status === 'failed' && !suite.assertionResults.some(({ status }) => status === 'failed')) {
      failed += 1;
      problems.push(`${name}: ${suite.name} did not run to its end${causeOf(suite)}`);
    } else if (!didRun && !isFiltered) {
      problems.push(`${name}: ${suite.name} holds no test`);
    }
  }
  if (!isFiltered && report.numTotalTests === 0) problems.push(`${name}: no test was found`);
  if (skipped > 0) problems.push(`${name}: ${skipped} skipped or planned tests`);
  if (report.numFailedTests > 0) problems.push(`${name}: ${report.numFailedTests} failed tests`);
  const isRed = failed > 0 || skipped > 0;
  if (code !== 0 && !isRed && problems.length === 0) problems.push(`${name}: Jest ended with ${code}`);
  return { passed: report.numPassedTests, failed, skipped, problems };
}

/** The first lines of what Jest says of a file that failed outside its tests; the rest stands further up in the output. */
function causeOf({ message = '' }) {
  const lines = stripVTControlCharacters(message)
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return lines.length === 0 ? '' : `: ${lines.slice(0, CAUSE_LINES).join(' | ')}`;
}
