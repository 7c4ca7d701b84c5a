import * as fs from 'node:fs';
import * as path from 'node:path';
import { hashText } from './random';

/** A line of the log. `k` is its kind; the rest belongs to the kind. */
export interface LogRecord {
  k: string;
  [field: string]: unknown;
}

/** How long written lines may wait for the disk. A killed process loses nothing; a power cut at most this much. */
const FSYNC_EVERY_MS = 100;

/**
 * The append-only file of everything that ever happened. Each line is `checksum json`. A line that was cut in half by
 * a kill is removed at the next start; a damaged line in the middle stops the start, because truth would be lost.
 */
export class EventLog {
  private readonly fd: number;
  private pending: string[] = [];
  private isDirty = false;
  private isSyncing = false;
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly file: string,
    size: number,
  ) {
    this.fd = fs.openSync(file, 'a');
    fs.ftruncateSync(this.fd, size);
    this.timer = setInterval(() => this.sync(), FSYNC_EVERY_MS);
    this.timer.unref();
  }

  /** Opens (or creates) the log in a folder and hands every earlier record to `replay`, oldest first. */
  static open(folder: string, replay: (record: LogRecord) => void): EventLog {
    fs.mkdirSync(folder, { recursive: true });
    const file = path.join(folder, 'story.log');
    const size = fs.existsSync(file) ? readAll(file, replay) : 0;
    return new EventLog(file, size);
  }

  /** Adds a record; it is in the file at the latest when flush() has returned. */
  append(record: LogRecord): void {
    const text = JSON.stringify(record);
    this.pending.push(`${hashText(text).toString(16).padStart(8, '0')} ${text}\n`);
  }

  /** Hands all waiting lines to the operating system, so that they survive the death of this process. */
  flush(): void {
    if (this.pending.length === 0) return;
    const text = this.pending.join('');
    this.pending = [];
    const bytes = Buffer.from(text, 'utf8');
    let written = 0;
    while (written < bytes.length) written += fs.writeSync(this.fd, bytes, written);
    this.isDirty = true;
  }

  close(): void {
    clearInterval(this.timer);
    this.flush();
    fs.fsyncSync(this.fd);
    fs.closeSync(this.fd);
  }

  private sync(): void {
    this.flush();
    if (!this.isDirty || this.isSyncing) return;
    this.isDirty = false;
    this.isSyncing = true;
    fs.fsync(this.fd, (error) => {
      this.isSyncing = false;
      // EBADF means that the log was closed meanwhile, and close() itself has synced.
      if (error && error.code !== 'EBADF')
        throw new Error(`The story log ${this.file} could not be written: ${error.message}`);
    });
  }
}

const CHUNK_BYTES = 4 * 1024 * 1024;

/** Reads all whole lines and returns the length of the sound part of the file in bytes. */
function readAll(file: string, replay: (record: LogRecord) => void): number {
  const fd = fs.openSync(file, 'r');
  try {
    return readLines(file, fd, replay);
  } finally {
    fs.closeSync(fd);
  }
}

function readLines(file: string, fd: number, replay: (record: LogRecord) => void): number {
  const total = fs.fstatSync(fd).size;
  let rest = Buffer.alloc(0);
  let sound = 0;
  for (let at = 0; at < total;) {
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, total - at));
    const got = fs.readSync(fd, chunk, 0, chunk.length, at);
    at += got;
    rest = Buffer.concat([rest, chunk.subarray(0, got)]);
    let start = 0;
    for (let end = rest.indexOf(10, start); end >= 0; end = rest.indexOf(10, start)) {
      const record = readLine(rest.toString('utf8', start, end));
      const isLast = at >= total && rest.indexOf(10, end + 1) < 0;
      if (!record && isLast) return sound;
      if (!record)
        throw new Error(
          `The story log ${file} is damaged at byte ${sound}; restore it or start with an empty SIMULATOR_DATA_DIR.`,
        );
      replay(record);
      sound += end + 1 - start;
      start = end + 1;
    }
    rest = rest.subarray(start);
  }
  return sound;
}

function readLine(line: string): LogRecord | null {
  const text = line.slice(9);
  if (line[8] !== ' ' || hashText(text).toString(16).padStart(8, '0') !== line.slice(0, 8)) return null;
  return JSON.parse(text) as LogRecord;
}
