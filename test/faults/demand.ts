import { systemWireClock } from '@app/shared';

/** A promise of the system that was not kept. */
export class Broken extends Error {}

/** Throws when something that must hold does not. */
export function demand(holds: boolean, what: string, found?: unknown): asserts holds {
  if (!holds) throw new Broken(found === undefined ? what : `${what}; found ${shortly(found)}`);
}

/** Demands that two values are the same as JSON. */
export function demandSame(found: unknown, wanted: unknown, what: string): void {
  demand(JSON.stringify(found) === JSON.stringify(wanted), `${what}: wanted ${shortly(wanted)}`, found);
}

export function shortly(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text === undefined ? 'nothing' : text.length > 600 ? `${text.slice(0, 600)}…` : text;
}

/** Milliseconds since it was made. */
export function stopwatch(): () => number {
  const start = systemWireClock.now();
  return () => systemWireClock.now() - start;
}
