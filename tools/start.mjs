/**
 * npm start: sets up what is missing, starts everything with demo data, and shows orders flowing.
 * HUIDIAN_MODE=production starts without simulator, demo company and demo client.
 */
import { Launcher } from './lib/launcher.mjs';
import { print } from './lib/progress.mjs';
import { PlainError } from './lib/say.mjs';
import { checkNode } from './lib/setup.mjs';

/** A terminal and npm may both deliver one Ctrl-C; a later one means "hurry". */
const SAME_SIGNAL_MS = 1000;

async function main() {
  checkNode();
  const launcher = new Launcher();
  let firstAt = 0;
  const onSignal = () => {
    if (firstAt && Date.now() - firstAt > SAME_SIGNAL_MS) launcher.hurry();
    firstAt ||= Date.now();
    void launcher.stop(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
  process.stdout.on('error', onSignal);
  stopWithParent(onSignal);
  try {
    await launcher.start();
  } catch (error) {
    if (!launcher.isStopping) {
      print();
      print(error instanceof PlainError ? error.message : error.stack);
      await launcher.stop(1);
    }
  }
  process.exit(await launcher.outcome);
}

/** When npm itself is killed it cannot pass the signal on; nothing may be left running then. */
function stopWithParent(onGone) {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && onGone(), 1000).unref();
}

await main();
