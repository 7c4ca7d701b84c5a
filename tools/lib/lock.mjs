import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { readJson } from './files.mjs';
import { birthOf, isAlive } from './processes.mjs';
import { PlainError, sleep } from './say.mjs';

/** Runs the body while holding a lock file; a lock whose owner is gone is taken over. */
export async function withLock(path, body, timeoutMs = 90_000) {
  const end = Date.now() + timeoutMs;
  while (!tryLock(path)) {
    const owner = lockOwner(path);
    if (owner && Date.now() > end) throw new PlainError(`Process ${owner.pid} holds ${path} for too long.`);
    await sleep(owner ? 100 : Math.random() * 20);
  }
  try {
    return await body();
  } finally {
    rmSync(path, { force: true });
  }
}

/**
 * Takes the lock, or answers false when it is taken; the file says by whom. The file appears with
 * its content in one step, so that nobody can read an empty one and think it stale.
 */
export function tryLock(path) {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify({ pid: process.pid, birth: birthOf(process.pid) }));
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** The live process that holds the lock; a lock that a killed process left behind is removed. */
export function lockOwner(path) {
  const owner = readJson(path);
  if (owner && isAlive(owner.pid) && birthOf(owner.pid) === owner.birth) return owner;
  if (owner) rmSync(path, { force: true });
  return undefined;
}
