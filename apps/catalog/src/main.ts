import 'reflect-metadata';
import { ALL_FACTS } from '@app/contracts';
import { loadConfig, runMain, startApp, type RunningApp } from '@app/shared';
import { CatalogConfig } from './catalog.config';
import { CatalogModule } from './catalog.module';

/** Starts the catalog service. */
export async function start(): Promise<RunningApp> {
  const config = loadConfig(CatalogConfig);
  const options = {
    service: 'catalog' as const,
    config,
    port: config.CATALOG_PORT,
    facts: ALL_FACTS,
    title: 'Huidian catalog',
    description: 'Products and SKUs of the merchant, listings of the platforms, and which SKUs a listing consists of.',
  };
  return startApp({ options, module: CatalogModule.for(options), batchPaths: ['/v1/platform-listings'] });
}

if (require.main === module) runMain(start);
