import 'reflect-metadata';
import { runMain, type RunningApp } from '@app/shared';
import { start as startCatalog } from '../../catalog/src/main';
import { start as startGateway } from '../../gateway/src/main';
import { start as startInventory } from '../../inventory/src/main';
import { start as startLogistics } from '../../logistics/src/main';
import { start as startOrders } from '../../orders/src/main';
import { start as startSettlement } from '../../settlement/src/main';
import { start as startSyncWorker } from '../../sync-worker/src/main';
import { startAll } from './start-all';

/** The service apps; the gateway comes first. */
const APPS = [
  { name: 'gateway', start: startGateway },
  { name: 'catalog', start: startCatalog },
  { name: 'orders', start: startOrders },
  { name: 'inventory', start: startInventory },
  { name: 'logistics', start: startLogistics },
  { name: 'settlement', start: startSettlement },
  { name: 'sync-worker', start: startSyncWorker },
];

/** Starts every service app in this process, each on its own port. */
export function start(): Promise<RunningApp> {
  return startAll(APPS);
}

if (require.main === module) runMain(start);
