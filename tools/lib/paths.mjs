import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout: the folder that holds package.json. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Kept by `npm run reset`; holds what was downloaded and is the same for every start. */
export const CACHE_DIR = join(ROOT, 'node_modules', '.cache', 'huidian');

/** The data folder of a start; HUIDIAN_DATA_DIR moves it to another disk. */
export function dataDir() {
  return resolve(ROOT, process.env.HUIDIAN_DATA_DIR || '.data');
}

/** First executable file of one of the names on the PATH, or undefined. */
export function findOnPath(...names) {
  for (const folder of (process.env.PATH ?? '').split(':').filter(Boolean)) {
    for (const name of names) {
      if (existsSync(join(folder, name))) return join(folder, name);
    }
  }
  return undefined;
}
