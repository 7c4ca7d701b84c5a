import { ship } from '../../../core/acts';
import { happen, openLines } from '../../../core/happen';
import { SECOND } from '../../../core/times';
import type { NoticeStory, OrderStory } from '../../../core/story.types';
import { wireNow } from '../../../core/wire';
import { invalid, num, refuse } from '../envelope';
import { carrierOf, JD_CARRIERS, SELF_DELIVERY } from '../numbers';
import { ownOrder, read, shopOf, write, type Call, type MethodTable } from '../method';
import { stateOf } from '../words';

type Row = Record<string, unknown>;

interface Parcel {
  carrier: string;
  waybillNo: string;
}

/** For so long after the first call on the wire clock a second one is told that the order is being shipped. */
const BEING_SHIPPED_MS = SECOND;

const done = { success: true, chineseErrCode: '', englishErrCode: '', errorCode: '' };
const failed = (chineseErrCode: string, englishErrCode: string, errorCode: string): Row => ({
  success: false,
  chineseErrCode,
  englishErrCode,
  errorCode,
});

const ALREADY = failed('订单已出库，不能重复出库', 'order has been shipped', '10400001');

/**
 * Carriers parted by `|`, numbers of one carrier by `,` in the same order (JD sheet §9.1). Returns the words of the
 * refusal when they do not fit each other.
 */
function readParcels(carriers: string, numbers: string): Parcel[] | string {
  const codes = carriers.split('|').map((code) => code.trim());
  const groups = numbers === '' ? codes.map(() => '') : numbers.split('|');
  if (codes.some((code) => !carrierOf(code))) return '物流公司不存在或未开通';
  if (codes.length !== groups.length) return '物流公司与运单号的数量不一致';
  const parcels: Parcel[] = [];
  for (const [i, code] of codes.entries()) {
    const own = groups[i]!.split(',')
      .map((waybillNo) => waybillNo.trim())
      .filter((waybillNo) => waybillNo !== '');
    // What the merchant delivers himself has no number, whatever was sent.
    if (code === SELF_DELIVERY) parcels.push({ carrier: code, waybillNo: '' });
    else if (own.length === 0) return '运单号不能为空';
    else if (own.some((waybillNo) => !/^[A-Za-z0-9-]{6,32}$/.test(waybillNo))) return '运单号格式不正确';
    else parcels.push(...own.map((waybillNo) => ({ carrier: code, waybillNo })));
  }
  return parcels;
}

/** A number that was told for a receiver elsewhere cannot be told again. */
function isTakenElsewhere(call: Call, order: OrderStory, { waybillNo }: Parcel): boolean {
  return call.waybills
    .usedBy(waybillNo)
    .some(
      (other) =>
        other !== order &&
        (other.shopId !== order.shopId ||
          other.receiver.mobile !== order.receiver.mobile ||
          other.receiver.detail !== order.receiver.detail),
    );
}

function refusalOf(order: OrderStory): Row | undefined {
  switch (stateOf(order)) {
    case 'WAIT_SELLER_STOCK_OUT':
      break;
    case 'WAIT_GOODS_RECEIVE_CONFIRM':
    case 'FINISHED_L':
      return ALREADY;
    case 'LOCKED':
      return failed('订单已锁定（有未处理的退款申请），不能出库', 'order is locked', '10400002');
    case 'POP_ORDER_PAUSE':
      return failed('订单已暂停，不能出库', 'order is paused', '10400003');
    default:
      return failed('当前状态的订单不能出库', 'order state is not suitable for shipment', '10400004');
  }
  if (order.kind === 'platform_shipped') return failed('京仓订单由京东发货', 'order is shipped by JD', '10400005');
  return undefined;
}

/** When a shop last shipped an order here, on the wire clock; not kept over a restart. */
const justShipped = new WeakMap<OrderStory, number>();

function isBeingShipped(order: OrderStory): boolean {
  const at = justShipped.get(order);
  return at !== undefined && wireNow() - at < BEING_SHIPPED_MS;
}

/** The whole order in one call; which goods are in which parcel is not told, so all stand with the last. */
function shipParcels(call: Call, order: OrderStory, parcels: readonly Parcel[]): void {
  const lines = openLines(order).map((line) => ({ no: line.no, quantity: line.quantity - line.shippedQuantity }));
  for (const [i, parcel] of parcels.entries()) {
    const isLast = i === parcels.length - 1;
    ship(call.core, order, call.at, { by: 'api', method: call.method, ...parcel, lines: isLast ? lines : [] });
    if (parcel.waybillNo !== '') call.waybills.use(parcel.waybillNo, order);
  }
}

function shipment(call: Call): Row {
  const orderId = call.fields.id('orderId');
  const carriers = call.fields.required('logiCoprId');
  const order = ownOrder(call, orderId);
  if (!order) return { sopjosshipment_result: failed('订单不存在或不属于该商家', 'order not exist', '10400006') };
  if (isBeingShipped(order)) throw refuse('70');
  const refusal = refusalOf(order);
  if (refusal) return { sopjosshipment_result: refusal };
  const parcels = readParcels(carriers, call.fields.text('logiNo') ?? '');
  if (typeof parcels === 'string')
    return { sopjosshipment_result: failed(parcels, 'logistics is invalid', '10400007') };
  if (parcels.some((parcel) => parcel.waybillNo !== '' && isTakenElsewhere(call, order, parcel)))
    return { sopjosshipment_result: failed('运单号已被其他订单使用', 'waybill is used', '10400008') };
  shipParcels(call, order, parcels);
  justShipped.set(order, wireNow());
  return { sopjosshipment_result: done };
}

/** The method of 2014: replaces all numbers of an order that was shipped (JD sheet §9.1). */
function changeWaybill(call: Call): Row {
  const { fields } = call;
  const { shopId } = shopOf(call);
  const tradeNo = fields.text('trade_no');
  const order = ownOrder(call, fields.id('order_id'));
  if (!order) throw refuse('71', fields.required('order_id'));
  if (tradeNo !== undefined && call.notes.isTradeNoUsed(shopId, tradeNo)) throw refuse('17', tradeNo);
  if (stateOf(order) !== 'WAIT_GOODS_RECEIVE_CONFIRM') throw refuse('50', '当前状态的订单不能修改运单号');
  const parcels = readParcels(fields.required('logistics_id'), fields.text('waybill') ?? '');
  if (typeof parcels === 'string') throw invalid('waybill', parcels);
  if (parcels.some((parcel) => parcel.waybillNo !== '' && isTakenElsewhere(call, order, parcel)))
    throw invalid('waybill', '运单号已被其他订单使用');
  replaceParcels(call, order, parcels);
  if (tradeNo !== undefined) call.notes.useTradeNo(shopId, tradeNo);
  return { vender_id: shopId, order_id: order.no };
}

function replaceParcels(call: Call, order: OrderStory, parcels: readonly Parcel[]): void {
  const last = order.notices[order.notices.length - 1]!;
  const notices = parcels.map((parcel, i): NoticeStory => ({
    at: last.at,
    by: 'api',
    method: call.method,
    ...parcel,
    lines: i === parcels.length - 1 ? order.notices.flatMap((notice) => notice.lines) : [],
  }));
  const changed = { verb: 'resend', actor: 'seller', notice: notices[notices.length - 1]! } as const;
  happen(call.core, order, call.at, 'waybill number changed', changed, (one) => {
    const old = one.notices.map((notice) => notice.waybillNo);
    const main = notices[notices.length - 1]!;
    one.notices = notices;
    for (const line of one.lines) {
      if (line.shippedQuantity === 0) continue;
      line.carrier = main.carrier;
      line.waybillNo = main.waybillNo;
    }
    const firstOf = new Set<string>();
    // The carrier's scans go on under the new number, once each.
    one.plan = one.plan.filter((item) => {
      if (item.note === undefined || !old.includes(item.note)) return true;
      item.note = main.waybillNo;
      const isFirst = !firstOf.has(item.act);
      firstOf.add(item.act);
      return isFirst;
    });
  });
  for (const { waybillNo } of parcels) if (waybillNo !== '') call.waybills.use(waybillNo, order);
}

function carriers(call: Call): Row {
  const rows = JD_CARRIERS.map((carrier, i) => ({
    logisticsId: num(carrier.code),
    logisticsName: carrier.name,
    logisticsRemark: '',
    sequence: String(i + 1),
    agreeFlag: '1',
    isCod: false,
  }));
  return { logistics_companies: { vender_id: shopOf(call).shopId, logistics_list: rows } };
}

/** Shipping (JD sheet §9.1, §9.2). */
export const shippingMethods: MethodTable = {
  'jingdong.pop.order.shipment': write(shipment),
  '360buy.order.sop.waybill.update': write(changeWaybill),
  '360buy.get.vender.all.delivery.company': read(carriers),
};
