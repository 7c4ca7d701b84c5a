/**
 * Seeded chance. Every draw is named (`seed:order:what`) instead of taken from one running stream, so a restart or
 * another order of calls does not change what happens to an order.
 */
export class Chance {
  private state: number;

  constructor(seedText: string) {
    this.state = hashText(seedText);
  }

  /** A number in [0, 1). mulberry32. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from low to high, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** True with probability p. */
  hits(p: number): boolean {
    return this.next() < p;
  }

  /** One of the entries; the list must not be empty. */
  pick<T>(list: readonly T[]): T {
    const entry = list[Math.floor(this.next() * list.length)];
    if (entry === undefined) throw new Error('Chance.pick was given an empty list.');
    return entry;
  }

  /** A key of the table, each as likely as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
    let left = this.next() * total;
    for (const [key, weight] of entries) {
      left -= weight;
      if (left < 0) return key;
    }
    return entries[entries.length - 1]![0];
  }

  /** A waiting time with the given mean, exponentially distributed. */
  wait(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }
}

/** 32-bit FNV-1a with a final mix. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  return hash >>> 0;
}
