import 'reflect-metadata';
import { loadConfig, runMain, type RunningApp } from '@app/shared';
import { startGateway } from './gateway.app';
import { GatewayConfig } from './gateway.config';

/** Starts the gateway. */
export async function start(): Promise<RunningApp> {
  return startGateway(loadConfig(GatewayConfig));
}

if (require.main === module) runMain(start);
