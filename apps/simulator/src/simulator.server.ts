import * as path from 'node:path';
import formbody from '@fastify/formbody';
import multipart from '@fastify/multipart';
import Fastify, { type FastifyInstance } from 'fastify';
import { registerControl } from './control/control.routes';
import { runPlanned } from './core/act-table';
import { Core } from './core/core';
import type { PartDesk, SimulatorPart } from './core/part';
import { loadParts } from './core/part-loader';
import { DAY } from './core/times';
import { wireNow } from './core/wire';
import { Withdrawals } from './core/withdrawals';
import { Arrivals } from './seed/arrivals';
import { DemoCrowd } from './seed/demo';
import type { SimulatorConfig } from './simulator.config';

/** The largest request that is taken in; a platform's own limit is of this order. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

/** A running simulator. */
export interface Simulator {
  core: Core;
  port: number;
  close(): Promise<void>;
}

function addFirstShops(core: Core, part: SimulatorPart): void {
  const { appKey, appSecret, name, shops } = part.firstApp;
  if (core.story.app(part.platform, appKey)) return;
  core.story.putApp({ platform: part.platform, appKey, appSecret, name, forbiddenMethods: [] });
  for (const shop of shops) {
    core.story.putShop({
      platform: part.platform,
      appKey,
      ...shop,
      tokenState: 'valid',
      tokenExpiresAt: wireNow() + (part.tokenLifeMs ?? 365 * DAY),
      pushPermitted: false,
      pushTopics: [],
    });
  }
}

function registerHealth(server: FastifyInstance, core: Core): void {
  server.get('/health/live', async () => ({ status: 'up' }));
  server.get('/health/ready', async () => ({ status: 'ready', platforms: [...core.parts.keys()] }));
  server.get('/metrics', async (_request, reply) => {
    const lines = core.faults
      .list()
      .map(
        (fault) =>
          `simulator_faults_injected_total{platform="${fault.platform}",kind="${fault.kind}"} ${fault.injected}`,
      );
    for (const platform of core.parts.keys())
      lines.push(`simulator_orders_total{platform="${platform}"} ${core.story.ordersOn(platform).length}`);
    return reply.type('text/plain; version=0.0.4').send(`${lines.join('\n')}\n`);
  });
}

/** Reads the log, starts the clocks, and listens. Port 0 takes a free port. */
export async function startSimulator(config: SimulatorConfig): Promise<Simulator> {
  const core = new Core(config);
  const crowd = new DemoCrowd();
  const withdrawals = new Withdrawals();
  const arrivals = new Arrivals();
  const parts = loadParts([path.join(__dirname, 'platforms'), ...config.folders]);
  for (const part of parts.values()) core.parts.set(part.platform, part);
  core.useActs(runPlanned);
  core.onReplay((record) => crowd.replay(record));
  core.onReplay((record) => withdrawals.replay(record));
  core.onReplay((record) => arrivals.replay(record));
  core.open();
  const server = Fastify({ bodyLimit: BODY_LIMIT_BYTES, forceCloseConnections: true });
  await server.register(formbody, { bodyLimit: BODY_LIMIT_BYTES });
  await server.register(multipart, { limits: { fields: 1_000, fieldSize: BODY_LIMIT_BYTES, files: 20 } });
  registerHealth(server, core);
  const desks = new Map<string, PartDesk>();
  registerControl(server, { core, parts, desks, arrivals });
  for (const part of parts.values()) {
    addFirstShops(core, part);
    const desk = await part.register(server, core);
    if (desk) desks.set(part.platform, desk);
  }
  if (config.isDemo) crowd.start(core, parts.keys());
  withdrawals.start(core);
  arrivals.start(core);
  core.catchUp();
  const address = await server.listen({ host: config.host, port: config.port });
  return {
    core,
    port: Number(new URL(address).port),
    close: async () => {
      await server.close();
      core.close();
    },
  };
}
