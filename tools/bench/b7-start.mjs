import { sleep } from '../lib/say.mjs';
import { freePort } from '../lib/ports.mjs';
import { BenchProcess, isReady } from './lib/process.mjs';
import { until } from './lib/merchant.mjs';
import { Report } from './lib/report.mjs';
import { rssMb } from './lib/usage.mjs';
import { Installation } from './lib/world.mjs';

const SERVICES = ['gateway', 'catalog', 'orders', 'inventory', 'logistics', 'settlement', 'sync-worker'];

/** B7: how soon all services in one process answer that they are ready, and what they hold when nothing happens. */
export async function start(servers, options) {
  const rounds = options.isQuick ? 1 : (options.given.rounds ?? 5);
  const idleMs = options.isQuick ? 1_000 : 20_000;
  const report = new Report('B7', 'start and idle memory of all-in-one');
  report.set({
    load: `${rounds} interleaved starts on a migrated database; idle memory after ${idleMs / 1000} s without a call`,
  });
  await servers.database('bench_b7');
  const figures = { ours: [], bare: [], oursRss: [], bareRss: [] };
  for (let round = 0; round < rounds; round += 1) {
    const bare = await bareApp(servers);
    figures.bare.push((await bare.start(5)) / 1000);
    await sleep(1_000);
    figures.bareRss.push(rssMb(bare.pid));
    await bare.stop();
    const { seconds, rss, isSound } = await allInOne(servers, idleMs);
    figures.ours.push(seconds);
    figures.oursRss.push(rss);
    report.check(`round ${round + 1}: services that refuse a call without a token`, isSound, SERVICES.length);
  }
  report.add('all-in-one, spawn to seven ready services', 's', figures.ours);
  report.add('bare Nest + Fastify app with one data source', 's', figures.bare);
  report.add('resident memory of the bare app', 'MB', figures.bareRss);
  const ratio = figures.ours.map((seconds, index) => seconds / figures.bare[index]);
  report.bar('ready, all-in-one / bare app', ratio, '≤', 3);
  report.bar('idle resident memory of all-in-one', figures.oursRss, '≤', 350, 'MB');
  return report;
}

async function bareApp(servers) {
  const port = await freePort();
  return new BenchProcess({
    name: 'bare-nest',
    script: 'tools/bench/rivals/bare-nest.cjs',
    args: ['--enable-source-maps'],
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      NODE_ENV: 'production',
      DATABASE_URL: servers.urlOf('bench_b7'),
    },
    readyUrl: `http://127.0.0.1:${port}/health/ready`,
    logs: servers.places.logs,
  });
}

async function allInOne(servers, idleMs) {
  // As in production: no simulator, and real time.
  const installation = await Installation.prepare(servers, 'bench_b7', { HUIDIAN_CLOCK_URL: '' });
  const from = performance.now();
  const app = installation.process('all-in-one', { readyUrl: `${installation.urls.gateway}/health/ready` });
  try {
    await app.start(5);
    for (const name of SERVICES)
      await until(`${name} is ready`, () => isReady(`${installation.urls[name]}/health/ready`), 180_000, 5);
    const seconds = (performance.now() - from) / 1000;
    const paths = { 'sync-worker': 'sync/v1/shops', gateway: 'gateway/v1/verify' };
    let isSound = 0;
    for (const name of SERVICES) {
      const { status } = await fetch(`${installation.urls[name]}/${paths[name] ?? `${name}/v1/verify`}`);
      if (status === 401) isSound += 1;
    }
    await sleep(idleMs);
    return { seconds, rss: rssMb(app.pid), isSound };
  } finally {
    await installation.stop();
  }
}
