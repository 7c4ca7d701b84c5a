import { systemWireClock } from '@app/shared';
import type { Kit } from './kit';

/** What a fault did and how the system took it. */
export interface Outcome {
  /** How often the fault struck; 0 means that nothing was proven. */
  injected: number;
  /** What happened, in a few words. */
  happened: string;
  /** The invariant that was seen to hold. */
  held: string;
  /** From the end of the fault until the system was as it should be, wire milliseconds. */
  recoveryMs: number;
}

/** One fault that the system must survive. */
export interface Fault {
  /** Its number in the list of faults, e.g. F26. */
  id: string;
  title: string;
  /** What the system must do; this is what `run` asserts. */
  must: string;
  /** Needs servers of its own, which it stops and kills. */
  ownServers?: boolean;
  run(kit: Kit): Promise<Outcome>;
}

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
