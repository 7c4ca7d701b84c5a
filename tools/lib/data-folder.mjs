import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeAtomically } from './files.mjs';
import { PlainError, say } from './say.mjs';

/** Raised when a later version lays the folder out in another way. */
export const FORMAT = 1;
const MARKER = 'huidian.json';
const OWNER = 'owner.json';

/** The unprivileged user "nobody" exists on every Linux; PostgreSQL refuses to run as root. */
const NOBODY = { uid: 65534, gid: 65534 };

/** uid and gid for the servers: nothing to change unless we are root. */
export function serverUser() {
  return process.getuid?.() === 0 ? NOBODY : undefined;
}

/** True when the server user can enter the folder or execute the file. */
export function isReachable(path) {
  const user = serverUser();
  if (!user) return true;
  const probe = spawnSync('/bin/sh', ['-c', 'test -x "$0"', path], { ...user, cwd: '/' });
  return probe.status === 0;
}

/**
 * Opens the data folder, or makes it when it is absent or empty. A folder with content but without
 * our marker belongs to somebody else: it is refused and left as it is.
 */
export function openDataFolder(dir) {
  if (existsSync(dir) && !statSync(dir).isDirectory()) {
    throw new PlainError(`${dir} is a file, but Huidian keeps its data in a folder of that name. Move it away.`);
  }
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  const path = join(dir, MARKER);
  const marker = readJson(path);
  if (marker) return { dir, ...checkFormat(dir, marker) };

  const foreign = readdirSync(dir).filter((name) => !name.startsWith(`${MARKER}.tmp-`));
  if (foreign.length > 0) {
    throw new PlainError(
      `${dir} holds ${foreign.slice(0, 5).join(', ')} but no readable ${MARKER}, so Huidian did not make it.\n` +
        `Nothing in it was touched. Move the folder away, or let Huidian use another one:\n` +
        `  HUIDIAN_DATA_DIR=/some/empty/folder npm start`,
    );
  }
  chmodSync(dir, 0o711);
  const fresh = { madeBy: 'huidian', format: FORMAT, id: randomUUID(), madeAt: new Date().toISOString() };
  writeAtomically(path, `${JSON.stringify(fresh, null, 2)}\n`);
  return { dir, ...fresh };
}

/** The marker of a data folder that exists, or undefined; makes nothing. */
export function peekDataFolder(dir) {
  return readJson(join(dir, MARKER));
}

function checkFormat(dir, marker) {
  if (marker.madeBy === 'huidian' && marker.format === FORMAT && marker.id) return marker;
  throw new PlainError(
    `${dir} has data format ${marker.format ?? '?'} (${marker.madeBy ?? 'unknown maker'}); this version reads format ${FORMAT}.\n` +
      `Nothing in it was touched. Use the version that made it, or another folder (HUIDIAN_DATA_DIR).`,
  );
}

/**
 * The folder in which the servers keep their files: the data folder itself, or, where the
 * unprivileged user cannot enter it (a checkout under /root), a folder named after its id.
 */
export function serverHome(folder, { temporary = false } = {}) {
  if (isReachable(folder.dir)) return { path: folder.dir, isFallback: false };
  const path = fallbackPath(folder, temporary);
  adopt(path, folder);
  say(`The database user cannot enter ${folder.dir}; the servers keep their files in ${path}`);
  return { path, isFallback: true };
}

/** Where the fallback of a data folder lies, whether it exists or not. */
export function fallbackPath(folder, temporary = false) {
  return temporary ? `/tmp/huidian-${folder.id}` : `/var/lib/huidian/${folder.id}`;
}

function adopt(path, folder) {
  mkdirSync(path, { recursive: true, mode: 0o711 });
  const owner = readJson(join(path, OWNER));
  const here = realpathSync(folder.dir);
  const isCopied = owner && owner.dir !== here && peekDataFolder(owner.dir)?.id === folder.id;
  if (isCopied) {
    throw new PlainError(
      `${here} is a copy of ${owner.dir}: both would use the database files in ${path}.\n` +
        `Remove one of the two data folders first.`,
    );
  }
  writeAtomically(join(path, OWNER), `${JSON.stringify({ dir: here })}\n`);
}
