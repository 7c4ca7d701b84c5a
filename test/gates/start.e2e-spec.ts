import { createServer } from 'node:net';
import { existsSync, readdirSync } from 'node:fs';
import { Installation, isAlive, type ToolRun } from './support/started';

const LONG_MS = 180_000;

describe('npm start', () => {
  const installation = new Installation();
  let run: ToolRun;

  beforeAll(() => installation.prepare());

  afterAll(async () => {
    if (run && run.child.exitCode === null) {
      run.child.kill('SIGTERM');
      await run.exit;
    }
    await installation.remove();
  }, LONG_MS);

  it(
    '[A21] brings everything up on an empty folder and tells addresses, credentials and places of logs',
    async () => {
      run = installation.start();
      await run.until(`Huidian is ready: ${installation.gateway}`, LONG_MS);
      await run.until(/\d\d:\d\d:\d\dZ {2}\d+ orders/);
      expect(run.output).toContain(`${installation.gateway}/docs`);
      expect(run.output).toContain('demo / demo-secret');
      expect(run.output).toContain(`${installation.dir}/logs/*.log`);
      const token = await fetch(`${installation.gateway}/auth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: 'demo',
          client_secret: 'demo-secret',
        }),
      });
      expect(token.status).toBe(200);
    },
    LONG_MS,
  );

  it('[A21] refuses a second start on the same folder and leaves the first one alone', async () => {
    const before = installation.pids();
    const second = installation.start();
    expect(await second.exit).toBe(1);
    expect(second.output).toContain(`already runs on ${installation.dir} (process ${before.launcher})`);
    expect(installation.pids()).toEqual(before);
    expect(Object.values(before).every(isAlive)).toBe(true);
  });

  it('[A21] refuses to remove the data while it runs', async () => {
    const reset = installation.run('reset.mjs', '--yes');
    expect(await reset.exit).toBe(1);
    expect(reset.output).toContain('Huidian runs on');
    expect(existsSync(`${installation.dir}/secrets.json`)).toBe(true);
  });

  it(
    '[A21] says that a program crashed and starts it again',
    async () => {
      const before = installation.pids();
      process.kill(before.allInOne!, 'SIGKILL');
      await run.until('all-in-one ended (SIGKILL); starting it again in 1 s');
      await run.until('all-in-one is back.');
      expect((await fetch(`${installation.gateway}/health/ready`)).status).toBe(200);
      expect(installation.pids().allInOne).not.toBe(before.allInOne);
    },
    LONG_MS,
  );

  it(
    '[A21] starts again after it was killed: stops what was left, takes over the database, and goes on',
    async () => {
      const before = installation.pids();
      process.kill(before.launcher!, 'SIGKILL');
      await run.exit;
      run = installation.start();
      await run.until(`Huidian is ready: ${installation.gateway}`, LONG_MS);
      expect(run.output).toContain('Stopped what an earlier start left running: simulator, all-in-one, demo.');
      const after = installation.pids();
      expect({ postgres: after.postgres, redis: after.redis }).toEqual({
        postgres: before.postgres,
        redis: before.redis,
      });
      expect([before.simulator!, before.allInOne!, before.demo!].filter(isAlive)).toEqual([]);
    },
    LONG_MS,
  );

  it(
    '[A21] stops everything within 10 seconds of the signal and ends with 0',
    async () => {
      const pids = installation.pids();
      const startedAt = performance.now();
      run.child.kill('SIGTERM');
      expect(await run.exit).toBe(0);
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      expect(Object.entries(pids).filter(([, pid]) => isAlive(pid))).toEqual([]);
      expect(readdirSync(`${installation.dir}/run`)).toEqual(['ports.json']);
    },
    LONG_MS,
  );

  it('[A21] names the busy port and who holds it, and starts nothing', async () => {
    const port = installation.ports.LOGISTICS!;
    const blocker = createServer();
    await new Promise<void>((done) => blocker.listen(port, '127.0.0.1', done));
    const blocked = installation.start();
    const code = await blocked.exit;
    await new Promise((done) => blocker.close(done));
    expect(code).toBe(1);
    expect(blocked.output).toContain(`Port ${port} for logistics is taken by process ${process.pid}`);
    expect(readdirSync(`${installation.dir}/run`)).toEqual(['ports.json']);
  });

  it(
    '[A21] starts in production without simulator, demo and demo client, on the same data',
    async () => {
      run = installation.start({ HUIDIAN_MODE: 'production' });
      await run.until(`Huidian is ready: ${installation.gateway}`, LONG_MS);
      expect(run.output).toContain('npm run client -- create');
      expect(run.output).not.toContain('demo-secret');
      expect(readdirSync(`${installation.dir}/run`).filter((name) => /simulator|demo/.test(name))).toEqual([]);
      const token = await fetch(`${installation.gateway}/auth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: 'demo',
          client_secret: 'demo-secret',
        }),
      });
      expect(token.status).toBe(401);
      run.child.kill('SIGINT');
      expect(await run.exit).toBe(0);
    },
    LONG_MS,
  );

  it('[A21] removes everything by npm run reset', async () => {
    const reset = installation.run('reset.mjs', '--yes');
    expect(await reset.exit).toBe(0);
    expect(existsSync(installation.dir)).toBe(false);
  });
});
