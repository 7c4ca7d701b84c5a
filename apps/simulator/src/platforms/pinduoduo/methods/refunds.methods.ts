import { agreeMoney, reship } from '../../../core/exchanges';
import { agreeReturn, isRefundOpen, movesMoney } from '../../../core/refunds';
import { ActRefused } from '../../../core/happen';
import type { OrderStory, RefundStory } from '../../../core/story.types';
import { pageOf } from '../../../kit/list-page';
import type { RefundRow } from '../../../kit/shop-indexes';
import { PINDUODUO_CARRIERS } from '../numbers';
import { read, shopOf, write, type Call, type MethodTable } from '../method';
import { fieldOf } from '../params';
import { business, refuse } from '../pop-error';
import { refundDetailView, refundRowView } from '../refund-view';
import { isRefunding, listTypeOf, statusOf } from '../words';
import { orderOf, ownOrder } from './orders.methods';

type Row = Record<string, unknown>;

const MOST_UPDATED_S = 1_800;
/** Asks for every type and every status (Pinduoduo sheet §7.1). */
const ALL = 1;

/** Return addresses of every shop. */
const ADDRESSES = [
  { id: 81_001, refund_address_id: '9981001', detail: '文一西路969号退货仓', name: '退货组', phone: '13900000001' },
  { id: 81_002, refund_address_id: '9981002', detail: '北太路1633号退货仓', name: '售后组', phone: '13900000002' },
] as const;

function increment(call: Call): Row {
  const shop = shopOf(call);
  const type = call.params.int('after_sales_type', 1, 99);
  const status = call.params.int('after_sales_status', 1, 99);
  const window = call.params.window('start_updated_at', 'end_updated_at', MOST_UPDATED_S);
  const orderNo = call.params.text('order_sn');
  // With an order number every other filter is ignored (Pinduoduo sheet §7.1).
  const filter = ({ order, refund }: RefundRow): boolean =>
    orderNo !== undefined
      ? order.no === orderNo
      : (type === ALL || listTypeOf(refund) === type) && (status === ALL || statusOf(refund) === status);
  const page = pageOf(call, {
    index: call.indexes.of(shop.shopId).refunds.modified,
    ...(orderNo === undefined ? window : { from: 0, to: call.at }),
    filter,
    isModifiedList: true,
    pageNo: call.params.int('page', 1, 1_000_000, 1),
    pageSize: call.params.int('page_size', 1, 100, 100),
    keyOf: ({ refund }: RefundRow) => refund.no,
    modifiedAtOf: ({ refund }: RefundRow) => refund.modifiedAt,
  });
  return { total_count: page.total, refund_list: page.rows.map(refundRowView) };
}

function refundOf(order: OrderStory, no: string | undefined): RefundStory {
  const refund = no === undefined ? order.refunds.at(-1) : order.refunds.find((one) => one.no === no);
  if (!refund) throw business('售后单不存在');
  return refund;
}

function information(call: Call): Row {
  const order = ownOrder(call);
  return refundDetailView({ order, refund: refundOf(order, call.params.text('after_sales_id')) });
}

function statusCheck(call: Call): Row {
  const shop = shopOf(call);
  const rows = call.params.names('order_sns', 100).filter((orderNo) => {
    const order = call.core.story.order('pinduoduo', orderNo);
    return order !== undefined && order.shopId === shop.shopId && isRefunding(order);
  });
  return { order_sns_exists_refund: rows.map((orderNo) => ({ order_sn: orderNo })) };
}

function addresses(call: Call): Row {
  const rows = ADDRESSES.map((one, i) => ({
    id: one.id,
    refund_address_id: one.refund_address_id,
    is_default: i === 0 ? 'Y' : 'N',
    is_validated: 1,
    is_legal: 1,
    province_name: i === 0 ? '浙江省' : '广东省',
    city_name: i === 0 ? '杭州市' : '广州市',
    district_name: i === 0 ? '余杭区' : '白云区',
    refund_address: one.detail,
    refund_name: one.name,
    refund_phone: one.phone,
    refund_tel: '',
    mall_id: Number(shopOf(call).shopId),
  }));
  return { refund_address_list: rows };
}

/** The order and after-sale that a JSON parameter names. */
function target(call: Call, request: Row): { order: OrderStory; refund: RefundStory } {
  const order = orderOf(call, fieldOf(request, 'order_sn'));
  return { order, refund: refundOf(order, fieldOf(request, 'after_sales_id')) };
}

/** Business refusals of these calls stand two levels deep, inside a success (Pinduoduo sheet §4.1). */
function inside(refund: RefundStory, order: OrderStory, flag: 'succ' | 'success', act: () => void): Row {
  const outcome = { after_sales_id: Number(refund.no), order_sn: order.no };
  try {
    act();
  } catch (error) {
    if (!(error instanceof ActRefused)) throw error;
    return { ...outcome, [flag]: false, message: `售后单状态不允许此操作: ${error.message}` };
  }
  return { ...outcome, [flag]: true, message: '操作成功' };
}

function agree(call: Call): Row {
  const { order, refund } = target(call, call.params.object('request'));
  return { result: inside(refund, order, 'succ', () => agreeMoney(call.core, order, call.at, refund.no)) };
}

function agreeGoods(call: Call): Row {
  const request = call.params.object('request');
  fieldOf(request, 'operate_desc');
  const addressId = fieldOf(request, 'return_address_id');
  // Which of the two ids is wanted is left open by the sheet (§7.1): both are taken.
  if (!ADDRESSES.some((one) => one.refund_address_id === addressId || String(one.id) === addressId))
    throw refuse(21_001, 'return_address_id');
  const { order, refund } = target(call, request);
  const result = inside(refund, order, 'success', () => {
    if (refund.kind === 'refund' || refund.kind === 'resend') throw new ActRefused('no goods come back');
    agreeReturn(call.core, order, call.at, refund.no);
  });
  const isDone = result.success === true;
  return { success: isDone, error_code: isDone ? 0 : 50_001, error_msg: isDone ? '' : result.message, result };
}

function exchangeShipping(call: Call): Row {
  const request = call.params.object('request');
  const { order, refund } = target(call, request);
  const shippingId = fieldOf(request, 'shipping_id');
  const waybillNo = fieldOf(request, 'tracking_number');
  const carrier = PINDUODUO_CARRIERS.find((one) => String(one.id) === shippingId);
  if (!carrier) throw refuse(21_001, 'shipping_id');
  const act = (): void => reship(call.core, order, call.at, refund.no, { carrierCode: carrier.code, waybillNo });
  return { result: inside(refund, order, 'success', act) };
}

/** The warehouse has the goods of a return: the money goes back then; of an exchange or repair they are only noted. */
function warehouse(call: Call): Row {
  const request = call.params.object('request');
  const { order, refund } = target(call, request);
  const waybillNo = fieldOf(request, 'reverse_tracking_number');
  const isGood = fieldOf(request, 'warehouse_status') === '1';
  const result = inside(refund, order, 'success', () => {
    if (refund.state !== 'sent_back' || refund.returnWaybillNo !== waybillNo)
      throw new ActRefused(`no parcel ${waybillNo} is on its way back`);
    if (isGood && movesMoney(refund.kind) && !refund.isMoneyAgreed) agreeMoney(call.core, order, call.at, refund.no);
  });
  return { result };
}

/** The warehouse tells whether the goods of a refund before shipping could be stopped (Pinduoduo sheet §7.1). */
function sendGoodsCancel(call: Call): Row {
  const param = call.params.object('param');
  const order = orderOf(call, fieldOf(param, 'tid'));
  const refund = refundOf(order, fieldOf(param, 'refund_id'));
  const isStopped = fieldOf(param, 'status') === 'SUCCESS';
  const result = inside(refund, order, 'success', () => {
    if (refund.kind !== 'refund' || order.notices.length > 0) throw new ActRefused('the goods have left');
    if (isStopped && isRefundOpen(refund)) agreeMoney(call.core, order, call.at, refund.no);
  });
  return { result: { result_data: result.success === true, message: result.message } };
}

/** After-sales (Pinduoduo sheet §7). There is no call to refuse one. */
export const refundMethods: MethodTable = {
  'pdd.refund.list.increment.get': read('refund_increment_get_response', increment),
  'pdd.refund.information.get': read(null, information),
  'pdd.refund.status.check': read('refund_status_check_response', statusCheck),
  'pdd.refund.address.list.get': read('refund_address_list_get_response', addresses),
  'pdd.refund.agree': write('response', agree),
  'pdd.refund.returngoods.agree': write('response', agreeGoods),
  'pdd.refund.exchange.shipping': write('response', exchangeShipping),
  'pdd.nextone.logistics.warehouse.update': write('response', warehouse),
  'pdd.rdc.pddgenius.sendgoods.cancel': write('rdc_pddgenius_sendgoods_cancel_response', sendGoodsCancel),
};
