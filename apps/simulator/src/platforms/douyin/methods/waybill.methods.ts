import { createHash } from 'node:crypto';
import type { OrderStory } from '../../../core/story.types';
import type { Waybill } from '../../../kit/waybill-book';
import type { Body } from '../body';
import { business, invalid, missing } from '../envelope';
import { read, shopOf, write, type Call, type MethodTable } from '../method';
import { carrierOf } from '../numbers';
import { fieldOf } from '../receiver';
import { ADDRESSES } from './shipping.methods';

type Row = Record<string, unknown>;

/** Carriers with which every demo shop has a contract, and the numbers at the start. */
const CONTRACTS: readonly string[] = ['zhongtong', 'yuantong', 'shentong', 'yunda', 'shunfeng', 'jtexpress', 'jd'];
const ALLOCATED = 1_000_000;

/** The most numbers in one call (Douyin sheet §9.3). */
const MOST_NUMBERS = 50;

/** Left open by the sheet: numbers of an item's refusals. */
const BAD_SENDER = 10501;
const BAD_RECEIVER = 10601;
const NO_CONTRACT = 10301;
const UNKNOWN_NUMBER = 1101;

const site = (carrier: string): Row => ({
  company: carrier,
  company_type: carrier === 'shunfeng' || carrier === 'jd' ? 1 : 2,
  netsite_code: `${carrier}-571001`,
  netsite_name: `杭州余杭${carrierOf(carrier)!.name}网点`,
  sender_address: ADDRESSES.map((address) => ({
    country_code: 'CHN',
    province_name: address.province_name,
    city_name: address.city_name,
    district_name: address.town_name,
    street_name: address.street_name,
    detail_address: address.detail,
  })),
});

function netsites(call: Call): unknown {
  const wanted = call.body.text('logistics_code');
  const { shopId } = shopOf(call);
  return {
    netsites: CONTRACTS.filter((carrier) => wanted === undefined || carrier === wanted).map((carrier) => {
      const { taken, cancelled } = call.waybills.countsOf(shopId, carrier);
      return {
        ...site(carrier),
        amount: ALLOCATED - taken + cancelled,
        allocated_quantity: taken,
        cancelled_quantity: cancelled,
        recycled_quantity: -1,
      };
    }),
  };
}

interface ItemError {
  err_code: number;
  err_msg: string;
}

/** The sender's address must be one of the contract's (Douyin sheet §9.3). */
function senderError(call: Call): ItemError | undefined {
  const sender = call.body.object('sender_info');
  const address = sender.object('address');
  const contact = sender.object('contact');
  const isKnown = ADDRESSES.some(
    (one) =>
      one.province_name === address.text('province_name') &&
      one.city_name === address.text('city_name') &&
      one.town_name === address.text('district_name') &&
      one.detail === address.text('detail_address'),
  );
  if (!isKnown) return { err_code: BAD_SENDER, err_msg: '发货地址与网点签约地址不一致，请先查询网点' };
  if (!contact.has('name') || !(contact.has('mobile') || contact.has('phone')))
    return { err_code: BAD_SENDER, err_msg: '发件人姓名和电话必填' };
  return undefined;
}

/** Receivers of Douyin orders come as the order's own cipher texts; an older text is refused. */
function receiverError(order: OrderStory, info: Body): ItemError | undefined {
  const receiver = info.object('receiver_info');
  const contact = receiver.object('contact');
  const values = {
    name: contact.text('name') ?? '',
    mobile: contact.text('mobile') ?? contact.text('phone') ?? '',
    detail: receiver.object('address').text('detail_address') ?? '',
  };
  for (const field of ['name', 'mobile', 'detail'] as const) {
    const value = values[field];
    const isPlain = value === order.receiver[field];
    if (!isPlain && fieldOf(order, value) !== field)
      return { err_code: BAD_RECEIVER, err_msg: `收件人信息与订单不一致：${field}` };
  }
  return undefined;
}

const errorRow = (info: Body, error: ItemError): Row => ({
  order_id: info.text('order_id') ?? '',
  pack_id: info.text('pack_id') ?? '',
  ...error,
});

function billRow(waybill: Waybill, packId: string): Row {
  return {
    order_id: waybill.orderNos[0],
    pack_id: packId,
    company: carrierOf(waybill.carrier)?.name ?? waybill.carrier,
    track_no: waybill.waybillNo,
    sort_code: `${waybill.waybillNo.slice(-3)}-12`,
    package_center_code: '571001',
    package_center_name: '杭州转运中心',
    short_address_code: '300-12',
    short_address_name: '余杭',
    sub_waybill_codes: '',
    shipping_code: '',
    extra_resp: '',
    hint_msg: '',
  };
}

/** The orders of a parcel: its own and those packed with it. */
function ordersOf(call: Call, info: Body): OrderStory[] | undefined {
  const numbers = [
    info.text('order_id') ?? '',
    ...info.objects('combine_orders').map((one) => one.text('order_id') ?? ''),
  ].map((no) => no.replace(/A$/, ''));
  const orders = numbers.map((no) => call.core.story.order('douyin', no));
  const isOwn = orders.every((order) => order !== undefined && order.shopId === shopOf(call).shopId);
  return isOwn ? (orders as OrderStory[]) : undefined;
}

function createOne(call: Call, carrier: string, info: Body): Row | { failed: Row } {
  const orders = ordersOf(call, info);
  if (!orders) return { failed: errorRow(info, { err_code: BAD_RECEIVER, err_msg: '订单不存在' }) };
  const packId = info.text('pack_id') ?? '';
  const bad = receiverError(orders[0]!, info);
  if (bad) return { failed: errorRow(info, bad) };
  const { shopId } = shopOf(call);
  const key = `${shopId}:${carrier}:${orders[0]!.no}:${packId}`;
  const known = call.waybills.findByKey(key);
  if (known) return billRow(known, packId);
  const { taken, cancelled } = call.waybills.countsOf(shopId, carrier);
  if (taken - cancelled >= ALLOCATED) return { failed: errorRow(info, { err_code: 10701, err_msg: '面单余额不足' }) };
  const waybill: Waybill = {
    carrier,
    waybillNo: carrierOf(carrier)!.waybillNo(call.core.story.nextNumber()),
    shopId,
    key,
    orderNos: orders.map((order) => order.no),
    request: { packId },
    isCancelled: false,
  };
  call.waybills.save(waybill);
  return billRow(waybill, packId);
}

/** Takes numbers. Failures stand in `err_infos` of an answer that says success (Douyin sheet §4.1, §13 #14). */
function newCreateOrder(call: Call): unknown {
  const carrier = call.body.required('logistics_code');
  const infos = call.body.objects('order_infos');
  if (infos.length === 0) throw missing('order_infos');
  if (infos.length > MOST_NUMBERS) throw invalid(1, `一次最多取 ${MOST_NUMBERS} 个面单号`);
  const general = CONTRACTS.includes(carrier)
    ? senderError(call)
    : { err_code: NO_CONTRACT, err_msg: '店铺未与该物流公司签约' };
  if (general) return { ebill_infos: [], err_infos: infos.map((info) => errorRow(info, general)) };
  const bills: Row[] = [];
  const errors: Row[] = [];
  for (const info of infos) {
    const made = createOne(call, carrier, info);
    if ('failed' in made) errors.push(made.failed as Row);
    else bills.push(made);
  }
  return { ebill_infos: bills, err_infos: errors };
}

function ownWaybill(call: Call, carrier: string, waybillNo: string): Waybill | undefined {
  const waybill = call.waybills.find(waybillNo);
  return waybill?.shopId === shopOf(call).shopId && waybill.carrier === carrier ? waybill : undefined;
}

/** Print data for the local print component, encrypted for it. */
function waybillApply(call: Call): unknown {
  const rows = call.body.objects('waybill_applies');
  if (rows.length === 0) throw missing('waybill_applies');
  const infos: Row[] = [];
  const errors: Row[] = [];
  for (const row of rows) {
    const carrier = row.text('logistics_code') ?? '';
    const trackNo = row.text('track_no') ?? '';
    const waybill = ownWaybill(call, carrier, trackNo);
    if (!waybill || waybill.isCancelled) {
      errors.push({
        logistics_code: carrier,
        track_no: trackNo,
        err_code: UNKNOWN_NUMBER,
        err_msg: '面单号不存在或已取消',
      });
      continue;
    }
    const data = createHash('sha512').update(`print:${trackNo}`).digest('base64');
    infos.push({
      order_id: waybill.orderNos[0],
      track_no: trackNo,
      print_data: data,
      sign: createHash('md5').update(data).digest('hex'),
    });
  }
  return { waybill_infos: infos, err_infos: errors };
}

function cancelOrder(call: Call): unknown {
  const carrier = call.body.required('logistics_code');
  const waybill = ownWaybill(call, carrier, call.body.required('track_no'));
  if (!waybill) throw business(UNKNOWN_NUMBER, '面单号不存在');
  if (waybill.isCancelled) throw business(1102, '面单号已取消');
  const isCollected = call.waybills
    .usedBy(waybill.waybillNo)
    .some((order) =>
      order.notices.some((notice) => notice.waybillNo === waybill.waybillNo && notice.collectedAt !== undefined),
    );
  if (isCollected) throw business(1105, '包裹已揽收，不能取消');
  call.waybills.save({ ...waybill, isCancelled: true });
  return { cancel_result: { success: true } };
}

function updateOrder(call: Call): unknown {
  const waybill = ownWaybill(call, call.body.required('logistics_code'), call.body.required('track_no'));
  if (!waybill || waybill.isCancelled) throw business(UNKNOWN_NUMBER, '面单号不存在或已取消');
  const row = billRow(waybill, '');
  return { track_no: waybill.waybillNo, sort_code: row.sort_code, short_address_code: row.short_address_code };
}

function templates(call: Call): unknown {
  const wanted = call.body.text('logistics_code');
  return {
    template_data: CONTRACTS.filter((carrier) => wanted === undefined || wanted === carrier).map((carrier) => ({
      logistics_code: carrier,
      template_infos: [
        {
          template_id: 1,
          template_code: `${carrier}_standard`,
          template_name: '标准面单',
          template_url: `https://lf3-cm.ecombdstatic.com/obj/logistics-davinci/${carrier}/standard.xml`,
          template_type: 1,
          version: 1,
        },
      ],
    })),
  };
}

/** The way of a parcel, as its carrier scanned it. */
function route(call: Call): unknown {
  const trackNo = call.body.text('track_no') ?? call.body.required('tracking_no');
  const notice = call.waybills
    .usedBy(trackNo)
    .filter((order) => order.shopId === shopOf(call).shopId)
    .flatMap((order) => order.notices)
    .find((one) => one.waybillNo === trackNo);
  const scan = (state: string, text: string, at: number | undefined): Row[] =>
    at === undefined ? [] : [{ state, content: text, timestamp: Math.floor(at / 1_000) }];
  return {
    route_node_list: [
      ...scan('GOT', '快递员已揽收', notice?.collectedAt),
      ...scan('SIGNED', '包裹已签收', notice?.deliveredAt),
    ],
  };
}

/** E-waybills (Douyin sheet §9.3). */
export const waybillMethods: MethodTable = {
  'logistics.listShopNetsite': read(netsites),
  'logistics.getOutRange': read(() => ({ is_out_range: false, out_range_reason: 0 })),
  'logistics.newCreateOrder': write(newCreateOrder),
  'logistics.waybillApply': read(waybillApply),
  'logistics.updateOrder': write(updateOrder),
  'logistics.cancelOrder': write(cancelOrder),
  'logistics.templateList': read(templates),
  'logistics.trackNoRouteDetail': read(route),
};
