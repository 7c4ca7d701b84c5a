import { happen, openLines } from '../../../core/happen';
import type { NoticeStory, OrderStory } from '../../../core/story.types';
import type { Body } from '../body';
import { DouyinError, missing } from '../envelope';
import { read, shopOf, write, type Call, type MethodTable } from '../method';
import { deliveryIdOf, DOUYIN_CARRIERS } from '../numbers';
import { openAddressId } from '../receiver';
import {
  checkState,
  checkWaybill,
  orderToShip,
  parcelOf,
  restOf,
  send,
  settleRefunds,
  shipError,
  type ParcelWish,
} from './shipping-rules';

type Row = Record<string, unknown>;

/** The most orders in one parcel (Douyin sheet §4.3). */
const MOST_ORDERS = 400;

/** The whole order in one parcel. */
function logisticsAdd(call: Call): unknown {
  const order = orderToShip(call, call.body.required('order_id'));
  const { carrier, waybillNo } = parcelOf(call.body);
  checkState(order);
  if (order.state === 'part_shipped') throw shipError(70023);
  checkWaybill(call, [order], carrier, waybillNo);
  const lines = restOf(order);
  settleRefunds(call, lines);
  send(call, { carrier, waybillNo, lines });
  return {};
}

/** A repeat of a request that went well gets the first answer and ships nothing (Douyin sheet §9.1). */
function once(call: Call, run: () => unknown): unknown {
  const requestId = call.body.text('request_id');
  if (requestId === undefined) throw missing('request_id', 50050);
  const known = call.memory.answerOf(shopOf(call).shopId, requestId);
  if (known !== undefined) return known;
  const answer = run();
  call.memory.keepAnswer(shopOf(call).shopId, requestId, answer);
  return answer;
}

/** Reads the lines of a parcel; what earlier parcels of the call took is no longer there. */
function wishedLines(
  rows: readonly Body[],
  orders: readonly OrderStory[],
  left: Map<string, number>,
): ParcelWish['lines'] {
  return rows.map((row) => {
    const no = row.required('shipped_order_id').replace(/A$/, '');
    const order = orders.find((one) => one.lines.some((line) => line.no === no));
    const line = order?.lines.find((one) => one.no === no);
    if (!order || !line) throw shipError(60102);
    if (!openLines(order).includes(line)) throw shipError(60068);
    const rest = left.get(no) ?? line.quantity - line.shippedQuantity;
    const quantity = row.int('shipped_num') ?? rest;
    if (rest === 0) throw shipError(60110);
    if (quantity < 1 || quantity > rest)
      throw new DouyinError(40004, 'isv.parameter-invalid:60112', '发货数量超过可发货数量');
    left.set(no, rest - quantity);
    return { order, line, quantity };
  });
}

/** One order in several parcels, all or nothing. */
function multiPack(call: Call): unknown {
  return once(call, () => {
    const order = orderToShip(call, call.body.required('order_id'));
    checkState(order);
    const packs = call.body.objects('pack_list');
    if (packs.length === 0) throw missing('pack_list');
    const left = new Map<string, number>();
    const wishes = packs.map((pack): ParcelWish => {
      const { carrier, waybillNo } = parcelOf(pack);
      checkWaybill(call, [order], carrier, waybillNo);
      const rows = pack.objects('shipped_order_info');
      if (rows.length === 0) throw missing('shipped_order_info');
      return { carrier, waybillNo, lines: wishedLines(rows, [order], left) };
    });
    settleRefunds(
      call,
      wishes.flatMap((wish) => wish.lines),
    );
    return {
      pack_list: wishes.map((wish): Row => {
        const sent = send(call, wish);
        return {
          logistics_code: wish.waybillNo,
          pack_id: sent.get(order),
          shipped_order_info: wish.lines.map(({ line, quantity }) => ({
            shipped_order_id: line.no,
            shipped_num: quantity,
            shipped_item_ids: [],
          })),
        };
      }),
    };
  });
}

/** Several orders of one receiver in one parcel. */
function singlePack(call: Call): unknown {
  return once(call, () => {
    const numbers = call.body.ids('order_id_list');
    if (numbers.length === 0) throw missing('order_id_list');
    if (numbers.length > MOST_ORDERS) throw shipError(60032);
    const orders = numbers.map((no) => orderToShip(call, no));
    for (const order of orders) checkState(order);
    if (new Set(orders.map(openAddressId)).size > 1) throw shipError(70020);
    const { carrier, waybillNo } = parcelOf(call.body);
    checkWaybill(call, orders, carrier, waybillNo);
    const rows = call.body.objects('shipped_order_info');
    const lines = rows.length === 0 ? orders.flatMap(restOf) : wishedLines(rows, orders, new Map());
    settleRefunds(call, lines);
    const sent = send(call, { carrier, waybillNo, lines });
    return { pack_id: [...sent.values()][0] };
  });
}

function changeWaybill(call: Call, order: OrderStory, notice: NoticeStory): void {
  const { carrier, waybillNo } = parcelOf(call.body);
  checkWaybill(call, [order], carrier, waybillNo);
  const old = notice.waybillNo;
  happen(call.core, order, call.at, 'waybill number changed', { verb: 'resend', actor: 'seller', notice }, (one) => {
    notice.carrier = carrier;
    notice.waybillNo = waybillNo;
    for (const line of one.lines) {
      if (!notice.lines.some((each) => each.no === line.no)) continue;
      line.carrier = carrier;
      line.waybillNo = waybillNo;
    }
    for (const item of one.plan) if (item.note === old) item.note = waybillNo;
  });
  call.waybills.use(waybillNo, order);
}

function checkEdit(order: OrderStory): void {
  if (order.notices.length === 0) throw shipError(60021);
  if (order.state === 'completed' || order.state === 'closed') throw shipError(10007);
}

/** Changes the parcel of an order that was shipped whole; one shipped by package has another method. */
function edit(call: Call): unknown {
  const order = orderToShip(call, call.body.required('order_id'));
  checkEdit(order);
  const isByPackage =
    order.notices.length > 1 ||
    ['order.logisticsAddMultiPack', 'order.logisticsAddSinglePack'].includes(order.notices[0]!.method);
  if (isByPackage) throw shipError(70011);
  changeWaybill(call, order, order.notices[0]!);
  return {};
}

function editByPack(call: Call): unknown {
  const order = orderToShip(call, call.body.required('order_id'));
  const packId = call.body.required('pack_id');
  checkEdit(order);
  const index = order.notices.findIndex((_, i) => deliveryIdOf(order.seq, i) === packId);
  if (index < 0) throw new DouyinError(40004, 'isv.parameter-invalid:60102', '包裹不存在');
  changeWaybill(call, order, order.notices[index]!);
  return {};
}

const companies = (): unknown => DOUYIN_CARRIERS.map(({ id, name, code }) => ({ id, name, code }));

/** Where the shop sends from and takes returns (Douyin sheet §9.1). */
export const ADDRESSES = [
  {
    address_id: 60001001,
    user_name: '发货仓',
    mobile: '13800000000',
    province_name: '浙江省',
    city_name: '杭州市',
    town_name: '余杭区',
    street_name: '五常街道',
    detail: '文一西路969号1号仓',
    is_default: 0,
    is_send_default: 1,
  },
  {
    address_id: 60001002,
    user_name: '退货仓',
    mobile: '13800000001',
    province_name: '广东省',
    city_name: '广州市',
    town_name: '白云区',
    street_name: '太和镇',
    detail: '北太路1633号2号仓',
    is_default: 1,
    is_send_default: 0,
  },
] as const;

/** Pages count from 1 here. */
function addresses(call: Call): unknown {
  const pageNo = call.body.int('page_no') ?? 1;
  const pageSize = call.body.int('page_size') ?? 20;
  const skip = (pageNo - 1) * pageSize;
  return {
    total: ADDRESSES.length,
    page_no: pageNo,
    page_size: pageSize,
    address_list: ADDRESSES.slice(skip, skip + pageSize),
  };
}

/** Shipping (Douyin sheet §9.1, §9.2). */
export const shippingMethods: MethodTable = {
  'order.logisticsAdd': write(logisticsAdd),
  'order.logisticsAddMultiPack': write(multiPack),
  'order.logisticsAddSinglePack': write(singlePack),
  'order.logisticsEdit': write(edit),
  'order.logisticsEditByPack': write(editByPack),
  'order.logisticsCompanyList': read(companies),
  'address.list': read(addresses),
};
