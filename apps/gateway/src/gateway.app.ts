import { ALL_FACTS } from '@app/contracts';
import { startApp, type RunningApp } from '@app/shared';
import type { FastifyInstance } from 'fastify';
import { MergedDocs } from './docs/merged-docs';
import type { GatewayConfig } from './gateway.config';
import { GatewayModule } from './gateway.module';
import { addServiceProxies } from './proxy/service-proxy';
import { RateLimitHook } from './rate-limit/rate-limit.hook';

/** Starts the gateway with given settings. */
export function startGateway(config: GatewayConfig): Promise<RunningApp> {
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
      app.get(RateLimitHook).addTo(fastify);
      app.get(MergedDocs).addTo(app, fastify);
      await addServiceProxies(fastify, config);
    },
  });
}
