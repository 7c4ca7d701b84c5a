import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inStatement, inTransaction, isDataError, sqlStateOf } from '../db/transaction';
import { AppError } from '../errors/app-error';
import { pageOf, readCursor, type Page } from '../http/page.dto';
import { killPoint } from '../testing/kill-point';
import type { WireClock } from '../time/wire-clock';
import { WIRE_CLOCK } from '../tokens';
import { FactConsumer } from './fact.consumer';
import { FactRegistry } from './fact.registry';
import type { ParkedItemDto, ParkedItemsQuery, WholeFactDto } from './facts.dto';
import { InboxRepository, type ParkedItem } from './inbox.repository';
import { OutboxRepository } from './outbox.repository';

function toResponse(item: ParkedItem): ParkedItemDto {
  const { id, source, reference, itemNo, cause, state, tries } = item;
  return {
    id,
    source,
    reference,
    itemNo,
    cause,
    state,
    tries,
    errors: item.fields ? (JSON.parse(item.fields) as unknown[]) : [],
    parkedAt: item.parkedAt.toISOString(),
  };
}

/** Acknowledgements, and the desk at which people see and replay what was set aside. */
@Injectable()
export class FactDesk {
  constructor(
    private readonly dataSource: DataSource,
    private readonly outbox: OutboxRepository,
    private readonly inbox: InboxRepository,
    private readonly consumer: FactConsumer,
    private readonly registry: FactRegistry,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  async acknowledge(companyId: string, consumer: string, eventIds: string[]): Promise<{ acknowledged: number }> {
    killPoint('ack.received');
    const acknowledged = await inStatement(this.dataSource, (tx) =>
      this.outbox.acknowledge(tx, companyId, consumer, eventIds, this.wire.date()),
    );
    killPoint('ack.committed');
    return { acknowledged };
  }

  /** The items of a fact, also of one that is too large to travel. */
  async wholeFact(companyId: string, eventId: string): Promise<WholeFactDto> {
    const found = await inStatement(this.dataSource, (tx) => this.outbox.whole(tx, companyId, eventId));
    if (!found) throw new AppError('FACT.NOT_FOUND', `This service told no fact ${eventId}, or it is forgotten.`);
    return { items: JSON.parse(found.whole ?? found.items) as unknown[] };
  }

  async parkedItems(companyId: string, query: ParkedItemsQuery): Promise<Page<ParkedItemDto>> {
    const after = readCursor(query.cursor, 1)?.[0] ?? '';
    const found = await inTransaction(this.dataSource, (tx) =>
      this.inbox.listParked(tx, companyId, query.state, String(after), query.limit + 1),
    );
    return pageOf(found, query.limit, (item) => [item.id], toResponse);
  }

  /** Applies a parked item again. A second failure keeps it open with the new cause. */
  async replay(companyId: string, id: string): Promise<ParkedItemDto> {
    const item = await inTransaction(this.dataSource, (tx) => this.inbox.lockParked(tx, companyId, id));
    if (!item) throw new AppError('PARKED_ITEM.NOT_FOUND', `There is no parked item ${id}.`);
    if (item.state === 'replayed') return toResponse(item);
    try {
      await this.applyAgain(item);
    } catch (error) {
      if (!(error instanceof AppError) && !isDataError(error)) throw error;
      const cause =
        error instanceof AppError ? error.message : `${sqlStateOf(error)}: ${String((error as Error).message)}`;
      await inTransaction(this.dataSource, (tx) => this.inbox.markFailedAgain(tx, companyId, id, cause));
      throw new AppError(
        'PARKED_ITEM.STILL_WRONG',
        `Parked item ${id} failed again: ${cause}`,
        error instanceof AppError ? error.details : {},
        { cause: error },
      );
    }
    const at = this.wire.date();
    await inTransaction(this.dataSource, (tx) => this.inbox.markReplayed(tx, companyId, id, at));
    return toResponse({ ...item, state: 'replayed', replayedAt: at });
  }

  private async applyAgain(item: ParkedItem): Promise<void> {
    if (item.source.startsWith('fact:'))
      return this.consumer.replay(item.companyId, item.source.slice('fact:'.length), item.reference, item.payload);
    const replayer = this.registry.replayerOf(item.source);
    if (!replayer)
      throw new AppError('PARKED_ITEM.STILL_WRONG', `Items of ${item.source} are replayed by sending them again.`);
    await replayer(item.companyId, item.payload);
  }
}
