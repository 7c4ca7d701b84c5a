import { wordsOf } from '../platform-words';
import type { On, Played } from '../played';
import { linesOf, type TruthLine, type TruthOrder } from '../truth';
import { newCheck, same, type Check } from './check';
import type { Evidence, OurLine, OurOrder } from './evidence';

/** The story's words for where an order or a line ended, in the words of the API. */
const STATES: Readonly<Record<string, string>> = { completed: 'completed', closed: 'closed', cancelled: 'cancelled' };

/** Where an order or one of its lines ended, in the words of the platform. */
function stateOf(order: On<TruthOrder>, state: string): string {
  const goodsFen = sumOf(order.lines);
  const isPaidBack = state === 'completed' && goodsFen > 0 && order.refundedFen >= goodsFen;
  return isPaidBack && wordsOf(order.platform).closesWhenPaidBack ? 'closed' : (STATES[state] ?? state);
}

function near(check: Check, what: string, fen: { found: number; expected: number; mostFen: number }): void {
  if (Math.abs(fen.found - fen.expected) > fen.mostFen) same(check, what, fen.found, fen.expected);
}

const sumOf = (lines: readonly { paidFen: number }[]): number => lines.reduce((sum, { paidFen }) => sum + paidFen, 0);

/** Who else shared in the payment of a line: the lines of its order, and where that was split from another, of that one. */
type LinesSharing = (truth: TruthOrder) => number;

function compareLine(
  check: Check,
  truth: On<TruthOrder>,
  line: TruthLine,
  ours: OurLine | undefined,
  sharing: LinesSharing,
): void {
  const what = `order ${truth.platformOrderNo} line ${line.platformLineNo}`;
  if (!ours) {
    check.unexplained.push(`${what} is missing`);
    return;
  }
  check.figures.lines = (check.figures.lines ?? 0) + 1;
  same(check, `${what} quantity`, ours.quantity, line.quantity);
  same(check, `${what} unitPriceFen`, ours.unitPriceFen, line.unitPriceFen);
  const { tellsLines } = wordsOf(truth.platform);
  // Shared out by lines, a sum may differ by a fen per line, as everyone rounds on his own; the sum itself may not.
  const mostFen = tellsLines ? 0 : sharing(truth) - 1;
  near(check, `${what} discountFen`, { found: ours.discountFen, expected: line.discountFen + line.shareFen, mostFen });
  near(check, `${what} paidFen`, { found: ours.paidFen, expected: line.paidFen, mostFen });
  same(check, `${what} state`, ours.platformLineState, stateOf(truth, tellsLines ? line.state : truth.state));
  const isRefunded = truth.refunds.some(
    (refund) => linesOf(refund).includes(line.platformLineNo) && refund.state === 'done',
  );
  same(check, `${what} is refunded`, ours.refundState === 'succeeded', isRefunded);
}

function compareOrder(check: Check, truth: On<TruthOrder>, ours: OurOrder, sharing: LinesSharing): void {
  const no = truth.platformOrderNo;
  const { amounts } = truth;
  same(check, `order ${no} state`, ours.platformState, stateOf(truth, truth.state));
  same(check, `order ${no} goodsFen`, ours.amounts.goodsFen, amounts.goodsFen);
  same(check, `order ${no} freightFen`, ours.amounts.freightFen, amounts.freightFen);
  same(
    check,
    `order ${no} discounts`,
    ours.amounts.shopDiscountFen! + ours.amounts.platformDiscountFen!,
    amounts.lineDiscountFen + amounts.shopDiscountFen + amounts.platformDiscountFen,
  );
  same(check, `order ${no} payableFen`, ours.amounts.payableFen, amounts.payableFen);
  // What was paid for an order that the platform split is the children's.
  same(check, `order ${no} paidFen`, ours.amounts.paidFen, truth.childOrderNos ? 0 : amounts.paidFen);
  same(check, `order ${no} paid for goods`, sumOf(ours.lines), sumOf(truth.lines));
  same(check, `order ${no} number of lines`, ours.lines.length, truth.lines.length);
  const known = new Map(ours.lines.map((line) => [line.platformLineNo, line]));
  for (const line of truth.lines) compareLine(check, truth, line, known.get(line.platformLineNo), sharing);
}

function note(check: Check, what: string): void {
  check.figures[what] = (check.figures[what] ?? 0) + 1;
}

/** Every order of the platforms once, with state, lines and amounts as they truly are. */
export function checkOrders({ truth, orders, doubled }: Evidence, played: Played): Check {
  const check = newCheck('every order once, its state, lines, paid and discount amounts as the platform has them');
  const before = new Map(
    truth.flatMap(({ childOrderNos = [], lines }) => childOrderNos.map((no) => [no, lines.length])),
  );
  const sharing: LinesSharing = ({ platformOrderNo, lines }) => before.get(platformOrderNo) ?? lines.length;
  for (const no of doubled) check.unexplained.push(`order ${no} is listed twice`);
  for (const order of truth) {
    const ours = orders.get(order.platformOrderNo);
    if (ours) compareOrder(check, order, ours, sharing);
    // What nobody paid is nobody's business on a platform that does not list it.
    else if (!order.paidAt && !played.platform(order.platform).unpaidVisible) note(check, 'never listed, never paid');
    else check.unexplained.push(`order ${order.platformOrderNo} is missing: ${order.story}`);
    note(check, `truth ${order.state}`);
    note(check, order.platform);
    check.checked += 1;
  }
  const real = new Set(truth.map(({ platformOrderNo }) => platformOrderNo));
  for (const no of orders.keys()) if (!real.has(no)) check.unexplained.push(`order ${no} was never placed`);
  return check;
}

/** What was left open although the story is over. */
export function checkRest({ orders, truth, parcels, left }: Evidence): Check {
  const check = newCheck('nothing is left open');
  const truths = new Map(truth.map((order) => [order.platformOrderNo, order]));
  for (const order of orders.values()) {
    check.checked += 1;
    for (const hold of order.holds) {
      // A platform takes no notice of an order that it has closed, nor of one that another tool has shipped.
      const truth = truths.get(order.platformOrderNo);
      const isRefused = truth?.state === 'closed' || truth?.notices.some(({ by }) => by !== 'api');
      const isExplained = hold.type === 'ship_notice_failed' && isRefused;
      const text = `order ${order.platformOrderNo} (${order.platformState}) is held: ${hold.type}: ${hold.reason}`;
      (isExplained ? check.notes : check.unexplained).push(text);
    }
    if (order.stock === 'reserved' || order.fulfilment === 'released' || order.fulfilment === 'departing')
      check.unexplained.push(
        `order ${order.platformOrderNo} (${order.platformState}): stock ${order.stock}, fulfilment ${order.fulfilment}`,
      );
  }
  for (const item of left) check.unexplained.push(`still in a list of work: ${item}`);
  for (const parcel of parcels)
    if (['requesting', 'labelled', 'departing'].includes(parcel.state))
      check.unexplained.push(`parcel ${parcel.id} (${parcel.waybillNo}) is ${parcel.state}`);
  return check;
}
