import multipart from '@fastify/multipart';
import { ALL_FACTS } from '@app/contracts';
import { PlatformRegistry } from '@app/platforms';
import { startApp, type RunningApp } from '@app/shared';
import type { SettlementConfig } from './settlement.config';
import { SettlementModule } from './settlement.module';

/** Starts settlement with given settings. */
export async function startSettlement(config: SettlementConfig): Promise<RunningApp> {
  const options = {
    service: 'settlement' as const,
    config,
    port: config.SETTLEMENT_PORT,
    facts: ALL_FACTS,
    title: 'Huidian settlement',
    description:
      'What each order should bring in and what the platforms’ bills say: bills, double entries, periods, reconciliations. Amounts in fen.',
  };
  return startApp({
    options,
    module: SettlementModule.for(options, await PlatformRegistry.load()),
    batchPaths: ['/v1/bills'],
    prepare: async (app) => void (await app.register(multipart)),
  });
}
