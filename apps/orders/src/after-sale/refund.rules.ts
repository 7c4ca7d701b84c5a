import { isRefundOpen, type AfterSaleState, type RefundState } from '@app/contracts';
import { allocate } from '@app/shared';
import type { AfterSale, AfterSaleAxis, OrderAggregate, OrderLine } from '../order/order.types';

const REFUND_STATE_OF: Record<AfterSaleState, RefundState> = {
  requested: 'requested',
  wait_return: 'agreed',
  return_sent: 'agreed',
  wait_resend: 'agreed',
  wait_buyer: 'agreed',
  refused: 'refused',
  withdrawn: 'withdrawn',
  succeeded: 'succeeded',
  unknown: 'unknown',
};

/** True for kinds by which a buyer gives goods back, or does not want them sent. */
function asksGoodsBack({ kind }: AfterSale): boolean {
  return kind === 'refund_only' || kind === 'return_refund';
}

/** True for kinds whose success gives money back; an exchange, resend or repair gives none. */
function givesMoney(afterSale: AfterSale): boolean {
  return asksGoodsBack(afterSale) || afterSale.kind === 'other';
}

/** True while an after-sale has not ended; an unknown state counts as open. */
export function isOpenAfterSale({ state }: AfterSale): boolean {
  return isRefundOpen(REFUND_STATE_OF[state]);
}

/** True when a person must look what an after-sale means: its state is unknown, or its line is not one of the order. */
export function isUnknownAfterSale({ state, platformLineNo, lineId, orderId }: AfterSale): boolean {
  return state === 'unknown' || (orderId !== null && platformLineNo !== null && lineId === null);
}

/** After-sales that gave money back for a line that is not one of the order: some goods were paid back, nobody knows which. */
export function givenForUnknownLine({ afterSales }: Pick<OrderAggregate, 'afterSales'>): AfterSale[] {
  return afterSales.filter(
    (one) => one.state === 'succeeded' && one.refundFen > 0 && givesMoney(one) && isUnknownAfterSale(one),
  );
}

/**
 * True while the order alone says that money of the line went back, and nobody said how much: neither the after-sale
 * told its amount nor did the platform close the line. All of it counts, and the goods wait; they are not given up.
 */
export function awaitsAmount(line: OrderLine): boolean {
  return !line.isRefunded && paidOf(line) > 0 && line.refundedFen >= paidOf(line);
}

/** True when something of a line that still ships went back for it. The fen that shares of a payment differ by are none. */
export function isPartlyRefunded({ order, lines }: OrderAggregate): boolean {
  const slack = slackFen({ order, lines });
  return lines.some((line) => line.refundedFen > slack && !line.isRefunded && !awaitsAmount(line));
}

/** True while nothing of the line may leave: a refund runs, or how much went back is not known. */
export function isRefundAsked(line: OrderLine): boolean {
  return isRefundOpen(line.refundState) || awaitsAmount(line);
}

/** What was given back above what was paid, in fen. */
export function excessFen({ afterSales }: Pick<OrderAggregate, 'afterSales'>): number {
  return afterSales.reduce((sum, afterSale) => sum + afterSale.excessFen, 0);
}

/**
 * Open after-sales that are no refund of goods but may change what is to be shipped: an exchange, or one of a kind that
 * nobody knows. They hold what is still here and ask for nothing that has left. Freight and price protection of the
 * whole order hold nothing.
 */
export function opensBeforeDeparture({ afterSales }: Pick<OrderAggregate, 'afterSales'>): AfterSale[] {
  return afterSales.filter(
    (one) => isOpenAfterSale(one) && (one.kind === 'exchange' || (one.kind === 'other' && one.platformLineNo !== null)),
  );
}

/** Where the order's after-sales stand. */
export function afterSaleAxis({ lines, afterSales }: Pick<OrderAggregate, 'lines' | 'afterSales'>): AfterSaleAxis {
  if (lines.some(isRefundAsked) || afterSales.some(isOpenAfterSale)) return 'open';
  const isDone =
    lines.some(({ refundState, refundedFen }) => refundState === 'succeeded' || refundedFen > 0) ||
    afterSales.some(({ state }) => state === 'succeeded');
  return isDone ? 'done' : 'none';
}

const paidOf = (line: OrderLine): number => Math.max(0, line.paidFen);
const byAge = (a: AfterSale, b: AfterSale): number =>
  a.modifiedAt.getTime() - b.modifiedAt.getTime() || (a.platformAfterSaleNo < b.platformAfterSaleNo ? -1 : 1);

/** Lines that an order may have had before its platform split it; nobody tells their number. */
const MOST_LINES_BEFORE_SPLIT = 20;

/**
 * By how many fen the lines' shares of a payment may differ from the platform's own, which rounds otherwise: 0 where the
 * platform tells what each line paid, and less than one per line where it tells their sum alone (JD sheet §5.5). A line
 * that came from a split order has its share from there, among lines that this order does not have.
 */
function slackFen({ order, lines }: Pick<OrderAggregate, 'order' | 'lines'>): number {
  if (order.amounts.areLinesShared !== true) return 0;
  if (order.parentOrderNo !== null) return MOST_LINES_BEFORE_SPLIT - 1;
  return Math.max(0, lines.filter(({ isRemoved }) => !isRemoved).length - 1);
}

/** What may still be given back: per line, and of freight and other charges. */
class Purse {
  private readonly left: Map<string, number>;
  private freight: number;

  constructor({ order, lines }: OrderAggregate) {
    this.left = new Map(lines.map((line) => [line.lineId, paidOf(line)]));
    this.freight = Math.max(0, order.amounts.freightFen + (order.amounts.otherChargesFen ?? 0));
  }

  ofLine(lineId: string, wanted: number): number {
    const taken = Math.min(wanted, this.left.get(lineId) ?? 0);
    this.left.set(lineId, (this.left.get(lineId) ?? 0) - taken);
    return taken;
  }

  ofFreight(wanted: number): number {
    const taken = Math.min(wanted, this.freight);
    this.freight -= taken;
    return taken;
  }

  /** Takes from several lines in proportion to what is left of each, so that all of them end together. */
  ofLines(lineIds: readonly string[], wanted: number): { lineId: string; fen: number }[] {
    const weights = lineIds.map((lineId) => this.left.get(lineId) ?? 0);
    const taken = Math.min(
      wanted,
      weights.reduce((sum, weight) => sum + weight, 0),
    );
    if (taken <= 0) return [];
    return allocate(taken, weights).map((fen, index) => ({
      lineId: lineIds[index]!,
      fen: this.ofLine(lineIds[index]!, fen),
    }));
  }
}

function count(aggregate: OrderAggregate, purse: Purse, afterSale: AfterSale): void {
  const { order, lines } = aggregate;
  const isCountable =
    afterSale.state === 'succeeded' &&
    givesMoney(afterSale) &&
    afterSale.refundFen > 0 &&
    !isUnknownAfterSale(afterSale);
  if (!isCountable) return;
  let wanted = afterSale.refundFen;
  const take = (lineId: string | null, fen: number) => {
    if (fen === 0) return;
    afterSale.counted.push({ lineId, fen });
    wanted -= fen;
  };
  // Amounts of another currency are never compared; all of it is excess, so that a person looks.
  if (afterSale.currency === order.currency) {
    const present = lines.filter(({ isRemoved }) => !isRemoved).map(({ lineId }) => lineId);
    if (afterSale.lineId !== null) {
      take(afterSale.lineId, purse.ofLine(afterSale.lineId, wanted));
      // Where lines were told what they paid, a fen too much is too much.
      if (wanted > 0 && wanted <= slackFen(aggregate))
        for (const { lineId, fen } of purse.ofLines(present, wanted)) take(lineId, fen);
    } else {
      if (afterSale.kind === 'other') take(null, purse.ofFreight(wanted));
      for (const { lineId, fen } of purse.ofLines(present, wanted)) take(lineId, fen);
      take(null, purse.ofFreight(wanted));
    }
  }
  afterSale.countedFen = afterSale.refundFen - wanted;
  afterSale.excessFen = wanted;
}

/** Counts what each after-sale gave back: those of a line first, then those of the whole order, each the older one first. */
function countRefunds(aggregate: OrderAggregate): void {
  const purse = new Purse(aggregate);
  for (const afterSale of aggregate.afterSales) Object.assign(afterSale, { countedFen: 0, excessFen: 0, counted: [] });
  const sorted = [...aggregate.afterSales].sort(byAge);
  for (const afterSale of sorted) if (afterSale.lineId !== null) count(aggregate, purse, afterSale);
  for (const afterSale of sorted) if (afterSale.lineId === null) count(aggregate, purse, afterSale);
}

/** One statement about a refund of a line. `afterSale` is undefined when the order alone states it. */
interface Statement {
  state: RefundState;
  at: Date;
  fetchAt: Date;
  afterSale?: AfterSale;
}

const isNewer = (a: Statement, b: Statement): boolean =>
  (a.at.getTime() - b.at.getTime() || a.fetchAt.getTime() - b.fetchAt.getTime()) > 0;

/** After-sales that speak of a line: its own, those of the whole order, and those of a line that nobody knows. */
function isAbout(afterSale: AfterSale, line: OrderLine): boolean {
  const isNamed = line.refundNo === afterSale.platformAfterSaleNo && line.statedRefundState !== 'none';
  if (!asksGoodsBack(afterSale) && !isNamed) return false;
  return afterSale.lineId === line.lineId || (afterSale.lineId === null && !line.isRemoved);
}

/**
 * The statements that hold for a line, one per after-sale. What the order itself states of an after-sale replaces an
 * older statement of that after-sale; money that was given back stays given back. `none` states nothing: several
 * platforms never name refunds in their orders.
 */
function statementsOf(line: OrderLine, afterSales: readonly AfterSale[]): Statement[] {
  const own = { state: line.statedRefundState, at: line.statedRefundAt, fetchAt: line.statedRefundFetchAt };
  const about = afterSales.filter((afterSale) => isAbout(afterSale, line));
  const known = about.map((afterSale) => ({
    state: REFUND_STATE_OF[afterSale.state],
    at: afterSale.modifiedAt,
    fetchAt: afterSale.fetchStartedAt,
    afterSale,
  }));
  if (own.state === 'none') return known;
  const isMeant = ({ afterSale }: (typeof known)[number]) =>
    line.refundNo === null || line.refundNo === afterSale.platformAfterSaleNo;
  const meant = known.filter(isMeant);
  if (meant.length === 0) return [...known, own];
  // Money that went back before an after-sale was asked went back for another one, which was not told yet.
  if (own.state === 'succeeded' && meant.every((one) => one.state !== 'succeeded' && isNewer(one, own)))
    return [...known, own];
  const ended = meant.filter(({ state }) => state === 'succeeded');
  const isAnother = line.refundNo === null && ended.length === meant.length && ended.every((one) => isNewer(own, one));
  if (isAnother && own.state !== 'succeeded') return [...known, own];
  return known.map((one) =>
    isMeant(one) && one.state !== 'succeeded' && isNewer(own, one) ? { ...own, afterSale: one.afterSale } : one,
  );
}

function newest(statements: readonly Statement[]): Statement | undefined {
  return statements.reduce<Statement | undefined>((a, b) => (a && !isNewer(b, a) ? a : b), undefined);
}

function settleLine(line: OrderLine, afterSales: readonly AfterSale[], countedFen: number, slack: number): void {
  const statements = statementsOf(line, afterSales);
  const succeeded = statements.filter(({ state }) => state === 'succeeded');
  const open = statements.filter(({ state }) => isRefundOpen(state));
  line.refundState = (newest(open) ?? newest(succeeded) ?? newest(statements))?.state ?? 'none';
  line.refundedFen = countedFen;
  const isOwn = ({ afterSale }: Statement) => afterSale?.lineId === line.lineId && asksGoodsBack(afterSale);
  const isUntold = succeeded.some(({ afterSale }) => !afterSale);
  const isCounted = afterSales.some((one) => one.state === 'succeeded' && givesMoney(one) && isAbout(one, line));
  if (isUntold) {
    // The order says that money went back and no after-sale has told its amount yet: all of it counts, so that nothing
    // leaves that was given back.
    line.refundedFen = paidOf(line);
  } else if (!isCounted && countedFen === 0) {
    const stated = succeeded.flatMap(({ afterSale }) => (afterSale && givesMoney(afterSale) ? [afterSale] : []));
    line.refundedFen = Math.min(
      stated.reduce((sum, { refundFen }) => sum + Math.max(0, refundFen), 0),
      paidOf(line),
    );
  }
  const isClosedOver = line.platformLineState === 'closed' && (succeeded.length > 0 || line.refundedFen > 0);
  if (isClosedOver || paidOf(line) === 0) {
    line.isRefunded = isClosedOver || isUntold || succeeded.some(isOwn);
    return;
  }
  // All of the line by the platform's own share may be a few fen less by ours.
  const wholeFen = succeeded.some(isOwn) ? Math.max(1, paidOf(line) - slack) : paidOf(line);
  line.isRefunded = (isUntold ? countedFen : line.refundedFen) >= wholeFen;
}

/** Lines for which nothing was paid are given back with the whole order. */
function settleFreeLines({ lines, afterSales }: OrderAggregate): void {
  const present = lines.filter(({ isRemoved }) => !isRemoved);
  const paid = present.filter((line) => paidOf(line) > 0);
  const isWhole =
    afterSales.some(
      (one) => one.lineId === null && one.state === 'succeeded' && asksGoodsBack(one) && !isUnknownAfterSale(one),
    ) &&
    paid.length > 0 &&
    paid.every(({ isRefunded }) => isRefunded);
  if (isWhole) for (const line of present) line.isRefunded = true;
}

/** Goods came back for an after-sale when a counted parcel names it, or came under the waybill that the buyer named. */
function settleGoodsReceived({ afterSales, returns }: OrderAggregate): void {
  for (const afterSale of afterSales) {
    const { platformAfterSaleNo, returnWaybillNo } = afterSale;
    const parcels = returns.filter(
      (one) => one.platformAfterSaleNos.includes(platformAfterSaleNo) || one.waybillNo === (returnWaybillNo ?? ''),
    );
    const times = parcels.map(({ receivedAt }) => receivedAt.getTime());
    afterSale.goodsReceivedAt = times.length > 0 ? new Date(Math.min(...times)) : null;
    afterSale.returned = parcels.flatMap(({ lines }) => lines);
  }
}

/**
 * Brings what after-sales mean for an order up to date: their lines, what of their money counts, the refund state and
 * the refunded amount of every line. Starts from what platforms stated alone, so any order of arrival ends the same.
 */
export function settleAfterSales(aggregate: OrderAggregate): void {
  const { order, lines, afterSales, returns } = aggregate;
  order.hasAfterSales = order.hasAfterSales || afterSales.length > 0 || returns.length > 0;
  const byNumber = new Map(lines.map(({ platformLineNo, lineId }) => [platformLineNo, lineId]));
  for (const afterSale of afterSales)
    afterSale.lineId = afterSale.platformLineNo === null ? null : (byNumber.get(afterSale.platformLineNo) ?? null);
  countRefunds(aggregate);
  const counted = new Map<string | null, number>();
  for (const { lineId, fen } of afterSales.flatMap((afterSale) => afterSale.counted))
    counted.set(lineId, (counted.get(lineId) ?? 0) + fen);
  const slack = slackFen(aggregate);
  for (const line of lines) settleLine(line, afterSales, counted.get(line.lineId) ?? 0, slack);
  settleFreeLines(aggregate);
  settleGoodsReceived(aggregate);
}
