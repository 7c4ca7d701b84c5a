import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Soak } from './soak';
import { FULL_RUN, type SoakOptions } from './soak.options';
import { tableOf } from './soak.report';

function numberOf(text: string | undefined, fallback: number, name: string): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} takes a number above 0, not "${text}".`);
  return value;
}

/** Reads the command line. */
function readOptions(): SoakOptions {
  const { values } = parseArgs({
    options: {
      orders: { type: 'string' },
      days: { type: 'string' },
      seed: { type: 'string' },
      minutes: { type: 'string' },
      kills: { type: 'string' },
      dir: { type: 'string' },
      'bill-share': { type: 'string' },
      platforms: { type: 'string' },
      down: { type: 'string' },
    },
  });
  return {
    ...FULL_RUN,
    orders: numberOf(values.orders, FULL_RUN.orders, 'orders'),
    days: numberOf(values.days, FULL_RUN.days, 'days'),
    seed: numberOf(values.seed, FULL_RUN.seed, 'seed'),
    minutes: numberOf(values.minutes, FULL_RUN.minutes, 'minutes'),
    kills: numberOf(values.kills, FULL_RUN.kills, 'kills'),
    platforms: values.platforms?.split(',') ?? FULL_RUN.platforms,
    downSeconds: numberOf(values.down, FULL_RUN.downSeconds, 'down'),
    shares: { ...FULL_RUN.shares, bill: numberOf(values['bill-share'], FULL_RUN.shares.bill, 'bill-share') },
    dir: values.dir ? resolve(values.dir) : mkdtempSync(join(tmpdir(), 'huidian-soak-')),
  };
}

async function main(): Promise<void> {
  const options = readOptions();
  process.stdout.write(`Folder of this run: ${options.dir}\n`);
  const soak = new Soak(options, (line) => process.stdout.write(`${line}\n`));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => soak.stop(signal));
  const report = await soak.run();
  const table = tableOf(report);
  writeFileSync(join(options.dir, 'report.txt'), table);
  process.stdout.write(`\n${table}`);
  process.exitCode = report.isGreen ? 0 : 1;
}

main().catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
