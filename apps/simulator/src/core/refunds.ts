import type { Core } from './core';
import { ActRefused, happen, settleState } from './happen';
import { moneyRow } from './money';
import { afterAsked } from './plans';
import { DAY, HOUR, wholeSecond } from './times';
import type { LineStory, OrderStory, PlanItem, RefundStory, StoryStep } from './story.types';

const OPEN: readonly RefundStory['state'][] = ['asked', 'agreed', 'sent_back', 'refused'];

/** True while a refund of the line is neither done nor withdrawn. */
export const isRefundOpen = (refund: RefundStory): boolean => OPEN.includes(refund.state);

/** What a buyer asks for. */
export interface RefundRequest {
  lineNo?: string;
  kind?: RefundStory['kind'];
  amountFen?: number;
  reason?: string;
}

function refundableLines(order: OrderStory, lineNo: string | undefined): LineStory[] {
  const lines = order.lines.filter(
    (line) => (lineNo === undefined || line.no === lineNo) && !['closed', 'cancelled', 'unpaid'].includes(line.state),
  );
  return lines.filter((line) => !order.refunds.some((refund) => refund.lineNo === line.no && isRefundOpen(refund)));
}

/** The buyer asks for his money back, for one line or for all of them. Returns the new refund numbers. */
export function requestRefund(core: Core, order: OrderStory, at: number, asked: RefundRequest): string[] {
  if (order.paidAt === undefined) throw new ActRefused(`Order ${order.no} was not paid; there is nothing to refund.`);
  const lines = refundableLines(order, asked.lineNo);
  if (lines.length === 0) throw new ActRefused(`Order ${order.no} has no line that could be refunded now.`);
  const kind = asked.kind ?? 'refund';
  const numbers: string[] = [];
  for (const line of lines) {
    const no = core.part(order.platform).numbers.refundNo(core.story.nextNumber());
    numbers.push(no);
    const isShipped = line.state === 'shipped' || line.shippedQuantity > 0;
    const phase = line.state === 'completed' ? 'after_completion' : isShipped ? 'after_shipping' : 'before_shipping';
    const words = kind === 'return' ? 'return asked' : `refund asked ${phase.replaceAll('_', ' ')}`;
    happen(core, order, at, words, { verb: 'refund-asked', actor: 'buyer', refundNo: no, lineNo: line.no }, (one) => {
      one.refunds.push({
        no,
        lineNo: line.no,
        kind,
        phase,
        state: 'asked',
        amountFen: asked.amountFen ?? refundableFen(one, line),
        reason: asked.reason ?? '不想要了',
        createdAt: wholeSecond(at),
        modifiedAt: wholeSecond(at),
      });
      line.refundNo = no;
      if (kind === 'return')
        one.plan.push({ at: at + core.chance(`${no}:agree`).int(3, 9) * HOUR, act: 'agree-return', note: no });
      else one.plan.push(afterAsked(core, one, no, at));
    });
  }
  return numbers;
}

/** The whole of a line's payment; freight goes back with the last open line of an order that was not shipped. */
function refundableFen(order: OrderStory, line: LineStory): number {
  const others = order.lines.filter(
    (one) => one !== line && one.state !== 'closed' && !order.refunds.some((refund) => refund.lineNo === one.no),
  );
  const isLast = others.length === 0 && order.notices.length === 0;
  return line.paidFen + (isLast ? order.amounts.freightFen : 0);
}

function findOpen(order: OrderStory, no: string | undefined): RefundStory {
  const refund = order.refunds.find((one) => isRefundOpen(one) && (no === undefined || no === '' || one.no === no));
  if (!refund) throw new ActRefused(`Order ${order.no} has no open refund${no ? ` ${no}` : ''}.`);
  return refund;
}

interface Move {
  refund: RefundStory;
  to: RefundStory['state'];
  verb: string;
  actor: StoryStep['actor'] & string;
  words: string;
}

function moveRefund(core: Core, order: OrderStory, at: number, move: Move, more?: (order: OrderStory) => void): void {
  const { refund, verb, actor } = move;
  happen(core, order, at, move.words, { verb, actor, refundNo: refund.no, lineNo: refund.lineNo }, (one) => {
    const own = one.refunds.find((each) => each.no === refund.no)!;
    own.state = move.to;
    own.modifiedAt = wholeSecond(at);
    more?.(one);
  });
}

/** What is left of a shipped order is confirmed: soon when all parcels arrived, else with the last of them or by time. */
function planConfirm(core: Core, order: OrderStory, refundNo: string, at: number): void {
  order.autoConfirmAt ??= wholeSecond(at) + 10 * DAY;
  order.plan.push({ at: order.autoConfirmAt, act: 'auto-confirm' });
  if (order.notices.some((notice) => notice.deliveredAt === undefined)) return;
  order.plan.push({ at: at + core.chance(`${refundNo}:then`).int(2, 14) * HOUR, act: 'confirm' });
}

/** The buyer takes his request back. */
export function withdrawRefund(core: Core, order: OrderStory, at: number, no?: string): void {
  const refund = findOpen(order, no);
  moveRefund(
    core,
    order,
    at,
    { refund, to: 'withdrawn', verb: 'refund-withdrawn', actor: 'buyer', words: 'refund withdrawn' },
    (one) => {
      one.plan = one.plan.filter((item) => item.note !== refund.no);
      if (one.state === 'shipped') planConfirm(core, one, refund.no, at);
    },
  );
}

/** The seller says no. */
export function refuseRefund(core: Core, order: OrderStory, at: number, no?: string): void {
  const refund = findOpen(order, no);
  moveRefund(core, order, at, {
    refund,
    to: 'refused',
    verb: 'refund-refused',
    actor: 'seller',
    words: 'refund refused by the seller',
  });
}

/** Money goes back; a line refunded in full is closed, and so is an order without open lines. */
export function payRefund(core: Core, order: OrderStory, at: number, no?: string): void {
  const refund = findOpen(order, no);
  moveRefund(
    core,
    order,
    at,
    { refund, to: 'done', verb: 'refund-done', actor: 'platform', words: 'refund paid' },
    (one) => {
      const line = one.lines.find((each) => each.no === refund.lineNo)!;
      one.amounts.refundedFen += refund.amountFen;
      if (one.state === 'completed') {
        one.money.push(moneyRow(core, at, 'refund', -refund.amountFen, { refundNo: refund.no }));
        one.amounts.receivedFen -= refund.amountFen;
        return;
      }
      if (refund.amountFen < line.paidFen) return;
      line.state = 'closed';
      line.endedAt = wholeSecond(at);
      settleState(one);
      if (one.state === 'closed') one.endedAt = wholeSecond(at);
      if (one.state === 'shipped') planConfirm(core, one, refund.no, at);
    },
  );
}

/** A refund asked before shipping: paid when the goods are still there, else the buyer keeps them and withdraws. */
function grantRefund(core: Core, order: OrderStory, item: PlanItem): void {
  const refund = findOpen(order, item.note);
  const line = order.lines.find((one) => one.no === refund.lineNo);
  if (refund.phase === 'before_shipping' && line && line.shippedQuantity > 0)
    withdrawRefund(core, order, item.at, refund.no);
  else payRefund(core, order, item.at, refund.no);
}

function agreeReturn(core: Core, order: OrderStory, item: PlanItem): void {
  const refund = findOpen(order, item.note);
  moveRefund(
    core,
    order,
    item.at,
    { refund, to: 'agreed', verb: 'return-agreed', actor: 'seller', words: 'return agreed' },
    (one) => {
      one.plan.push({
        at: item.at + core.chance(`${refund.no}:send`).int(4, 16) * HOUR,
        act: 'send-back',
        note: refund.no,
      });
    },
  );
}

function sendBack(core: Core, order: OrderStory, item: PlanItem): void {
  const refund = findOpen(order, item.note);
  const carrier = core.chance(`${refund.no}:carrier`).pick(core.part(order.platform).carriers.slice(0, 5));
  moveRefund(
    core,
    order,
    item.at,
    { refund, to: 'sent_back', verb: 'return-sent', actor: 'buyer', words: 'goods sent back' },
    (one) => {
      const own = one.refunds.find((each) => each.no === refund.no)!;
      own.returnCarrier = carrier.name;
      own.returnWaybillNo = carrier.waybillNo(core.story.nextNumber());
      own.returnedAt = wholeSecond(item.at);
      one.plan.push({
        at: item.at + core.chance(`${refund.no}:back`).int(24, 48) * HOUR,
        act: 'grant-refund',
        note: refund.no,
      });
    },
  );
}

/** After-sale acts by name. */
export const REFUND_ACTS: Readonly<Record<string, (core: Core, order: OrderStory, item: PlanItem) => void>> = {
  'ask-refund': (core, order, { at, note }) =>
    void requestRefund(core, order, at, { ...(note ? { reason: note } : {}) }),
  'ask-refund-line': (core, order, { at, note }) =>
    void requestRefund(core, order, at, { lineNo: order.lines[0]!.no, ...(note ? { reason: note } : {}) }),
  'ask-return': (core, order, { at }) =>
    void requestRefund(core, order, at, { lineNo: order.lines[0]!.no, kind: 'return', reason: '尺码不合适' }),
  'withdraw-refund': (core, order, { at, note }) => withdrawRefund(core, order, at, note),
  'refuse-refund': (core, order, { at, note }) => refuseRefund(core, order, at, note),
  'grant-refund': grantRefund,
  'agree-return': agreeReturn,
  'send-back': sendBack,
};
