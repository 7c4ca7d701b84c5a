import { Injectable } from '@nestjs/common';
import { isConnectionError } from '../db/transaction';
import { withTrace } from '../logging/trace';
import type { FactEnvelope } from './fact';
import { FactConsumer } from './fact.consumer';

/** Facts applied in one transaction at most, and the length of their items from which on no other is added. */
const MOST_AT_ONCE = 32;
const MOST_LETTERS = 500_000;

interface Waiting {
  envelope: FactEnvelope;
  done: () => void;
  failed: (error: unknown) => void;
}

/**
 * Lets facts of one company and one kind into the database together: while one transaction runs, those that come wait
 * and share the next one. Nothing waits for a timer, so a fact that comes alone is applied at once, and the more come
 * the fewer statements each of them costs. Facts of one kind no longer queue up at each other's row locks.
 */
@Injectable()
export class FactGate {
  private readonly lanes = new Map<string, Waiting[]>();

  constructor(private readonly consumer: FactConsumer) {}

  /** As FactConsumer.consume for one fact; what another fact of its transaction throws does not reach it. */
  pass(envelope: FactEnvelope): Promise<void> {
    return new Promise((done, failed) => {
      const key = `${envelope.companyId}/${envelope.name}`;
      const lane = this.lanes.get(key);
      if (lane) {
        lane.push({ envelope, done, failed });
        return;
      }
      this.lanes.set(key, [{ envelope, done, failed }]);
      void this.run(key);
    });
  }

  private async run(key: string): Promise<void> {
    const lane = this.lanes.get(key)!;
    while (lane.length > 0) await this.consume(lane.splice(0, howMany(lane)));
    this.lanes.delete(key);
  }

  /** Never throws: each fact is told by itself how it went. */
  private async consume(together: readonly Waiting[]): Promise<void> {
    const { traceId, companyId } = together[0]!.envelope;
    try {
      await withTrace({ traceId, companyId }, () => this.consumer.consume(...together.map(({ envelope }) => envelope)));
      for (const { done } of together) done();
    } catch (error) {
      // One bad fact must not spoil the others; a database that is away is away for all of them.
      if (together.length > 1 && !isConnectionError(error)) for (const one of together) await this.consume([one]);
      else for (const { failed } of together) failed(error);
    }
  }
}

function howMany(lane: readonly Waiting[]): number {
  let letters = 0;
  let count = 0;
  while (count < Math.min(lane.length, MOST_AT_ONCE) && letters < MOST_LETTERS) {
    letters += lane[count]!.envelope.items.length;
    count += 1;
  }
  return count;
}
