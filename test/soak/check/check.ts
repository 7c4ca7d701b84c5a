/** What one comparison found. */
export interface Check {
  name: string;
  /** How many things were compared. */
  checked: number;
  /** What nothing explains, with ids. Any of them fails the run. */
  unexplained: string[];
  /** What is worth reading and explained. */
  notes: string[];
  figures: Record<string, number>;
}

export function newCheck(name: string): Check {
  return { name, checked: 0, unexplained: [], notes: [], figures: {} };
}

/** Notes a difference between what is and what should be. */
export function same(check: Check, what: string, found: unknown, expected: unknown): void {
  if (found === expected) return;
  check.unexplained.push(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
}

/** Sums by key. */
export class Sums {
  private readonly sums = new Map<string, number>();

  add(key: string, n: number): void {
    this.sums.set(key, (this.sums.get(key) ?? 0) + n);
  }

  of(key: string): number {
    return this.sums.get(key) ?? 0;
  }

  keys(): string[] {
    return [...this.sums.keys()];
  }
}
