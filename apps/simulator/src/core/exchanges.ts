import type { Core } from './core';
import { ActRefused } from './happen';
import { findOpen, moveRefund, movesMoney, payRefund, planConfirm } from './refunds';
import { HOUR, MINUTE, wholeSecond } from './times';
import type { OrderStory, PlanItem, RefundStory } from './story.types';

/** The parcel of an exchange, a resending or a repair; drawn by chance unless told. */
export interface ReshipParcel {
  carrierCode?: string;
  waybillNo?: string;
}

const canReship = ({ kind, state }: RefundStory): boolean =>
  kind === 'resend' ? state === 'agreed' : !movesMoney(kind) && state === 'sent_back';

/** Goods leave again for the buyer: of a resending at once, of an exchange or repair when the first came back. */
export function reship(
  core: Core,
  order: OrderStory,
  at: number,
  no: string | undefined,
  parcel: ReshipParcel = {},
): void {
  const refund = findOpen(order, no);
  if (!canReship(refund))
    throw new ActRefused(`After-sale ${refund.no} is a ${refund.kind} that is ${refund.state}; nothing can be sent.`);
  const { carriers } = core.part(order.platform);
  const drawn = core.chance(`${refund.no}:reship`).pick(carriers.slice(0, 5));
  const carrier = carriers.find((one) => one.code === parcel.carrierCode) ?? drawn;
  moveRefund(
    core,
    order,
    at,
    { refund, to: 'reshipped', verb: 'reshipped', actor: 'seller', words: `goods of the ${refund.kind} sent` },
    (one) => {
      const own = one.refunds.find((each) => each.no === refund.no)!;
      own.reshipCarrierCode = carrier.code;
      own.reshipWaybillNo = parcel.waybillNo ?? carrier.waybillNo(core.story.nextNumber());
      own.reshippedAt = wholeSecond(at);
      const due = at + core.chance(`${refund.no}:arrive`).int(24, 60) * HOUR;
      one.plan = one.plan.filter((item) => item.note !== refund.no);
      one.plan.push({ at: due, act: 'finish-after-sale', note: refund.no });
    },
  );
}

/** The buyer has what he wanted; no money moves. */
export function finishAfterSale(core: Core, order: OrderStory, at: number, no: string | undefined): void {
  const refund = findOpen(order, no);
  if (refund.state !== 'reshipped') throw new ActRefused(`After-sale ${refund.no} is ${refund.state}, not reshipped.`);
  moveRefund(
    core,
    order,
    at,
    { refund, to: 'done', verb: 'after-sale-done', actor: 'buyer', words: `${refund.kind} done` },
    (one) => {
      one.plan = one.plan.filter((item) => item.note !== refund.no);
      if (one.state === 'shipped') planConfirm(core, one, refund.no, at);
    },
  );
}

/** The seller lets the money go back; it arrives minutes later. A return needs its goods to be on their way. */
export function agreeMoney(core: Core, order: OrderStory, at: number, no: string | undefined): void {
  const refund = findOpen(order, no);
  const fits = refund.kind === 'return' ? ['sent_back'] : ['asked', 'refused'];
  if (!movesMoney(refund.kind) || !fits.includes(refund.state) || refund.isMoneyAgreed)
    throw new ActRefused(
      `After-sale ${refund.no} is a ${refund.kind} that is ${refund.state}; no money can be agreed.`,
    );
  moveRefund(
    core,
    order,
    at,
    {
      refund,
      to: refund.kind === 'return' ? 'sent_back' : 'agreed',
      verb: 'money-agreed',
      actor: 'seller',
      words: 'money agreed by the seller',
    },
    (one) => {
      one.refunds.find((each) => each.no === refund.no)!.isMoneyAgreed = true;
      one.plan = one.plan.filter((item) => item.note !== refund.no);
      const due = at + core.chance(`${refund.no}:money`).int(1, 10) * MINUTE;
      one.plan.push({ at: due, act: 'pay-refund', note: refund.no });
    },
  );
}

/** Acts of after-sales that send goods again, and of money that the seller agreed to, by name. */
export const EXCHANGE_ACTS: Readonly<Record<string, (core: Core, order: OrderStory, item: PlanItem) => void>> = {
  reship: (core, order, { at, note }) => reship(core, order, at, note),
  'finish-after-sale': (core, order, { at, note }) => finishAfterSale(core, order, at, note),
  'agree-money': (core, order, { at, note }) => agreeMoney(core, order, at, note),
  'pay-refund': (core, order, { at, note }) => payRefund(core, order, at, note),
};
