/**
 * Finds or starts the embedded PostgreSQL and Redis of a data folder.
 * Usage: node tools/servers.mjs start|stop|status [--dir FOLDER] [--test]
 * `start` prints DATABASE_URL and REDIS_URL on standard output, ready for `eval`.
 */
import { resolve } from 'node:path';
import { dataDir } from './lib/paths.mjs';
import { option, PlainError, runTool } from './lib/say.mjs';
import { ensureServers, prepare, serverStatus, stopServers } from './lib/servers.mjs';

const ACTIONS = {
  async start(dir, forTests) {
    const servers = await ensureServers(prepare(dir, { forTests }), { forTests });
    process.stdout.write(`export DATABASE_URL='${servers.databaseUrl}'\nexport REDIS_URL='${servers.redisUrl}'\n`);
  },
  async stop(dir, forTests) {
    const wasRunning = await stopServers(dir, { forTests });
    process.stdout.write(wasRunning ? 'stopped\n' : 'nothing was running\n');
  },
  async status(dir, forTests) {
    const { postgres, redis } = serverStatus(dir, { forTests });
    const line = (name, found) =>
      `${name}: ${found ? `port ${found.port}, process ${found.pid ?? 'in a container'}` : 'not running'}\n`;
    process.stdout.write(line('postgres', postgres) + line('redis', redis));
  },
};

await runTool(async () => {
  const [name, ...args] = process.argv.slice(2);
  const action = ACTIONS[name];
  if (!action) throw new PlainError('Usage: node tools/servers.mjs start|stop|status [--dir FOLDER] [--test]');
  const given = option(args, '--dir');
  await action(given ? resolve(given) : dataDir(), args.includes('--test'));
  // A connection of the check may still be closing; nothing else is left to do.
  process.exit();
});
