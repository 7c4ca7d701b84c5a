import 'reflect-metadata';
import { ALL_FACTS } from '@app/contracts';
import { loadConfig, runMain, startApp, type RunningApp } from '@app/shared';
import type { FastifyInstance } from 'fastify';
import { GatewayConfig } from './gateway.config';
import { GatewayModule } from './gateway.module';
import { addServiceProxies } from './proxy/service-proxy';

/** Starts the gateway. */
export async function start(): Promise<RunningApp> {
  const config = loadConfig(GatewayConfig);
  const options = {
    service: 'gateway' as const,
    config,
    port: config.GATEWAY_PORT,
    facts: ALL_FACTS,
    title: 'Huidian gateway',
    description: 'One address for everything: tokens, API clients, and the way to every service.',
  };
  return startApp({
    options,
    module: GatewayModule.for(options),
    rootPaths: ['/', 'auth/*path'],
    prepare: async (app) => {
      const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
      await addServiceProxies(fastify, config);
    },
  });
}

if (require.main === module) runMain(start);
