import { createLogger, type RunningApp } from '@app/shared';

const log = createLogger('all-in-one');

/** A service app that can be started in this process. */
export interface StartableApp {
  name: string;
  start(): Promise<RunningApp>;
}

/** Closes apps at once, and throws when some could not be closed, naming them. */
async function closeAll(apps: readonly RunningApp[]): Promise<void> {
  const results = await Promise.allSettled(apps.map((app) => app.close()));
  const failed = results.flatMap((result, index) =>
    result.status === 'rejected'
      ? [`${apps[index]!.name}: ${String((result.reason as Error).message ?? result.reason)}`]
      : [],
  );
  if (failed.length > 0) throw new Error(`These services could not be closed: ${failed.join('; ')}`);
}

/**
 * Starts the first app, since it gives the others their tokens, then the rest at once. When one of them fails, those that
 * run are closed again and the error names the one that failed.
 */
export async function startAll([first, ...others]: readonly StartableApp[]): Promise<RunningApp> {
  const running: RunningApp[] = [];
  const failed: { name: string; error: unknown }[] = [];
  const begin = async ({ name, start }: StartableApp) => {
    try {
      running.push(await start());
    } catch (error) {
      failed.push({ name, error });
    }
  };
  if (first) await begin(first);
  if (failed.length === 0) await Promise.all(others.map(begin));
  if (failed.length > 0) {
    await closeAll(running).catch((error: Error) =>
      log.error({ cause: error.message }, 'a failed start could not be cleaned up'),
    );
    const causes = failed.map(
      ({ name, error }) => `${name} did not start: ${String((error as Error).message ?? error)}`,
    );
    throw new Error(causes.join('\n'), { cause: failed[0]!.error });
  }
  return { name: 'all-in-one', port: running[0]?.port ?? 0, close: () => closeAll(running) };
}
