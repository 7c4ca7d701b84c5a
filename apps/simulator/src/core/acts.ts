import type { Core } from './core';
import { afterCompleted, afterDelivered, afterPaid, afterShipped } from './plans';
import { ActRefused, happen, need, openLines, settleState } from './happen';
import { bookIncome, bookInsurance } from './money';
import { returnUnits, takePaidUnits } from './stock';
import { DAY, HOUR, wholeSecond } from './times';
import type { NoticeStory, OrderStory } from './story.types';

/** The buyer pays; of a presale order first the deposit, then the rest. */
export function pay(core: Core, order: OrderStory, at: number): void {
  need(order, ['unpaid', 'deposit_paid'], 'paying');
  if (order.isPresale && order.state === 'unpaid') {
    happen(core, order, at, 'deposit paid', { verb: 'pay-deposit', actor: 'buyer' }, (one) => {
      one.state = 'deposit_paid';
      one.amounts.paidFen = one.amounts.depositFen;
      one.depositPaidAt = wholeSecond(at);
      one.plan.push({ at: at + core.chance(`${one.no}:tail`).int(2, 8) * HOUR, act: 'pay' });
    });
    return;
  }
  const oversold = takePaidUnits(core, order, at);
  happen(core, order, at, order.isPresale ? 'rest paid' : 'paid', { verb: 'pay', actor: 'buyer' }, (one) => {
    one.state = one.kind === 'blocked' ? 'paid_blocked' : 'paid';
    one.paidAt = wholeSecond(at);
    one.amounts.paidFen = one.amounts.payableFen;
    one.shipBy = wholeSecond(at) + 2 * DAY;
    one.plan = one.plan.filter((item) => item.act !== 'cancel');
    for (const line of one.lines) {
      line.state = one.state;
      if (oversold.has(line.no)) line.isOversold = true;
    }
    one.plan.push(...afterPaid(core, one, at));
  });
}

/** An unpaid order ends. */
export function cancel(
  core: Core,
  order: OrderStory,
  at: number,
  actor: 'buyer' | 'seller' | 'platform',
  reason: string,
): void {
  need(order, ['unpaid', 'deposit_paid'], 'cancelling');
  returnUnits(core, order, at);
  happen(core, order, at, `cancelled by ${actor}: ${reason}`, { verb: 'cancel', actor }, (one) => {
    one.state = 'cancelled';
    one.endedAt = wholeSecond(at);
    one.closeReason = reason;
    one.plan = [];
    for (const line of one.lines) line.state = 'cancelled';
  });
}

/** What a ship notice says. Lines left out means all open lines in full. */
export interface ShipOrder {
  by: NoticeStory['by'];
  method: string;
  carrier: string;
  waybillNo: string;
  lines?: { no: string; quantity: number }[];
}

/** The shop tells that goods left. The caller has checked what its platform wants checked. */
export function ship(core: Core, order: OrderStory, at: number, what: ShipOrder): NoticeStory {
  need(order, ['paid', 'part_shipped'], 'shipping');
  const rest = openLines(order).map((line) => ({ no: line.no, quantity: line.quantity - line.shippedQuantity }));
  const lines = (what.lines ?? rest).filter((line) => line.quantity > 0);
  const notice: NoticeStory = {
    at: wholeSecond(at),
    by: what.by,
    method: what.method,
    carrier: what.carrier,
    waybillNo: what.waybillNo,
    lines,
  };
  const who = { elsewhere: ' by another tool', platform: ' by the platform', api: '' };
  const words = `shipped${who[what.by]}`;
  happen(core, order, at, words, { verb: 'ship', actor: 'seller', notice }, (one) => {
    for (const { no, quantity } of lines) {
      const line = one.lines.find((each) => each.no === no);
      if (!line) continue;
      line.shippedQuantity += quantity;
      line.carrier = what.carrier;
      line.waybillNo = what.waybillNo;
      if (line.shippedQuantity >= line.quantity) {
        line.state = 'shipped';
        line.shippedAt = wholeSecond(at);
      }
    }
    if (one.notices.length === 0 && notice.waybillNo !== '') bookInsurance(core, one, at);
    one.notices.push(notice);
    settleState(one);
    one.shippedAt ??= wholeSecond(at);
    if (one.state === 'shipped') one.autoConfirmAt = wholeSecond(at) + 10 * DAY;
    delete one.pendingNotice;
    one.plan = one.plan.filter((item) => item.act !== 'ship-elsewhere');
    one.plan.push(...afterShipped(core, one, notice, at));
  });
  return notice;
}

/** The carrier collects or delivers the parcel of a waybill number, or every open parcel. */
export function carrierStep(
  core: Core,
  order: OrderStory,
  at: number,
  waybillNo: string | undefined,
  step: 'collect' | 'deliver',
): void {
  const open = order.notices.filter((one) => (step === 'collect' ? one.collectedAt : one.deliveredAt) === undefined);
  const chosen = open.filter((one) => waybillNo === undefined || waybillNo === '' || one.waybillNo === waybillNo);
  if (chosen.length === 0)
    throw new ActRefused(
      `Order ${order.no} has no parcel that could be ${step === 'collect' ? 'collected' : 'delivered'}.`,
    );
  // A carrier's scan is news of the parcel, not a change of the trade: modifiedAt stays (Taobao sheet §6), unless the
  // platform has a status of its own for an order that arrived.
  core.story.change(
    order,
    (one) => {
      for (const notice of chosen) {
        notice.collectedAt ??= wholeSecond(at);
        if (step === 'deliver') notice.deliveredAt = wholeSecond(at);
      }
      one.told.push(step === 'collect' ? 'collected by the carrier' : 'delivered');
      if (step !== 'deliver' || one.notices.some((notice) => notice.deliveredAt === undefined)) return;
      one.deliveredAt = wholeSecond(at);
      if (core.part(one.platform).arrivalIsChange) one.modifiedAt = Math.max(wholeSecond(at), one.modifiedAt);
      one.plan.push(...afterDelivered(core, one, at));
    },
    { verb: step, at, actor: 'carrier', notice: chosen[0]! },
  );
}

/** The buyer confirms: the order is complete and the money moves. */
export function confirm(core: Core, order: OrderStory, at: number, actor: 'buyer' | 'platform'): void {
  need(order, ['shipped'], 'confirming');
  happen(
    core,
    order,
    at,
    actor === 'buyer' ? 'confirmed by the buyer' : 'confirmed by time',
    { verb: 'confirm', actor },
    (one) => {
      one.state = 'completed';
      one.endedAt = wholeSecond(at);
      for (const refund of one.refunds) {
        if (['asked', 'agreed', 'refused'].includes(refund.state)) {
          refund.state = 'withdrawn';
          refund.modifiedAt = wholeSecond(at);
        }
      }
      for (const line of openLines(one)) {
        line.state = 'completed';
        line.endedAt = wholeSecond(at);
      }
      one.plan = afterCompleted(core, one, at);
      one.amounts.receivedFen = one.amounts.paidFen - one.amounts.refundedFen;
      bookIncome(core, one, at);
    },
  );
}

/** Buyer's or seller's remark and flag. */
export function memo(
  core: Core,
  order: OrderStory,
  at: number,
  what: { actor: 'buyer' | 'seller'; text?: string; flag?: number },
): void {
  happen(core, order, at, `${what.actor} wrote a remark`, { verb: 'memo', actor: what.actor }, (one) => {
    if (what.actor === 'buyer') one.buyerMessage = what.text ?? one.buyerMessage;
    else {
      one.sellerMemo = what.text ?? one.sellerMemo;
      one.flag = what.flag ?? one.flag;
    }
  });
}

/** The buyer moves house. Only before anything was shipped. */
export function changeAddress(
  core: Core,
  order: OrderStory,
  at: number,
  changed: Partial<OrderStory['receiver']>,
): void {
  need(order, ['unpaid', 'deposit_paid', 'paid', 'paid_blocked'], 'changing the address');
  happen(core, order, at, 'address changed by the buyer', { verb: 'change-address', actor: 'buyer' }, (one) => {
    one.receiver = { ...one.receiver, ...changed, version: one.receiver.version + 1 };
    one.isAddressChanged = true;
  });
}

/** The platform forbids shipping for a while, or allows it again. */
export function setBlocked(core: Core, order: OrderStory, at: number, isBlocked: boolean): void {
  need(order, isBlocked ? ['paid'] : ['paid_blocked'], isBlocked ? 'forbidding' : 'allowing');
  const words = isBlocked ? 'shipping forbidden by the platform' : 'shipping allowed by the platform';
  happen(core, order, at, words, { verb: isBlocked ? 'forbid' : 'allow', actor: 'platform' }, (one) => {
    one.state = isBlocked ? 'paid_blocked' : 'paid';
    for (const line of openLines(one)) line.state = one.state;
  });
}

/** Lays raw fields over the platform's answer, or just touches the order. */
export function edit(
  core: Core,
  order: OrderStory,
  at: number,
  overlay?: Record<string, unknown>,
  modifiedAt?: number,
): void {
  happen(core, order, at, 'edited', { verb: 'edit', actor: 'platform' }, (one) => {
    if (overlay) one.overlay = { ...one.overlay, ...overlay };
    if (modifiedAt !== undefined) one.modifiedAt = modifiedAt;
  });
}

/** Another tool of the merchant, or a warehouse of the platform, ships the whole order. */
export function shipElsewhere(
  core: Core,
  order: OrderStory,
  at: number,
  by: 'elsewhere' | 'platform' = 'elsewhere',
): void {
  const chance = core.chance(`${order.no}:elsewhere`);
  const carrier = chance.pick(core.part(order.platform).carriers.slice(0, 5));
  ship(core, order, at, {
    by,
    method: by === 'platform' ? 'warehouse of the platform' : 'another tool',
    carrier: carrier.code,
    waybillNo: carrier.waybillNo(core.story.nextNumber()),
  });
}
