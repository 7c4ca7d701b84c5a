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
