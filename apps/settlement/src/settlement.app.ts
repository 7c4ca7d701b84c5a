import { ALL_FACTS } from '@app/contracts';
import { startApp, type RunningApp } from '@app/shared';
import type { SettlementConfig } from './settlement.config';
import { SettlementModule } from './settlement.module';

/** Starts settlement with given settings. */
export function startSettlement(config: SettlementConfig): Promise<RunningApp> {
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
