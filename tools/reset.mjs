/** Removes everything that npm start stored. Usage: npm run reset [-- --yes] */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fallbackPath, peekDataFolder } from './lib/data-folder.mjs';
import { stopOrphans } from './lib/child.mjs';
import { CHILD_NAMES, launcherLock } from './lib/launcher.mjs';
import { lockOwner } from './lib/lock.mjs';
import { dataDir } from './lib/paths.mjs';
import { PlainError, runTool } from './lib/say.mjs';
import { stopServers } from './lib/servers.mjs';

async function isSure(dir) {
  if (process.argv.includes('--yes') || !process.stdin.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Remove all orders, stock, money entries and secrets in ${dir}? Type yes: `);
  terminal.close();
  return answer.trim().toLowerCase() === 'yes';
}

await runTool(async () => {
  const dir = dataDir();
  if (!existsSync(dir)) {
    process.stdout.write(`${dir} does not exist; nothing to remove.\n`);
    return;
  }
  const marker = peekDataFolder(dir);
  if (marker?.madeBy !== 'huidian') {
    throw new PlainError(`${dir} was not made by Huidian (it has no readable huidian.json). Nothing was removed.`);
  }
  const run = join(dir, 'run');
  const owner = lockOwner(launcherLock(run));
  if (owner)
    throw new PlainError(
      `Huidian runs on ${dir} (process ${owner.pid}). Stop it first (Ctrl-C there, or kill ${owner.pid}).`,
    );
  if (!(await isSure(dir))) throw new PlainError('Nothing was removed.');
  await stopOrphans(run, CHILD_NAMES);
  await stopServers(dir);
  rmSync(fallbackPath(marker), { recursive: true, force: true });
  rmSync(dir, { recursive: true, force: true });
  process.stdout.write(`Removed ${dir}.\n`);
});
