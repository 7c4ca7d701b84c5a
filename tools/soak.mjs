/**
 * npm run soak: lets an installation of its own live through a story month, hurts it on the way, and compares
 * everything with the truth of the simulated platform. Exit 1 when anything is unexplained.
 * Usage: npm run soak [-- --orders 20000 --days 30 --seed 42 --minutes 45 --kills 3 --platforms taobao,jd --down 120 --dir FOLDER]
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './lib/paths.mjs';
import { runTool } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

await runTool(async () => {
  await setUp();
  const child = spawn(process.execPath, [join(ROOT, 'dist/test/soak/main.js'), ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  // A terminal gives its signal to the child as well; a supervisor gives it to this process alone.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => undefined);
  return new Promise((done) => child.once('close', (code) => done(code ?? 1)));
});
