import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../harness/wait';
import { ROOT } from './planted-tree';

const PORT_KEYS = ['GATEWAY', 'CATALOG', 'ORDERS', 'INVENTORY', 'LOGISTICS', 'SETTLEMENT', 'SYNC', 'SIMULATOR'];

/** True while a process of the number exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
}

/** One run of a tool of the checkout, with everything that it printed. */
export class ToolRun {
  output = '';
  readonly exit: Promise<number | null>;
  readonly child: ChildProcess;

  constructor(script: string, args: string[], env: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, [join(ROOT, 'tools', script), ...args], { cwd: ROOT, env });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
    this.exit = new Promise((done) => this.child.once('close', done));
  }

  /** Waits until the text was printed; throws with the whole output when the run ends before or the time is over. */
  async until(text: string | RegExp, withinMs = 90_000): Promise<void> {
    const end = performance.now() + withinMs;
    let hasEnded = false;
    void this.exit.then(() => (hasEnded = true));
    const isPrinted = () => (typeof text === 'string' ? this.output.includes(text) : text.test(this.output));
    while (!isPrinted()) {
      if (hasEnded || performance.now() > end)
        throw new Error(`"${text}" was not printed; printed was:\n${this.output}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}

/** A data folder and ports of its own, so that a start of the tests is apart from every other one. */
export class Installation {
  readonly dir = mkdtempSync(join(tmpdir(), 'huidian-start-'));
  env: NodeJS.ProcessEnv = {};
  gateway = '';
  ports: Record<string, number> = {};

  async prepare(): Promise<void> {
    for (const key of PORT_KEYS) this.ports[key] = await freePort();
    const keys = Object.entries(this.ports).map(([key, port]) => [`${key}_PORT`, String(port)]);
    this.env = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TMPDIR: process.env.TMPDIR,
      HUIDIAN_DATA_DIR: this.dir,
      ...Object.fromEntries(keys),
    };
    this.gateway = `http://127.0.0.1:${this.ports.GATEWAY}`;
  }

  start(more: NodeJS.ProcessEnv = {}): ToolRun {
    return new ToolRun('start.mjs', [], { ...this.env, ...more });
  }

  run(script: string, ...args: string[]): ToolRun {
    return new ToolRun(script, args, this.env);
  }

  /** Process numbers that the pid files and the lock file of PostgreSQL name. */
  pids(): Record<string, number> {
    const read = (name: string) =>
      (JSON.parse(readFileSync(join(this.dir, 'run', name), 'utf8')) as { pid: number }).pid;
    return {
      launcher: read('launcher.json'),
      simulator: read('simulator.pid.json'),
      allInOne: read('all-in-one.pid.json'),
      demo: read('demo.pid.json'),
      redis: read('redis.json'),
      postgres: Number(readFileSync(join(this.dir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]),
    };
  }

  /** Stops what a failed test left running and removes the folder. */
  async remove(): Promise<void> {
    await this.run('servers.mjs', 'stop', '--dir', this.dir).exit;
    rmSync(this.dir, { recursive: true, force: true });
  }
}
