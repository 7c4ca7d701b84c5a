import { Inject, Injectable } from '@nestjs/common';
import { InvariantError } from '../errors/app-error';
import { newId } from '../ids/ids';
import { currentTraceId } from '../logging/trace';
import { STORY_CLOCK, WIRE_CLOCK } from '../tokens';
import type { StoryClock } from '../time/story-clock';
import type { WireClock } from '../time/wire-clock';
import { afterCommit, type Tx } from '../db/transaction';
import { check } from '../validation/schema';
import type { FactDefinition, FactItem } from './fact';
import { OutboxBell } from './outbox.bell';
import { OutboxRepository, type OutboxRow } from './outbox.repository';

const MAX_ITEMS = 500;
const MAX_BYTES = 256 * 1024;

/** A fact to be told: its definition and the items, all of one company. */
export interface FactToTell<F extends FactDefinition = FactDefinition> {
  fact: F;
  items: FactItem<F>[];
}

/** A row's worth of items; `whole` holds an item that is too large to travel, and `items` then only names it. */
interface Part {
  items: string;
  whole: string | null;
}

function referenceTo(fact: FactDefinition, item: unknown): string {
  const members = item as Record<string, unknown>;
  return JSON.stringify([
    {
      [fact.subjectField]: members[fact.subjectField],
      [fact.versionField]: members[fact.versionField],
      fetch: true,
    },
  ]);
}

function cut(fact: FactDefinition, items: readonly unknown[]): Part[] {
  const parts: Part[] = [];
  let open: string[] = [];
  let bytes = 2;
  const close = () => {
    if (open.length > 0) parts.push({ items: `[${open.join(',')}]`, whole: null });
    open = [];
    bytes = 2;
  };
  for (const item of items) {
    const text = JSON.stringify(item);
    const size = Buffer.byteLength(text) + 1;
    if (size > MAX_BYTES - 2) {
      parts.push({ items: referenceTo(fact, item), whole: `[${text}]` });
      continue;
    }
    if (open.length === MAX_ITEMS || bytes + size > MAX_BYTES) close();
    open.push(text);
    bytes += size;
  }
  close();
  return parts;
}

/** The only way in which a service tells facts: inside the transaction of the change. */
@Injectable()
export class Outbox {
  constructor(
    private readonly repository: OutboxRepository,
    private readonly bell: OutboxBell,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /**
   * Appends facts of one company. Items are checked against the fact's schema (a wrong one is our bug and throws),
   * cut into rows of at most 500 items and 256 kB; an item larger than that stays in its row and travels as a reference.
   */
  async append(tx: Tx, companyId: string, facts: readonly FactToTell[]): Promise<void> {
    const occurredAt = this.story.now();
    const recordedAt = this.wire.date();
    const traceId = currentTraceId();
    const outboxRows: OutboxRow[] = [];
    for (const { fact, items } of facts) {
      for (const item of items) {
        const checked = check(fact.schema, item);
        if (!checked.ok)
          throw new InvariantError(
            `An item of ${fact.name} breaks its own schema: ${JSON.stringify(checked.errors.slice(0, 5))}`,
          );
      }
      for (const part of cut(fact, items)) {
        outboxRows.push({
          companyId,
          eventId: newId('evt'),
          name: fact.name,
          traceId,
          occurredAt,
          recordedAt,
          ...part,
          consumers: fact.consumers,
        });
      }
    }
    if (outboxRows.length === 0) return;
    await this.repository.insert(tx, outboxRows);
    afterCommit(tx, () => this.bell.ring());
  }
}
