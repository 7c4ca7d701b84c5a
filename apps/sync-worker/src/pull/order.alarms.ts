import { Injectable } from '@nestjs/common';
import { unexplainedLinesFen, unexplainedOrderFen, type CanonicalOrder, type IntakeVerdict } from '@app/contracts';
import type { Tx } from '@app/shared';
import { AlarmService, type AlarmKind, type AlarmToRaise } from '../alarm/alarm.service';
import { GapRepository } from '../census/gap.repository';
import type { ShopRow } from '../shop/shop.types';

/** Differences up to this are a platform's rounding: flagged on the order, not worth an alarm. Fen. */
const TOLERANCE_FEN = 100;
const KINDS: readonly AlarmKind[] = ['UNKNOWN_STATUS', 'AMOUNT_MISMATCH', 'ORDER_PARKED'];

type Trouble = Pick<AlarmToRaise, 'kind' | 'message' | 'advice'>;

/** What a person should know of an order as it was stored, or could not be. */
export function troublesOf(order: CanonicalOrder, verdict: IntakeVerdict): Trouble[] {
  const no = order.platformOrderNo;
  if (verdict === 'parked')
    return [
      {
        kind: 'ORDER_PARKED',
        message: `Order ${no} could not be stored and was set aside.`,
        advice: 'See GET /orders/v1/parked-items; mend the cause and replay it there.',
      },
    ];
  const troubles: Trouble[] = [];
  if (order.platformState === 'unknown')
    troubles.push({
      kind: 'UNKNOWN_STATUS',
      message: `The platform states "${order.rawStatus ?? ''}" for order ${no}; nobody knows this status, so the order is held.`,
      advice: 'Look at the order on the platform. It goes on by itself once a known status is stated.',
    });
  const ofOrder = unexplainedOrderFen(order.amounts);
  const unexplained = ofOrder !== 0 || order.lines.length === 0 ? ofOrder : unexplainedLinesFen(order);
  if (Math.abs(unexplained) > TOLERANCE_FEN)
    troubles.push({
      kind: 'AMOUNT_MISMATCH',
      message: `${unexplained} fen of order ${no} are not explained by its goods, freight and discounts.`,
      advice: 'Compare the order with the platform and approve it; settlement expects what the buyer paid.',
    });
  return troubles;
}

/** Raises and settles the alarms about single orders. */
@Injectable()
export class OrderAlarms {
  constructor(
    private readonly alarms: AlarmService,
    private readonly gaps: GapRepository,
  ) {}

  /** Whether an alarm is to be raised about one of some orders. */
  isTroubled(orders: readonly CanonicalOrder[], verdicts: ReadonlyMap<string, IntakeVerdict>): boolean {
    return orders.some((order) => {
      const verdict = verdicts.get(order.platformOrderNo);
      return verdict !== undefined && troublesOf(order, verdict).length > 0;
    });
  }

  /** Whether a gap of the census or an alarm about one of some orders is open, which their storing may close. */
  isAnythingOpen(tx: Tx, shop: ShopRow, platformOrderNos: readonly string[]): Promise<boolean> {
    return this.gaps.isAnythingOpen(tx, shop.companyId, shop.id, platformOrderNos, KINDS);
  }

  /** Within the transaction that follows a batch. An order that was judged older or unchanged says nothing new. */
  async review(
    tx: Tx,
    shop: ShopRow,
    orders: readonly CanonicalOrder[],
    verdicts: ReadonlyMap<string, IntakeVerdict>,
  ): Promise<void> {
    const quiet: string[] = [];
    for (const order of orders) {
      const verdict = verdicts.get(order.platformOrderNo);
      if (verdict === undefined || verdict === 'older' || verdict === 'unchanged') continue;
      const subject = `${shop.id}/${order.platformOrderNo}`;
      const troubles = troublesOf(order, verdict);
      if (troubles.length === 0) quiet.push(subject);
      for (const trouble of troubles)
        await this.alarms.raise(tx, shop.companyId, { ...trouble, subject, shopId: shop.id });
      const over = KINDS.filter((kind) => troubles.length > 0 && !troubles.some((trouble) => trouble.kind === kind));
      if (over.length > 0) await this.alarms.settle(tx, shop.companyId, over, subject);
    }
    if (quiet.length > 0) await this.alarms.settleAll(tx, shop.companyId, KINDS, quiet);
  }
}
