import type { Core } from './core';
import type { FaultKind } from './fault-injector';
import type { FeeRates } from './platform-words';
import { DAY, SECOND, wholeSecond } from './times';
import type { MoneyKind, MoneyRow, OrderKind, OrderStory } from './story.types';

/** What a platform takes of an order's income unless it has rates of its own; rounded half up. */
export const USUAL_RATES: FeeRates = { commissionBp: 500, pointsBp: 50, softwareFeeBp: 60 };

/** How often a completed order pays the software fee, and a parcel the freight insurance. */
const SOFTWARE_FEE_CHANCE = 0.1;
const INSURANCE_CHANCE = 0.15;

/** Fees are taken moments after the payment (Taobao sheet §12.4). */
const FEE_LAG_MS = 2 * SECOND;

/** Differences in the row of the payment or its commission; at most one is planted on an order. */
const ORDER_FAULTS = ['bill-amount', 'bill-fee', 'bill-drop', 'bill-twice', 'bill-late'] as const;

/** Stories in which money moves again after completion; a difference there could not be told from the refund's. */
const MOVES_AGAIN: readonly OrderKind[] = ['refund_completed', 'return_completed'];

const share = (fen: number, bp: number): number => Math.floor((fen * bp + 5_000) / 10_000);

/** A row with a number of its own. */
export function moneyRow(
  core: Core,
  at: number,
  kind: MoneyKind,
  amountFen: number,
  more: Partial<MoneyRow> = {},
): MoneyRow {
  return { no: String(core.story.nextNumber()), at: wholeSecond(at), kind, amountFen, ...more };
}

function plantedOn(core: Core, order: OrderStory): FaultKind | undefined {
  if (MOVES_AGAIN.includes(order.kind)) return undefined;
  return ORDER_FAULTS.find((kind) => core.faults.strikesKey(order.platform, kind, order.no) !== undefined);
}

/** The income of a completed order and what is taken of it. Call within a change of the order. */
export function bookIncome(core: Core, order: OrderStory, at: number): void {
  const incomeFen = order.amounts.receivedFen;
  if (incomeFen <= 0) return;
  const planted = plantedOn(core, order);
  const chance = core.chance(`${order.no}:bill`);
  const paidAt = at + (planted === 'bill-late' ? chance.int(14, 28) * DAY : 0);
  const goods = moneyRow(core, paidAt, 'goods', incomeFen, wrongGoods(planted, incomeFen, chance.int(100, 500)));
  order.money.push(goods);
  const fee = (kind: MoneyKind, amountFen: number, more: Partial<MoneyRow> = {}): void => {
    if (amountFen > 0) order.money.push(moneyRow(core, paidAt + FEE_LAG_MS, kind, -amountFen, more));
  };
  const { feeRates: rates = USUAL_RATES, paysItsDiscount } = core.part(order.platform);
  const discountFen = order.amounts.platformDiscountFen;
  if (paysItsDiscount && discountFen > 0)
    order.money.push(moneyRow(core, paidAt, 'platform_discount', discountFen, wrongDiscount(planted)));
  const commissionFen = share(incomeFen, rates.commissionBp);
  const isFeeWrong = planted === 'bill-fee';
  // A commission of nothing cannot be wrong in the bill, so that the least order still shows the difference.
  const wrongFee: Partial<MoneyRow> = isFeeWrong
    ? { planted, billedFen: -(commissionFen + 50 + Math.floor(commissionFen / 5)) }
    : {};
  if (isFeeWrong && commissionFen === 0)
    order.money.push(moneyRow(core, paidAt + FEE_LAG_MS, 'commission', 0, wrongFee));
  else fee('commission', commissionFen, planted === 'bill-late' ? { planted } : wrongFee);
  fee('points', share(incomeFen, rates.pointsBp), planted === 'bill-late' ? { planted } : {});
  if (core.chance(`${order.no}:software`).hits(SOFTWARE_FEE_CHANCE))
    fee('software_fee', share(incomeFen, rates.softwareFeeBp), planted === 'bill-late' ? { planted } : {});
  if (planted === 'bill-twice')
    order.money.push(
      moneyRow(core, paidAt + FEE_LAG_MS, 'goods', 0, { planted, billedFen: incomeFen, repeats: goods.no }),
    );
  bookForeignRows(core, order, at, incomeFen);
}

/** The platform's discount comes with the payment, or not at all. */
function wrongDiscount(planted: FaultKind | undefined): Partial<MoneyRow> {
  if (planted === 'bill-late') return { planted };
  return planted === 'bill-drop' ? { planted, isDropped: true } : {};
}

/** A platform that paid its discount takes it back when the whole payment went back. Call within a change of the order. */
export function takeDiscountBack(core: Core, order: OrderStory, at: number, refundNo: string): void {
  const { platformDiscountFen, receivedFen } = order.amounts;
  if (!core.part(order.platform).paysItsDiscount || platformDiscountFen === 0 || receivedFen > 0) return;
  order.money.push(moneyRow(core, at, 'platform_discount', -platformDiscountFen, { refundNo }));
}

function wrongGoods(planted: FaultKind | undefined, incomeFen: number, byFen: number): Partial<MoneyRow> {
  if (planted === 'bill-late') return { planted };
  if (planted === 'bill-drop') return { planted, isDropped: true };
  if (planted !== 'bill-amount') return {};
  const isLess = byFen % 2 === 0 && incomeFen > byFen;
  return { planted, billedFen: isLess ? incomeFen - byFen : incomeFen + byFen };
}

/** Rows beside an order's that no order of the merchant explains. */
function bookForeignRows(core: Core, order: OrderStory, at: number, incomeFen: number): void {
  const { platform, shopId, no } = order;
  const chance = core.chance(`${no}:foreign`);
  const add = (planted: FaultKind, kind: MoneyKind, amountFen: number, more: Partial<MoneyRow> = {}): void =>
    core.ledger.add(platform, shopId, moneyRow(core, at + FEE_LAG_MS, kind, amountFen, { planted, ...more }));
  const strikes = (kind: FaultKind): boolean => core.faults.strikesKey(platform, kind, no) !== undefined;
  if (strikes('bill-stranger')) {
    const strangerNo = core.part(platform).numbers.orderNo(core.story.nextNumber(), order.buyer.id, at);
    add('bill-stranger', 'goods', incomeFen + chance.int(1, 900), { strangerNo });
  }
  if (strikes('bill-fee-alone')) add('bill-fee-alone', 'platform_fee', -chance.int(100, 3_000));
  if (strikes('bill-deposit')) add('bill-deposit', 'deposit', -chance.int(500, 5_000));
  if (strikes('bill-unknown'))
    add('bill-unknown', 'unknown', chance.hits(0.5) ? chance.int(50, 900) : -chance.int(50, 900));
}

/** Some parcels are insured against the cost of coming back; paid when they leave. Call within a change of the order. */
export function bookInsurance(core: Core, order: OrderStory, at: number): void {
  const chance = core.chance(`${order.no}:insurance`);
  if (order.isVirtual || !chance.hits(INSURANCE_CHANCE)) return;
  order.money.push(moneyRow(core, at, 'insurance', -chance.int(45, 250)));
}
