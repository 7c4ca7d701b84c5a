import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './support/planted-tree';

const lib = (name: string) => pathToFileURL(join(ROOT, 'tools', 'lib', name)).href;

/** Runs a piece of a module in a process of its own and answers what it prints as JSON. */
function evaluate(code: string): unknown {
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: ROOT, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
}

const tool = (name: string, args: string[], env: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, [join(ROOT, 'tools', name), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });

describe('npm test', () => {
  const suite = (statuses: string[], status = 'passed') => ({
    name: 'a.spec.ts',
    status,
    assertionResults: statuses.map((each) => ({ status: each })),
  });
  const report = (counts: object, testResults: object[]) => ({
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    numTotalTests: 1,
    testResults,
    ...counts,
  });
  const judge = (code: number, given: object | null) =>
    evaluate(
      `import { judge } from ${JSON.stringify(lib('jest-runs.mjs'))};
       console.log(JSON.stringify(judge({ name: 'unit', code: ${code}, report: ${JSON.stringify(given)} ?? undefined })));`,
    ) as { passed: number; failed: number; skipped: number; problems: string[] };

  it('is green when every test passed', () => {
    expect(judge(0, report({ numPassedTests: 2, numTotalTests: 2 }, [suite(['passed', 'passed'])]))).toEqual({
      passed: 2,
      failed: 0,
      skipped: 0,
      problems: [],
    });
  });

  it('starts the files that take long first, then the large ones, each time in the same order', () => {
    const order = (paths: string[]) =>
      evaluate(
        `import LongestFirst from ${JSON.stringify(lib('longest-first.cjs'))};
         const context = { hasteFS: { getSize: (path) => path.length } };
         const tests = ${JSON.stringify(paths)}.map((path) => ({ path, context }));
         console.log(JSON.stringify(new LongestFirst().sort(tests).map(({ path }) => path)));`,
      );
    const paths = [
      '/r/small.ts',
      '/r/test/e2e/killed.e2e-spec.ts',
      '/r/a-large-one.ts',
      '/r/test/e2e/soak.e2e-spec.ts',
    ];
    const wanted = [paths[3], paths[1], paths[2], paths[0]];
    expect([order(paths), order([...paths].reverse())]).toEqual([wanted, wanted]);
    const named = evaluate(
      `import LongestFirst from ${JSON.stringify(lib('longest-first.cjs'))};
       console.log(JSON.stringify(LongestFirst.LONG));`,
    ) as string[];
    expect(named.filter((name) => !existsSync(join(ROOT, name)))).toEqual([]);
  });

  it('is not green when a test is skipped or only planned', () => {
    const counts = { numPassedTests: 1, numPendingTests: 1, numTodoTests: 1, numTotalTests: 3 };
    const verdict = judge(0, report(counts, [suite(['passed', 'pending', 'todo'])]));
    expect(verdict.skipped).toBe(2);
    expect(verdict.problems).toEqual(['unit: 2 skipped or planned tests']);
  });

  it('counts a suite that cannot be loaded as failed', () => {
    const verdict = judge(1, report({ numPassedTests: 1 }, [suite(['passed']), suite([], 'failed')]));
    expect(verdict.failed).toBe(1);
    expect(verdict.problems).toEqual(['unit: a.spec.ts did not run to its end']);
  });

  it('says why a suite failed outside its tests', () => {
    const message = '\u001b[1m● Test suite failed to run\u001b[22m\n\n    database is being accessed by other users\n';
    const failed = { ...(suite(['passed'], 'failed') as object), message };
    expect(judge(1, report({ numPassedTests: 1 }, [failed])).problems).toEqual([
      'unit: a.spec.ts did not run to its end: ● Test suite failed to run | database is being accessed by other users',
    ]);
  });

  it('is not green when a layer holds no test', () => {
    expect(judge(1, report({ numTotalTests: 0 }, [])).problems).toEqual(['unit: no test was found']);
  });

  it('is not green when Jest ends without a report', () => {
    expect(judge(-1, null)).toEqual({
      passed: 0,
      failed: 1,
      skipped: 0,
      problems: ['unit: Jest ended (exit -1) without a report'],
    });
  });

  it('refuses a part that does not exist', () => {
    const run = tool('test.mjs', ['--only', 'nonsense']);
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('--only knows gates, unit, db, conformance, api, e2e; not nonsense.');
  });
});

describe('the data folder', () => {
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'huidian-gate-'));
  });

  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('is refused and left as it is when somebody else made it', () => {
    writeFileSync(join(dir, 'precious.txt'), 'mine');
    const run = tool('servers.mjs', ['start', '--dir', dir]);
    expect(run.status).toBe(1);
    expect(run.stderr).toContain(`${dir} holds precious.txt but no readable huidian.json, so Huidian did not make it.`);
    expect(readdirSync(dir)).toEqual(['precious.txt']);
  });

  it('is refused and left as it is when a later version made it', () => {
    const marker = JSON.stringify({ madeBy: 'huidian', format: 999, id: 'x' });
    writeFileSync(join(dir, 'huidian.json'), marker);
    const run = tool('servers.mjs', ['start', '--dir', dir]);
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('has data format 999 (huidian); this version reads format 1.');
    expect(readFileSync(join(dir, 'huidian.json'), 'utf8')).toBe(marker);
  });

  it('is not removed by npm run reset when somebody else made it', () => {
    writeFileSync(join(dir, 'precious.txt'), 'mine');
    const run = tool('reset.mjs', ['--yes'], { HUIDIAN_DATA_DIR: dir });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('was not made by Huidian');
    expect(existsSync(join(dir, 'precious.txt'))).toBe(true);
  });

  it('keeps its secrets for the owner alone, and the same ones at the next start', () => {
    const code = `import { ensureSecrets } from ${JSON.stringify(lib('secrets.mjs'))};
      import { statSync } from 'node:fs';
      const first = ensureSecrets(${JSON.stringify(dir)});
      const second = ensureSecrets(${JSON.stringify(dir)});
      const mode = (statSync(${JSON.stringify(join(dir, 'secrets.json'))}).mode & 0o777).toString(8);
      console.log(JSON.stringify({ isSame: JSON.stringify(first) === JSON.stringify(second), mode }));`;
    expect(evaluate(code)).toEqual({ isSame: true, mode: '600' });
  });

  it('never replaces secrets that it cannot read', () => {
    writeFileSync(join(dir, 'secrets.json'), '{"masterKey": "cut o');
    const code = `import { ensureSecrets } from ${JSON.stringify(lib('secrets.mjs'))}; ensureSecrets(${JSON.stringify(dir)});`;
    expect(() => evaluate(code)).toThrow('is not readable JSON');
    expect(readFileSync(join(dir, 'secrets.json'), 'utf8')).toBe('{"masterKey": "cut o');
  });
});

describe('a lock file', () => {
  const held = (code: string) =>
    evaluate(
      `import { withLock } from ${JSON.stringify(lib('lock.mjs'))};
       import { birthOf } from ${JSON.stringify(lib('processes.mjs'))};
       import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
       import { tmpdir } from 'node:os';
       import { join } from 'node:path';
       const dir = mkdtempSync(join(tmpdir(), 'huidian-gate-'));
       const path = join(dir, 'a.lock');
       const write = (owner) => writeFileSync(path, JSON.stringify(owner));
       try { ${code} } finally { rmSync(dir, { recursive: true }); }`,
    );

  it('is taken over from a process that is gone, and given back', () => {
    const code = `write({ pid: 2 ** 22 + 1, birth: 'x' });
      const got = await withLock(path, async () => 'body ran', 5000);
      console.log(JSON.stringify([got, existsSync(path)]));`;
    expect(held(code)).toEqual(['body ran', false]);
  });

  it('is taken over when the number of its process belongs to a younger one', () => {
    const code = `write({ pid: process.pid, birth: 'of another process' });
      console.log(JSON.stringify(await withLock(path, async () => 'body ran', 5000)));`;
    expect(held(code)).toBe('body ran');
  });

  it('is waited for while its process lives, and not for ever', () => {
    const code = `write({ pid: process.pid, birth: birthOf(process.pid) });
      const text = await withLock(path, async () => 'body ran', 300).catch((error) => error.message);
      console.log(JSON.stringify(text.replace(path, 'PATH').replace(process.pid, 'N')));`;
    expect(held(code)).toBe('Process N holds PATH for too long.');
  });
});
