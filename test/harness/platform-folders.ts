import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './processes';

/** Platforms that belong to the tests alone: `<name>/adapter` and `<name>/simulator`. */
const FIXTURES = 'test/fixtures/platforms';

/** Names of the platforms that belong to the tests. */
export function furtherPlatformNames(): string[] {
  const folder = join(ROOT, FIXTURES);
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** The compiled folders of one side, as PLATFORM_FOLDERS and SIMULATOR_FOLDERS want them. */
export function furtherPlatforms(side: 'adapter' | 'simulator', tree = join(ROOT, 'dist')): string {
  return furtherPlatformNames()
    .map((name) => join(tree, FIXTURES, name, side))
    .join(':');
}

/** Environment that points every adapter at a simulator. */
export function simulatorAddresses(simulatorUrl: string): Record<string, string> {
  const folders = furtherPlatforms('simulator', ROOT).split(':').filter(Boolean);
  const text = execFileSync(process.execPath, [join(ROOT, 'tools/simulator-addresses.mjs'), simulatorUrl, ...folders]);
  return JSON.parse(text.toString('utf8')) as Record<string, string>;
}
