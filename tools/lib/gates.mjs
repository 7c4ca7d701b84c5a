import { spawn } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';

const bin = (...parts) => join(ROOT, 'node_modules', ...parts);
const node = (...args) => ({ command: process.execPath, args });

/** Checks of the sources in the order in which they run; each counts as one test. */
export const GATES = [
  { name: 'format', ...node(bin('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.') },
  { name: 'lint', ...node(bin('eslint', 'bin', 'eslint.js'), '--max-warnings', '0', '.') },
  { name: 'types', ...node(bin('typescript', 'bin', 'tsc'), '--noEmit', '-p', 'tsconfig.json') },
  {
    name: 'boundaries',
    ...node(
      bin('dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      'apps',
      'libs',
      'migrations',
      'test',
    ),
  },
  { name: 'committed files', run: checkCommittedFiles },
];

/** Runs one gate; answers the text of what is wrong, or an empty string. */
export async function runGate(gate) {
  if (gate.run) return (await gate.run()).join('\n');
  return new Promise((done) => {
    const child = spawn(gate.command, gate.args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
    child.once('error', (error) => done(error.message));
    child.once('close', (code) => done(code === 0 ? '' : text.trim() || `exit ${code}`));
  });
}

const TEXT_FILE = /\.(ts|mjs|cjs|js|json|ya?ml|md|sql|sh|txt|csv)$|(^|\/)(Dockerfile|run)$/;
const NEVER_COMMITTED = /^(node_modules|dist|\.data|coverage)(\/|$)|(^|\/)\.env$|\.(pem|key|log)$|(^|\/)secrets\.json$/;
const MAX_FILE_BYTES = 2 * 1024 * 1024;

/** What no committed line may hold. The patterns are put together so that this file does not hold them. */
const FORBIDDEN = [
  { what: 'a merge conflict', pattern: new RegExp(`^(${'<'.repeat(7)}|${'>'.repeat(7)}) `) },
  { what: 'a private key', pattern: new RegExp(`-----BEGIN ${'(RSA |EC )?'}PRIVATE` + ' KEY-----') },
  { what: 'a path of one machine', pattern: new RegExp(`(^|[\\s"'\`(=])/(${'work'}|home|Users)/[a-z]`) },
  {
    what: 'a disabled lint rule without a reason (… -- reason)',
    pattern: new RegExp(`${'eslint'}-disable(?!.* -- \\S)`),
  },
  { what: 'a type check that is switched off', pattern: new RegExp(`@ts-${'(ignore|nocheck)'}`) },
];

/** Looks at everything that Git tracks; outside of a Git checkout at the sources as they lie there. */
async function checkCommittedFiles() {
  const problems = [];
  for (const path of await trackedFiles()) {
    if (NEVER_COMMITTED.test(path)) problems.push(`${path}: must not be committed`);
    const { size, isLink } = lookAt(path);
    if (isLink) problems.push(`${path}: a link, which leads nowhere on another machine`);
    if (size > MAX_FILE_BYTES) problems.push(`${path}: ${size} bytes; at most ${MAX_FILE_BYTES}`);
    if (size === undefined || isLink || !TEXT_FILE.test(path) || path === 'package-lock.json') continue;
    problems.push(...badLines(path));
  }
  return problems;
}

function badLines(path) {
  const lines = readFileSync(join(ROOT, path), 'utf8').split('\n');
  return lines.flatMap((line, index) =>
    FORBIDDEN.filter(({ pattern }) => pattern.test(line)).map(({ what }) => `${path}:${index + 1}: ${what}`),
  );
}

/** Size in bytes, undefined for a file that is tracked but deleted, and whether it is a symbolic link. */
function lookAt(path) {
  const found = lstatSync(join(ROOT, path), { throwIfNoEntry: false });
  return { size: found?.size, isLink: found?.isSymbolicLink() ?? false };
}

async function trackedFiles() {
  const listing = await new Promise((done) => {
    const child = spawn('git', ['ls-files', '-z'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.once('error', () => done(''));
    child.once('close', (code) => done(code === 0 ? text : ''));
  });
  return listing.split('\0').filter(Boolean);
}
