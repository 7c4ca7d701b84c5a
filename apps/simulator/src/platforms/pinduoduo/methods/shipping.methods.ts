import { ship } from '../../../core/acts';
import { happen } from '../../../core/happen';
import { afterShipped } from '../../../core/plans';
import { wholeSecond } from '../../../core/times';
import type { NoticeStory, OrderStory } from '../../../core/story.types';
import { PINDUODUO_CARRIERS, type PinduoduoCarrier } from '../numbers';
import { appCall, write, type Call, type MethodTable } from '../method';
import { fieldOf } from '../params';
import { business, noOrder, refuse } from '../pop-error';
import { isRefunding, isUnderReview, orderStatusOf } from '../words';
import { ownOrder } from './orders.methods';

type Row = Record<string, unknown>;

/** A waybill number of any carrier; no rule per carrier is published. */
const WAYBILL_NO = /^[A-Za-z0-9-]{6,32}$/;

const done: Row = { is_success: true };

function carrierOfId(id: string, name: string): PinduoduoCarrier {
  const carrier = PINDUODUO_CARRIERS.find((one) => String(one.id) === id);
  if (!carrier) throw refuse(21_001, `${name} 不存在`);
  if (!carrier.isAvailable) throw business(`快递公司 ${carrier.name} 不可用`);
  return carrier;
}

function checkedNo(waybillNo: string): string {
  if (!WAYBILL_NO.test(waybillNo)) throw business('运单号格式错误');
  return waybillNo;
}

/** Whether an order may be shipped for the first time. The texts are made up: none is published (Pinduoduo sheet §9.4). */
function checkFirst(order: OrderStory): void {
  if (orderStatusOf(order) !== 1) throw business('订单状态不是待发货');
  if (order.state === 'deposit_paid') throw business('预售订单尾款未支付，不能发货');
  if (isUnderReview(order)) throw business('订单正在审核中，不能发货');
  if (order.state === 'closed' || order.state === 'cancelled') throw business('订单已退款，不能发货');
  if (isRefunding(order)) throw business('订单正在退款中，不能发货');
}

/** Puts another carrier and number into the first parcel (`redelivery_type=2`, Pinduoduo sheet §9.1). */
function changeParcel(call: Call, order: OrderStory, carrier: PinduoduoCarrier, waybillNo: string): void {
  const [notice] = order.notices;
  if (orderStatusOf(order) !== 2 || !notice) throw business('订单状态不是已发货待签收');
  const old = notice.waybillNo;
  happen(call.core, order, call.at, 'waybill number changed', { verb: 'resend', actor: 'seller', notice }, (one) => {
    notice.carrier = carrier.code;
    notice.waybillNo = waybillNo;
    for (const line of one.lines) {
      if (!notice.lines.some((each) => each.no === line.no)) continue;
      line.carrier = carrier.code;
      line.waybillNo = waybillNo;
    }
    for (const item of one.plan) if (item.note === old) item.note = waybillNo;
  });
}

function onlineSend(call: Call): Row {
  const order = ownOrder(call);
  const carrier = carrierOfId(call.params.required('logistics_id'), 'logistics_id');
  const waybillNo = checkedNo(call.params.required('tracking_number'));
  if (call.params.int('redelivery_type', 1, 2, 1) === 2) {
    changeParcel(call, order, carrier, waybillNo);
  } else {
    checkFirst(order);
    ship(call.core, order, call.at, { by: 'api', method: call.method, carrier: carrier.code, waybillNo });
  }
  call.waybills.use(waybillNo, order);
  return done;
}

/** Further parcels of an order that was shipped; they hold no goods of their own, they only tell the buyer (§9.2). */
function addParcels(call: Call, order: OrderStory, type: number): Row {
  if (orderStatusOf(order) === 1) throw business('订单尚未发货');
  const parcels = call.params.rows('extra_track_list', 100).map((row) => ({
    carrier: carrierOfId(fieldOf(row, 'shipping_id'), 'shipping_id'),
    waybillNo: checkedNo(fieldOf(row, 'tracking_number')),
  }));
  const known = new Set(order.notices.map((notice) => notice.waybillNo));
  const fresh = parcels.filter(({ waybillNo }) => !known.has(waybillNo));
  for (const { carrier, waybillNo } of fresh) {
    const notice: NoticeStory = {
      at: wholeSecond(call.at),
      by: 'api',
      method: `${call.method}:${type}`,
      carrier: carrier.code,
      waybillNo,
      lines: [],
    };
    happen(call.core, order, call.at, 'further parcel told', { verb: 'add-parcel', actor: 'seller', notice }, (one) => {
      one.notices.push(notice);
      const way = afterShipped(call.core, one, notice, call.at);
      one.plan.push(...way.filter((item) => item.act === 'collect' || item.act === 'deliver'));
    });
    call.waybills.use(waybillNo, order);
  }
  return { success: true };
}

function companies(): Row {
  const rows = PINDUODUO_CARRIERS.map(({ id, code, name, isAvailable }) => ({
    id,
    code,
    logistics_company: name,
    available: isAvailable ? 1 : 0,
  }));
  return { logistics_companies: rows };
}

function preCheck(call: Call): Row {
  const order = call.core.story.order('pinduoduo', call.params.required('order_sn'));
  const carrier = PINDUODUO_CARRIERS.find((one) => one.code === call.params.required('ship_code'));
  if (!order) throw noOrder();
  return { allowed: carrier?.isAvailable === true && WAYBILL_NO.test(call.params.required('tracking_number')) };
}

function synced(call: Call): Row {
  ownOrder(call);
  call.params.required('waybill_no');
  call.params.int('order_state', 1, 1);
  return { success: true, result: true, error_code: 0, error_msg: '' };
}

/** Shipping (Pinduoduo sheet §9.1 to §9.5). */
export const shippingMethods: MethodTable = {
  'pdd.logistics.companies.get': appCall('logistics_companies_get_response', companies),
  'pdd.logistics.online.send': write('logistics_online_send_response', onlineSend),
  'pdd.order.upload.extra.logistics': write('upload_extra_logistics_response', (call) =>
    addParcels(call, ownOrder(call), call.params.int('extra_track_type', 1, 3)),
  ),
  'pdd.order.upload.relation.logistics': write('upload_extra_logistics_response', (call) =>
    addParcels(call, ownOrder(call), 1),
  ),
  'pdd.open.logistics.pre.check': appCall('logistics_pre_check_response', preCheck),
  'pdd.erp.order.sync': write(null, synced),
};
