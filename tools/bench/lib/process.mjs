import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { tail } from '../../lib/files.mjs';
import { ROOT } from '../../lib/paths.mjs';
import { PlainError, sleep } from '../../lib/say.mjs';

const READY_WITHIN_MS = 180_000;
const STOP_WITHIN_MS = 12_000;

const running = new Set();

/** Stops every process that still runs, so that a run that failed leaves none behind. */
export async function stopProcesses() {
  await Promise.all([...running].map((process) => process.stop()));
}

/** A process that is measured: started by its production command, its output in a file. */
export class BenchProcess {
  constructor({ name, script, args = [], env, readyUrl, logs }) {
    Object.assign(this, { name, script, args, env, readyUrl, logFile: join(logs, `${name}.log`) });
  }

  get pid() {
    return this.child.pid;
  }

  get isRunning() {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Starts and waits until it is ready; answers the milliseconds from the spawn to the first ready answer. */
  async start(pollMs = 25) {
    const from = performance.now();
    const log = openSync(this.logFile, 'a');
    this.child = spawn(process.execPath, [...this.args, join(ROOT, this.script)], {
      cwd: ROOT,
      env: this.env,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    running.add(this);
    this.child.once('exit', () => running.delete(this));
    while (performance.now() - from < READY_WITHIN_MS) {
      if (!this.isRunning) break;
      if (await isReady(this.readyUrl)) return performance.now() - from;
      await sleep(pollMs);
    }
    throw new PlainError(`${this.name} did not get ready. The end of ${this.logFile}:\n${tail(this.logFile, 15)}`);
  }

  async stop() {
    if (!this.isRunning) return;
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(timer);
  }
}

/** Whether a health address answers that all is well. */
export async function isReady(url) {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch (error) {
    if (error instanceof TypeError || error.name === 'TimeoutError') return false;
    throw error;
  }
}
