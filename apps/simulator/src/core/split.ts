import type { Core } from './core';
import { ActRefused, happen, need } from './happen';
import { wholeSecond } from './times';
import type { LineStory, OrderAmounts, OrderStory } from './story.types';

/**
 * The platform splits a paid order into two, the first line and the rest: the children live on under numbers of their
 * own, the parent ends without a refund. Every fen of the parent is in exactly one child.
 */
export function splitOrder(core: Core, order: OrderStory, at: number): OrderStory[] {
  need(order, ['paid'], 'splitting');
  if (order.lines.length < 2 || order.refunds.length > 0 || order.notices.length > 0)
    throw new ActRefused(`Order ${order.no} needs several lines, no after-sale and no parcel to be split.`);
  const groups = [order.lines.slice(0, 1), order.lines.slice(1)];
  const amounts = amountsOf(order.amounts, groups);
  const children = groups.map((lines, i) => childOf(core, order, at, lines, amounts[i]!));
  happen(core, order, at, 'split by the platform', { verb: 'split', actor: 'platform' }, (one) => {
    one.state = 'cancelled';
    one.endedAt = wholeSecond(at);
    one.closeReason = 'split';
    one.childNos = children.map((child) => child.no);
    one.plan = [];
    for (const line of one.lines) line.state = 'cancelled';
  });
  for (const child of children) core.story.addOrder(child);
  return children;
}

function childOf(core: Core, parent: OrderStory, at: number, lines: LineStory[], amounts: OrderAmounts): OrderStory {
  const { numbers } = core.part(parent.platform);
  const seq = core.story.nextNumber();
  // Which arrival of a seed call it was stays the parent's alone.
  const { origin: _origin, ...rest } = parent;
  return {
    ...rest,
    no: numbers.orderNo(seq, parent.buyer.id, at),
    seq,
    kind: 'ordinary',
    receiver: { ...parent.receiver },
    lines: lines.map((line) => ({ ...line })),
    amounts,
    modifiedAt: wholeSecond(at),
    refunds: [],
    notices: [],
    money: [],
    told: ['placed', 'paid', `split out of ${parent.no}`],
    plan: parent.plan.map((item) => ({ ...item })),
    parentNo: parent.no,
  };
}

const sum = (lines: readonly LineStory[], of: (line: LineStory) => number): number =>
  lines.reduce((all, line) => all + of(line), 0);

/** The freight stays with the first child; the platform's share of the discounts is dealt out by the lines' shares. */
function amountsOf(whole: OrderAmounts, groups: readonly LineStory[][]): OrderAmounts[] {
  const allShares = whole.shopDiscountFen + whole.platformDiscountFen;
  let platformLeft = whole.platformDiscountFen;
  return groups.map((lines, i) => {
    const goodsFen = sum(lines, (line) => line.unitPriceFen * line.quantity);
    const lineDiscountFen = sum(lines, (line) => line.discountFen);
    const shareFen = sum(lines, (line) => line.shareFen);
    const dealt = allShares === 0 ? 0 : Math.floor((whole.platformDiscountFen * shareFen) / allShares);
    const platformDiscountFen = i === groups.length - 1 ? platformLeft : dealt;
    platformLeft -= platformDiscountFen;
    const freightFen = i === 0 ? whole.freightFen : 0;
    const payableFen = goodsFen + freightFen - lineDiscountFen - shareFen;
    return {
      goodsFen,
      freightFen,
      lineDiscountFen,
      shopDiscountFen: shareFen - platformDiscountFen,
      platformDiscountFen,
      payableFen,
      paidFen: payableFen,
      refundedFen: 0,
      depositFen: 0,
      receivedFen: 0,
    };
  });
}
