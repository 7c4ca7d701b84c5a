import { allocate, sumFen, yuanToFen } from '@app/shared';
import { CanonicalAmounts } from '@app/contracts/canonical';
import { PlatformError } from '../port';
import { Json, JsonObject, asInteger, asList, asText } from '../kit/answer.json';

/** What the configuration says about units and bearers that the sheet marks UNCONFIRMED. */
export interface MoneyRules {
  couponFeeUnit: string;
  subsidyUnit: string;
  platformPromotions: readonly string[];
}

/** Amounts of an order and of its lines, in fen. */
export interface OrderMoney {
  amounts: CanonicalAmounts;
  /** In the order of the lines. */
  lines: { unitPriceFen: number; discountFen: number; paidFen: number }[];
}

/** Yuan text → fen; 0 when absent. Throws `rejected` for anything that is no whole number of fen. */
export function readYuan(trade: JsonObject, field: string): number {
  const text = asText(trade[field]);
  if (text === undefined) return 0;
  try {
    return yuanToFen(text);
  } catch (error) {
    throw badAmount(trade, field, text, error);
  }
}

function readFen(trade: JsonObject, field: string): number {
  const text = asText(trade[field]);
  if (text === undefined) return 0;
  const value = asInteger(text);
  if (value !== undefined) return value;
  // A practice of writing whole fen with decimals, e.g. `500.00`, is the same number.
  if (/^-?\d+\.0+$/.test(text)) return Number(text);
  throw badAmount(trade, field, text);
}

function badAmount(trade: JsonObject, field: string, text: string, cause?: unknown): PlatformError {
  const no = asText(trade['tid']) ?? asText(trade['oid']) ?? '?';
  const error = new PlatformError(
    'rejected',
    `Order ${no}: "${text}" in ${field} is not a whole number of fen; the order cannot be booked.`,
    {
      platform: 'taobao',
      method: 'taobao.trade.fullinfo.get',
      reason: 'bad-request',
    },
  );
  error.cause = cause;
  return error;
}

/** Pieces of a line; 0 when the number is absent or not whole. */
export function readQuantity(line: JsonObject): number {
  return asInteger(line['num']) ?? 0;
}

interface LineMoney {
  unitPriceFen: number;
  goodsFen: number;
  /** price × num + adjust − discount, as stated or computed (Taobao sheet §5.7). */
  totalFen: number;
  ownDiscountFen: number;
  tradeShareFen: number | undefined;
  divideFen: number | undefined;
}

function readLine(line: JsonObject): LineMoney {
  const unitPriceFen = readYuan(line, 'price');
  const goodsFen = unitPriceFen * readQuantity(line);
  const ownDiscountFen = readYuan(line, 'discount_fee') - readYuan(line, 'adjust_fee');
  return {
    unitPriceFen,
    goodsFen,
    ownDiscountFen,
    totalFen: line['total_fee'] === undefined ? goodsFen - ownDiscountFen : readYuan(line, 'total_fee'),
    tradeShareFen: line['part_mjz_discount'] === undefined ? undefined : readYuan(line, 'part_mjz_discount'),
    divideFen: line['divide_order_fee'] === undefined ? undefined : readYuan(line, 'divide_order_fee'),
  };
}

/**
 * Money model of Taobao sheet §5.7, accepted as stated: a difference between the stated parts and the stated payment is
 * left visible and never spread away.
 */
export function readOrderMoney(
  trade: JsonObject,
  rawLines: readonly JsonObject[],
  isPaid: boolean,
  rules: MoneyRules,
): OrderMoney {
  const lines = rawLines.map(readLine);
  const freightFen = readYuan(trade, 'post_fee');
  const otherChargesFen = asText(trade['type']) === 'cod' ? readYuan(trade, 'cod_fee') : 0;
  const payableFen = readYuan(trade, 'payment');
  const tradeDiscountFen = tradeDiscount(trade, lines);
  const discountFen = sumFen(lines.map((line) => line.ownDiscountFen)) + tradeDiscountFen;
  const platformDiscountFen = Math.min(platformPromotions(trade, rules), Math.max(discountFen, 0));
  const { paid, isShared } = linePayments(
    lines,
    payableFen - freightFen - otherChargesFen,
    freightFen,
    tradeDiscountFen,
  );
  const subsidyFen = platformSubsidy(trade, rules);
  return {
    amounts: {
      goodsFen:
        trade['total_fee'] === undefined ? sumFen(lines.map((line) => line.goodsFen)) : readYuan(trade, 'total_fee'),
      freightFen,
      shopDiscountFen: discountFen - platformDiscountFen,
      platformDiscountFen,
      payableFen,
      paidFen: paidSoFar(trade, isPaid, payableFen),
      ...(otherChargesFen !== 0 && { otherChargesFen }),
      ...(subsidyFen !== 0 && { platformSubsidyFen: subsidyFen }),
      ...(isShared && { areLinesShared: true }),
    },
    lines: lines.map((line, index) => ({
      unitPriceFen: line.unitPriceFen,
      discountFen: line.goodsFen - paid[index]!,
      paidFen: paid[index]!,
    })),
  };
}

/** Order-level discount: the lines' shares when they are stated, since they are what refunds use; else the trade's own field. */
function tradeDiscount(trade: JsonObject, lines: readonly LineMoney[]): number {
  const shares = lines.map((line) => line.tradeShareFen);
  if (shares.some((share) => share !== undefined)) return sumFen(shares.map((share) => share ?? 0));
  return readYuan(trade, 'discount_fee');
}

/** What each line pays, and whether it is our share of a sum rather than what the platform tells of the line. */
interface LinePayments {
  paid: number[];
  isShared: boolean;
}

/**
 * What each line pays for goods. One line: the whole payment without freight, because its own `payment` contains freight
 * (Taobao sheet §5.6). Several: `divide_order_fee`, else total − share, else by largest remainder.
 */
function linePayments(
  lines: readonly LineMoney[],
  goodsPaymentFen: number,
  freightFen: number,
  tradeDiscountFen: number,
): LinePayments {
  const told = (paid: number[]): LinePayments => ({ paid, isShared: false });
  const shared = (paid: number[]): LinePayments => ({ paid, isShared: true });
  if (lines.length === 0) return told([]);
  if (lines.length === 1) return told([goodsPaymentFen]);
  if (lines.every((line) => line.divideFen !== undefined)) {
    const divided = lines.map((line) => line.divideFen!);
    // Whether divide_order_fee contains freight is UNCONFIRMED: taken out only when the sums prove that it is in.
    const hasFreight = freightFen !== 0 && sumFen(divided) === goodsPaymentFen + freightFen;
    if (!hasFreight) return told(divided);
    const freight = allocate(
      freightFen,
      divided.map((value) => Math.max(value, 0)),
    );
    return shared(divided.map((value, index) => value - freight[index]!));
  }
  if (lines.every((line) => line.tradeShareFen !== undefined))
    return told(lines.map((line) => line.totalFen - line.tradeShareFen!));
  const shares = allocate(
    tradeDiscountFen,
    lines.map((line) => Math.max(line.totalFen, 0)),
  );
  const paid = lines.map((line, index) => line.totalFen - shares[index]!);
  return tradeDiscountFen === 0 ? told(paid) : shared(paid);
}

function paidSoFar(trade: JsonObject, isPaid: boolean, payableFen: number): number {
  const step = asText(trade['step_trade_status']);
  if (step === 'FRONT_NOPAID_FINAL_NOPAID') return 0;
  if (step === 'FRONT_PAID_FINAL_NOPAID' || step === 'FRONT_PAID_FRONT_FORFEITED')
    return readYuan(trade, 'step_paid_fee');
  return isPaid ? payableFen : 0;
}

function platformPromotions(trade: JsonObject, rules: MoneyRules): number {
  if (rules.platformPromotions.length === 0) return 0;
  const borne = asList(trade['promotion_details'], 'promotion_detail').filter((promotion) =>
    rules.platformPromotions.some((prefix) => (asText(promotion['promotion_id']) ?? '').startsWith(prefix)),
  );
  return sumFen(borne.map((promotion) => readYuan(promotion, 'discount_fee')));
}

/** Points, coins, red packets and subsidies that the platform pays for the buyer (Taobao sheet §5.5, §5.7). */
function platformSubsidy(trade: JsonObject, rules: MoneyRules): number {
  const inUnit = (field: string, unit: string): number =>
    unit === 'yuan' ? readYuan(trade, field) : readFen(trade, field);
  const hasValue = (value: Json): boolean => asText(value) !== undefined;
  const coupon = hasValue(trade['tmall_coupon_fee']) ? 'tmall_coupon_fee' : 'coupon_fee';
  return sumFen([
    inUnit(coupon, rules.couponFeeUnit),
    inUnit('platform_subsidy_fee', rules.subsidyUnit),
    readFen(trade, 'alipay_point'),
    readFen(trade, 'propoint'),
  ]);
}
