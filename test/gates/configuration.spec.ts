import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformRegistry } from '@app/platforms';
import { ROOT } from './support/planted-tree';

const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
const PARTS = join(ROOT, 'apps/simulator/src/platforms');

describe('the settings of platforms', () => {
  it('stand in docs/configuration.md, every one of them', async () => {
    const registry = await PlatformRegistry.load({ env: {}, extraFolders: [] });
    const keys = registry.all().flatMap(({ manifest }) => manifest.configKeys.map(({ env }) => env));
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
  });

  it('name a place on the simulator for every address of a platform that is played, so that no demo calls a live one', async () => {
    const registry = await PlatformRegistry.load({ env: {}, extraFolders: [] });
    for (const name of readdirSync(PARTS)) {
      const played = JSON.parse(readFileSync(join(PARTS, name, 'addresses.json'), 'utf8')) as Record<string, string>;
      const addresses = registry.get(name).manifest.configKeys.filter(({ kind }) => kind === 'url');
      expect([name, addresses.map(({ env }) => env).filter((env) => !played[env])]).toEqual([name, []]);
    }
  });
});
