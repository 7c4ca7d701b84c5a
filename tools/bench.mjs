/**
 * npm run bench [-- B1 B7 …] [--quick] [--json FILE]: measures beside floors and rivals on the same servers in the same run.
 * Starts PostgreSQL and Redis of its own, durable as in production, and removes them. --quick runs small sizes, which proves
 * the harness and its checkers and says nothing about speed. Exit 1 when an invariant breaks; a missed bar is reported.
 */
import { writeFileSync } from 'node:fs';
import { intake } from './bench/b1-intake.mjs';
import { pull } from './bench/b2-pull.mjs';
import { fairness } from './bench/b3-fairness.mjs';
import { path } from './bench/b4-path.mjs';
import { start } from './bench/b7-start.mjs';
import { jobs } from './bench/b11-jobs.mjs';
import { cost } from './bench/b12-cost.mjs';
import { stopProcesses } from './bench/lib/process.mjs';
import { BenchServers } from './bench/lib/world.mjs';
import { option, PlainError, runTool, say } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

const BENCHES = { B1: intake, B2: pull, B3: fairness, B4: path, B7: start, B11: jobs, B12: cost };

function chosen(args) {
  const names = args.filter((arg) => /^B\d+$/.test(arg));
  const unknown = names.filter((name) => !BENCHES[name]);
  if (unknown.length > 0)
    throw new PlainError(`There is no benchmark ${unknown.join(', ')}. Known: ${Object.keys(BENCHES).join(', ')}.`);
  return names.length > 0 ? names : Object.keys(BENCHES);
}

/** Sizes given by hand: --set callers=8,pages=20. */
function sizes(args) {
  const text = option(args, '--set') ?? '';
  return Object.fromEntries(
    text
      .split(',')
      .filter(Boolean)
      .map((pair) => pair.split('='))
      .map(([name, value]) => [name, Number(value)]),
  );
}

await runTool(async () => {
  const args = process.argv.slice(2);
  const names = chosen(args);
  const options = { isQuick: args.includes('--quick'), given: sizes(args) };
  await setUp();
  const servers = await BenchServers.start();
  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    await stopProcesses();
    await servers.stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(signal, () => void stop().finally(() => process.exit(130)));
  const reports = [];
  try {
    for (const name of names) {
      say(`${name} …`);
      const report = await BENCHES[name](servers, options);
      report.set({ at: new Date().toISOString(), ...(await servers.settings()) });
      if (options.isQuick) report.note('quick sizes: proves the harness, says nothing about speed');
      process.stdout.write(`\n${report}\n`);
      reports.push(report);
    }
  } finally {
    await stop();
  }
  const file = option(args, '--json');
  if (file) writeFileSync(file, `${JSON.stringify(reports, null, 2)}\n`);
  return reports.some(({ breaches }) => breaches.length > 0) ? 1 : 0;
});
// What a failed benchmark left open must not keep the run from ending.
process.exit();
