import { allocate, sumFen } from '@app/shared';
import { CanonicalAmounts } from '@app/contracts/canonical';
import { JsonObject, asInteger } from '../kit/answer.json';
import { fenOf, has } from './douyin.values';

/** Amounts of an order and of its lines, in fen. */
export interface OrderMoney {
  amounts: CanonicalAmounts;
  /** In the order of the lines. */
  lines: { unitPriceFen: number; discountFen: number; paidFen: number }[];
}

/** Pieces of a line; 0 when the number is absent or not whole. */
export function readQuantity(line: JsonObject): number {
  return asInteger(line['item_num']) ?? 0;
}

/** Stated parts of an order (Douyin sheet §5.5); promotions are booked by who bears them, not by who issued them. */
interface Stated {
  goodsFen: number;
  freightFen: number;
  shopFen: number;
  platformFen: number;
  modifyFen: number;
  chargesFen: number;
  insuranceFen: number;
  payPromotionFen: number;
  postPromotionFen: number;
}

function readStated(order: JsonObject, lines: readonly JsonObject[]): Stated {
  const hasCosts = has(order, 'shop_cost_amount') || has(order, 'platform_cost_amount');
  return {
    goodsFen: sumFen(lines.map(goodsOf)),
    freightFen: fenOf(order, 'post_amount'),
    shopFen: fenOf(order, hasCosts ? 'shop_cost_amount' : 'promotion_shop_amount'),
    platformFen: hasCosts
      ? fenOf(order, 'platform_cost_amount')
      : fenOf(order, 'promotion_platform_amount') + fenOf(order, 'promotion_talent_amount'),
    modifyFen: fenOf(order, 'modify_amount'),
    chargesFen: fenOf(order, 'tax_amount') + fenOf(order, 'packing_amount'),
    insuranceFen: fenOf(order, 'post_insurance_amount'),
    payPromotionFen: fenOf(order, 'promotion_pay_amount'),
    postPromotionFen: fenOf(order, 'post_promotion_amount'),
  };
}

function goodsOf(line: JsonObject): number {
  return has(line, 'sum_amount') ? fenOf(line, 'sum_amount') : fenOf(line, 'origin_amount') * readQuantity(line);
}

/** One reading of the parts: which of the parts that the sheet leaves open stand in the payment. */
interface Reading {
  shopDiscountFen: number;
  platformDiscountFen: number;
  otherChargesFen: number;
}

/**
 * The sheet does not say whether the seller's price change stands in the unit price, whether charges and insurance
 * stand in the payment, whether the payment channel's discount lowers it, and whether the costs contain freight
 * promotions. The first reading whose sums agree with the payment counts; none: the first one, and the difference stays
 * visible.
 */
function readings(stated: Stated): Reading[] {
  const { modifyFen, chargesFen, insuranceFen, payPromotionFen, postPromotionFen } = stated;
  const open = [
    { fen: modifyFen, isFirst: true },
    { fen: chargesFen, isFirst: true },
    { fen: insuranceFen, isFirst: false },
    { fen: payPromotionFen, isFirst: false },
    { fen: postPromotionFen, isFirst: false },
  ];
  return combinations(open).map(([modify = 0, charges = 0, insurance = 0, payPromotion = 0, postPromotion = 0]) => ({
    shopDiscountFen: stated.shopFen - modify,
    platformDiscountFen: stated.platformFen + payPromotion - postPromotion,
    otherChargesFen: charges + insurance,
  }));
}

/** Every way of taking parts in or leaving them out, the likely one of each first. */
function combinations(parts: readonly { fen: number; isFirst: boolean }[]): number[][] {
  const [part, ...rest] = parts;
  if (part === undefined) return [[]];
  const tails = combinations(rest);
  const values = part.fen === 0 ? [0] : part.isFirst ? [part.fen, 0] : [0, part.fen];
  return values.flatMap((value) => tails.map((tail) => [value, ...tail]));
}

/** Money model of Douyin sheet §5.5 and §5.6, accepted as stated: what does not add up stays visible. */
export function readOrderMoney(
  order: JsonObject,
  rawLines: readonly JsonObject[],
  paid: { isPaid: boolean; depositFen: number },
): OrderMoney {
  const stated = readStated(order, rawLines);
  const base = stated.goodsFen + stated.freightFen;
  const all = readings(stated);
  const dueOf = (reading: Reading): number =>
    base + reading.otherChargesFen - reading.shopDiscountFen - reading.platformDiscountFen;
  // What is to be paid is not stated for an order that nobody paid yet; then the parts say it.
  const isUnstated = !paid.isPaid && fenOf(order, 'pay_amount') === 0;
  const payableFen = isUnstated ? dueOf(all[0]!) : fenOf(order, 'pay_amount');
  const reading = all.find((candidate) => dueOf(candidate) === payableFen) ?? all[0]!;
  const isPayPromotionInside = reading.platformDiscountFen <= stated.platformFen;
  const { paid: linePaid, isShared } = linePayments(
    rawLines,
    payableFen,
    stated.freightFen + reading.otherChargesFen,
    isUnstated,
  );
  return {
    amounts: {
      goodsFen: stated.goodsFen,
      freightFen: stated.freightFen,
      shopDiscountFen: reading.shopDiscountFen,
      platformDiscountFen: reading.platformDiscountFen,
      payableFen,
      paidFen: paid.isPaid ? payableFen : paid.depositFen,
      ...(reading.otherChargesFen !== 0 && { otherChargesFen: reading.otherChargesFen }),
      ...(isPayPromotionInside && stated.payPromotionFen !== 0 && { platformSubsidyFen: stated.payPromotionFen }),
      ...(isShared && { areLinesShared: true }),
    },
    lines: rawLines.map((line, index) => ({
      unitPriceFen: fenOf(line, 'origin_amount'),
      discountFen: goodsOf(line) - linePaid[index]!,
      paidFen: linePaid[index]!,
    })),
  };
}

/** What each line pays, and whether it is our share of a sum rather than what the platform tells of the line. */
interface LinePayments {
  paid: number[];
  isShared: boolean;
}

/**
 * What each line pays for goods. Whether a line's payment contains its freight and charges is not stated: they are taken
 * out when the sums prove that they are in (Douyin sheet §5.6).
 */
function linePayments(
  lines: readonly JsonObject[],
  payableFen: number,
  besideGoodsFen: number,
  isUnstated: boolean,
): LinePayments {
  const isSeveral = lines.length > 1;
  if (lines.length === 0) return { paid: [], isShared: false };
  if (isUnstated || !lines.every((line) => has(line, 'pay_amount'))) {
    const goods = lines.map((line) => Math.max(goodsOf(line), 0));
    return { paid: [...allocate(payableFen - besideGoodsFen, goods)], isShared: isSeveral };
  }
  const stated = lines.map((line) => fenOf(line, 'pay_amount'));
  const total = sumFen(stated);
  if (total === payableFen - besideGoodsFen || besideGoodsFen === 0) return { paid: stated, isShared: false };
  const beside = lines.map(
    (line) => fenOf(line, 'post_amount') + fenOf(line, 'tax_amount') + fenOf(line, 'packing_amount'),
  );
  const isNamedByLine = total - sumFen(beside) === payableFen - besideGoodsFen;
  if (!isNamedByLine && total !== payableFen) return { paid: stated, isShared: false };
  const taken = isNamedByLine
    ? beside
    : allocate(
        besideGoodsFen,
        stated.map((value) => Math.max(value, 0)),
      );
  return { paid: stated.map((value, index) => value - taken[index]!), isShared: isSeveral && !isNamedByLine };
}
