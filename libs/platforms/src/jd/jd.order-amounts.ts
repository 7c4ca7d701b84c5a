import { allocate, sumFen, yuanToFen } from '@app/shared';
import { CanonicalAmounts } from '@app/contracts/canonical';
import { JsonObject, asInteger, asList, asText } from '../kit/answer.json';
import { leadingCode } from './jd.values';

/** Amounts of an order and of its lines, in fen, and what could not be read of them. */
export interface OrderMoney {
  amounts: CanonicalAmounts;
  /** In the order of the lines. */
  lines: { unitPriceFen: number; discountFen: number; paidFen: number }[];
  /** Fields whose text is no amount; they count as 0, so the difference shows. */
  unreadable: string[];
}

/** Coupons of a single SKU (JD sheet §5.5). */
const SINGLE_ITEM = '30';

/** Reads yuan texts; one that is no whole number of fen is noted and counts as 0, so that the order itself is never lost. */
class YuanReader {
  readonly unreadable: string[] = [];

  of(source: JsonObject, field: string): number {
    const text = asText(source[field]);
    if (text === undefined) return 0;
    try {
      return yuanToFen(text);
    } catch {
      // Said below and shown as a hold; the raw text keeps the value.
      this.unreadable.push(`${field}: ${text.slice(0, 40)}`);
      return 0;
    }
  }
}

/** Pieces of a line; 0 when the number is absent or not whole. */
export function readQuantity(line: JsonObject): number {
  return asInteger(line['itemTotal']) ?? 0;
}

/**
 * Money of an order (JD sheet §5.4, §5.5), accepted as stated: payable = orderPayment + balanceUsed, since the former
 * leaves out what came from the JD balance. Lines carry no paid amounts; discounts of one SKU stay with its line and the
 * rest is spread by largest remainder. A difference between stated parts and stated payment stays visible.
 */
export function readOrderMoney(
  order: JsonObject,
  rawLines: readonly JsonObject[],
  paid: { isPaid: boolean; platformCoupons: readonly string[] },
): OrderMoney {
  const yuan = new YuanReader();
  const lines = rawLines.map((line) => ({ sku: asText(line['skuId']) ?? '', ...lineGoods(yuan, line) }));
  const coupons = readCoupons(yuan, order);
  const goodsFen =
    order['orderTotalPrice'] === undefined
      ? sumFen(lines.map((line) => line.goodsFen))
      : yuan.of(order, 'orderTotalPrice');
  const freightFen = yuan.of(order, 'freightPrice');
  const otherChargesFen = yuan.of(order, 'serviceFee') + yuan.of(order, 'taxFee');
  const payableFen = yuan.of(order, 'orderPayment') + yuan.of(order, 'balanceUsed');
  const isSale = (asText(order['returnOrder']) ?? '0') === '0';
  const platformDiscountFen = sumFen(
    coupons.filter(({ type }) => paid.platformCoupons.includes(type)).map(({ fen }) => fen),
  );
  // Parts sent again and exchanges are free of charge: what is not paid is the shop's (JD sheet §5.4, §13 pitfall 15).
  const shopDiscountFen = isSale
    ? yuan.of(order, 'sellerDiscount')
    : goodsFen + freightFen + otherChargesFen - platformDiscountFen - payableFen;
  const paidOfLines = linePayments(lines, coupons, shopDiscountFen + platformDiscountFen);
  return {
    amounts: {
      goodsFen,
      freightFen,
      shopDiscountFen,
      platformDiscountFen,
      payableFen,
      paidFen: paid.isPaid ? payableFen : 0,
      ...(otherChargesFen !== 0 && { otherChargesFen }),
      ...(lines.length > 1 && { areLinesShared: true }),
    },
    lines: lines.map(({ unitPriceFen, goodsFen: goods }, index) => ({
      unitPriceFen,
      discountFen: goods - paidOfLines[index]!,
      paidFen: paidOfLines[index]!,
    })),
    unreadable: yuan.unreadable,
  };
}

interface Coupon {
  type: string;
  sku: string | undefined;
  fen: number;
}

function readCoupons(yuan: YuanReader, order: JsonObject): Coupon[] {
  return asList(order['couponDetailList'], 'couponDetail').map((coupon) => ({
    type: leadingCode(coupon['couponType']) ?? '',
    sku: asText(coupon['skuId']),
    fen: yuan.of(coupon, 'couponPrice'),
  }));
}

function lineGoods(yuan: YuanReader, line: JsonObject): { unitPriceFen: number; goodsFen: number } {
  const unitPriceFen = yuan.of(line, 'jdPrice');
  return { unitPriceFen, goodsFen: unitPriceFen * readQuantity(line) };
}

/** What each line pays for goods: its price without its own promotions and its share of everything else. */
function linePayments(
  lines: readonly { sku: string; goodsFen: number }[],
  coupons: readonly Coupon[],
  discountFen: number,
): number[] {
  if (lines.length === 0) return [];
  const own = ownDiscounts(lines, coupons);
  // Promotions of single SKUs that exceed the stated discount would be taken off twice.
  const counted = sumFen(own) <= discountFen ? own : own.map(() => 0);
  const left = lines.map((line, index) => Math.max(line.goodsFen - counted[index]!, 0));
  const shares = allocate(discountFen - sumFen(counted), left);
  return lines.map((line, index) => line.goodsFen - counted[index]! - shares[index]!);
}

/** Promotions of single SKUs, spread over the lines of that SKU. */
function ownDiscounts(lines: readonly { sku: string; goodsFen: number }[], coupons: readonly Coupon[]): number[] {
  const own = lines.map(() => 0);
  for (const coupon of coupons.filter(({ type, sku }) => type === SINGLE_ITEM && sku !== undefined)) {
    const places = lines.flatMap((line, index) => (line.sku === coupon.sku ? [index] : []));
    if (places.length === 0) continue;
    const parts = allocate(
      coupon.fen,
      places.map((index) => Math.max(lines[index]!.goodsFen, 0)),
    );
    places.forEach((index, nth) => (own[index] = own[index]! + parts[nth]!));
  }
  return own;
}
