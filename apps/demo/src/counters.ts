/** What the demo's people did and met, for one log line now and then. */
export class Counters {
  private readonly total = new Map<string, number>();
  private readonly since = new Map<string, number>();

  add(what: string, count = 1): void {
    this.total.set(what, (this.total.get(what) ?? 0) + count);
    this.since.set(what, (this.since.get(what) ?? 0) + count);
  }

  of(what: string): number {
    return this.total.get(what) ?? 0;
  }

  /** Totals, and what came since the former call. */
  report(): { total: Record<string, number>; sinceLastLine: Record<string, number> } {
    const line = { total: Object.fromEntries(this.total), sinceLastLine: Object.fromEntries(this.since) };
    this.since.clear();
    return line;
  }
}
