import type { Outage } from './chaos';
import type { Check } from './check/check';
import type { Meter } from './meter';
import type { Pace, SoakOptions } from './soak.options';

/** What a run measured and found. */
export interface SoakFindings {
  options: SoakOptions;
  pace: Pace;
  phases: { name: string; seconds: number }[];
  checks: Check[];
  injected: Record<string, number>;
  outages: Outage[];
  people: Record<string, number>;
  placed: number;
  seconds: number;
  /** Processor seconds per process over all its lives. */
  cpu: Record<string, number>;
  meters: ReadonlyMap<string, Meter>;
  calls: number;
  repeats: Record<string, number>;
  broken: string[];
}

export interface SoakReport extends Omit<SoakFindings, 'meters'> {
  ordersPerSecond: number;
  /** Processor milliseconds per order of services, PostgreSQL and Redis together; simulator and people left out. */
  cpuMsPerOrder: number;
  rssMb: Record<string, { minute: number; mb: number }[]>;
  /** Why the run is not green, without ids. */
  failures: string[];
  isGreen: boolean;
}

const OURS_NOT = new Set(['simulator', 'soak']);

/** Puts the findings together and judges them. */
export function summarise({ meters, ...findings }: SoakFindings): SoakReport {
  const { checks, injected, placed, cpu, phases } = findings;
  const ordering = phases.find(({ name }) => name === 'orders')?.seconds ?? 1;
  const ours = Object.entries(cpu).filter(([name]) => !OURS_NOT.has(name));
  const failures = [
    ...checks
      .filter(({ unexplained }) => unexplained.length > 0)
      .map(({ name, unexplained }) => `${unexplained.length} unexplained: ${name}`),
    ...Object.entries(injected)
      .filter(([, count]) => count === 0)
      .map(([kind]) => `fault ${kind} was never injected`),
    ...(findings.broken.length > 0 ? [`${findings.broken.length} calls were answered 500`] : []),
  ];
  return {
    ...findings,
    ordersPerSecond: Math.round((placed / ordering) * 100) / 100,
    cpuMsPerOrder:
      Math.round((ours.reduce((sum, [, seconds]) => sum + seconds, 0) * 1_000_00) / Math.max(1, placed)) / 100,
    rssMb: Object.fromEntries([...meters].map(([name, { rssMb }]) => [name, rssMb])),
    failures,
    isGreen: failures.length === 0,
  };
}

const MOST_LINES = 40;

function listed(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > MOST_LINES ? [`      … and ${lines.length - MOST_LINES} more in report.json`] : [];
  return [`    ${title}:`, ...lines.slice(0, MOST_LINES).map((line) => `      ${line}`), ...more];
}

function growth(points: readonly { mb: number }[]): string {
  const [first, last] = [points[Math.min(1, points.length - 1)]?.mb ?? 0, points.at(-1)?.mb ?? 0];
  const most = Math.max(0, ...points.map(({ mb }) => mb));
  return `${first} → ${last} MB, at most ${most}`;
}

/** The report as people read it. */
export function tableOf(report: SoakReport): string {
  const { options } = report;
  const figures = (values: Record<string, number>) =>
    Object.entries(values)
      .map(([key, value]) => `${key} ${value}`)
      .join(', ');
  return [
    `seed ${options.seed}, ${report.placed} orders over ${options.days} story days, story rate ${report.pace.rate}`,
    `took ${Math.round(report.seconds)} s: ${report.phases.map(({ name, seconds }) => `${name} ${seconds}`).join(', ')}; ${report.ordersPerSecond} orders/s`,
    `injected: ${figures(report.injected)}`,
    `people: ${figures(report.people)}; ${report.calls} calls, repeated: ${figures(report.repeats)}`,
    `processor seconds: ${figures(report.cpu)}; ${report.cpuMsPerOrder} ms per order without simulator and people`,
    'memory (a restart begins anew):',
    ...Object.entries(report.rssMb).map(([name, points]) => `  ${name}: ${growth(points)}`),
    '',
    ...report.checks.flatMap((check) => [
      `${check.unexplained.length === 0 ? '✓' : '✗'} ${check.name}: ${check.checked} checked, ${check.unexplained.length} unexplained${Object.keys(check.figures).length > 0 ? ` (${figures(check.figures)})` : ''}`,
      ...listed('unexplained', check.unexplained),
      ...listed('noted', check.notes),
    ]),
    ...(report.broken.length > 0 ? ['✗ calls answered 500:', ...listed('answers', report.broken)] : []),
    '',
    ...report.failures.map((failure) => `✗ ${failure}`),
    report.isGreen ? 'green' : 'not green',
    '',
  ].join('\n');
}
