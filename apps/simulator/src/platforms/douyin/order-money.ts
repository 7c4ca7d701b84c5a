import type { LineStory, OrderStory } from '../../core/story.types';
import { hashText } from '../../core/random';

/** Shares an amount over weights, each share at most its weight when the amount is at most their sum. */
export function shareUpTo(totalFen: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((all, one) => all + one, 0);
  let before = 0;
  let shared = 0;
  return weights.map((weight) => {
    before += weight;
    const upTo = sum === 0 ? 0 : Math.floor((totalFen * before) / sum);
    const own = upTo - shared;
    shared = upTo;
    return own;
  });
}

/** Amounts of a line or an order as Douyin names them, in fen. */
export interface MoneyView {
  orderFen: number;
  payFen: number;
  postFen: number;
  promotionFen: number;
  /** By who issued a promotion. */
  issuedByShopFen: number;
  issuedByPlatformFen: number;
  issuedByTalentFen: number;
  /** By who pays for it. */
  shopCostFen: number;
  onlyPlatformCostFen: number;
  authorCostFen: number;
}

/**
 * Who issued the promotions of an order is another question than who pays them (Douyin sheet §13 #20): every fourth
 * order's platform part was issued by the shop, every fifth's by the influencer.
 */
function issuer(order: OrderStory): 'shop' | 'talent' | 'platform' {
  const draw = hashText(`issuer:${order.no}`) % 20;
  if (draw < 5) return 'shop';
  return draw < 9 ? 'talent' : 'platform';
}

/** The amounts of each line; freight is shared over the lines by what is paid for them. */
export function lineMoney(order: OrderStory): Map<LineStory, MoneyView> {
  const { lines, amounts } = order;
  const shares = lines.map((line) => line.shareFen);
  const platform = shareUpTo(amounts.platformDiscountFen, shares);
  const weights = lines.map((line) => line.paidFen);
  const freight = shareUpTo(amounts.freightFen, weights.some((fen) => fen > 0) ? weights : lines.map(() => 1));
  const by = issuer(order);
  return new Map(
    lines.map((line, i) => {
      const platformFen = platform[i]!;
      const promotionFen = line.discountFen + line.shareFen;
      const shopFen = promotionFen - platformFen;
      const postFen = freight[i]!;
      const view: MoneyView = {
        orderFen: line.unitPriceFen * line.quantity + postFen,
        payFen: line.paidFen + postFen,
        postFen,
        promotionFen,
        issuedByShopFen: shopFen + (by === 'shop' ? platformFen : 0),
        issuedByPlatformFen: by === 'platform' ? platformFen : 0,
        issuedByTalentFen: by === 'talent' ? platformFen : 0,
        shopCostFen: shopFen,
        onlyPlatformCostFen: platformFen,
        authorCostFen: 0,
      };
      return [line, view];
    }),
  );
}

/** The sum of the lines' amounts. */
export function orderMoney(order: OrderStory): MoneyView {
  const total: MoneyView = {
    orderFen: 0,
    payFen: 0,
    postFen: 0,
    promotionFen: 0,
    issuedByShopFen: 0,
    issuedByPlatformFen: 0,
    issuedByTalentFen: 0,
    shopCostFen: 0,
    onlyPlatformCostFen: 0,
    authorCostFen: 0,
  };
  for (const view of lineMoney(order).values())
    for (const name of Object.keys(total) as (keyof MoneyView)[]) total[name] += view[name];
  return total;
}

/** Amount fields that orders and lines share. */
export function moneyFields(view: MoneyView): Record<string, number> {
  return {
    order_amount: view.orderFen,
    pay_amount: view.payFen,
    post_amount: view.postFen,
    modify_amount: 0,
    modify_post_amount: 0,
    post_insurance_amount: 0,
    tax_amount: 0,
    promotion_amount: view.promotionFen,
    promotion_shop_amount: view.issuedByShopFen,
    promotion_platform_amount: view.issuedByPlatformFen,
    promotion_talent_amount: view.issuedByTalentFen,
    promotion_pay_amount: 0,
    shop_cost_amount: view.shopCostFen,
    platform_cost_amount: view.onlyPlatformCostFen + view.authorCostFen,
    only_platform_cost_amount: view.onlyPlatformCostFen,
    author_cost_amount: view.authorCostFen,
  };
}
