import type { Core } from '../core/core';
import { takeOrderedUnits } from '../core/stock';
import { HOUR, MINUTE, wholeSecond } from '../core/times';
import type {
  Buyer,
  LineStory,
  ListingSku,
  ListingStory,
  OrderKind,
  OrderStory,
  PlanItem,
  Receiver,
  ShopStory,
} from '../core/story.types';

/** One wish of a buyer. */
export interface Wish {
  listing: ListingStory;
  sku: ListingSku;
  quantity: number;
}

/** A new order before it has numbers. */
export interface NewOrder {
  shop: ShopStory;
  kind: OrderKind;
  buyer: Buyer;
  receiver: Receiver;
  wishes: Wish[];
  at: number;
  freightFen: number;
  shopDiscountFen: number;
  platformDiscountFen: number;
  buyerMessage?: string;
  origin?: OrderStory['origin'];
  plan: PlanItem[];
}

/** Shares an amount over parts in proportion, to the fen; the last part takes the rest. */
export function share(totalFen: number, parts: readonly number[]): number[] {
  const sum = parts.reduce((all, part) => all + part, 0);
  let left = totalFen;
  return parts.map((part, i) => {
    const own = i === parts.length - 1 ? left : sum === 0 ? 0 : Math.floor((totalFen * part) / sum);
    left -= own;
    return own;
  });
}

/** Writes the order into the story; it is unpaid, and takes or holds its units. */
export function placeOrder(core: Core, wanted: NewOrder): OrderStory {
  const { numbers } = core.part(wanted.shop.platform);
  const seq = core.story.nextNumber();
  const no = numbers.orderNo(seq, wanted.buyer.id, wanted.at);
  const isSingle = wanted.wishes.length === 1;
  const lineNoOf = (i: number): string => {
    const { sku } = wanted.wishes[i]!;
    if (numbers.lineNoOf)
      return numbers.lineNoOf(sku.id, wanted.wishes.slice(0, i).filter((one) => one.sku.id === sku.id).length);
    if (isSingle || (i === 0 && numbers.firstLineBearsOrderNo)) return no;
    return numbers.lineNo(core.story.nextNumber(), wanted.buyer.id);
  };
  const lines = wanted.wishes.map((wish, i): LineStory => {
    const goods = wish.sku.priceFen * wish.quantity;
    return {
      no: lineNoOf(i),
      listingId: wish.listing.id,
      listingSkuId: wish.sku.id,
      title: wish.listing.title,
      spec: wish.sku.spec,
      itemCode: wish.listing.itemCode,
      merchantCode: wish.sku.merchantCode,
      quantity: wish.quantity,
      unitPriceFen: wish.sku.priceFen,
      discountFen: wish.listing.isNoStock ? 0 : Math.floor(goods / 20),
      shareFen: 0,
      paidFen: 0,
      state: 'unpaid',
      shippedQuantity: 0,
      isOversold: false,
      isNoStock: wish.listing.isNoStock,
    };
  });
  const nets = lines.map((line) => line.unitPriceFen * line.quantity - line.discountFen);
  const net = nets.reduce((all, one) => all + one, 0);
  const discount = Math.min(wanted.shopDiscountFen + wanted.platformDiscountFen, net);
  share(discount, nets).forEach((own, i) => {
    lines[i]!.shareFen = own;
    lines[i]!.paidFen = nets[i]! - own;
  });
  const order = assemble(wanted, no, seq, lines, discount);
  core.story.addOrder(order);
  takeOrderedUnits(core, order, wholeSecond(wanted.at));
  core.story.change(order, () => undefined, { verb: 'place', at: wanted.at, actor: 'buyer' });
  return order;
}

function assemble(wanted: NewOrder, no: string, seq: number, lines: LineStory[], discountFen: number): OrderStory {
  const goodsFen = lines.reduce((all, line) => all + line.unitPriceFen * line.quantity, 0);
  const lineDiscountFen = lines.reduce((all, line) => all + line.discountFen, 0);
  const platformDiscountFen = Math.min(wanted.platformDiscountFen, discountFen);
  const payableFen = goodsFen + wanted.freightFen - lineDiscountFen - discountFen;
  const isPresale = wanted.kind === 'presale';
  return {
    platform: wanted.shop.platform,
    shopId: wanted.shop.shopId,
    no,
    seq,
    kind: wanted.kind,
    buyer: wanted.buyer,
    receiver: wanted.receiver,
    lines,
    amounts: {
      goodsFen,
      freightFen: wanted.freightFen,
      lineDiscountFen,
      shopDiscountFen: discountFen - platformDiscountFen,
      platformDiscountFen,
      payableFen,
      paidFen: 0,
      refundedFen: 0,
      depositFen: isPresale ? Math.floor(payableFen / 5) : 0,
      receivedFen: 0,
    },
    state: 'unpaid',
    createdAt: wholeSecond(wanted.at),
    modifiedAt: wholeSecond(wanted.at),
    buyerMessage: wanted.buyerMessage ?? '',
    sellerMemo: '',
    flag: 0,
    refunds: [],
    notices: [],
    money: [],
    told: ['placed'],
    plan: wanted.plan,
    isVirtual: lines.every((line) =>
      wanted.wishes.some((wish) => wish.sku.id === line.listingSkuId && wish.listing.isVirtual),
    ),
    isPresale,
    isUrged: false,
    isAddressChanged: false,
    ...(wanted.origin ? { origin: wanted.origin } : {}),
  };
}

/** What an order's buyer does first: pay after a while, or never. */
export function firstPlan(core: Core, key: string, kind: OrderKind, at: number, isHistory: boolean): PlanItem[] {
  const chance = core.chance(`${key}:first`);
  if (kind === 'unpaid_cancelled') {
    const isForgotten = chance.hits(0.5);
    return [
      {
        at: at + (isForgotten ? 24 * HOUR : chance.int(5, 120) * MINUTE),
        act: 'cancel',
        note: isForgotten ? 'platform' : 'buyer',
      },
    ];
  }
  const paid = at + chance.int(1, 40) * MINUTE;
  const plan: PlanItem[] = [
    { at: paid, act: 'pay' },
    { at: at + 24 * HOUR, act: 'cancel', note: 'platform' },
  ];
  if (isHistory) plan.push({ at: paid + chance.int(5, 14) * HOUR, act: 'ship-elsewhere' });
  return plan;
}
