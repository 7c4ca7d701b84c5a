import 'reflect-metadata';
import { ALL_FACTS } from '@app/contracts';
import { loadConfig, runMain, startApp, type RunningApp } from '@app/shared';
import { SettlementConfig } from './settlement.config';
import { SettlementModule } from './settlement.module';

/** Starts settlement. */
export async function start(): Promise<RunningApp> {
  const config = loadConfig(SettlementConfig);
  const options = {
    service: 'settlement' as const,
    config,
    port: config.SETTLEMENT_PORT,
    facts: ALL_FACTS,
    title: 'Huidian settlement',
    description: 'What each order should bring in: its own copies of orders and parcels, in fen.',
  };
  return startApp({ options, module: SettlementModule.for(options) });
}

if (require.main === module) runMain(start);
