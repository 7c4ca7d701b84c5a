import { openLines } from '../../../core/happen';
import { isRefundOpen } from '../../../core/refunds';
import type { LineStory, OrderStory } from '../../../core/story.types';
import { business } from '../envelope';
import { carrierOf } from '../numbers';
import { oaidOf } from '../receiver';
import { isLineRefunding } from '../trade-view';
import { shopOf, type Call } from '../method';

const TEXTS: Readonly<Record<string, string>> = {
  B01: '交易订单不存在',
  B02: '订单状态不允许发货',
  B03: '子订单不属于该订单',
  B04: '订单已经发货或者订单状态不允许发货',
  B55: '订单正在退款中，不能发货',
  B57: '物流公司不存在或不支持自己联系物流',
  B59: '运单号不能为空',
  B60: '运单号不符合物流公司的规则',
  B98: '订单类型不匹配，请使用其他发货接口',
  CD16: '订单已部分发货，请拆单发货',
  CD17: '订单不属于当前卖家',
  CD19: '订单尚未发货',
  CD22: '拆单标识与子订单不匹配',
  'F-F06': '运单号已被使用，疑似虚假发货',
  P01: '参数错误',
  P07: '修改前后信息一致',
  P25: '拆单校验失败',
};

/** Which family of shipping methods a refusal belongs to; it is part of the sub code (Taobao sheet §9.3). */
export type ConsignFamily = 'offline' | 'online' | 'dummy' | 'resend';

/** A shipping refusal. */
export function consignError(family: ConsignFamily, code: string): Error {
  return business(`isv.logistics-${family}-service-error:${code}`, TEXTS[code] ?? code);
}

/** The order of `tid`, with the refusals of the shipping methods. */
export function orderToShip(call: Call, family: ConsignFamily): OrderStory {
  const order = call.core.story.order('taobao', call.params.id('tid'));
  if (!order) throw consignError(family, 'B01');
  if (order.shopId !== shopOf(call).shopId) throw consignError(family, 'CD17');
  return order;
}

/** The carrier and the number must fit each other, and the number must not have been used for somebody else. */
export function checkWaybill(
  call: Call,
  family: ConsignFamily,
  order: OrderStory,
  carrierCode: string,
  waybillNo: string,
): void {
  const carrier = carrierOf(carrierCode);
  if (!carrier) throw consignError(family, 'B57');
  if (waybillNo === '') throw consignError(family, 'B59');
  if (!carrier.pattern.test(waybillNo)) throw consignError(family, 'B60');
  const earlier = call.waybills.usedBy(waybillNo).filter((one) => one !== order);
  // One parcel for several orders of one receiver is common practice; for anybody else it looks faked.
  const isForeign = earlier.some((one) => one.shopId !== order.shopId || oaidOf(one, '') !== oaidOf(order, ''));
  if (isForeign) throw consignError(family, 'F-F06');
}

/** The state must allow shipping at all. */
export function checkState(family: ConsignFamily, order: OrderStory): void {
  if (order.state === 'shipped' || order.state === 'completed') throw consignError(family, 'B04');
  if (order.state !== 'paid' && order.state !== 'part_shipped') throw consignError(family, 'B02');
}

/** The lines of a classic call: all open ones, or those of `sub_tid` when `is_split` is 1. */
export function linesToShip(call: Call, family: ConsignFamily, order: OrderStory, most: number): LineStory[] {
  const names = call.params.names('sub_tid');
  const isSplit = call.params.int('is_split', 0, 1, 0) === 1;
  if (names.length > most) throw consignError(family, 'P01');
  if (isSplit && names.length === 0) throw consignError(family, 'CD22');
  const open = openLines(order);
  const chosen = names.map((name) => {
    const line = order.lines.find((one) => one.no === name);
    if (!line) throw consignError(family, 'B03');
    return line;
  });
  if (!isSplit) {
    if (chosen.length > 0 && open.some((line) => !chosen.includes(line))) throw consignError(family, 'CD22');
    if (order.state === 'part_shipped') throw consignError(family, 'CD16');
    refuseRefunding(family, order, open);
    return open;
  }
  if (chosen.some((line) => line.state === 'shipped' || line.shippedQuantity > 0)) throw consignError(family, 'B04');
  if (chosen.some((line) => !open.includes(line))) throw consignError(family, 'B02');
  refuseRefunding(family, order, chosen);
  return chosen;
}

/** A line whose refund runs must not be shipped. */
export function refuseRefunding(family: ConsignFamily, order: OrderStory, lines: readonly LineStory[]): void {
  if (order.refunds.some(isRefundOpen) && lines.some((line) => isLineRefunding(order, line.no)))
    throw consignError(family, 'B55');
}
