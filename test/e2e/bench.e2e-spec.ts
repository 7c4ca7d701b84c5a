import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../harness/processes';

interface Report {
  series: { label: string; rounds: number[] }[];
  bars: { label: string }[];
  breaches: string[];
}

/** One quick run of the intake benchmark; its speed is nobody's business here. */
function bench(set: string): { status: number | null; report: Report } {
  const folder = mkdtempSync(join(tmpdir(), 'huidian-bench-spec-'));
  const file = join(folder, 'report.json');
  const args = [join(ROOT, 'tools/bench.mjs'), 'B1', '--quick', '--json', file, '--set', `rounds=1,skipLarge=1${set}`];
  try {
    const run = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
    if (!existsSync(file)) throw new Error(`The run told nothing (exit ${run.status}):\n${run.stdout}${run.stderr}`);
    const [report] = JSON.parse(readFileSync(file, 'utf8')) as Report[];
    return { status: run.status, report: report! };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('npm run bench', () => {
  it('measures beside floor and rival and finds its invariants kept', () => {
    const { status, report } = bench('');
    expect([status, report.breaches]).toEqual([0, []]);
    expect(report.bars.map(({ label }) => label)).toEqual([
      'ours / floor',
      'ours / one order per transaction',
      'replay / first time',
    ]);
    expect(report.series.every(({ rounds }) => rounds.length === 1 && rounds[0]! > 0)).toBe(true);
  }, 400_000);

  it.each([
    ['a line that was lost', ',plant=1', 'rows stored'],
    ['a replay that touched a row', ',plant=2', 'rows after a replay'],
  ])(
    'fails for %s, whatever the speed',
    (_, set, named) => {
      const { status, report } = bench(set);
      expect(status).toBe(1);
      expect(report.breaches.some((breach) => breach.includes(named))).toBe(true);
    },
    400_000,
  );
});
