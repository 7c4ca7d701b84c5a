import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError, inTransaction, WIRE_CLOCK, type Tx, type WireClock } from '@app/shared';
import type { Platform, PlatformCall } from '@app/platforms';
import { PullRepository, type PullRequestRow } from '../pull/pull.repository';
import { ShopReader } from '../shop/shop.reader';
import type { ShopRow } from '../shop/shop.types';
import { DONE, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { WorkHandlers } from '../work/work.handlers';
import { BillAccounts } from './bill.accounts';
import { BillDelivery } from './bill.delivery';
import { BillDesk } from './bill.desk';
import { withoutFile } from './bill.handler';
import type { BillAccountRow } from './bill.repository';

const MOST_PROBLEMS = 5;

/** What a day's bill is, without anything being stored. */
interface CheckedDay {
  day: string;
  state: 'whole' | 'not_whole' | 'not_ready' | 'refused';
  /** Settlement has no whole file of the day yet, so a pull would store this one. */
  wouldStore: boolean;
  rows: number;
  problems: string[];
}

/** Where a check of bills looks. */
@Injectable()
export class BillCheckStore {
  constructor(
    readonly pulls: PullRepository,
    readonly desk: BillDesk,
    readonly accounts: BillAccounts,
    readonly delivery: BillDelivery,
  ) {}
}

/** Dry run of a pull of bills: fetches and proves the files of a span and stores nothing; subject is the request. */
@Injectable()
export class BillCheckHandler implements WorkHandler, OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly handlers: WorkHandlers,
    private readonly shops: ShopReader,
    private readonly store: BillCheckStore,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onModuleInit(): void {
    this.handlers.register('bill-check', this);
  }

  async run(work: Work, signal: AbortSignal): Promise<WorkOutcome> {
    const request = await inTransaction(this.dataSource, (tx) =>
      this.store.pulls.findRequest(tx, work.companyId, work.shopId, work.subject),
    );
    if (!request || request.state === 'done') return DONE;
    const shop = await this.shops.of(work);
    const result = await this.check(shop, request, signal);
    await inTransaction(this.dataSource, (tx) => this.end(tx, work, 'done', result));
    return DONE;
  }

  gaveUp(tx: Tx, work: Work, cause: string): Promise<void> {
    return this.end(tx, work, 'failed', { cause });
  }

  private end(tx: Tx, work: Work, state: 'done' | 'failed', result: unknown): Promise<void> {
    return this.store.pulls.endRequest(
      tx,
      work.companyId,
      work.subject,
      state,
      JSON.stringify(result),
      this.wire.date(),
    );
  }

  private async check(shop: ShopRow, request: PullRequestRow, signal: AbortSignal): Promise<unknown> {
    const days = this.store.desk.daysOf(request.fromAt!, request.toAt!);
    const missing = await this.store.delivery.missingDays(shop, days[0]!, days[days.length - 1]!);
    const account = await this.store.accounts.find(shop);
    const checked: CheckedDay[] = [];
    for (const day of days) {
      const { wouldStore, ...found } = await this.checkDay(shop, account, day, signal);
      checked.push({ day, ...found, wouldStore: wouldStore && missing.has(day) });
    }
    const wouldStore = checked.filter((one) => one.wouldStore).map(({ day }) => day);
    return { days: checked, wouldStoreCount: wouldStore.length, wouldStore };
  }

  private async checkDay(
    shop: ShopRow,
    account: BillAccountRow | undefined,
    day: string,
    signal: AbortSignal,
  ): Promise<Omit<CheckedDay, 'day'>> {
    try {
      const read = (platform: Platform, call: PlatformCall) => this.read(platform, call, day);
      const { rows, problems } = await this.store.accounts.with(shop, account, read, signal);
      const isWhole = problems.length === 0;
      return { state: isWhole ? 'whole' : 'not_whole', wouldStore: isWhole, rows, problems };
    } catch (error) {
      const outcome = withoutFile(error);
      if (!outcome) throw error;
      return { state: outcome.state, wouldStore: false, rows: 0, problems: [outcome.reason] };
    }
  }

  private async read(
    { port }: Platform,
    call: PlatformCall,
    day: string,
  ): Promise<{ rows: number; problems: string[] }> {
    const found = { rows: 0, problems: [] as string[] };
    for (const file of await port.billFiles!(call, day)) {
      try {
        const parsed = await port.parseBill!(file.format, file.bytes);
        found.rows += parsed.rows.length;
        found.problems.push(...parsed.problems.slice(0, MOST_PROBLEMS).map(({ message }) => message));
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'BILL_FILE.INVALID') throw error;
        found.problems.push(error.message);
      }
    }
    return found;
  }
}
