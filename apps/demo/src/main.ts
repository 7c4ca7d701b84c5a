import 'reflect-metadata';
import { createLogger, loadConfig, runMain, type RunningApp } from '@app/shared';
import { Demo } from './demo';
import { DemoConfig } from './demo.config';

const log = createLogger('demo');

/** Starts the demo's people; they need no port. */
export function start(): Promise<RunningApp> {
  const demo = new Demo(loadConfig(DemoConfig));
  demo.start((error) => {
    log.error({ cause: String((error as Error).stack ?? error) }, 'the demo met an error that nobody expected');
    process.exit(1);
  });
  return Promise.resolve({ name: 'demo', port: 0, close: () => demo.close() });
}

if (require.main === module) runMain(start);
