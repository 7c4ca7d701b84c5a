import type { Core } from './core';
import { ActRefused, happen, settleState } from './happen';
import { moneyRow, takeDiscountBack } from './money';
import { afterAsked } from './plans';
import { DAY, HOUR, wholeSecond } from './times';
import type { LineStory, OrderStory, PlanItem, RefundKind, RefundStory, StoryStep } from './story.types';

const OPEN: readonly RefundStory['state'][] = ['asked', 'agreed', 'sent_back', 'reshipped', 'refused'];

const MONEY_KINDS: readonly RefundKind[] = ['refund', 'return'];

/** True for the after-sales that end with money going back. */
export const movesMoney = (kind: RefundKind): boolean => MONEY_KINDS.includes(kind);

/** True while an after-sale waits for somebody; the buyer does not confirm meanwhile, nor does time. */
export const isRefundWaiting = (refund: RefundStory): boolean => isRefundOpen(refund) && refund.state !== 'refused';

/** True while a refund of the line is neither done nor withdrawn. */
export const isRefundOpen = (refund: RefundStory): boolean => OPEN.includes(refund.state);

/** What a buyer asks for. */
export interface RefundRequest {
  lineNo?: string;
  kind?: RefundKind;
  amountFen?: number;
  reason?: string;
  /** Lets the amount exceed what is left of the line, which no platform allows; for tests of disbelief. */
  isForced?: boolean;
}

/** What an after-sale asks back of each of its lines. */
export const partsOf = (refund: RefundStory): { lineNo: string; amountFen: number }[] =>
  refund.parts ?? [{ lineNo: refund.lineNo, amountFen: refund.amountFen }];

/** True when an after-sale concerns the line. */
export const concerns = (refund: RefundStory, lineNo: string): boolean =>
  partsOf(refund).some((part) => part.lineNo === lineNo);

const fenOf = (refund: RefundStory, lineNo: string): number =>
  partsOf(refund).find((part) => part.lineNo === lineNo)?.amountFen ?? 0;

/** What was given back of a line so far. */
const doneFen = (order: OrderStory, lineNo: string): number =>
  order.refunds.filter((refund) => refund.state === 'done').reduce((sum, refund) => sum + fenOf(refund, lineNo), 0);

function refundableLines(order: OrderStory, lineNo: string | undefined): LineStory[] {
  const lines = order.lines.filter(
    (line) => (lineNo === undefined || line.no === lineNo) && !['closed', 'cancelled', 'unpaid'].includes(line.state),
  );
  return lines.filter((line) => !order.refunds.some((refund) => concerns(refund, line.no) && isRefundOpen(refund)));
}

/** The buyer asks for his money back, for one line or for all of them. Returns the new refund numbers. */
export function requestRefund(core: Core, order: OrderStory, at: number, asked: RefundRequest): string[] {
  if (order.paidAt === undefined) throw new ActRefused(`Order ${order.no} was not paid; there is nothing to refund.`);
  const lines = refundableLines(order, asked.lineNo);
  if (lines.length === 0) throw new ActRefused(`Order ${order.no} has no line that could be refunded now.`);
  const kind = asked.kind ?? 'refund';
  const { afterSaleKinds = MONEY_KINDS } = core.part(order.platform);
  if (!afterSaleKinds.includes(kind)) throw new ActRefused(`On ${order.platform} no buyer can ask for a ${kind}.`);
  const part = core.part(order.platform);
  const isWhole = kind === 'refund' && part.refundsWholeOrder?.(order) === true;
  if (isWhole && order.refunds.some(isRefundOpen))
    throw new ActRefused(`Order ${order.no} has an open refund of the whole order.`);
  const start = (wish: RefundWish): string => {
    const no = part.numbers.refundNo(core.story.nextNumber());
    ask(core, order, at, { ...wish, no, kind, reason: asked.reason ?? '不想要了' });
    return no;
  };
  if (isWhole) return [start(wholeWish(order, refundableLines(order, undefined), asked))];
  // One after the other: the last line's request takes the freight.
  return lines.map((line) => start(lineWish(order, line, asked)));
}

/** What is asked of one line, or of several at once. */
interface RefundWish {
  line: LineStory;
  amountFen: number;
  isPart: boolean;
  parts?: RefundStory['parts'];
}

function lineWish(order: OrderStory, line: LineStory, asked: RefundRequest): RefundWish {
  if (!movesMoney(asked.kind ?? 'refund')) {
    if (phaseOf(line) === 'before_shipping')
      throw new ActRefused(`Line ${line.no} was not shipped; there is nothing to ${asked.kind}.`);
    return { line, amountFen: 0, isPart: false };
  }
  const leftFen = refundableFen(order, line);
  const amountFen = asked.amountFen ?? leftFen;
  if (leftFen <= 0 || (amountFen > leftFen && !asked.isForced))
    throw new ActRefused(`Line ${line.no} has ${leftFen} fen left; ${amountFen} fen cannot be asked back.`);
  return { line, amountFen, isPart: amountFen < leftFen };
}

/** The freight goes back with the last line; a part of the whole is taken from the lines one after the other. */
function wholeWish(order: OrderStory, lines: readonly LineStory[], asked: RefundRequest): RefundWish {
  const isFresh = order.notices.length === 0 && !order.refunds.some((refund) => refund.state === 'done');
  const left = lines.map((line, i) => {
    const freightFen = isFresh && i === lines.length - 1 ? order.amounts.freightFen : 0;
    return Math.max(0, line.paidFen - doneFen(order, line.no)) + freightFen;
  });
  const leftFen = left.reduce((sum, fen) => sum + fen, 0);
  const amountFen = asked.amountFen ?? leftFen;
  if (leftFen <= 0 || (amountFen > leftFen && !asked.isForced))
    throw new ActRefused(`Order ${order.no} has ${leftFen} fen left; ${amountFen} fen cannot be asked back.`);
  let rest = amountFen;
  const parts = lines.map((line, i) => {
    const own = i === lines.length - 1 ? rest : Math.min(rest, left[i]!);
    rest -= own;
    return { lineNo: line.no, amountFen: own };
  });
  return { line: lines[0]!, amountFen, isPart: amountFen < leftFen, parts };
}

const phaseOf = (line: LineStory): RefundStory['phase'] => {
  if (line.state === 'completed') return 'after_completion';
  return line.state === 'shipped' || line.shippedQuantity > 0 ? 'after_shipping' : 'before_shipping';
};

function ask(
  core: Core,
  order: OrderStory,
  at: number,
  { no, kind, line, amountFen, isPart, parts, reason }: RefundWish & { no: string; kind: RefundKind; reason: string },
): void {
  const phase = phaseOf(line);
  const words = `${isPart ? 'partial ' : ''}${kind} asked ${phase.replaceAll('_', ' ')}`;
  happen(core, order, at, words, { verb: 'refund-asked', actor: 'buyer', refundNo: no, lineNo: line.no }, (one) => {
    one.refunds.push({
      no,
      lineNo: line.no,
      kind,
      phase,
      state: 'asked',
      amountFen,
      reason,
      ...(parts ? { parts } : {}),
      createdAt: wholeSecond(at),
      modifiedAt: wholeSecond(at),
    });
    for (const each of one.lines) if (each === line || parts?.some((own) => own.lineNo === each.no)) each.refundNo = no;
    if (kind !== 'refund')
      one.plan.push({ at: at + core.chance(`${no}:agree`).int(3, 9) * HOUR, act: 'agree-return', note: no });
    else one.plan.push(afterAsked(core, one, no, at));
  });
}

/** What is left of a line's payment; freight goes back with the last open line of an order that was not shipped. */
function refundableFen(order: OrderStory, line: LineStory): number {
  const own = line.paidFen - doneFen(order, line.no);
  const others = order.lines.filter(
    (one) =>
      one !== line &&
      one.state !== 'closed' &&
      !order.refunds.some((refund) => concerns(refund, one.no) && isRefundOpen(refund)),
  );
  if (others.length > 0 || order.notices.length > 0) return own;
  const asked = order.refunds.filter((refund) => refund.state === 'done' || isRefundOpen(refund));
  const freightAsked = order.lines.reduce((sum, one) => {
    const ofLine = asked.reduce((all, refund) => all + fenOf(refund, one.no), 0);
    return sum + Math.max(0, ofLine - one.paidFen);
  }, 0);
  return Math.max(own, 0) + order.amounts.freightFen - freightAsked;
}

/** The open after-sale with the number, or any when none is given; throws ActRefused without one. */
export function findOpen(order: OrderStory, no: string | undefined): RefundStory {
  const refund = order.refunds.find((one) => isRefundOpen(one) && (no === undefined || no === '' || one.no === no));
  if (!refund) throw new ActRefused(`Order ${order.no} has no open refund${no ? ` ${no}` : ''}.`);
  return refund;
}

/** A change of an after-sale's state. */
export interface RefundMove {
  refund: RefundStory;
  to: RefundStory['state'];
  verb: string;
  actor: StoryStep['actor'] & string;
  words: string;
}

/** Moves an after-sale on and tells it; `more` changes the order within the same step. */
export function moveRefund(
  core: Core,
  order: OrderStory,
  at: number,
  move: RefundMove,
  more?: (order: OrderStory) => void,
): void {
  const { refund, verb, actor } = move;
  happen(core, order, at, move.words, { verb, actor, refundNo: refund.no, lineNo: refund.lineNo }, (one) => {
    const own = one.refunds.find((each) => each.no === refund.no)!;
    own.state = move.to;
    own.modifiedAt = wholeSecond(at);
    more?.(one);
  });
}

/** What is left of a shipped order is confirmed: soon when all parcels arrived, else with the last of them or by time. */
export function planConfirm(core: Core, order: OrderStory, refundNo: string, at: number): void {
  // The time ran on while the after-sale was open, but nothing may be dated before now.
  order.autoConfirmAt = Math.max(order.autoConfirmAt ?? wholeSecond(at) + 10 * DAY, wholeSecond(at) + DAY);
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

/** The seller says no; the buyer leaves it at that. */
export function refuseRefund(core: Core, order: OrderStory, at: number, no?: string): void {
  const refund = findOpen(order, no);
  moveRefund(
    core,
    order,
    at,
    { refund, to: 'refused', verb: 'refund-refused', actor: 'seller', words: 'refund refused by the seller' },
    (one) => {
      one.plan = one.plan.filter((item) => item.note !== refund.no);
      if (one.state === 'shipped') planConfirm(core, one, refund.no, at);
    },
  );
}

/** Money goes back; a line refunded in full is closed, and so is an order without open lines. */
export function payRefund(core: Core, order: OrderStory, at: number, no?: string): void {
  const refund = findOpen(order, no);
  if (!movesMoney(refund.kind))
    throw new ActRefused(`After-sale ${refund.no} is ${refund.kind}; no money can be given back for it.`);
  moveRefund(
    core,
    order,
    at,
    { refund, to: 'done', verb: 'refund-done', actor: 'platform', words: 'refund paid' },
    (one) => {
      one.amounts.refundedFen += refund.amountFen;
      if (one.state === 'completed') {
        one.money.push(moneyRow(core, at, 'refund', -refund.amountFen, { refundNo: refund.no }));
        one.amounts.receivedFen -= refund.amountFen;
        takeDiscountBack(core, one, at, refund.no);
        return;
      }
      closeRefunded(one, refund, at);
      if (one.state === 'closed') one.endedAt = wholeSecond(at);
      if (one.state === 'shipped') planConfirm(core, one, refund.no, at);
    },
  );
}

function closeRefunded(order: OrderStory, refund: RefundStory, at: number): void {
  const whole = order.lines.filter((line) => concerns(refund, line.no) && doneFen(order, line.no) >= line.paidFen);
  for (const line of whole) {
    line.state = 'closed';
    line.endedAt = wholeSecond(at);
  }
  if (whole.length > 0) settleState(order);
}

/**
 * A refund asked before shipping: paid when the goods are still there, else the buyer keeps them and withdraws. A part
 * of the payment is given back all the same.
 */
function grantRefund(core: Core, order: OrderStory, item: PlanItem): void {
  const refund = findOpen(order, item.note);
  const lines = order.lines.filter((one) => concerns(refund, one.no));
  const isWhole = lines.every((line) => fenOf(refund, line.no) >= line.paidFen - doneFen(order, line.no));
  const isGone = lines.some((line) => line.shippedQuantity > 0);
  if (refund.phase === 'before_shipping' && isGone && isWhole) withdrawRefund(core, order, item.at, refund.no);
  else payRefund(core, order, item.at, refund.no);
}

/** The seller lets the goods come back. */
export function agreeReturn(core: Core, order: OrderStory, at: number, no?: string): void {
  const refund = findReturn(order, no, ['asked', 'refused']);
  moveRefund(
    core,
    order,
    at,
    {
      refund,
      to: 'agreed',
      verb: 'return-agreed',
      actor: 'seller',
      words: `${refund.kind} agreed`,
    },
    (one) => {
      one.refunds.find((each) => each.no === refund.no)!.agreedAt = wholeSecond(at);
      const next = refund.kind === 'resend' ? 'reship' : 'send-back';
      const act = one.kind === 'return_withdrawn' ? 'withdraw-refund' : next;
      one.plan = one.plan.filter((item) => item.note !== refund.no);
      one.plan.push({ at: at + core.chance(`${refund.no}:send`).int(4, 16) * HOUR, act, note: refund.no });
    },
  );
}

function findReturn(order: OrderStory, no: string | undefined, states: readonly RefundStory['state'][]): RefundStory {
  const refund = order.refunds.find(
    (one) => one.kind !== 'refund' && states.includes(one.state) && (no === undefined || no === '' || one.no === no),
  );
  if (!refund) throw new ActRefused(`Order ${order.no} has no return that is ${states.join(' or ')}.`);
  return refund;
}

/** How the goods come back; drawn by chance unless told. */
export interface ReturnParcel {
  carrierCode?: string;
  waybillNo?: string;
}

/** The buyer sends the goods back; a return that nobody agreed to yet is agreed to first. */
export function sendBack(
  core: Core,
  order: OrderStory,
  at: number,
  no: string | undefined,
  parcel: ReturnParcel = {},
): void {
  const refund = findReturn(order, no, ['asked', 'agreed']);
  if (refund.kind === 'resend') throw new ActRefused(`After-sale ${refund.no} is a resending; no goods go back.`);
  if (refund.state === 'asked') agreeReturn(core, order, at, refund.no);
  const { carriers } = core.part(order.platform);
  const drawn = core.chance(`${refund.no}:carrier`).pick(carriers.slice(0, 5));
  const carrier = carriers.find((one) => one.code === parcel.carrierCode) ?? drawn;
  moveRefund(
    core,
    order,
    at,
    { refund, to: 'sent_back', verb: 'return-sent', actor: 'buyer', words: 'goods sent back' },
    (one) => {
      const own = one.refunds.find((each) => each.no === refund.no)!;
      own.returnCarrier = carrier.name;
      own.returnCarrierCode = carrier.code;
      own.returnWaybillNo = parcel.waybillNo ?? carrier.waybillNo(core.story.nextNumber());
      own.returnedAt = wholeSecond(at);
      one.plan = one.plan.filter((item) => item.note !== refund.no);
      one.plan.push({
        at: at + core.chance(`${refund.no}:back`).int(24, 48) * HOUR,
        act: movesMoney(refund.kind) ? 'grant-refund' : 'reship',
        note: refund.no,
      });
    },
  );
}

/** Asks a part of the first line's payment back. */
function askPart(core: Core, order: OrderStory, { at, note }: PlanItem): void {
  const line = order.lines[0]!;
  const percent = core.chance(`${order.no}:part`).int(5, 40);
  requestRefund(core, order, at, {
    lineNo: line.no,
    amountFen: Math.max(1, Math.floor((line.paidFen * percent) / 100)),
    ...(note ? { reason: note } : {}),
  });
}

/** After-sale acts by name. */
export const REFUND_ACTS: Readonly<Record<string, (core: Core, order: OrderStory, item: PlanItem) => void>> = {
  'ask-refund': (core, order, { at, note }) =>
    void requestRefund(core, order, at, { ...(note ? { reason: note } : {}) }),
  'ask-refund-line': (core, order, { at, note }) =>
    void requestRefund(core, order, at, { lineNo: order.lines[0]!.no, ...(note ? { reason: note } : {}) }),
  'ask-refund-part': askPart,
  'ask-return': (core, order, { at }) =>
    void requestRefund(core, order, at, { lineNo: order.lines[0]!.no, kind: 'return', reason: '尺码不合适' }),
  'ask-exchange': (core, order, { at }) =>
    void requestRefund(core, order, at, { lineNo: order.lines[0]!.no, kind: 'exchange', reason: '换一个颜色' }),
  'ask-resend': (core, order, { at }) =>
    void requestRefund(core, order, at, { lineNo: order.lines[0]!.no, kind: 'resend', reason: '少发一件' }),
  'ask-repair': (core, order, { at }) =>
    void requestRefund(core, order, at, { lineNo: order.lines[0]!.no, kind: 'repair', reason: '需要维修' }),
  'withdraw-refund': (core, order, { at, note }) => withdrawRefund(core, order, at, note),
  'refuse-refund': (core, order, { at, note }) => refuseRefund(core, order, at, note),
  'grant-refund': grantRefund,
  'agree-return': (core, order, { at, note }) => agreeReturn(core, order, at, note),
  'send-back': (core, order, { at, note }) => sendBack(core, order, at, note),
};
