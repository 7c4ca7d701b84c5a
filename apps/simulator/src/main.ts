import { createLogger } from '@app/shared/logging/logger';
import { readConfig } from './simulator.config';
import { startSimulator } from './simulator.server';

/** What an app's start() gives back. */
export interface RunningApp {
  name: string;
  port: number;
  close(): Promise<void>;
}

/** Starts the simulator with the settings of the environment. */
export async function start(): Promise<RunningApp> {
  const config = readConfig();
  const simulator = await startSimulator(config);
  const limit =
    config.callsPerSecond === 0 ? 'no call limit' : `${config.callsPerSecond} calls/s per app and method × story rate`;
  createLogger('simulator').info(
    {
      host: config.host,
      port: simulator.port,
      storyRate: simulator.core.clocks.current().rate,
      limit,
      dataDir: config.dataDir,
    },
    'simulator is listening',
  );
  return { name: 'simulator', port: simulator.port, close: () => simulator.close() };
}

if (require.main === module) {
  start()
    .then((app) => {
      const stop = (): void => {
        app.close().then(
          () => process.exit(0),
          (error) => {
            console.error(error);
            process.exit(1);
          },
        );
      };
      process.once('SIGTERM', stop);
      process.once('SIGINT', stop);
    })
    .catch((error) => {
      console.error(error);
      process.exit(1);
    });
}
