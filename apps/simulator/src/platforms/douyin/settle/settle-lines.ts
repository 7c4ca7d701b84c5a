import type { Core } from '../../../core/core';
import { billedFen, type LedgerRow } from '../../../core/ledger';
import { DAY, HOUR, startOfDay } from '../../../core/times';
import type { LineStory, MoneyRow, OrderStory } from '../../../core/story.types';
import { settleNoOf } from '../numbers';
import { lineMoney, shareUpTo } from '../order-money';

/** A day's rows are made by this hour of the next one; sources say to ask after 15:00 (Douyin sheet §12.1). */
const READY_HOUR = 12;

/** One settled sub-order, in fen (Douyin sheet §12.2). Fees are positive costs. */
export interface SettleLine {
  requestNo: string;
  at: number;
  /** 0 settled, 1 refunded after the settlement. */
  tradeType: 0 | 1;
  order?: OrderStory;
  line?: LineStory;
  orderNo: string;
  lineNo: string;
  refundNo?: string;
  goodsFen: number;
  postFen: number;
  shopCouponFen: number;
  platformCouponFen: number;
  refundedBeforeFen: number;
  realPayFen: number;
  incomeFen: number;
  commissionFen: number;
  serviceFen: number;
  colonelFen: number;
  outcomeFen: number;
  settleFen: number;
}

/** True when a row's day is over and its data made. */
export const isReady = (core: Core, at: number): boolean => core.now() >= startOfDay(at) + DAY + READY_HOUR * HOUR;

/** A row from which a settle run begins: a payment, or money that went back after it. */
export const isHead = (row: MoneyRow): boolean => row.kind === 'goods' || row.kind === 'refund';

/** What stands inside of a payment's settle run instead of by itself: the subsidy and the fees that came with it. */
export function isInsideRun(row: LedgerRow): boolean {
  if (!row.order) return false;
  if (row.kind === 'platform_discount') return row.amountFen > 0;
  return row.kind === 'commission' || row.kind === 'points' || row.kind === 'software_fee';
}

/** The rows that were settled together with a payment. A repeated payment stands alone. */
function companions(order: OrderStory, head: MoneyRow): MoneyRow[] {
  if (head.repeats !== undefined) return [];
  return order.money.filter((row) => isInsideRun({ ...row, order, platform: order.platform, shopId: order.shopId }));
}

const refundedBefore = (order: OrderStory, line: LineStory): number =>
  order.refunds
    .filter((one) => one.lineNo === line.no && one.state === 'done' && one.phase !== 'after_completion')
    .reduce((sum, one) => sum + one.amountFen, 0);

const none = {
  goodsFen: 0,
  postFen: 0,
  shopCouponFen: 0,
  platformCouponFen: 0,
  refundedBeforeFen: 0,
  realPayFen: 0,
  incomeFen: 0,
  commissionFen: 0,
  serviceFen: 0,
  colonelFen: 0,
  outcomeFen: 0,
  settleFen: 0,
};

/** A payment of an order that nobody placed. */
function strangerLine(head: LedgerRow): SettleLine {
  const fen = billedFen(head);
  const orderNo = head.strangerNo ?? '';
  const base = { requestNo: settleNoOf(head.no, 0), at: head.at, tradeType: 0 as const, orderNo, lineNo: orderNo };
  return { ...none, ...base, goodsFen: fen, realPayFen: fen, incomeFen: fen, settleFen: fen };
}

function refundLine(order: OrderStory, head: MoneyRow): SettleLine {
  const refund = order.refunds.find((one) => one.no === head.refundNo);
  const line = order.lines.find((one) => one.no === refund?.lineNo) ?? order.lines[0]!;
  const money = lineMoney(order).get(line)!;
  const outcomeFen = -billedFen(head);
  return {
    ...none,
    requestNo: settleNoOf(head.no, 0),
    at: head.at,
    tradeType: 1,
    order,
    line,
    orderNo: order.no,
    lineNo: line.no,
    ...(head.refundNo === undefined ? {} : { refundNo: head.refundNo }),
    goodsFen: line.unitPriceFen * line.quantity,
    postFen: money.postFen,
    shopCouponFen: money.shopCostFen,
    platformCouponFen: money.onlyPlatformCostFen,
    realPayFen: outcomeFen,
    outcomeFen,
    settleFen: -outcomeFen,
  };
}

function paymentLines(order: OrderStory, head: MoneyRow): SettleLine[] {
  const money = lineMoney(order);
  const left = order.lines.map((line) => {
    const view = money.get(line)!;
    return Math.max(0, view.payFen - refundedBefore(order, line));
  });
  const weights = left.some((fen) => fen > 0) ? left : order.lines.map(() => 1);
  const rows = companions(order, head);
  const shared = (kind: MoneyRow['kind'], sign: 1 | -1): number[] =>
    shareUpTo(
      rows.filter((row) => row.kind === kind).reduce((sum, row) => sum + sign * billedFen(row), 0),
      weights,
    );
  const pay = shareUpTo(billedFen(head), weights);
  const subsidy = shared('platform_discount', 1);
  const commission = shared('commission', -1);
  const service = shared('points', -1);
  const colonel = shared('software_fee', -1);
  return order.lines.flatMap((line, i): SettleLine[] => {
    if (weights[i] === 0) return [];
    const view = money.get(line)!;
    const incomeFen = pay[i]! + subsidy[i]!;
    const outcomeFen = commission[i]! + service[i]! + colonel[i]!;
    return [
      {
        requestNo: settleNoOf(head.no, i),
        at: head.at,
        tradeType: 0,
        order,
        line,
        orderNo: order.no,
        lineNo: line.no,
        goodsFen: line.unitPriceFen * line.quantity,
        postFen: view.postFen,
        shopCouponFen: view.shopCostFen,
        platformCouponFen: subsidy[i]!,
        refundedBeforeFen: refundedBefore(order, line),
        realPayFen: pay[i]!,
        incomeFen,
        commissionFen: commission[i]!,
        serviceFen: service[i]!,
        colonelFen: colonel[i]!,
        outcomeFen,
        settleFen: incomeFen - outcomeFen,
      },
    ];
  });
}

/** The settled sub-orders of the run that begins with a row. */
export function linesOf(head: LedgerRow): SettleLine[] {
  if (!head.order) return [strangerLine(head)];
  return head.kind === 'refund' ? [refundLine(head.order, head)] : paymentLines(head.order, head);
}

/** All settled sub-orders of a shop whose data is made, by settle time; both ends of the span included. */
export function settleLines(core: Core, shopId: string, from: number, to: number): SettleLine[] {
  return core.ledger
    .between('douyin', shopId, from, to + 1)
    .filter((row) => isHead(row) && isReady(core, row.at))
    .flatMap(linesOf);
}
