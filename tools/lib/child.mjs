import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rotate, tail } from './files.mjs';
import { ROOT } from './paths.mjs';
import { readPidFile, stopProcess, writePidFile } from './processes.mjs';
import { PlainError, sleep } from './say.mjs';

const CRASH_WINDOW_MS = 10 * 60_000;
const MAX_CRASHES = 8;
const MAX_DELAY_MS = 30_000;

/**
 * A child process that is started again when it ends by itself. It writes its log file itself, so
 * it neither blocks nor dies when the launcher is killed; its pid file lets the next start find it.
 */
export class Child {
  constructor({ name, script, env, envAgain, places, readyUrls, onEvent }) {
    Object.assign(this, { name, script, env, envAgain, readyUrls, onEvent });
    this.folder = ROOT;
    this.logFile = join(places.logs, `${name}.log`);
    this.pidFile = join(places.run, `${name}.pid.json`);
    this.crashes = [];
    this.isStopping = false;
  }

  /** Starts and waits until every ready address answers 200; throws with the end of the log. */
  async start(timeoutMs = 90_000) {
    rotate(this.logFile);
    this.launch();
    await this.awaitReady(timeoutMs);
    this.isSupervised = true;
    if (this.hasEnded()) this.ended();
  }

  launch() {
    const log = openSync(this.logFile, 'a');
    const script = join(ROOT, this.script);
    this.process = spawn(process.execPath, ['--enable-source-maps', script], {
      cwd: this.folder,
      env: this.env,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.process.once('error', (error) => this.onEvent(`${this.name} cannot be started: ${error.message}`));
    this.process.once('exit', () => this.isSupervised && this.ended());
    if (this.process.pid) writePidFile(this.pidFile, this.process.pid, { folder: this.folder });
  }

  hasEnded() {
    const { pid, exitCode, signalCode } = this.process;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }

  async awaitReady(timeoutMs) {
    const end = Date.now() + timeoutMs;
    const waiting = [...this.readyUrls];
    let last = 'no answer';
    while (!this.isStopping) {
      if (this.hasEnded()) throw new PlainError(`${this.name} ended (${this.outcome()}). ${this.logEnd()}`);
      if (waiting.length === 0) return;
      last = await probe(waiting[0]);
      if (last === 'ready') waiting.shift();
      else if (Date.now() > end) {
        throw new PlainError(`${this.name} is not ready after ${timeoutMs / 1000} s: ${last}\n${this.logEnd()}`);
      } else await sleep(150);
    }
  }

  logEnd(lines = 30) {
    return `The end of ${this.logFile}:\n${tail(this.logFile, lines)}`;
  }

  outcome() {
    return this.process.signalCode ?? `exit ${this.process.exitCode}`;
  }

  /** Prints why the process ended and starts it again after a growing delay, up to a bound. */
  ended() {
    rmSync(this.pidFile, { force: true });
    if (this.isStopping) return;
    const now = Date.now();
    this.crashes = [...this.crashes.filter((at) => now - at < CRASH_WINDOW_MS), now];
    const count = this.crashes.length;
    const what = `${this.name} ended (${this.outcome()})`;
    if (count > MAX_CRASHES) {
      this.onEvent(`${what} ${count} times within 10 minutes; giving up. ${this.logEnd(5)}`, { isFatal: true });
      return;
    }
    const delay = Math.min(MAX_DELAY_MS, 1000 * 2 ** (count - 1));
    this.onEvent(`${what}; starting it again in ${delay / 1000} s. ${this.logEnd(5)}`);
    this.timer = setTimeout(() => this.isStopping || this.launchAgain(), delay);
  }

  async launchAgain() {
    this.env = { ...this.env, ...this.envAgain };
    this.launch();
    try {
      await this.awaitReady(120_000);
      if (!this.isStopping) this.onEvent(`${this.name} is back.`);
    } catch (error) {
      if (!this.hasEnded()) this.onEvent(error.message);
    }
  }

  /** SIGTERM, and SIGKILL when it does not end in time (ms). */
  async stop(timeoutMs) {
    this.isStopping = true;
    clearTimeout(this.timer);
    if (this.process?.pid && !this.hasEnded()) {
      await stopProcess(this.process.pid, [
        ['SIGTERM', timeoutMs],
        ['SIGKILL', 1000],
      ]);
    }
    rmSync(this.pidFile, { force: true });
  }
}

/** "ready", or what the health address says instead. */
export async function probe(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(3000) });
    if (response.ok) return 'ready';
    return `${url} answers ${response.status}: ${(await response.text()).slice(0, 300)}`;
  } catch (error) {
    return `${url}: ${error.cause?.code ?? error.message}`;
  }
}

/** Stops the processes that a killed start left behind; answers their names. */
export async function stopOrphans(run, names) {
  const found = names
    .map((name) => ({ name, entry: readPidFile(join(run, `${name}.pid.json`)) }))
    .filter(({ entry }) => entry);
  for (const { name, entry } of found) {
    const isGone = await stopProcess(entry.pid, [
      ['SIGTERM', 10_000],
      ['SIGKILL', 2000],
    ]);
    if (!isGone) throw new PlainError(`${name} (process ${entry.pid}) of an earlier start does not stop.`);
    rmSync(join(run, `${name}.pid.json`), { force: true });
  }
  return found.map(({ name }) => name);
}
