import * as fs from 'node:fs';
import * as path from 'node:path';
import type { SimulatorPart } from './part';

/**
 * Reads the platform folders beside this program and the named further ones, each a part's or one of parts. A folder
 * without an index that exports `simulatorPart`, a name given twice, or no folder at all stops the start.
 */
export function loadParts(folders: readonly string[]): Map<string, SimulatorPart> {
  const parts = new Map<string, SimulatorPart>();
  for (const folder of folders) {
    for (const file of partFolders(folder)) {
      // Parts are found at start, not listed in code.
      const part = (require(file) as { simulatorPart?: SimulatorPart }).simulatorPart;
      if (!part?.platform || !part.gatewayPath)
        throw new Error(`${file} exports no simulatorPart; every folder under platforms/ must.`);
      if (parts.has(part.platform))
        throw new Error(`Two folders claim the platform ${part.platform}; ${file} is the second.`);
      parts.set(part.platform, part);
    }
  }
  if (parts.size === 0) throw new Error(`No simulator part was found in ${folders.join(', ')}.`);
  return parts;
}

function partFolders(folder: string): string[] {
  const isPart = ['index.js', 'index.ts'].some((name) => fs.existsSync(path.join(folder, name)));
  if (isPart) return [folder];
  const entries = fs.readdirSync(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  // Backwards, so that Taobao stays the first of every list, as it was when it was alone.
  return names
    .sort()
    .reverse()
    .map((name) => path.join(folder, name));
}
