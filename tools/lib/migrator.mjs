import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { migratorEnvironment } from './environment.mjs';
import { ROOT } from './paths.mjs';
import { PlainError } from './say.mjs';

/** Brings roles, schemas and tables up to date; throws with what the migrator said. */
export async function runMigrator(servers, onChild = () => undefined) {
  const script = join(ROOT, 'dist/libs/shared/src/db/migrate.cli.js');
  const child = spawn(process.execPath, ['--enable-source-maps', script], {
    cwd: ROOT,
    env: migratorEnvironment({ servers }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onChild(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text = (text + chunk).slice(-8000)));
  const code = await new Promise((done) => child.once('close', done));
  if (code !== 0) throw new PlainError(`The migration of the database failed (exit ${code}):\n${text.trim()}`);
}
