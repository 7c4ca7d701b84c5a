import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction, killPoint, Outbox, STORY_CLOCK, type StoryClock, type Tx } from '@app/shared';
import { shipNoticeFailed, shipNoticeTold } from '@app/contracts';
import { isPlatformError, type ShipOutcome } from '@app/platforms';
import { AlarmService } from '../alarm/alarm.service';
import { PlatformCalls } from '../platform/platform-calls';
import { ShopReader } from '../shop/shop.reader';
import type { ShopRow } from '../shop/shop.types';
import { DONE, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { WorkHandlers } from '../work/work.handlers';
import { NoticeRepository, type NoticeRow } from './notice.repository';
import { planNotice } from './notice.rules';

/** How often a notice is tried that the platform refuses for the state of the order, wire milliseconds. */
const STATE_RETRY_MS = 60_000;

/** Where the end of a notice is written and told. */
@Injectable()
export class NoticeLedger {
  constructor(
    private readonly dataSource: DataSource,
    private readonly notices: NoticeRepository,
    private readonly outbox: Outbox,
    private readonly alarms: AlarmService,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  read(companyId: string, subject: string): Promise<{ notice: NoticeRow; told: NoticeRow[] } | undefined> {
    const [parcelId = '', orderId = ''] = subject.split('/');
    return inTransaction(this.dataSource, async (tx) => {
      const notice = await this.notices.find(tx, companyId, parcelId, orderId);
      return notice && { notice, told: await this.notices.toldOf(tx, notice) };
    });
  }

  end(notice: NoticeRow, state: 'told' | 'failed', reason: string): Promise<void> {
    return inTransaction(this.dataSource, (tx) => this.endWithin(tx, notice, state, reason));
  }

  async endWithin(tx: Tx, notice: NoticeRow, state: 'told' | 'failed', reason: string): Promise<void> {
    const ended = await this.notices.end(tx, notice, state, reason, this.story.now());
    if (!ended) return;
    const { companyId, parcelId, orderId, platformOrderNo } = notice;
    const item = {
      noticeId: `${parcelId}/${orderId}`,
      noticeVersion: ended.version,
      state,
      parcelId,
      orderId,
      platformOrderNo,
      reason,
    };
    await this.outbox.append(tx, companyId, [
      { fact: state === 'told' ? shipNoticeTold : shipNoticeFailed, items: [item] },
    ]);
    if (state === 'told') return this.alarms.settle(tx, companyId, ['SHIP_NOTICE_FAILED'], item.noticeId);
    await this.alarms.raise(tx, companyId, {
      kind: 'SHIP_NOTICE_FAILED',
      subject: item.noticeId,
      shopId: notice.shopId,
      message: `The platform does not know that order ${platformOrderNo} left with ${notice.waybillNo}: ${reason}`,
      advice: `Mend the cause, then POST /sync/v1/ship-notices/${parcelId}/${orderId}/retry.`,
    });
  }
}

/** Tells a platform that a parcel left; subject is `<parcelId>/<orderId>`. A repeat after any crash tells it once. */
@Injectable()
export class NoticeHandler implements WorkHandler, OnModuleInit {
  constructor(
    private readonly handlers: WorkHandlers,
    private readonly shops: ShopReader,
    private readonly calls: PlatformCalls,
    private readonly ledger: NoticeLedger,
  ) {}

  onModuleInit(): void {
    this.handlers.register('notice', this);
  }

  async run(work: Work, signal: AbortSignal): Promise<WorkOutcome> {
    const found = await this.ledger.read(work.companyId, work.subject);
    // One that failed runs again when its dead letter is replayed.
    if (!found || found.notice.state === 'told') return DONE;
    const shop = await this.shops.get(work.companyId, work.shopId);
    try {
      await this.tell(shop, found.notice, found.told, signal);
    } catch (error) {
      const isRefusal = isPlatformError(error) && (error.kind === 'rejected' || error.kind === 'not-found');
      if (!isRefusal) throw error;
      await this.ledger.end(found.notice, 'failed', error.message.slice(0, 500));
      // A refund that runs there ends sooner or later; then the platform takes the notice, or shows the order as closed.
      if (error.facts.reason === 'state') return { kind: 'again', afterMs: STATE_RETRY_MS, reason: error.message };
    }
    return DONE;
  }

  async gaveUp(tx: Tx, work: Work, cause: string): Promise<void> {
    const found = await this.ledger.read(work.companyId, work.subject);
    if (found) await this.ledger.endWithin(tx, found.notice, 'failed', cause.slice(0, 500));
  }

  private async tell(shop: ShopRow, notice: NoticeRow, told: readonly NoticeRow[], signal: AbortSignal): Promise<void> {
    const view = await this.calls.with(shop, ({ port }, call) => port.orderState(call, notice.platformOrderNo), signal);
    const plan = planNotice(notice, told, view);
    if (plan.kind === 'fail') return this.ledger.end(notice, 'failed', plan.reason);
    if (plan.kind === 'told') return this.ledger.end(notice, 'told', plan.reason);
    killPoint('notice.before-send');
    const outcome: ShipOutcome = await this.calls.with(
      shop,
      ({ port }, call) => port.sendShipment(call, plan.notice),
      signal,
    );
    killPoint('notice.after-send');
    if (outcome.kind === 'conflict') return this.ledger.end(notice, 'failed', outcome.reason.slice(0, 500));
    await this.ledger.end(notice, 'told', '');
  }
}
