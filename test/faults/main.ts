import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sleep } from '@app/shared';
import { ROOT } from '../harness/processes';
import { FAULTS } from './faults';
import { Kit, type OwnServers } from './kit';
import { rowOf, runFault, TABLE_HEAD, type Result } from './runner';

/** Never blocks: the proxies live in this process. */
const run = promisify(execFile);
/** Exit of a postmaster after an immediate shutdown, ms. */
const ENDS_WITHIN_MS = 10_000;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Control of the servers of a data folder by the project's own tool. */
async function serversOf(dir: string): Promise<OwnServers> {
  const tool = join(ROOT, 'tools/servers.mjs');
  const env = { ...process.env, DATABASE_URL: '', REDIS_URL: '' };
  const pidOf = async (name: string) => {
    const { stdout } = await run(process.execPath, [tool, 'status', '--dir', dir], { env });
    const pid = Number(new RegExp(`${name}: port \\d+, process (\\d+)`).exec(stdout)?.[1]);
    if (!pid) throw new Error(`${name} of ${dir} has no process here: ${stdout}`);
    return pid;
  };
  return {
    redisPid: await pidOf('redis'),
    async crashPostgres() {
      const pid = await pidOf('postgres');
      process.kill(pid, 'SIGQUIT');
      for (let waited = 0; alive(pid) && waited < ENDS_WITHIN_MS; waited += 50) await sleep(50);
      if (alive(pid)) process.kill(pid, 'SIGKILL');
    },
    async startPostgres() {
      await run(process.execPath, [tool, 'start', '--dir', dir], { env });
    },
  };
}

/** Runs the named faults, or all: prints the table row by row, and the results as JSON into a file when asked. */
async function main(): Promise<number> {
  const [dir = '', jsonFile = '', ...wanted] = process.argv.slice(2);
  const unknown = wanted.filter((id) => !FAULTS.some((fault) => fault.id === id));
  if (unknown.length > 0)
    throw new Error(`Not known: ${unknown.join(', ')}. Known: ${FAULTS.map(({ id }) => id).join(', ')}.`);
  const chosen = wanted.length > 0 ? FAULTS.filter(({ id }) => wanted.includes(id)) : FAULTS;
  const kit = await Kit.start(await serversOf(dir));
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void kit.close().finally(() => process.exit(130)));
  const results: Result[] = [];
  try {
    console.log(TABLE_HEAD);
    for (const fault of chosen) {
      const result = await runFault(kit, fault);
      results.push(result);
      console.log(rowOf(result));
      if (!result.ok) process.stderr.write(`\n${result.id}: ${result.problem}\n\n`);
    }
  } finally {
    await kit.close();
  }
  const failed = results.filter(({ ok }) => !ok);
  if (jsonFile) writeFileSync(jsonFile, `${JSON.stringify({ results, failed: failed.length }, null, 2)}\n`);
  console.log(`\n${results.length - failed.length} survived, ${failed.length} not`);
  return failed.length > 0 ? 1 : 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
