import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { readJson, writeAtomically } from './files.mjs';
import { sleep } from './say.mjs';

/** True when a process with the number exists, whoever owns it; a zombie counts as gone. */
export function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  return statField(pid, 0) !== 'Z';
}

/** Field of /proc/<pid>/stat counted from the state, which follows the command in brackets. */
function statField(pid, index) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .at(index);
  } catch {
    return undefined;
  }
}

/** A value that differs between two processes that had the same number at different times. */
export function birthOf(pid) {
  const ticks = statField(pid, 19);
  if (ticks !== undefined) return `${bootId()}:${ticks}`;
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

function bootId() {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'boot';
  }
}

/** Working folder of a process, or undefined where the system does not tell. */
export function folderOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** Command line of a process for messages, or undefined. */
export function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    try {
      return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    } catch {
      return undefined;
    }
  }
}

/** Remembers a process so that a later start can recognise it. */
export function writePidFile(path, pid, more = {}) {
  writeAtomically(path, `${JSON.stringify({ pid, birth: birthOf(pid), ...more })}\n`);
}

/**
 * The process a pid file speaks of, when it still is that very process and works in the folder
 * that it was started in (a copied data folder must not claim the original's processes).
 * A stale file is removed.
 */
export function readPidFile(path) {
  const entry = readJson(path);
  const isSame = entry && isAlive(entry.pid) && birthOf(entry.pid) === entry.birth && worksIn(entry.pid, entry.folder);
  if (isSame) return entry;
  if (existsSync(path)) rmSync(path, { force: true });
  return undefined;
}

/** True when the process works in the folder, or when the system does not tell. */
export function worksIn(pid, folder) {
  const actual = folderOf(pid);
  if (!folder || actual === undefined) return true;
  return existsSync(folder) && actual === realpathSync(folder);
}

/**
 * Sends the signals one after the other until the process is gone; each gets its time in ms.
 * Answers false when it is still there.
 */
export async function stopProcess(pid, steps) {
  for (const [signal, timeoutMs] of steps) {
    if (!isAlive(pid)) return true;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
    const end = Date.now() + timeoutMs;
    while (Date.now() < end && isAlive(pid)) await sleep(25);
  }
  return !isAlive(pid);
}
