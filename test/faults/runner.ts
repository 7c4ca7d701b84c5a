import { stopwatch, Broken } from './demand';
import type { Fault, Outcome } from './fault';
import type { Kit } from './kit';

/** A fault with how it went. */
export interface Result extends Partial<Outcome> {
  id: string;
  title: string;
  must: string;
  ok: boolean;
  /** Why it is not ok. */
  problem: string;
  seconds: number;
}

/** The steady state before every fault: all services are ready and no invariant is broken. */
async function steady(kit: Kit): Promise<void> {
  await kit.serviceReady();
  const found = await kit.breaches();
  if (found.length > 0) throw new Broken(`no steady state before the fault: ${found.slice(0, 3).join('; ')}`);
}

/** Steady state, the fault, its assertion, and `verify` of every service; never throws for a fault that was not survived. */
export async function runFault(kit: Kit, fault: Fault): Promise<Result> {
  const { id, title, must } = fault;
  const took = stopwatch();
  let outcome: Outcome | undefined;
  try {
    await steady(kit);
    outcome = await fault.run(kit);
    await kit.calm();
    if (outcome.injected <= 0) throw new Broken('the fault was never injected, so nothing is proven');
    const found = await kit.breaches();
    if (found.length > 0) throw new Broken(`verify: ${found.slice(0, 5).join('; ')}`);
    return { id, title, must, ...outcome, ok: true, problem: '', seconds: took() / 1_000 };
  } catch (error) {
    const problem = error instanceof Broken ? error.message : String((error as Error).stack ?? error);
    await kit.calm().catch((cause: Error) => process.stderr.write(`${id}: could not be calmed: ${cause.message}\n`));
    return { id, title, must, ...outcome, ok: false, problem, seconds: took() / 1_000 };
  }
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');

/** One line of the table. */
export function rowOf(result: Result): string {
  const { id, title, injected, happened, held, recoveryMs, ok, problem } = result;
  const recovered = recoveryMs === undefined ? '–' : `${(recoveryMs / 1_000).toFixed(1)} s`;
  const what = ok ? (held ?? '') : problem.slice(0, 300);
  return `| ${[id, title, String(injected ?? 0), happened ?? '', what, recovered, ok ? 'ok' : 'FAILED'].map(cell).join(' | ')} |`;
}

export const TABLE_HEAD = [
  '| # | Fault | Injected | What happened | What held | Recovered in | |',
  '|---|---|---|---|---|---|---|',
].join('\n');
