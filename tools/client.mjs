/**
 * Makes and lists API clients, also before any client exists.
 * Usage: npm run client -- create --name NAME --scopes "orders:read catalog:read"
 * What else it takes is told by the gateway's own command: npm run client -- help
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { appEnvironment, startMode } from './lib/environment.mjs';
import { runMigrator } from './lib/migrator.mjs';
import { dataDir, ROOT } from './lib/paths.mjs';
import { runTool } from './lib/say.mjs';
import { ensureServers, prepare, stopServers } from './lib/servers.mjs';
import { setUp } from './lib/setup.mjs';

await runTool(async () => {
  await setUp();
  const places = prepare(dataDir());
  const servers = await ensureServers(places);
  const hasStarted = [servers.postgres, servers.redis].some(({ isReused }) => isReused === false);
  try {
    if (hasStarted) await runMigrator(servers);
    const script = join(ROOT, 'dist/apps/gateway/src/client.cli.js');
    const env = appEnvironment({ mode: startMode(), places, servers });
    const run = spawnSync(process.execPath, [script, ...process.argv.slice(2)], { cwd: ROOT, env, stdio: 'inherit' });
    return run.status ?? 1;
  } finally {
    if (hasStarted) await stopServers(places.dir);
  }
});
