import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inStatement, inTransaction, killPoint, Outbox, STORY_CLOCK, type StoryClock, type Tx } from '@app/shared';
import { shipNoticeFailed, shipNoticeTold } from '@app/contracts';
import { isPlatformError, type OrderStateView, type ShipOutcome } from '@app/platforms';
import { AlarmService } from '../alarm/alarm.service';
import { PlatformCalls } from '../platform/platform-calls';
import { OrderIntake } from '../pull/order.intake';
import { PushDesk } from '../push/push.desk';
import { ShopReader } from '../shop/shop.reader';
import type { ShopRow } from '../shop/shop.types';
import { DONE, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { WorkHandlers } from '../work/work.handlers';
import { FIRST_END, NoticeRepository, type NoticeRow } from './notice.repository';
import { planChange, planNotice, planWhole, reasonToWait, type NoticePlan } from './notice.rules';

/** How often a notice is tried that the platform refuses for the state of the order, wire milliseconds. */
const STATE_RETRY_MS = 60_000;
/** How often it is looked whether the last parcel of an order has left, wire milliseconds. */
const WHOLE_RETRY_MS = 2_000;

/** Where the end of a notice is written and told. */
@Injectable()
export class NoticeLedger {
  constructor(
    private readonly dataSource: DataSource,
    private readonly notices: NoticeRepository,
    private readonly outbox: Outbox,
    private readonly alarms: AlarmService,
    private readonly numbers: PushDesk,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  read(companyId: string, subject: string): Promise<{ notice: NoticeRow; told: NoticeRow[] } | undefined> {
    const [parcelId = '', orderId = ''] = subject.split('/');
    return inStatement(this.dataSource, (tx) => this.notices.findWithTold(tx, companyId, parcelId, orderId));
  }

  /** Every notice of the same order, this one among them. */
  ofOrder({ companyId, shopId, platformOrderNo }: NoticeRow): Promise<NoticeRow[]> {
    return inStatement(this.dataSource, (tx) => this.notices.ofOrder(tx, companyId, shopId, platformOrderNo));
  }

  /** Ends notices that were told together; they share the outcome. */
  end(notices: readonly NoticeRow[], state: 'told' | 'failed', reason: string): Promise<void> {
    return inTransaction(this.dataSource, async (tx) => {
      for (const notice of notices) await this.endWithin(tx, notice, state, reason);
    });
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
    if (state === 'told' && ended.skuIds.length > 0)
      await this.numbers.tellAgain(tx, companyId, notice.shopId, ended.skuIds);
    if (state === 'told') {
      // Only an end before can have left an alarm.
      if (ended.version > FIRST_END) await this.alarms.settle(tx, companyId, ['SHIP_NOTICE_FAILED'], item.noticeId);
      return;
    }
    await this.alarms.raise(tx, companyId, {
      kind: 'SHIP_NOTICE_FAILED',
      subject: item.noticeId,
      shopId: notice.shopId,
      message: `The platform does not know that order ${platformOrderNo} left with ${notice.waybillNo}: ${reason}`,
      advice: `${adviceFor(notice)}, then POST /sync/v1/ship-notices/${parcelId}/${orderId}/retry.`,
    });
  }
}

/** What a person does about a notice that failed; a number that no call changes is changed in the platform's console. */
function adviceFor({ earlierWaybillNos: [old], waybillNo }: NoticeRow): string {
  return old === undefined
    ? 'Mend the cause'
    : `Mend the cause, or change ${old} to ${waybillNo} in the platform's own console`;
}

/** Tells a platform that a parcel left; subject is `<parcelId>/<orderId>`. A repeat after any crash tells it once. */
@Injectable()
export class NoticeHandler implements WorkHandler, OnModuleInit {
  constructor(
    private readonly handlers: WorkHandlers,
    private readonly shops: ShopReader,
    private readonly calls: PlatformCalls,
    private readonly ledger: NoticeLedger,
    private readonly orders: OrderIntake,
  ) {}

  onModuleInit(): void {
    this.handlers.register('notice', this);
  }

  async run(work: Work, signal: AbortSignal): Promise<WorkOutcome> {
    const found = await this.ledger.read(work.companyId, work.subject);
    // One that failed runs again when its dead letter is replayed.
    if (!found || found.notice.state === 'told') return DONE;
    const shop = await this.shops.of(work);
    try {
      if (await this.tellChange(shop, found, signal)) return DONE;
    } catch (error) {
      return this.refused([found.notice], error);
    }
    const isWhole = this.calls.capabilitiesOf(shop).partialShipment === 'order';
    const parcels = isWhole ? await this.ledger.ofOrder(found.notice) : [found.notice];
    if (isWhole) {
      const departed = await this.orders.knownOne(shop, found.notice.platformOrderNo);
      const reason = reasonToWait(found.notice, parcels, departed);
      if (reason !== '') return { kind: 'again', afterMs: WHOLE_RETRY_MS, reason };
    }
    const plan = (view: OrderStateView): NoticePlan =>
      isWhole ? planWhole(found.notice, parcels, view) : planNotice(found.notice, found.told, view);
    try {
      await this.tell(shop, parcels, plan, signal);
    } catch (error) {
      return this.refused(parcels, error);
    }
    return DONE;
  }

  /** Notices that the platform refused have failed; any other error is thrown on, so that the work is tried again. */
  private async refused(parcels: readonly NoticeRow[], error: unknown): Promise<WorkOutcome> {
    const isRefusal = isPlatformError(error) && (error.kind === 'rejected' || error.kind === 'not-found');
    if (!isRefusal) throw error;
    await this.ledger.end(parcels, 'failed', error.message.slice(0, 500));
    // A refund that runs there ends sooner or later; then the platform takes the notice, or shows the order as closed.
    if (error.facts.reason === 'state') return { kind: 'again', afterMs: STATE_RETRY_MS, reason: error.message };
    return DONE;
  }

  /** Tells another number of a parcel that the platform may know already; false when it is to be told like a new one. */
  private async tellChange(
    shop: ShopRow,
    { notice, told }: { notice: NoticeRow; told: NoticeRow[] },
    signal: AbortSignal,
  ): Promise<boolean> {
    if (notice.earlierWaybillNos.length === 0) return false;
    const { platformOrderNo } = notice;
    const [view, shown] = await this.calls.with(
      shop,
      async ({ port }, call) => [
        await port.orderState(call, platformOrderNo),
        await port.shipmentState(call, platformOrderNo),
      ],
      signal,
    );
    const plan = planChange(notice, told, view, shown);
    if (plan === undefined) return false;
    await this.carryOut(shop, [notice], plan, signal);
    return true;
  }

  async gaveUp(tx: Tx, work: Work, cause: string): Promise<void> {
    const found = await this.ledger.read(work.companyId, work.subject);
    if (found) await this.ledger.endWithin(tx, found.notice, 'failed', cause.slice(0, 500));
  }

  private async tell(
    shop: ShopRow,
    parcels: readonly NoticeRow[],
    planFor: (view: OrderStateView) => NoticePlan,
    signal: AbortSignal,
  ): Promise<void> {
    const { platformOrderNo } = parcels[0]!;
    const view = await this.calls.with(shop, ({ port }, call) => port.orderState(call, platformOrderNo), signal);
    return this.carryOut(shop, parcels, planFor(view), signal);
  }

  private async carryOut(
    shop: ShopRow,
    parcels: readonly NoticeRow[],
    plan: NoticePlan,
    signal: AbortSignal,
  ): Promise<void> {
    if (plan.kind === 'fail') return this.ledger.end(parcels, 'failed', plan.reason);
    if (plan.kind === 'told') return this.ledger.end(parcels, 'told', plan.reason);
    killPoint('notice.before-send');
    const outcome: ShipOutcome = await this.calls.with(
      shop,
      ({ port }, call) => port.sendShipment(call, plan.notice),
      signal,
    );
    killPoint('notice.after-send');
    if (outcome.kind === 'conflict') return this.ledger.end(parcels, 'failed', outcome.reason.slice(0, 500));
    await this.ledger.end(parcels, 'told', plan.reason);
  }
}
