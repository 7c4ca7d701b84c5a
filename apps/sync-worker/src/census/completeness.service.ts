import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  AppError,
  inTransaction,
  shanghaiDay,
  STORY_CLOCK,
  toShanghaiIso,
  type Caller,
  type StoryClock,
  type Tx,
} from '@app/shared';
import { BillRepository } from '../bill/bill.repository';
import { PullRepository } from '../pull/pull.repository';
import { ShopReader } from '../shop/shop.reader';
import { CensusRepository } from './census.repository';
import type { CompletenessDto, CompletenessKind, CompletenessQuery } from './completeness.dto';
import { GapRepository } from './gap.repository';

const DAY_MS = 86_400_000;
/** Days before `to` that are shown when no `from` is given. */
const DEFAULT_DAYS: Readonly<Record<CompletenessKind, number>> = { orders: 1, 'after-sales': 1, bills: 31 };

/** Shop and span of a reading. */
interface Span {
  companyId: string;
  shopId: string;
  from: Date;
  to: Date;
}

/** Reads the proof. */
@Injectable()
export class CompletenessService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly census: CensusRepository,
    private readonly gaps: GapRepository,
    private readonly pulls: PullRepository,
    private readonly bills: BillRepository,
    private readonly reader: ShopReader,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  async read(caller: Caller, shopId: string, query: CompletenessQuery): Promise<CompletenessDto> {
    await this.reader.seen(caller, shopId);
    const to = query.to === undefined ? this.story.now() : new Date(query.to);
    const from =
      query.from === undefined ? new Date(to.getTime() - DEFAULT_DAYS[query.kind] * DAY_MS) : new Date(query.from);
    if (from >= to)
      throw new AppError('VALIDATION', 'to must be after from.', {
        errors: [{ field: 'to', code: 'ORDER', message: 'must be after from' }],
      });
    const span = { companyId: caller.companyId, shopId, from, to };
    return inTransaction(this.dataSource, (tx) => {
      if (query.kind === 'bills') return this.billDays(tx, span);
      return query.kind === 'orders' ? this.orders(tx, span) : this.afterSales(tx, span);
    });
  }

  private async orders(tx: Tx, { companyId, shopId, from, to }: Span): Promise<CompletenessDto> {
    const windows = await this.census.list(tx, companyId, shopId, from, to);
    const gaps = await this.gaps.list(tx, companyId, shopId, from, to);
    return {
      kind: 'orders',
      restsOn: 'census',
      windows: windows.map((w) => ({
        from: toShanghaiIso(w.fromAt),
        to: toShanghaiIso(w.toAt),
        state: w.state,
        listed: w.listed,
        stored: w.stored,
        missing: w.missing,
        older: w.older,
        checkedAt: w.checkedAt && toShanghaiIso(w.checkedAt),
        listings: w.listings,
        hidden: w.hidden,
        platformTotal: w.platformTotal,
        unlisted: w.unlisted,
      })),
      gaps: gaps.map((g) => ({
        platformOrderNo: g.platformOrderNo,
        cause: g.cause,
        window: { from: toShanghaiIso(g.fromAt), to: toShanghaiIso(g.toAt) },
        foundAt: toShanghaiIso(g.foundAt),
        foundBy: { census: g.foundLook, listing: g.foundListing },
        storedAt: g.storedAt && toShanghaiIso(g.storedAt),
      })),
    };
  }

  /** No platform built so far lists after-sales by creation time, so the windows of the change pull are all there is. */
  private async afterSales(tx: Tx, { companyId, shopId, from, to }: Span): Promise<CompletenessDto> {
    const windows = await this.pulls.windowsBetween(tx, companyId, shopId, 'after-sales', from, to);
    return {
      kind: 'after-sales',
      restsOn: 'change-windows',
      windows: windows.map((w) => ({
        from: toShanghaiIso(w.fromAt),
        to: toShanghaiIso(w.toAt),
        state: w.state === 'done' ? 'read' : 'open',
        listed: w.listed,
        stored: w.stored,
        missing: [],
        older: [],
        checkedAt: w.doneAt && toShanghaiIso(w.doneAt),
        listings: w.state === 'done' ? 1 : 0,
        hidden: 0,
        platformTotal: null,
        unlisted: 0,
      })),
      gaps: [],
    };
  }

  private async billDays(tx: Tx, { companyId, shopId, from, to }: Span): Promise<CompletenessDto> {
    // The span ends before `to`, so a `to` at midnight does not touch the day that begins there.
    const last = shanghaiDay(new Date(to.getTime() - 1));
    const days = await this.bills.list(tx, companyId, shopId, shanghaiDay(from), last);
    return {
      kind: 'bills',
      restsOn: 'bill-files',
      windows: [],
      gaps: [],
      days: days.map((d) => ({
        day: d.day,
        state: d.state,
        dueAt: d.dueAt && toShanghaiIso(d.dueAt),
        fetchedAt: d.fetchedAt && toShanghaiIso(d.fetchedAt),
        rows: d.rowCount,
        newRows: d.newCount,
        reason: d.reason,
      })),
    };
  }
}
