import 'reflect-metadata';
import { ALL_FACTS } from '@app/contracts';
import { loadConfig, runMain, startApp, type RunningApp } from '@app/shared';
import { LogisticsConfig } from './logistics.config';
import { LogisticsModule } from './logistics.module';

/** Starts the logistics service. */
export async function start(): Promise<RunningApp> {
  const config = loadConfig(LogisticsConfig);
  const options = {
    service: 'logistics' as const,
    config,
    port: config.LOGISTICS_PORT,
    facts: ALL_FACTS,
    title: 'Huidian logistics',
    description:
      'Work of the warehouse clerks: parcels, waybills, labels, scan-to-ship, pull-outs, intercepts and returns.',
  };
  return startApp({ options, module: LogisticsModule.for(options) });
}

if (require.main === module) runMain(start);
