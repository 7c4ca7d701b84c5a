import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './support/planted-tree';

/** Where the platforms are played, as `npm start` and the tests take it from the parts of the simulator. */
function simulatorAddresses(url: string): Record<string, string> {
  const { stdout } = spawnSync(process.execPath, [join(ROOT, 'tools/simulator-addresses.mjs'), url], {
    encoding: 'utf8',
  });
  return JSON.parse(stdout) as Record<string, string>;
}

interface ComposeService {
  entrypoint?: string[];
  command?: string[] | string;
  build?: { dockerfile: string };
  environment?: Record<string, string>;
  healthcheck?: { test: string[] };
  ports?: string[];
  profiles?: string[];
}

const APPS = ['gateway', 'catalog', 'orders', 'inventory', 'logistics', 'settlement', 'sync-worker'];
const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
const { services } = parse(text, { merge: true }) as { services: Record<string, ComposeService> };

describe('the compose file', () => {
  it('has a container for each service app, and the demo alone behind a profile', () => {
    expect(Object.keys(services)).toEqual(
      expect.arrayContaining([...APPS, 'postgres', 'redis', 'migrate', 'simulator', 'demo']),
    );
    const optional = Object.entries(services).filter(([, { profiles }]) => profiles);
    expect(Object.fromEntries(optional.map(([name, { profiles }]) => [name, profiles]))).toEqual({
      client: ['tools'],
      simulator: ['demo'],
      demo: ['demo'],
    });
  });

  it.each([...APPS, 'simulator', 'demo'])('starts %s from the one image by its production command', (name) => {
    expect(services[name]?.entrypoint).toEqual(['node', '--enable-source-maps']);
    expect(services[name]?.command).toEqual([`dist/apps/${name}/src/main.js`]);
    expect(services[name]?.build?.dockerfile).toBe('docker/Dockerfile');
    expect(existsSync(join(ROOT, 'apps', name, 'src', 'main.ts'))).toBe(true);
  });

  it('checks the health of everything that answers', () => {
    const unchecked = Object.keys(services).filter((name) => !services[name]?.healthcheck);
    expect(unchecked.sort()).toEqual(['client', 'demo', 'migrate']);
  });

  it('gives the owner’s database address to the migrator alone', () => {
    const withOwner = Object.keys(services).filter((name) => services[name]?.environment?.DATABASE_URL);
    expect(withOwner).toEqual(['migrate']);
  });

  it('opens ports on this machine alone', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('leads every adapter of the demo to the simulator, and the simulator’s messages to sync', () => {
    const settings = readFileSync(join(ROOT, 'docker/demo.env'), 'utf8').split('\n');
    const wanted = Object.entries(simulatorAddresses('http://simulator:3100'));
    expect(wanted.length).toBeGreaterThan(0);
    for (const [key, address] of wanted) {
      expect(settings).toContain(`${key}=${address}`);
      expect(services['sync-worker']?.environment?.[key]).toBe(`\${${key}:-}`);
    }
    expect(settings).toContain('SIMULATOR_WEBHOOK_BASE=http://sync-worker:3006');
    expect(services['simulator']?.environment?.['SIMULATOR_WEBHOOK_BASE']).toBe('${SIMULATOR_WEBHOOK_BASE:-}');
  });

  it('holds no secret: each comes from a variable that must be set', () => {
    const names = [
      'POSTGRES_PASSWORD',
      'REDIS_PASSWORD',
      'DATABASE_ROLE_PASSWORD',
      'SERVICE_CLIENT_SECRET',
      'SECRETS_MASTER_KEY',
    ];
    for (const name of names) expect(text).toContain(`\${${name}:?`);
    expect(text).not.toMatch(/(PASSWORD|SECRET|MASTER_KEY): (?!\$\{)\S/);
  });

  it('gets every one of those secrets from the script that makes them, a new one each time', () => {
    const make = () => spawnSync('sh', [join(ROOT, 'docker/make-env.sh')], { encoding: 'utf8' }).stdout;
    const lines = make().trim().split('\n');
    expect(lines.map((line) => line.split('=')[0]).sort()).toEqual(
      [
        'POSTGRES_PASSWORD',
        'REDIS_PASSWORD',
        'DATABASE_ROLE_PASSWORD',
        'SERVICE_CLIENT_SECRET',
        'SECRETS_MASTER_KEY',
      ].sort(),
    );
    const key = lines.find((line) => line.startsWith('SECRETS_MASTER_KEY='))?.slice('SECRETS_MASTER_KEY='.length) ?? '';
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(make()).not.toBe(make());
  });
});
