import { Injectable } from '@nestjs/common';
import {
  AppError,
  assertShop,
  groupBy,
  inTransaction,
  pageOf,
  readCursor,
  toShanghaiIso,
  type Caller,
} from '@app/shared';
import { DataSource } from 'typeorm';
import type { PostingsAnswer, PostingsQuery } from './entry.dto';
import { EntryRepository } from './entry.repository';

/** Shows what was posted, and where late rows and reversals point. */
@Injectable()
export class EntryService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly entries: EntryRepository,
  ) {}

  /** Throws SHOP.NOT_FOUND for a shop outside of the caller's limits, CURSOR.INVALID. */
  list(caller: Caller, query: PostingsQuery): Promise<PostingsAnswer> {
    assertShop(caller, query.shopId);
    const keys = readCursor(query.cursor, 2);
    const after = keys ? { at: new Date(keys[0]!), id: String(keys[1]) } : null;
    if (after && Number.isNaN(after.at.getTime()))
      throw new AppError('CURSOR.INVALID', 'The cursor is not one that this list gave; begin without a cursor.');
    const filter = {
      shopId: query.shopId,
      period: query.period ?? null,
      platformOrderNo: query.platformOrderNo ?? null,
      isLate: query.late === undefined ? null : query.late === 'true',
    };
    return inTransaction(this.dataSource, async (tx) => {
      const found = await this.entries.list(tx, caller.companyId, filter, after, query.limit + 1);
      const ids = found.map(({ transactionId }) => transactionId);
      const entries = groupBy(await this.entries.entriesOf(tx, caller.companyId, ids), (one) => one.transactionId);
      return pageOf(
        found,
        query.limit,
        (row) => [row.occurredAt.getTime(), row.transactionId],
        ({ transactionId, occurredAt, postedAt, billFile, billRow, ...rest }) => ({
          id: transactionId,
          ...rest,
          occurredAt: toShanghaiIso(occurredAt),
          postedAt: toShanghaiIso(postedAt),
          bill: { file: billFile, row: billRow },
          entries: (entries.get(transactionId) ?? []).map(({ transactionId: _id, ...entry }) => entry),
        }),
      );
    });
  }
}
