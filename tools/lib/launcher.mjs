import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Child, stopOrphans } from './child.mjs';
import { appEnvironment, listeners, startMode } from './environment.mjs';
import { lockOwner, tryLock } from './lock.mjs';
import { runMigrator } from './migrator.mjs';
import { dataDir, ROOT } from './paths.mjs';
import { isFree, listenerOf } from './ports.mjs';
import { OrderCounter, print, printLive, printSummary } from './progress.mjs';
import { PlainError, sleep } from './say.mjs';
import { ensureServers, prepare, serverStatus, stopServers } from './servers.mjs';
import { setUp } from './setup.mjs';

/** Started in this order and stopped in the reverse one. The stop times sum up to less than 10 s with the servers'. */
const CHILDREN = [
  {
    name: 'simulator',
    modes: ['demo'],
    listens: ({ key }) => key === 'SIMULATOR',
    stopMs: 1500,
    // After a whole start the story goes on where it stood; while the services run, they follow its line.
    env: { SIMULATOR_RESUME: 'anchor' },
    envAgain: { SIMULATOR_RESUME: 'line' },
  },
  { name: 'all-in-one', modes: ['demo', 'production'], listens: ({ key }) => key !== 'SIMULATOR', stopMs: 4500 },
  { name: 'demo', modes: ['demo'], listens: () => false, stopMs: 1000 },
];
/** Names under which pid files of a start lie in the run folder. */
export const CHILD_NAMES = CHILDREN.map(({ name }) => name);
const LIVE_INTERVAL_MS = process.stdout.isTTY ? 3000 : 5000;

/** The file that says which process runs this data folder. */
export const launcherLock = (run) => join(run, 'launcher.json');

/** Everything that `npm start` does: sets up, starts, watches and stops. */
export class Launcher {
  constructor() {
    this.mode = startMode();
    this.children = [];
    this.isStopping = false;
    this.outcome = new Promise((settle) => (this.settle = settle));
  }

  /** Brings everything up; throws a PlainError and leaves nothing behind when that fails. */
  async start() {
    this.starting = this.begin();
    await this.starting;
  }

  async begin() {
    this.places = prepare(dataDir());
    this.claim();
    const orphans = await stopOrphans(this.places.run, CHILD_NAMES);
    if (orphans.length > 0) print(`Stopped what an earlier start left running: ${orphans.join(', ')}.`);
    await this.checkPorts();
    await setUp();
    this.go();
    print('Starting PostgreSQL and Redis …');
    this.servers = await ensureServers(this.places);
    this.go();
    print('Bringing the database up to date …');
    await this.migrate();
    for (const plan of CHILDREN.filter(({ modes }) => modes.includes(this.mode))) await this.startChild(plan);
    this.go();
    printSummary(this);
    this.watch();
  }

  /** Ends the start between two steps when a stop was asked for meanwhile. */
  go() {
    if (this.isStopping) throw new PlainError('Stopped before everything was started.');
  }

  claim() {
    const path = launcherLock(this.places.run);
    for (let tries = 0; tries < 20; tries += 1) {
      if (tryLock(path)) {
        this.isOwner = true;
        return;
      }
      const owner = lockOwner(path);
      if (!owner) continue;
      throw new PlainError(
        `Huidian already runs on ${this.places.dir} (process ${owner.pid}).\n` +
          `Stop it with Ctrl-C in its terminal or "kill ${owner.pid}", or start a second one beside it with another\n` +
          `data folder and other ports (HUIDIAN_DATA_DIR, GATEWAY_PORT, …).`,
      );
    }
    throw new PlainError(`${path} cannot be taken.`);
  }

  async checkPorts() {
    const busy = [];
    for (const { name, key, port, host } of listeners(this.mode)) {
      if (await isFree(port, host)) continue;
      const owner = listenerOf(port);
      const by = owner
        ? `by process ${owner.pid} (${owner.command.slice(0, 120)})`
        : 'by a process that cannot be seen from here';
      busy.push(`Port ${port} for ${name} is taken ${by}. Stop it, or choose another port: ${key}_PORT=… npm start`);
    }
    if (busy.length > 0) throw new PlainError(busy.join('\n'));
  }

  migrate() {
    return runMigrator(this.servers, (child) => (this.migrator = child));
  }

  async startChild({ name, listens, stopMs, env, envAgain }) {
    const script = `dist/apps/${name}/src/main.js`;
    if (!existsSync(join(ROOT, script)))
      throw new PlainError(`${script} is missing: the build does not contain ${name}.`);
    this.go();
    print(`Starting ${name} …`);
    const child = new Child({
      name,
      script,
      env: { ...appEnvironment(this), ...env },
      envAgain,
      places: this.places,
      readyUrls: listeners(this.mode)
        .filter(listens)
        .map(({ url }) => `${url}/health/ready`),
      onEvent: (text, { isFatal = false } = {}) => this.report(text, isFatal),
    });
    child.stopMs = stopMs;
    this.children.push(child);
    await child.start();
  }

  report(text, isFatal) {
    if (this.isStopping) return;
    print(`[${new Date().toISOString()}] ${text}`);
    if (isFatal) void this.stop(1);
  }

  /** Prints the live line and looks after the database servers until a stop is asked for. */
  watch() {
    const gateway = listeners(this.mode)[0].url;
    const counter = new OrderCounter(gateway);
    void (async () => {
      while (!this.isStopping) {
        await this.mendServers();
        if (this.mode === 'demo' && !this.isStopping) {
          printLive(`${new Date().toISOString().slice(11, 19)}Z  ${await counter.line()}`);
        }
        await sleep(LIVE_INTERVAL_MS);
      }
    })().catch((error) => this.report(error.message, true));
  }

  /** An embedded server that died is started again on its port; the apps reconnect by themselves. */
  async mendServers() {
    const { postgres, redis } = serverStatus(this.places.dir);
    const isLost = (this.servers.postgres.pid && !postgres) || (this.servers.redis.pid && !redis);
    if (!isLost || this.isStopping) return;
    this.report(`${postgres ? 'Redis' : 'PostgreSQL'} ended by itself; starting it again (see ${this.places.logs}).`);
    const before = this.servers;
    this.servers = await ensureServers(this.places);
    const hasMoved = before.databaseUrl !== this.servers.databaseUrl || before.redisUrl !== this.servers.redisUrl;
    if (hasMoved)
      throw new PlainError('A database server could not get its port back; stopping. Start again with "npm start".');
    this.report('It is back.');
  }

  /** Stops the programs, then the servers; the second call hurries the first. */
  async stop(code) {
    if (this.isStopping) return;
    this.isStopping = true;
    if (code === 0) print('Stopping …');
    this.migrator?.kill('SIGTERM');
    // A server that is just being started must be known before it can be stopped.
    await Promise.race([this.starting?.catch(() => undefined), sleep(4000)]);
    for (const child of this.children.toReversed()) await child.stop(child.stopMs);
    if (this.isOwner) {
      await stopServers(this.places.dir).catch((error) => {
        print(error.message);
        code = 1;
      });
      rmSync(launcherLock(this.places.run), { force: true });
    }
    this.settle(code);
  }

  /** Kills what still runs, for the second Ctrl-C. */
  hurry() {
    for (const { process: child } of this.children) child?.kill('SIGKILL');
  }
}
