import 'reflect-metadata';
import { loadConfig, runMain, startApp, type RunningApp } from '@app/shared';
import { ALL_FACTS } from '@app/contracts';
import { OrdersConfig } from './orders.config';
import { OrdersModule } from './orders.module';

/** Starts the orders service. */
export async function start(): Promise<RunningApp> {
  const config = loadConfig(OrdersConfig);
  const options = {
    service: 'orders' as const,
    config,
    port: config.ORDERS_PORT,
    facts: ALL_FACTS,
    title: 'Huidian orders',
    description:
      'Platform orders and after-sales as received, working orders, holds and review, fulfilments, and the one decision whether a parcel may leave.',
  };
  return startApp({
    options,
    module: OrdersModule.for(options),
    batchPaths: ['/v1/platform-orders', '/v1/platform-after-sales'],
  });
}

if (require.main === module) runMain(start);
