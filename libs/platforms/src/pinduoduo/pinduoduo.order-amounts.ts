import { allocate, sumFen } from '@app/shared';
import { CanonicalAmounts } from '@app/contracts/canonical';
import { JsonObject, asInteger, asObject, asText } from '../kit/answer.json';
import { OrderCodes } from './pinduoduo.status';
import { listOf, yuanTextToFen } from './pinduoduo.values';

/** Who bears what the sheet does not say (Pinduoduo sheet §5.5). */
export interface MoneyRules {
  /** `capital_free_discount` is the platform's. */
  isLeaderDiscountByPlatform: boolean;
}

/** Amounts of an order and of its lines, in fen. */
export interface OrderMoney {
  amounts: CanonicalAmounts;
  /** In the order of item_list. */
  lines: { unitPriceFen: number; discountFen: number; paidFen: number }[];
  /** Fields whose text is no amount; they count as 0 and the order must not leave before somebody looked. */
  unreadable: string[];
}

/** Reads yuan fields and remembers those that are no amounts. */
class YuanReader {
  readonly unreadable: string[] = [];

  /** Fen of a field; 0 when absent, null or empty. */
  read(row: JsonObject, field: string): number {
    const text = asText(row[field]);
    if (text === undefined) return 0;
    const fen = yuanTextToFen(text);
    if (fen === undefined) this.unreadable.push(`${field}=${text.slice(0, 40)}`);
    return fen ?? 0;
  }
}

/** Pieces of a line; 0 when the number is absent or not whole. */
export function readQuantity(line: JsonObject): number {
  return asInteger(line['goods_count']) ?? 0;
}

interface Parts {
  goodsFen: number;
  freightFen: number;
  chargesFen: number;
  shopFen: number;
  platformFen: number;
  payableFen: number;
}

const unexplained = (parts: Parts): number =>
  parts.payableFen - (parts.goodsFen + parts.freightFen + parts.chargesFen - parts.shopFen - parts.platformFen);

/**
 * Money model of Pinduoduo sheet §5.5, accepted as stated. Two things are UNCONFIRMED there: whether
 * `duo_duo_pay_reduction` and the inflation of a deposit are inside of the stated discounts, and whether the `*_value`
 * fees repeat `service_fee_detail`. A reading is taken only when the sums prove it; without proof the stated parts stand
 * and the difference stays visible.
 */
export function readOrderMoney(
  row: JsonObject,
  rawLines: readonly JsonObject[],
  codes: OrderCodes,
  rules: MoneyRules,
): OrderMoney {
  const yuan = new YuanReader();
  const lines = rawLines.map((line) => {
    const unitPriceFen = yuan.read(line, 'goods_price');
    return { unitPriceFen, goodsFen: unitPriceFen * readQuantity(line) };
  });
  const parts = provenParts(row, statedParts(row, sumFen(lines.map((line) => line.goodsFen)), yuan, rules), yuan);
  const paid = linePayments(
    lines.map((line) => line.goodsFen),
    parts.payableFen - parts.freightFen - parts.chargesFen,
  );
  return {
    amounts: {
      goodsFen: parts.goodsFen,
      freightFen: parts.freightFen,
      shopDiscountFen: parts.shopFen,
      platformDiscountFen: parts.platformFen,
      payableFen: parts.payableFen,
      paidFen: paidSoFar(row, codes, parts.payableFen, yuan),
      ...(parts.chargesFen !== 0 && { otherChargesFen: parts.chargesFen }),
      ...(lines.length > 1 && { areLinesShared: true }),
    },
    lines: lines.map((line, index) => ({
      unitPriceFen: line.unitPriceFen,
      discountFen: line.goodsFen - paid[index]!,
      paidFen: paid[index]!,
    })),
    unreadable: yuan.unreadable,
  };
}

/** `goods_amount` is after the shop's own price change, so that change is added back and counted as the shop's discount. */
function statedParts(row: JsonObject, ofLinesFen: number, yuan: YuanReader, rules: MoneyRules): Parts {
  const priceChangeFen = yuan.read(row, 'order_change_amount');
  const leaderFen = yuan.read(row, 'capital_free_discount');
  const shopFen = yuan.read(row, 'seller_discount') + priceChangeFen;
  const platformFen = yuan.read(row, 'platform_discount');
  const isStated = asText(row['goods_amount']) !== undefined;
  return {
    goodsFen: isStated ? yuan.read(row, 'goods_amount') + priceChangeFen : ofLinesFen,
    freightFen: yuan.read(row, 'postage'),
    chargesFen: sumFen(listOf(row['service_fee_detail']).map((fee) => yuan.read(fee, 'service_fee'))),
    shopFen: shopFen + (rules.isLeaderDiscountByPlatform ? 0 : leaderFen),
    platformFen: platformFen + (rules.isLeaderDiscountByPlatform ? leaderFen : 0),
    payableFen: yuan.read(row, 'pay_amount'),
  };
}

function provenParts(row: JsonObject, stated: Parts, yuan: YuanReader): Parts {
  const valuesFen = sumFen(
    ['home_install_value', 'delivery_home_value', 'delivery_install_value'].map((field) => yuan.read(row, field)),
  );
  const reductionFen = yuan.read(row, 'duo_duo_pay_reduction');
  const inflationFen = yuan.read(asObject(row['step_order_info']), 'step_discount_amount');
  const charges = [stated.chargesFen, stated.chargesFen + valuesFen];
  const readings = charges.flatMap((chargesFen) =>
    [0, reductionFen].flatMap((platformFen) =>
      [0, inflationFen].map((shopFen) => ({
        ...stated,
        chargesFen,
        platformFen: stated.platformFen + platformFen,
        shopFen: stated.shopFen + shopFen,
      })),
    ),
  );
  return readings.find((parts) => unexplained(parts) === 0) ?? stated;
}

/** What each line pays for goods: one line the whole, several by their prices, to the fen. */
function linePayments(goodsFen: readonly number[], goodsPaymentFen: number): number[] {
  if (goodsFen.length === 0) return [];
  return allocate(
    goodsPaymentFen,
    goodsFen.map((value) => Math.max(value, 0)),
  );
}

/** A deposit order has paid its deposit alone until the balance is in (Pinduoduo sheet §5.5). */
function paidSoFar(row: JsonObject, codes: OrderCodes, payableFen: number, yuan: YuanReader): number {
  if (codes.stepStatus === '0') return 0;
  if (codes.stepStatus === '1') return yuan.read(asObject(row['step_order_info']), 'advanced_paid_fee');
  return codes.isPaid ? payableFen : 0;
}
