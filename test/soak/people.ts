import { sleep } from '@app/shared';

/** Does a piece of work again and again until the signal. An error ends the run: the client repeats what may be repeated. */
export async function repeat(everyMs: number, stop: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!stop.aborted) {
    try {
      await work();
    } catch (error) {
      if (stop.aborted) return;
      throw error;
    }
    await sleep(everyMs, stop);
  }
}

/** Repeats a question whose connection broke: a kept connection may be closed by the other side at any moment. */
export async function asked<T>(question: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await question();
    } catch (error) {
      if (tries >= 5 || (error as Error).message !== 'fetch failed') throw error;
      await sleep(200 * tries);
    }
  }
}

/** A stream of chance of its own per person, so that one person's calls do not change another's luck. mulberry32. */
export class Luck {
  private state: number;

  constructor(seed: number, name: string) {
    this.state = [...name].reduce(
      (hash, letter) => Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193) >>> 0,
      seed + 1,
    );
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  hits(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)]!;
  }
}

/** What people did, by name. */
export class Tally {
  private readonly counts = new Map<string, number>();

  add(what: string, n = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + n);
  }

  of(what: string): number {
    return this.counts.get(what) ?? 0;
  }

  all(): Record<string, number> {
    return Object.fromEntries([...this.counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
