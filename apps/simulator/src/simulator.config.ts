import * as path from 'node:path';
import type { ResumeMode } from './core/clocks';

/** Settings of the simulator, read once from the environment. */
export interface SimulatorConfig {
  host: string;
  port: number;
  dataDir: string;
  seed: string;
  /** Story seconds in one wire second at the very first start; later the log knows. */
  storyRate: number;
  isDemo: boolean;
  /** Further folders with platform parts. */
  folders: string[];
  resume: ResumeMode;
  /** Calls per second, app and method at story rate 1; scaled with the rate. 0 switches the limit off. */
  callsPerSecond: number;
  /** Mean story seconds between two new orders of the demo over all its shops. */
  demoOrderSeconds: number;
  /** Where platforms that push by HTTP find the merchant's system, without a slash at the end; empty tells nobody. */
  webhookBase: string;
}

function number(
  env: NodeJS.ProcessEnv,
  key: string,
  fallback: number,
  low: number,
  high: number,
  bad: string[],
): number {
  const text = env[key];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value < low || value > high)
    bad.push(`${key} must be a number from ${low} to ${high}, not "${text}"`);
  return value;
}

/** Reads and checks the settings; throws one error that names every bad key. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): SimulatorConfig {
  const bad: string[] = [];
  const isDemo = env.SIMULATOR_DEMO === '1' || env.SIMULATOR_DEMO === 'true';
  const resume = env.SIMULATOR_RESUME || 'auto';
  if (!['auto', 'line', 'anchor'].includes(resume))
    bad.push(`SIMULATOR_RESUME must be auto, line or anchor, not "${resume}"`);
  if (env.HUIDIAN_MODE === 'production')
    bad.push('HUIDIAN_MODE is production; the simulator is never part of a production start');
  const config: SimulatorConfig = {
    host: env.HOST || '127.0.0.1',
    port: number(env, 'SIMULATOR_PORT', 3100, 0, 65_535, bad),
    dataDir: path.resolve(env.SIMULATOR_DATA_DIR || '.data/simulator'),
    seed: env.SIMULATOR_SEED || '42',
    storyRate: number(env, 'SIMULATOR_STORY_RATE', isDemo ? 960 : 1, 0, 100_000, bad),
    isDemo,
    folders: (env.SIMULATOR_FOLDERS ?? '').split(':').filter((folder) => folder !== ''),
    resume: resume as ResumeMode,
    callsPerSecond: number(env, 'SIMULATOR_CALLS_PER_SECOND', 50, 0, 1_000_000, bad),
    demoOrderSeconds: number(env, 'SIMULATOR_DEMO_ORDER_SECONDS', 960, 1, 10_000_000, bad),
    webhookBase: (env.SIMULATOR_WEBHOOK_BASE ?? '').replace(/\/+$/, ''),
  };
  if (config.webhookBase !== '' && !/^https?:\/\//.test(config.webhookBase))
    bad.push(`SIMULATOR_WEBHOOK_BASE must begin with http:// or https://, not "${config.webhookBase}"`);
  if (bad.length > 0)
    throw new Error(`Settings are wrong, mend these environment variables and start again:\n  ${bad.join('\n  ')}`);
  return config;
}
