import { randomFillSync, randomUUID } from 'node:crypto';
import { systemWireClock } from '../time/wire-clock';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Random bytes are drawn for many ids at once: asking the system for each of them costs more than all the rest. */
const POOL = Buffer.alloc(16 * 256);
let drawn = POOL.length;

/** Where the next 16 random bytes begin in the pool; none is used twice. */
function nextRandom(): number {
  if (drawn === POOL.length) {
    randomFillSync(POOL);
    drawn = 0;
  }
  drawn += 16;
  return drawn - 16;
}

/**
 * A new id `<prefix>_<26 characters>`: 48 bits of wire time, then 80 random bits, so ids sort by creation
 * and index pages stay warm.
 */
export function newId(prefix: string): string {
  let time = systemWireClock.now();
  let head = '';
  for (let i = 0; i < 10; i += 1) {
    head = ALPHABET[time % 32]! + head;
    time = Math.floor(time / 32);
  }
  const random = nextRandom();
  let tail = '';
  for (let i = 0; i < 16; i += 1) tail += ALPHABET[POOL[random + i]! % 32]!;
  return `${prefix}_${head}${tail}`;
}

/** A random trace id for a request or job that came without one. */
export function newTraceId(): string {
  return randomUUID().replaceAll('-', '');
}
