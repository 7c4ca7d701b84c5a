import { Inject, Injectable } from '@nestjs/common';
import {
  AppError,
  assertShop,
  inTransaction,
  pageOf,
  readCursor,
  shanghaiDay,
  STORY_CLOCK,
  toShanghaiIso,
  type Caller,
  type StoryClock,
  type Tx,
} from '@app/shared';
import { DataSource } from 'typeorm';
import type { BillAnswer, BillCoverageAnswer, BillsAnswer, BillsQuery } from './bill.dto';
import { toImportAnswer } from './bill.import';
import { BillRepository, type BillFileRow } from './bill.repository';
import { newestBillDay } from './bill.rules';

const isoOrNull = (at: Date | null): string | null => (at ? toShanghaiIso(at) : null);

function toAnswer(file: BillFileRow): BillAnswer {
  const { shopId, format, fileName, account, uploadedBy } = file;
  return {
    ...toImportAnswer(file),
    shopId,
    format,
    fileName,
    account,
    coversFrom: isoOrNull(file.coversFrom),
    coversTo: isoOrNull(file.coversTo),
    uploadedAt: toShanghaiIso(file.uploadedAt),
    uploadedBy,
  };
}

/** Shows bill files and the days that they leave out. */
@Injectable()
export class BillService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly bills: BillRepository,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /** Throws SHOP.NOT_FOUND for a shop that is unknown or outside of the caller's limits, CURSOR.INVALID. */
  list(caller: Caller, query: BillsQuery): Promise<BillsAnswer> {
    if (query.shopId) assertShop(caller, query.shopId);
    const keys = readCursor(query.cursor, 2);
    const after = keys ? { at: new Date(keys[0]!), billId: String(keys[1]) } : null;
    if (after && Number.isNaN(after.at.getTime()))
      throw new AppError('CURSOR.INVALID', 'The cursor is not one that this list gave; begin without a cursor.');
    return inTransaction(this.dataSource, async (tx) => {
      const found = await this.bills.list(
        tx,
        caller.companyId,
        query.shopId ? [query.shopId] : caller.shops,
        after,
        query.limit + 1,
      );
      const page = pageOf(found, query.limit, (file) => [file.uploadedAt.getTime(), file.billId], toAnswer);
      return query.shopId
        ? { ...page, coverage: await this.coverage(tx, caller.companyId, query.shopId, query) }
        : page;
    });
  }

  private async coverage(
    tx: Tx,
    companyId: string,
    shopId: string,
    span: { from?: string; to?: string },
  ): Promise<BillCoverageAnswer> {
    const shop = await this.bills.shop(tx, companyId, shopId);
    if (!shop) throw new AppError('SHOP.NOT_FOUND', `There is no shop ${shopId}.`);
    const from = span.from ?? shanghaiDay(shop.goLiveAt);
    const to = span.to ?? newestBillDay(this.story.now());
    return { from, to, missingDays: await this.bills.missingDays(tx, companyId, shopId, from, to) };
  }
}
