interface Waiting<I, O> {
  item: I;
  done: (outcome: O) => void;
  failed: (error: unknown) => void;
}

/**
 * Lets items of one lane through in groups: while a group is under way, those that come wait and share the next one.
 * Nothing waits for a timer, so an item that comes alone passes at once, and the more come the less each of them costs.
 */
export class Turnstile<I, O> {
  private readonly lanes = new Map<string, Waiting<I, O>[]>();

  /**
   * `pass` answers for each item in its place, or throws for all of them. `howMany` of those that wait may pass together,
   * at least one.
   */
  constructor(
    private readonly pass: (items: readonly I[]) => Promise<readonly O[]>,
    private readonly howMany: (items: readonly I[]) => number,
  ) {}

  enter(lane: string, item: I): Promise<O> {
    return new Promise((done, failed) => {
      const waiting = this.lanes.get(lane);
      if (waiting) {
        waiting.push({ item, done, failed });
        return;
      }
      this.lanes.set(lane, [{ item, done, failed }]);
      void this.run(lane);
    });
  }

  private async run(lane: string): Promise<void> {
    const waiting = this.lanes.get(lane)!;
    while (waiting.length > 0) await this.let(waiting.splice(0, this.howMany(waiting.map(({ item }) => item))));
    this.lanes.delete(lane);
  }

  /** Never throws: each is told by itself how it went. */
  private async let(group: readonly Waiting<I, O>[]): Promise<void> {
    try {
      const outcomes = await this.pass(group.map(({ item }) => item));
      group.forEach(({ done }, index) => done(outcomes[index]!));
    } catch (error) {
      for (const { failed } of group) failed(error);
    }
  }
}
