import { Injectable } from '@nestjs/common';
import { Turnstile } from '../collections/turnstile';
import { isConnectionError } from '../db/transaction';
import { withTrace } from '../logging/trace';
import type { FactEnvelope } from './fact';
import { FactConsumer } from './fact.consumer';

/** Facts applied in one transaction at most, and the length of their items from which on no other is added. */
const MOST_AT_ONCE = 32;
const MOST_LETTERS = 500_000;

/** How the application of a fact ended. */
interface Ended {
  error?: unknown;
}

/**
 * Lets facts of one company and one kind into the database together. Facts of one kind so do not queue up at each other's
 * row locks.
 */
@Injectable()
export class FactGate {
  private readonly turnstile = new Turnstile<FactEnvelope, Ended>((envelopes) => this.consume(envelopes), howMany);

  constructor(private readonly consumer: FactConsumer) {}

  /** As FactConsumer.consume for one fact; what another fact of its transaction throws does not reach it. */
  async pass(envelope: FactEnvelope): Promise<void> {
    const ended = await this.turnstile.enter(`${envelope.companyId}/${envelope.name}`, envelope);
    if ('error' in ended) throw ended.error;
  }

  private async consume(together: readonly FactEnvelope[]): Promise<Ended[]> {
    const { traceId, companyId } = together[0]!;
    try {
      await withTrace({ traceId, companyId }, () => this.consumer.consume(...together));
      return together.map(() => ({}));
    } catch (error) {
      // One bad fact must not spoil the others; a database that is away is away for all of them.
      if (together.length > 1 && !isConnectionError(error)) {
        const ended: Ended[] = [];
        for (const one of together) ended.push(...(await this.consume([one])));
        return ended;
      }
      return together.map(() => ({ error }));
    }
  }
}

function howMany(waiting: readonly FactEnvelope[]): number {
  let letters = 0;
  let count = 0;
  while (count < Math.min(waiting.length, MOST_AT_ONCE) && letters < MOST_LETTERS) {
    letters += waiting[count]!.items.length;
    count += 1;
  }
  return count;
}
