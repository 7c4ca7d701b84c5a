import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';

const PARTS = join(ROOT, 'apps', 'simulator', 'src', 'platforms');

/**
 * Where a simulator at the given address plays each platform, by the environment keys that adapters read. Every part says
 * so itself in its addresses.json: key → scheme and path, such as `http:/jd/routerjson`, or a plain value that the part
 * has chosen where the sheet leaves one open. `folders` are those of SIMULATOR_FOLDERS: a part, or a folder of parts.
 */
export function simulatorAddresses(simulatorUrl, folders = []) {
  const { host } = new URL(simulatorUrl);
  const entries = [PARTS, ...folders].flatMap(partsIn).flatMap((part) => Object.entries(addressesOf(part)));
  return Object.fromEntries(
    entries.map(([key, address]) => [key, address.replace(/^(https?|wss?):(?=\/)/, `$1://${host}`)]),
  );
}

/** SIMULATOR_FOLDERS as a list. */
export function foldersOf(text = '') {
  return text.split(':').filter((folder) => folder !== '');
}

function partsIn(folder) {
  if (existsSync(join(folder, 'addresses.json'))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name));
}

function addressesOf(part) {
  const file = join(part, 'addresses.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}
