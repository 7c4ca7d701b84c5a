import 'reflect-metadata';
import { ALL_FACTS } from '@app/contracts';
import { PlatformRegistry } from '@app/platforms';
import { loadConfig, runMain, startApp, type RunningApp } from '@app/shared';
import { SyncConfig } from './sync.config';
import { SyncModule } from './sync.module';

/** Starts sync-worker; refuses to start on a bad platform folder. */
export async function start(): Promise<RunningApp> {
  const config = loadConfig(SyncConfig);
  const registry = await PlatformRegistry.load();
  const options = {
    service: 'sync' as const,
    config,
    port: config.SYNC_PORT,
    facts: ALL_FACTS,
    title: 'Huidian sync-worker',
    description:
      'Shops and their tokens, pulls and their proof, ship notices, waybills, stock told to platforms, alarms and failed jobs.',
  };
  return startApp({
    options,
    module: SyncModule.for(options, registry),
    batchPaths: ['/v1/waybills'],
    rootPaths: ['webhooks/:platform/:shopOrAppId'],
    rawBodyPaths: ['/webhooks/'],
  });
}

if (require.main === module) runMain(start);
