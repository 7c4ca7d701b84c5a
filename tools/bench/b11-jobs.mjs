import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from '../lib/paths.mjs';
import { freePort } from '../lib/ports.mjs';
import { until } from './lib/merchant.mjs';
import { BenchProcess } from './lib/process.mjs';
import { Report } from './lib/report.mjs';
import { COMPANY, Installation } from './lib/world.mjs';

const { Queue } = createRequire(join(ROOT, 'package.json'))('bullmq');

const CONCURRENCY = 8;
const DATABASE = 'bench_b11';
/** As the schedule adds references. */
const JOB = { removeOnComplete: true, removeOnFail: true, attempts: 1 };

/** B11: empty jobs per second through our host, each with its row in PostgreSQL, beside BullMQ with an empty processor. */
export async function jobs(servers, options) {
  const rounds = options.isQuick ? 2 : (options.given.rounds ?? 5);
  const count = options.isQuick ? 100 : (options.given.jobs ?? 5_000);
  const report = new Report('B11', 'overhead of the job host');
  report.set({ load: `${count} jobs per round, ${CONCURRENCY} at a time, one process each` });
  await servers.database(DATABASE);
  const installation = await Installation.prepare(servers, DATABASE, {
    HUIDIAN_CLOCK_URL: '',
    SYNC_CONCURRENCY: String(CONCURRENCY),
  });
  const connection = servers.redis();
  const prefix = installation.env.REDIS_PREFIX;
  const admin = await servers.connect(DATABASE);
  await installation.process('gateway').start();
  await installation.process('sync-worker', { script: 'tools/bench/lib/empty-work.cjs' }).start();
  const rival = await bare(servers, prefix);
  const queues = ['news-taobao', 'noop'].map((name) => new Queue(name, { connection, prefix }));
  try {
    const figures = { whole: [], stale: [], bare: [] };
    for (let round = 0; round <= rounds; round += 1) {
      const refs = Array.from({ length: count }, (_, n) => ({
        companyId: COMPANY,
        kind: 'order',
        subject: `${round}-${n}`,
      }));
      await insertRows(admin, refs);
      const found = {
        whole: await run(queues[0], refs, count),
        stale: await run(queues[0], refs, count),
        bare: await run(queues[1], refs, count),
      };
      report.check(`round ${round}: rows of work that are left`, await left(admin), 0);
      if (round > 0) for (const [name, rate] of Object.entries(found)) figures[name].push(rate);
    }
    report.add('our host: claims the row, runs nothing, ends the row', 'jobs/s', figures.whole);
    report.add('our host: references whose row is done already', 'jobs/s', figures.stale);
    report.add('BullMQ with an empty processor', 'jobs/s', figures.bare);
    const over = (rates) => rates.map((rate, index) => rate / figures.bare[index]);
    report.bar('our host / BullMQ', over(figures.whole), '≥', 0.7);
    report.add('references alone / BullMQ', '×', over(figures.stale));
  } finally {
    await Promise.all(queues.map((queue) => queue.close()));
    await rival.stop();
    await installation.stop();
    await admin.end();
    connection.disconnect();
  }
  return report;
}

async function bare(servers, prefix) {
  const port = await freePort();
  const rival = new BenchProcess({
    name: 'bullmq-noop',
    script: 'tools/bench/rivals/bullmq-noop.cjs',
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      REDIS_URL: servers.redisUrl,
      REDIS_PREFIX: prefix,
      PORT: String(port),
      CONCURRENCY: String(CONCURRENCY),
    },
    readyUrl: `http://127.0.0.1:${port}/`,
    logs: servers.places.logs,
  });
  await rival.start();
  return rival;
}

/** Rows that are due and that the schedule takes for queued, so that it leaves them to the references given here. */
async function insertRows(admin, refs) {
  await admin.query(
    `INSERT INTO sync.work (company_id, kind, subject, shop_id, platform, lane, due_at, queued_until, created_at)
     SELECT $1, 'order', s, 'shp_bench', 'taobao', 'news', now(), now() + interval '1 hour', now() FROM unnest($2::text[]) AS s`,
    [COMPANY, refs.map(({ subject }) => subject)],
  );
}

async function left(admin) {
  const { rows } = await admin.query(`SELECT count(*) AS n FROM sync.work WHERE kind = 'order'`);
  return Number(rows[0].n);
}

/** Jobs per second: all wait in a paused queue first, then they are let go. */
async function run(queue, refs, count) {
  await queue.pause();
  for (let start = 0; start < refs.length; start += 1_000)
    await queue.addBulk(
      refs
        .slice(start, start + 1_000)
        .map((data) => ({ name: 'order', data, opts: { ...JOB, jobId: `b-${data.subject}` } })),
    );
  const from = performance.now();
  await queue.resume();
  await until(
    'every job is done',
    async () => {
      const open = await queue.getJobCounts('waiting', 'active', 'paused', 'delayed', 'prioritized');
      return Object.values(open).every((number) => number === 0);
    },
    300_000,
    10,
  );
  return (count * 1000) / (performance.now() - from);
}
