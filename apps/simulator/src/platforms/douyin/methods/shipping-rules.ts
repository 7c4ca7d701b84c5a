import { ship } from '../../../core/acts';
import { openLines } from '../../../core/happen';
import { isRefundWaiting, refuseRefund } from '../../../core/refunds';
import type { LineStory, OrderStory } from '../../../core/story.types';
import type { Body } from '../body';
import { business, missing } from '../envelope';
import { shopOf, type Call } from '../method';
import { carrierOf, deliveryIdOf } from '../numbers';
import { openAddressId } from '../receiver';

const TEXTS: Readonly<Record<number, string>> = {
  10007: '订单状态不允许修改物流',
  60011: '运单号不能为空',
  60017: '运单号不符合物流公司的规则',
  60018: '物流公司不存在',
  60021: '订单状态不允许发货',
  60032: '订单数量不能超过 400',
  60033: '订单不存在',
  60040: '订单存在售后，不能发货',
  60068: '订单发货前已退款',
  60101: '订单不属于该店铺',
  60102: '子订单不存在',
  60107: '虚拟商品订单不支持发货',
  60108: '收款订单不支持发货',
  60109: '订单风控审核中，请稍后发货',
  60110: '订单已发货，请勿重复发货',
  60113: '订单已完成',
  60116: '平台仓订单不支持自行发货',
  60137: '订单未支付',
  70011: '订单按包裹发货，请使用按包裹修改物流的接口',
  70020: '收件人信息不一致，不能合并发货',
  70022: '运单号已被其他订单使用',
  70023: '订单已部分发货，不能整单发货',
};

/** A shipping refusal (Douyin sheet §4.3). */
export const shipError = (number: number): Error => business(number, TEXTS[number] ?? String(number));

/** The shop's own order of a number, with the refusals of the shipping methods. */
export function orderToShip(call: Call, no: string): OrderStory {
  const order = call.core.story.order('douyin', no.replace(/A$/, ''));
  if (!order) throw shipError(60033);
  if (order.shopId !== shopOf(call).shopId) throw shipError(60101);
  return order;
}

/** The order must be one that a shop ships, paid, released, and not gone yet. */
export function checkState(order: OrderStory): void {
  if (order.isVirtual) throw shipError(60107);
  if (order.lines.every((line) => line.isNoStock)) throw shipError(60108);
  if (order.kind === 'platform_shipped') throw shipError(60116);
  switch (order.state) {
    case 'unpaid':
    case 'deposit_paid':
      throw shipError(60137);
    case 'paid_blocked':
      throw shipError(60109);
    case 'shipped':
      throw shipError(60110);
    case 'completed':
      throw shipError(60113);
    case 'cancelled':
      throw shipError(60021);
    case 'closed':
      throw shipError(order.notices.length > 0 ? 60021 : 60068);
    default:
  }
}

/** A parcel as a call names it. */
export interface ParcelWish {
  carrier: string;
  waybillNo: string;
  lines: { order: OrderStory; line: LineStory; quantity: number }[];
}

/** Carrier and number of a parcel must fit each other, and the number must not be another receiver's. */
export function checkWaybill(call: Call, orders: readonly OrderStory[], carrierCode: string, waybillNo: string): void {
  const carrier = carrierOf(carrierCode);
  if (!carrier) throw shipError(60018);
  if (waybillNo === '') throw shipError(60011);
  if (!carrier.pattern.test(waybillNo)) throw shipError(60017);
  const address = openAddressId(orders[0]!);
  const isForeign = call.waybills
    .usedBy(waybillNo)
    .some((one) => !orders.includes(one) && openAddressId(one) !== address);
  if (isForeign) throw shipError(70022);
}

/** Carrier and number of a body or of one of its parcels. */
export function parcelOf(body: Body): { carrier: string; waybillNo: string } {
  const carrier = body.text('company_code') ?? '';
  if (carrier === '' && !body.has('company')) throw missing('company_code');
  return { carrier, waybillNo: body.text('logistics_code') ?? '' };
}

const isRefuseWanted = (body: Body): boolean => body.flag('is_refund_reject') || body.flag('is_reject_refund');

/**
 * A line under refund stops the whole call (60040), unless the caller refuses the buyer's request with it (Douyin
 * sheet §9.1); then it is refused here.
 */
export function settleRefunds(call: Call, lines: readonly { order: OrderStory; line: LineStory }[]): void {
  const open = lines.flatMap(({ order, line }) =>
    order.refunds
      .filter((refund) => refund.lineNo === line.no && isRefundWaiting(refund))
      .map((refund) => ({ order, refund })),
  );
  if (open.length === 0) return;
  if (!isRefuseWanted(call.body)) throw shipError(60040);
  for (const { order, refund } of open) refuseRefund(call.core, order, call.at, refund.no);
}

/** What is left of the open lines. */
export const restOf = (order: OrderStory): ParcelWish['lines'] =>
  openLines(order)
    .map((line) => ({ order, line, quantity: line.quantity - line.shippedQuantity }))
    .filter(({ quantity }) => quantity > 0);

/** Ships a checked parcel. Returns the number of the package in each of its orders. */
export function send(call: Call, wish: ParcelWish): Map<OrderStory, string> {
  const packs = new Map<OrderStory, string>();
  for (const order of new Set(wish.lines.map((one) => one.order))) {
    const lines = wish.lines
      .filter((one) => one.order === order)
      .map(({ line, quantity }) => ({ no: line.no, quantity }));
    ship(call.core, order, call.at, {
      by: 'api',
      method: call.method,
      carrier: wish.carrier,
      waybillNo: wish.waybillNo,
      lines,
    });
    call.waybills.use(wish.waybillNo, order);
    packs.set(order, deliveryIdOf(order.seq, order.notices.length - 1));
  }
  return packs;
}
