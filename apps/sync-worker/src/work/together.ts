import { judge } from './work.rules';
import type { TogetherOutcomes, Work, WorkOutcome } from './work.kinds';

/** Rows of one run that are done at a time. */
const PARALLEL = 2;

/**
 * Does rows of one shop, some at a time, and answers for each. One that fails does so alone; when the platform asks to wait
 * or refuses the token, or `prepare` fails, that is the end of all that are left.
 */
export async function eachOf<T>(
  works: readonly Work[],
  prepare: () => Promise<T>,
  run: (work: Work, prepared: T) => Promise<WorkOutcome>,
): Promise<TogetherOutcomes> {
  const outcomes = new Map<string, WorkOutcome | { kind: 'threw'; error: unknown }>();
  let stopped: { kind: 'threw'; error: unknown } | undefined;
  const queue = [...works];
  const take = async (prepared: T): Promise<void> => {
    for (let work = queue.shift(); work && !stopped; work = queue.shift()) {
      try {
        outcomes.set(work.subject, await run(work, prepared));
      } catch (error) {
        const threw = { kind: 'threw' as const, error };
        outcomes.set(work.subject, threw);
        if (['wait', 'unauthorised'].includes(judge(error).kind)) stopped = threw;
      }
    }
  };
  try {
    const prepared = await prepare();
    await Promise.all(Array.from({ length: PARALLEL }, () => take(prepared)));
  } catch (error) {
    stopped = { kind: 'threw', error };
  }
  if (stopped) for (const { subject } of works) if (!outcomes.has(subject)) outcomes.set(subject, stopped);
  return outcomes;
}

/** Does one row by what does several. */
export async function oneOf(
  work: Work,
  runTogether: (works: readonly Work[]) => Promise<TogetherOutcomes>,
): Promise<WorkOutcome> {
  const outcome = (await runTogether([work])).get(work.subject)!;
  if (outcome.kind === 'threw') throw outcome.error;
  return outcome;
}
