import type { SoakShop } from '../office';
import type { PatientClient } from '../patient-client';
import type { On, Played } from '../played';
import type { TruthOrder, TruthRefund } from '../truth';
import { newCheck, same, Sums, type Check } from './check';
import type { Evidence } from './evidence';

interface OurAfterSale {
  platformAfterSaleNo: string;
  platformOrderNo: string;
  platformLineNo: string | null;
  kind: string;
  state: string;
  refundFen: number;
  countedFen: number;
  excessFen: number;
  returnWaybillNo: string | null;
  goodsReceivedAt: string | null;
  isOrphan: boolean;
}

/** The story's words for where an after-sale stands, in the words of the API. */
function stateOf({ kind, state }: TruthRefund): string {
  if (state === 'agreed') return kind === 'return' ? 'wait_return' : 'requested';
  const words: Record<string, string> = {
    asked: 'requested',
    sent_back: 'return_sent',
    refused: 'refused',
    done: 'succeeded',
    withdrawn: 'withdrawn',
  };
  return words[state] ?? state;
}

function compare(check: Check, truth: TruthRefund, ours: OurAfterSale, mayNameNoLine: boolean): void {
  const what = `after-sale ${truth.refundNo} of order ${truth.platformOrderNo}`;
  same(check, `${what} order`, ours.platformOrderNo, truth.platformOrderNo);
  if (ours.platformLineNo !== null || !mayNameNoLine)
    same(check, `${what} line`, ours.platformLineNo, truth.platformLineNo);
  same(check, `${what} state`, ours.state, stateOf(truth));
  same(check, `${what} kind`, ours.kind, truth.kind === 'return' ? 'return_refund' : 'refund_only');
  same(check, `${what} refundFen`, ours.refundFen, truth.amountFen);
  same(check, `${what} is an orphan`, ours.isOrphan, false);
  same(
    check,
    `${what} countedFen + excessFen`,
    ours.countedFen + ours.excessFen,
    truth.state === 'done' ? truth.amountFen : 0,
  );
  if (truth.returnWaybillNo) same(check, `${what} return waybill`, ours.returnWaybillNo, truth.returnWaybillNo);
  const key = `${truth.kind} ${truth.state}`;
  check.figures[key] = (check.figures[key] ?? 0) + 1;
}

/** Platforms on which no order has two lines, so that an after-sale need not say which one it is about. */
function platformsOfSingleLines(truth: readonly On<TruthOrder>[], { codes }: Played): Set<string> {
  const single = new Set(codes);
  for (const order of truth) if (order.lines.length > 1) single.delete(order.platform);
  return single;
}

/** Every after-sale of the platform once, as it truly is; and no line got back more than was paid for it. */
export async function checkAfterSales(
  evidence: Evidence,
  api: PatientClient,
  played: Played,
  shops: readonly SoakShop[],
): Promise<Check> {
  const check = newCheck('every after-sale equals the truth; refunded amounts too, and no line above what was paid');
  const ours = new Map<string, OurAfterSale>();
  const counted = new Sums();
  for (const shop of shops)
    for await (const one of api.each<OurAfterSale>(`/orders/v1/after-sales?shopId=${shop.id}`)) {
      if (ours.has(one.platformAfterSaleNo))
        check.unexplained.push(`after-sale ${one.platformAfterSaleNo} is listed twice`);
      ours.set(one.platformAfterSaleNo, one);
      counted.add(one.platformOrderNo, one.countedFen + one.excessFen);
    }
  const single = platformsOfSingleLines(evidence.truth, played);
  for (const truth of await played.afterSales()) {
    check.checked += 1;
    const one = ours.get(truth.refundNo);
    if (one) compare(check, truth, one, single.has(truth.platform));
    else check.unexplained.push(`after-sale ${truth.refundNo} of order ${truth.platformOrderNo} is missing`);
    ours.delete(truth.refundNo);
  }
  for (const no of ours.keys()) check.unexplained.push(`after-sale ${no} was never asked for`);
  for (const order of evidence.truth) {
    same(check, `order ${order.platformOrderNo} refunded`, counted.of(order.platformOrderNo), order.refundedFen);
    for (const line of evidence.orders.get(order.platformOrderNo)?.lines ?? [])
      if ((line.refundedFen ?? 0) > line.paidFen)
        check.unexplained.push(`line ${line.platformLineNo}: ${line.refundedFen} refunded of ${line.paidFen} paid`);
  }
  checkReturns(check, evidence);
  return check;
}

/** Everything that a buyer sent back was received and matched, except what came for an after-sale that ended otherwise. */
function checkReturns(check: Check, { returns, truth }: Evidence): void {
  const byWaybill = new Map(returns.map((one) => [one.waybillNo, one]));
  for (const order of truth)
    for (const refund of order.refunds) {
      if (!refund.returnWaybillNo) continue;
      const back = byWaybill.get(refund.returnWaybillNo);
      if (!back)
        check.unexplained.push(`return ${refund.returnWaybillNo} of order ${order.platformOrderNo} is unknown`);
      else if (back.state !== 'received')
        check.unexplained.push(`return ${refund.returnWaybillNo} of order ${order.platformOrderNo} is ${back.state}`);
      else if (!back.isMatched) check.unexplained.push(`return ${refund.returnWaybillNo} has no owner`);
    }
}
