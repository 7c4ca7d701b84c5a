import { Inject, Injectable } from '@nestjs/common';
import {
  AppError,
  assertShop,
  Audit,
  inTransaction,
  pageOf,
  readCursor,
  STORY_CLOCK,
  toShanghaiIso,
  type Caller,
  type Page,
  type StoryClock,
} from '@app/shared';
import { DataSource } from 'typeorm';
import { BillRepository } from '../bill/bill.repository';
import { periodOf } from '../bill/bill.rules';
import { EntryRepository } from '../entry/entry.repository';
import type { PeriodAnswer } from './period.dto';
import { PeriodRepository, type PeriodRow } from './period.repository';

const toAnswer = (row: PeriodRow): PeriodAnswer => ({
  ...row,
  closedAt: toShanghaiIso(row.closedAt),
  missingDays: JSON.parse(row.missingDays) as string[],
});

/** The last day of a month `yyyy-mm`. */
const lastDayOf = (period: string): string => {
  const [year, month] = period.split('-').map(Number) as [number, number];
  return new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
};

/** Closes months: what is posted in them never changes afterwards. */
@Injectable()
export class PeriodService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly periods: PeriodRepository,
    private readonly bills: BillRepository,
    private readonly entries: EntryRepository,
    private readonly audit: Audit,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /** Throws VALIDATION, SHOP.NOT_FOUND, PERIOD.NOT_OVER, PERIOD.CLOSED. Waits for an import of the shop that is under way. */
  async close(caller: Caller, period: string, shopId: string): Promise<PeriodAnswer> {
    if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(period))
      throw new AppError('VALIDATION', `"${period}" is no month; write yyyy-mm.`, {
        errors: [{ field: 'period', code: 'FORMAT', message: 'write yyyy-mm' }],
      });
    assertShop(caller, shopId);
    const now = this.story.now();
    return inTransaction(this.dataSource, async (tx) => {
      const { companyId } = caller;
      await this.bills.lockShop(tx, companyId, shopId);
      const shop = await this.bills.shop(tx, companyId, shopId);
      if (!shop) throw new AppError('SHOP.NOT_FOUND', `There is no shop ${shopId}.`);
      if (period >= periodOf(now))
        throw new AppError(
          'PERIOD.NOT_OVER',
          `Period ${period} is not over yet; it can be closed from the first day of the next month on.`,
        );
      const missing = await this.bills.missingDays(tx, companyId, shopId, `${period}-01`, lastDayOf(period));
      const totals = await this.entries.totalsOf(tx, companyId, shopId, period);
      const row: PeriodRow = {
        shopId,
        period,
        closedAt: now,
        closedBy: caller.clientId,
        ...totals,
        missingDays: JSON.stringify(missing),
      };
      if (!(await this.periods.close(tx, companyId, row)))
        throw new AppError('PERIOD.CLOSED', `Period ${period} of shop ${shopId} is closed already.`);
      await this.audit.record(tx, companyId, {
        actor: caller.clientId,
        act: 'period.closed',
        subject: `${shopId}/${period}`,
        details: { ...totals },
      });
      return toAnswer(row);
    });
  }

  /** Throws SHOP.NOT_FOUND, CURSOR.INVALID. */
  list(caller: Caller, shopId: string, page: { cursor?: string; limit: number }): Promise<Page<PeriodAnswer>> {
    assertShop(caller, shopId);
    const keys = readCursor(page.cursor, 1);
    return inTransaction(this.dataSource, async (tx) => {
      const found = await this.periods.list(
        tx,
        caller.companyId,
        shopId,
        keys ? String(keys[0]) : null,
        page.limit + 1,
      );
      return pageOf(found, page.limit, (row) => [row.period], toAnswer);
    });
  }
}
