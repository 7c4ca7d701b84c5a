import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './processes';
import { until } from './wait';

const run = promisify(execFile);
const START_TIMEOUT_MS = 180_000;

/** PostgreSQL and Redis of one test alone, so that it may kill them; started by the tool that `npm start` uses. */
export class EmbeddedServers {
  databaseUrl = '';
  redisUrl = '';
  /** Processes of the two servers. */
  pids = { postgres: 0, redis: 0 };

  /** `isDurable`: fsync is on, as in production; without it a cluster is faster and loses data only when the machine dies. */
  constructor(
    private readonly dir: string,
    private readonly isDurable: boolean,
  ) {}

  /** Starts what does not run; ports stay the same over restarts. */
  async start(): Promise<void> {
    const text = await this.tool('start');
    const value = (key: string) => new RegExp(`${key}='([^']+)'`).exec(text)?.[1];
    const [databaseUrl, redisUrl] = [value('DATABASE_URL'), value('REDIS_URL')];
    if (!databaseUrl || !redisUrl) throw new Error(`tools/servers.mjs told no addresses: ${text}`);
    if (this.databaseUrl && this.databaseUrl !== databaseUrl)
      throw new Error(`PostgreSQL came back on another address: ${databaseUrl}.`);
    Object.assign(this, { databaseUrl, redisUrl, pids: await this.askPids() });
  }

  async stop(): Promise<void> {
    await this.tool('stop');
  }

  private async askPids(): Promise<{ postgres: number; redis: number }> {
    const text = await this.tool('status');
    const pid = (name: string) => Number(new RegExp(`${name}: port \\d+, process (\\d+)`).exec(text)?.[1]);
    return { postgres: pid('postgres'), redis: pid('redis') };
  }

  /** Immediate shutdown: no checkpoint, sessions are cut; then the server is started again and recovers from its log. */
  async crashPostgres(): Promise<void> {
    const { postgres } = this.pids;
    process.kill(postgres, 'SIGQUIT');
    await until('PostgreSQL has ended', () => !isAlive(postgres), 30_000);
    await this.start();
  }

  private async tool(action: string): Promise<string> {
    const { DATABASE_URL: _database, REDIS_URL: _redis, ...env } = process.env;
    const args = [join(ROOT, 'tools/servers.mjs'), action, '--dir', this.dir, ...(this.isDurable ? [] : ['--test'])];
    return (await run(process.execPath, args, { env, timeout: START_TIMEOUT_MS })).stdout;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
