import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  createLogger,
  inTransaction,
  killPoint,
  STORY_CLOCK,
  WIRE_CLOCK,
  type StoryClock,
  type Tx,
  type WireClock,
} from '@app/shared';
import { isPlatformError, type BillFile } from '@app/platforms';
import { AlarmService } from '../alarm/alarm.service';
import { PullRepository } from '../pull/pull.repository';
import { ShopReader } from '../shop/shop.reader';
import type { ShopRow } from '../shop/shop.types';
import { DONE, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { WorkHandlers } from '../work/work.handlers';
import { BillAccounts } from './bill.accounts';
import { BillDelivery, type Delivered } from './bill.delivery';
import { BillRepository, type BillAccountRow, type BillDayRow } from './bill.repository';
import { againAt, type BillState } from './bill.rules';

const log = createLogger('bills');
/** Settlement hears of a new shop by a fact; until then a bill waits this long, wire milliseconds. */
const SHOP_UNKNOWN_MS = 5_000;

/** How the fetch of a day ended. */
type Outcome =
  | { state: Extract<BillState, 'not_ready' | 'refused'>; reason: string }
  | { state: Extract<BillState, 'done' | 'not_whole'>; reason: string; delivered: Delivered };

/** Where the outcome of a fetch is written. */
@Injectable()
export class BillLedger {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: BillRepository,
    private readonly pulls: PullRepository,
    private readonly alarms: AlarmService,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  find(companyId: string, shopId: string, day: string): Promise<BillDayRow | undefined> {
    return inTransaction(this.dataSource, (tx) => this.repository.find(tx, companyId, shopId, day));
  }

  /** One transaction: the day, what its account is worth, and the alarms that follow. A late run changes nothing. */
  async note(shop: ShopRow, day: BillDayRow, account: BillAccountRow | undefined, outcome: Outcome): Promise<void> {
    const now = this.story.now();
    const delivered = 'delivered' in outcome ? outcome.delivered : { rows: 0, fresh: 0 };
    await inTransaction(this.dataSource, async (tx) => {
      const noted = await this.repository.note(tx, day, {
        state: outcome.state,
        dueAt: againAt(outcome.state, day.tries + 1, now),
        rowCount: delivered.rows,
        newCount: delivered.fresh,
        reason: outcome.reason.slice(0, 1_000),
        fetchedAt: now,
      });
      if (account) await this.judge(tx, shop, account, outcome);
      if (noted === 0) return;
      await this.tellWhole(tx, shop, day.day, outcome);
      if (outcome.state === 'done') await this.pulls.succeeded(tx, shop.companyId, shop.id, 'bills', this.wire.date());
    });
  }

  async fail(tx: Tx, companyId: string, shopId: string, day: string, cause: string): Promise<void> {
    await this.repository.fail(tx, companyId, shopId, day, cause.slice(0, 1_000));
  }

  private async judge(tx: Tx, shop: ShopRow, account: BillAccountRow, outcome: Outcome): Promise<void> {
    const isRefused = outcome.state === 'refused';
    const judged = await this.repository.judge(
      tx,
      account,
      isRefused ? 'refused' : 'working',
      isRefused ? outcome.reason.slice(0, 500) : null,
    );
    if (judged === 0) return;
    if (!isRefused) return this.alarms.settle(tx, shop.companyId, ['BILL_ACCOUNT_REFUSED'], shop.id);
    await this.alarms.raise(tx, shop.companyId, {
      kind: 'BILL_ACCOUNT_REFUSED',
      subject: shop.id,
      shopId: shop.id,
      message: `Bills of shop ${shop.name} cannot be fetched: ${outcome.reason}`,
      advice: `Check app id, keys and rights of the account, then set it again: PUT /sync/v1/shops/${shop.id}/bill-account. It is tried again from time to time.`,
    });
  }

  private async tellWhole(tx: Tx, shop: ShopRow, day: string, outcome: Outcome): Promise<void> {
    const subject = `${shop.id}/${day}`;
    if (outcome.state === 'done') return this.alarms.settle(tx, shop.companyId, ['BILL_NOT_WHOLE'], subject);
    if (outcome.state !== 'not_whole') return;
    await this.alarms.raise(tx, shop.companyId, {
      kind: 'BILL_NOT_WHOLE',
      subject,
      shopId: shop.id,
      message: `The bill of ${day} of shop ${shop.name} is not whole, so none of its rows was taken: ${outcome.reason}`,
      advice: `It is fetched again by itself. If it stays so, ask the payment provider for the file and send it to POST /settlement/v1/bills.`,
    });
  }
}

/** Fetches the bill of one day and hands it to settlement; subject is `<shopId>/<day>`. */
@Injectable()
export class BillHandler implements WorkHandler, OnModuleInit {
  constructor(
    private readonly handlers: WorkHandlers,
    private readonly shops: ShopReader,
    private readonly accounts: BillAccounts,
    private readonly delivery: BillDelivery,
    private readonly ledger: BillLedger,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  onModuleInit(): void {
    this.handlers.register('bill', this);
  }

  async run(work: Work, signal: AbortSignal): Promise<WorkOutcome> {
    const [shopId, day] = partsOf(work);
    const row = await this.ledger.find(work.companyId, shopId, day);
    if (!row?.dueAt || row.dueAt > this.story.now()) return DONE;
    const shop = await this.shops.get(work.companyId, shopId);
    const account = await this.accounts.find(shop);
    const fetched = await this.fetch(shop, account, day, signal);
    killPoint('bill.after-fetch');
    if (!Array.isArray(fetched)) {
      await this.ledger.note(shop, row, account, fetched);
      return DONE;
    }
    const delivered = await this.delivery.post(shop, fetched);
    killPoint('bill.after-post');
    if (delivered.kind === 'shop-unknown')
      return { kind: 'again', afterMs: SHOP_UNKNOWN_MS, reason: 'settlement has not heard of the shop yet' };
    await this.ledger.note(shop, row, account, outcomeOf(delivered));
    if (delivered.kind !== 'whole')
      log.warn({ shopId, day, kind: delivered.kind, reason: delivered.reason }, 'a bill was not taken');
    return DONE;
  }

  async gaveUp(tx: Tx, work: Work, cause: string): Promise<void> {
    const [shopId, day] = partsOf(work);
    await this.ledger.fail(tx, work.companyId, shopId, day, cause);
  }

  /** The files, or why there are none yet; everything else is the schedule's business and is thrown. */
  private async fetch(
    shop: ShopRow,
    account: BillAccountRow | undefined,
    day: string,
    signal: AbortSignal,
  ): Promise<BillFile[] | Outcome> {
    try {
      const files = await this.accounts.with(
        shop,
        account,
        async ({ port }, call) => port.billFiles!(call, day),
        signal,
      );
      return files.length > 0 ? files : { state: 'not_ready', reason: 'The platform gave no file.' };
    } catch (error) {
      const outcome = withoutFile(error);
      if (!outcome) throw error;
      return outcome;
    }
  }
}

/** What a refusal of the platform means for a day; undefined for whatever is tried again by the schedule. */
export function withoutFile(error: unknown): Extract<Outcome, { state: 'not_ready' | 'refused' }> | undefined {
  if (!isPlatformError(error)) return undefined;
  if (error.kind === 'not-found') return { state: 'not_ready', reason: error.message };
  const isAccount = error.facts.reason === 'configuration' || error.facts.reason === 'permission';
  return error.kind === 'rejected' && isAccount ? { state: 'refused', reason: error.message } : undefined;
}

function outcomeOf(delivered: Exclude<Delivered, { kind: 'shop-unknown' }>): Outcome {
  if (delivered.kind === 'other-account') return { state: 'refused', reason: delivered.reason };
  return { state: delivered.kind === 'whole' ? 'done' : 'not_whole', reason: delivered.reason, delivered };
}

function partsOf(work: Work): [shopId: string, day: string] {
  const at = work.subject.indexOf('/');
  return [work.subject.slice(0, at), work.subject.slice(at + 1)];
}
