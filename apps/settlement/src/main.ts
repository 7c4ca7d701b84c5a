import 'reflect-metadata';
import { loadConfig, runMain, type RunningApp } from '@app/shared';
import { startSettlement } from './settlement.app';
import { SettlementConfig } from './settlement.config';

/** Starts settlement. */
export async function start(): Promise<RunningApp> {
  return startSettlement(loadConfig(SettlementConfig));
}

if (require.main === module) runMain(start);
