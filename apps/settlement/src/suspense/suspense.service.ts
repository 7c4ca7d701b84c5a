import { Injectable } from '@nestjs/common';
import { assertShop, inTransaction, pageOf, readCursor, toShanghaiIso, type Caller } from '@app/shared';
import { DataSource } from 'typeorm';
import type { SuspenseAnswer, SuspenseItemAnswer, SuspenseQuery } from './suspense.dto';
import { SuspenseRepository, type SuspenseRow } from './suspense.repository';

function toAnswer({ billFile, billRow, at, ...rest }: SuspenseRow): SuspenseItemAnswer {
  return {
    ...rest,
    at: toShanghaiIso(at),
    bill: billFile === null || billRow === null ? null : { file: billFile, row: billRow },
  };
}

/** Shows what nothing explains, until somebody explains it. */
@Injectable()
export class SuspenseService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly suspense: SuspenseRepository,
  ) {}

  /** Throws SHOP.NOT_FOUND for a shop outside of the caller's limits, CURSOR.INVALID. */
  list(caller: Caller, query: SuspenseQuery): Promise<SuspenseAnswer> {
    if (query.shopId) assertShop(caller, query.shopId);
    const shopIds = query.shopId ? [query.shopId] : caller.shops;
    const keys = readCursor(query.cursor, 2)?.map(String);
    const after = keys ? { source: keys[0]!, key: keys[1]! } : null;
    return inTransaction(this.dataSource, async (tx) => {
      const found = await this.suspense.list(tx, caller.companyId, shopIds, after, query.limit + 1);
      const page = pageOf(found, query.limit, (item) => [item.source, item.key], toAnswer);
      return { ...page, totals: await this.suspense.sums(tx, caller.companyId, shopIds) };
    });
  }
}
