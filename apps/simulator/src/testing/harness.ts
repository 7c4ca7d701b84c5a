import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { readConfig } from '../simulator.config';
import { startSimulator, type Simulator } from '../simulator.server';

/** A fresh folder for a log. */
export const freshFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'huidian-simulator-'));

/** Any JSON answer. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are looked at field by field.
export type Answer = Record<string, any>;

/** Talks to a running simulator about one platform; a platform's own client adds the signed calls. */
export class ControlClient {
  /** `shopId` is the shop in which order() places when nothing else is said. */
  constructor(
    readonly port: number,
    readonly platform: string,
    readonly shopId: string,
  ) {}

  get base(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async control(method: 'GET' | 'POST' | 'PUT', address: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.base}/_control${address}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return (await response.json()) as Answer;
  }

  /** All pages of the truth. */
  async truth(kind: string, query = ''): Promise<Answer[]> {
    const items: Answer[] = [];
    for (let cursor: string | null = '0'; cursor !== null;) {
      const page: Answer = await this.control(
        'GET',
        `/truth?platform=${this.platform}&kind=${kind}&limit=500&cursor=${cursor}${query}`,
      );
      items.push(...(page.items as Answer[]));
      cursor = page.nextCursor as string | null;
    }
    return items;
  }

  /** Places a paid order of given merchant codes. */
  async order(codes: readonly string[] = ['TEE-RED-S'], more: Answer = {}): Promise<Answer> {
    return this.control('POST', `/platforms/${this.platform}/orders`, {
      platformShopId: this.shopId,
      paid: true,
      lines: codes.map((merchantCode) => ({ merchantCode, quantity: 1 })),
      ...more,
    });
  }

  async act(no: string, act: string, body: Answer = {}): Promise<Answer> {
    return this.control('POST', `/platforms/${this.platform}/orders/${no}/${act}`, body);
  }

  /** Switches the faults of this platform; none switches all off. */
  async faults(...faults: Answer[]): Promise<Answer> {
    return this.control('PUT', '/faults', { platform: this.platform, faults });
  }

  /** The story's present in milliseconds. */
  async storyMs(): Promise<number> {
    return Date.parse((await this.control('GET', '/clock')).story as string);
  }
}

/** A simulator in this process, on a free port. */
export async function startHere(
  env: Record<string, string> = {},
): Promise<{ port: number; simulator: Simulator; folder: string }> {
  const folder = env.SIMULATOR_DATA_DIR ?? freshFolder();
  const simulator = await startSimulator(
    readConfig({ SIMULATOR_PORT: '0', SIMULATOR_DATA_DIR: folder, SIMULATOR_CALLS_PER_SECOND: '0', ...env }),
  );
  return { port: simulator.port, simulator, folder };
}

const ROOT = path.resolve(__dirname, '../../../..');

/** Compiles the simulator once into a folder of its own, as the build does. Returns its main file. */
export function compileSimulator(): { main: string; remove(): void } {
  fs.mkdirSync(path.join(ROOT, '.data'), { recursive: true });
  const folder = fs.mkdtempSync(path.join(ROOT, '.data', 'simulator-test-'));
  execFileSync(
    process.execPath,
    [
      path.join(ROOT, 'node_modules/@swc/cli/bin/swc.js'),
      'apps/simulator',
      'libs/shared',
      '-d',
      folder,
      '--config-file',
      '.swcrc',
    ],
    { cwd: ROOT, stdio: 'pipe' },
  );
  return {
    main: path.join(folder, 'apps/simulator/src/main.js'),
    remove: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}

/** A free port of this machine. */
export async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** A simulator in a process of its own; resolves when it is ready. */
export async function spawnSimulator(
  main: string,
  env: Record<string, string>,
): Promise<{ port: number; child: ChildProcess; kill(signal: NodeJS.Signals): Promise<void> }> {
  const port = Number(env.SIMULATOR_PORT ?? (await freePort()));
  const child = spawn(process.execPath, [main], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { LOG_LEVEL: 'error', SIMULATOR_CALLS_PER_SECOND: '0', ...env, SIMULATOR_PORT: String(port) },
  });
  let output = '';
  child.stdout.on('data', (data) => (output += String(data)));
  child.stderr.on('data', (data) => (output += String(data)));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (let tries = 0; ; tries += 1) {
    const isReady = await fetch(`http://127.0.0.1:${port}/health/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) break;
    if (child.exitCode !== null || tries > 300) throw new Error(`The simulator did not start:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    port,
    child,
    kill: async (signal) => {
      child.kill(signal);
      await ended;
    },
  };
}
