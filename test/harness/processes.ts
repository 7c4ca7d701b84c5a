import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { once } from 'node:events';
import { until } from './wait';

const above = join(__dirname, '../..');
/** The checkout, also for the compiled form of this file. */
export const ROOT = basename(above) === 'dist' ? dirname(above) : above;

/** A process under test. Its output goes into a file that is named when it does not come up. */
export class TestProcess {
  private child: ChildProcess | undefined;
  readonly logFile: string;

  constructor(
    readonly name: string,
    private readonly command: readonly string[],
    private env: Record<string, string>,
    private readonly readyUrl: string | undefined,
    logDir: string,
  ) {
    mkdirSync(logDir, { recursive: true });
    this.logFile = join(logDir, `${name}.log`);
  }

  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** The command with its arguments, e.g. for a second process of the same kind. */
  get commandLine(): readonly string[] {
    return this.command;
  }

  /** Changes the environment of the next start. */
  setEnv(changes: Record<string, string | undefined>): void {
    for (const [key, value] of Object.entries(changes)) {
      if (value === undefined) delete this.env[key];
      else this.env[key] = value;
    }
  }

  /** Starts the process and waits until it is ready. */
  async start(withinMs?: number): Promise<void> {
    this.launch();
    await this.ready(withinMs);
  }

  /** Starts the process without waiting. */
  launch(): void {
    const [file = '', ...args] = this.command;
    const log = createWriteStream(this.logFile, { flags: 'a' });
    this.child = spawn(file, args, {
      cwd: ROOT,
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout!.pipe(log, { end: false });
    this.child.stderr!.pipe(log, { end: false });
  }

  async ready(withinMs = 90_000): Promise<void> {
    const url = this.readyUrl;
    if (!url) return;
    await until(
      `${this.name} is ready (its output: ${this.logFile})`,
      async () => {
        if (!this.isRunning)
          throw new Error(`${this.name} ended with ${this.child?.exitCode ?? this.child?.signalCode}`);
        return (await fetch(url)).ok;
      },
      withinMs,
    );
  }

  /** SIGTERM; resolves with the exit code. */
  async stop(): Promise<number | null> {
    if (!this.isRunning) return this.child?.exitCode ?? null;
    const exited = once(this.child!, 'exit');
    this.child!.kill('SIGTERM');
    const timer = setTimeout(() => this.child!.kill('SIGKILL'), 12_000);
    await exited;
    clearTimeout(timer);
    return this.child!.exitCode;
  }

  /** SIGKILL, like a power cut for this process. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const exited = once(this.child!, 'exit');
    this.child!.kill('SIGKILL');
    await exited;
  }

  /** Has the running process kill itself at a step; started anew, it lives. It runs with HUIDIAN_KILL_FILE, in test mode. */
  dieAt(step: string): void {
    const file = this.env.HUIDIAN_KILL_FILE;
    if (!file) throw new Error(`${this.name} runs without HUIDIAN_KILL_FILE.`);
    writeFileSync(`${file}.new`, step);
    renameSync(`${file}.new`, file);
  }

  /** Resolves when the process has ended by itself (a planted kill). */
  async ended(withinMs = 20_000): Promise<void> {
    await until(`${this.name} ends`, () => !this.isRunning, withinMs);
  }
}
