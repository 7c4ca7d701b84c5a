import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Writes a file so that a reader sees the old or the whole new content, even after a power cut. */
export function writeAtomically(path, text, mode = 0o644) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.tmp-${process.pid}`;
  const file = openSync(temporary, 'w', mode);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

/** Parsed JSON file; undefined when it does not exist or is not JSON. */
export function readJson(path) {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Last lines of a text file, for error messages. */
export function tail(path, lines = 20) {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '(no log)';
  }
}

/** Keeps two older generations of a log that has grown beyond the limit (bytes). */
export function rotate(path, limit = 10 * 1024 * 1024) {
  let size = 0;
  try {
    size = statSync(path).size;
  } catch {
    return;
  }
  if (size < limit) return;
  rmSync(`${path}.2`, { force: true });
  try {
    renameSync(`${path}.1`, `${path}.2`);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  renameSync(path, `${path}.1`);
}
