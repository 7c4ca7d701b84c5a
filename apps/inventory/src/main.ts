import 'reflect-metadata';
import multipart from '@fastify/multipart';
import { ALL_FACTS } from '@app/contracts';
import { PlatformRegistry } from '@app/platforms';
import { loadConfig, runMain, startApp, type RunningApp } from '@app/shared';
import { InventoryConfig } from './inventory.config';
import { InventoryModule } from './inventory.module';

/** Starts the inventory service. */
export async function start(): Promise<RunningApp> {
  const config = loadConfig(InventoryConfig);
  const options = {
    service: 'inventory' as const,
    config,
    port: config.INVENTORY_PORT,
    facts: ALL_FACTS,
    title: 'Huidian inventory',
    description:
      'How many, where, and promised to whom: warehouses, stock levels with their ledger, reservations and routing.',
  };
  return startApp({
    options,
    module: InventoryModule.for(options, await PlatformRegistry.load()),
    batchPaths: ['/v1/adjustments/import'],
    prepare: async (app) => void (await app.register(multipart)),
  });
}

if (require.main === module) runMain(start);
