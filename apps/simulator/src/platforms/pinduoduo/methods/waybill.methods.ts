import { createHash } from 'node:crypto';
import type { OrderStory } from '../../../core/story.types';
import type { Waybill } from '../../../kit/waybill-book';
import { cipherOf } from '../cipher';
import { carrierOf } from '../numbers';
import { appCall, read, shopOf, write, type Call, type MethodTable } from '../method';
import { business, refuse } from '../pop-error';

type Row = Record<string, unknown>;

/** Carriers to which every demo shop is subscribed, with the numbers left at the start. */
const SUBSCRIBED: readonly string[] = ['ZTO', 'YTO', 'STO', 'YUNDA', 'SF', 'EMS', 'YZXB', 'JTSD', 'JD'];
const ALLOCATED = 1_000_000;

/** The sender addresses of the account; a request must name one of them (Pinduoduo sheet §9.6). */
const SENDERS = [
  { province: '浙江省', city: '杭州市', district: '余杭区', town: '五常街道', detail: '文一西路969号1号仓' },
  { province: '广东省', city: '广州市', district: '白云区', town: '太和镇', detail: '北太路1633号2号仓' },
];

interface TradeOrderInfo {
  object_id?: string | number;
  order_info?: { order_channels_type?: string; trade_order_list?: (string | number)[] };
  package_info?: { id?: string | number; items?: { name?: string; count?: number | string }[] };
  recipient?: { name?: string; mobile?: string; phone?: string; address?: Row };
  template_url?: string;
  user_id?: string | number;
}

interface ApplyRequest {
  wp_code?: string;
  sender?: { name?: string; mobile?: string; phone?: string; address?: Partial<(typeof SENDERS)[number]> };
  trade_order_info_dtos?: TradeOrderInfo[];
}

function search(call: Call): Row {
  const shop = shopOf(call);
  const wanted = call.params.text('wp_code');
  const rows = SUBSCRIBED.filter((code) => wanted === undefined || code === wanted).map((code) => {
    const { taken, cancelled } = call.waybills.countsOf(shop.shopId, code);
    return {
      wp_code: code,
      wp_type: code === 'SF' || code === 'EMS' || code === 'JD' ? 1 : 2,
      branch_account_cols: [
        {
          branch_code: `${code}-571001`,
          branch_name: `杭州余杭${carrierOf(code)!.name}网点`,
          quantity: ALLOCATED - taken + cancelled,
          allocated_quantity: taken,
          cancel_quantity: cancelled,
          recycled_quantity: 0,
          shipp_address_cols: SENDERS.map((address) => ({ country: '中国', ...address })),
          service_info_cols: [],
          vas_account_cols: [],
        },
      ],
    };
  });
  return { waybill_apply_subscription_cols: rows };
}

function templates(call: Call): Row {
  const wanted = call.params.text('wp_code');
  const datas = SUBSCRIBED.filter((code) => wanted === undefined || code === wanted).map((code, i) => ({
    wp_code: code,
    standard_templates: [
      {
        standard_template_id: 100 + i,
        standard_template_name: `${carrierOf(code)!.name}标准面单`,
        standard_template_url: `https://file-link.pinduoduo.com/${code.toLowerCase()}_std`,
        standard_waybill_type: 1,
      },
    ],
  }));
  return { result: { datas } };
}

function checkRequest(request: ApplyRequest): TradeOrderInfo[] {
  if (!request.wp_code || !SUBSCRIBED.includes(request.wp_code)) throw business('未订购该快递公司的电子面单');
  const { sender } = request;
  if (!sender?.name || !(sender.mobile || sender.phone) || !sender.address) throw refuse(21_002, 'sender');
  const { address } = sender;
  const isKnown = SENDERS.some(
    (known) =>
      address.province === known.province &&
      address.city === known.city &&
      address.district === known.district &&
      address.detail === known.detail,
  );
  if (!isKnown) throw business('发货地址与订购的地址不一致');
  const infos = request.trade_order_info_dtos ?? [];
  if (infos.length === 0 || infos.length > 10) throw refuse(10_000, 'trade_order_info_dtos 必须有 1 到 10 项');
  return infos;
}

/** The orders of a parcel that are this platform's; a parcel of another channel has none. */
function ordersOf(call: Call, info: TradeOrderInfo): OrderStory[] {
  const { order_channels_type: channel, trade_order_list: list = [] } = info.order_info ?? {};
  if (info.object_id === undefined || info.template_url === undefined || info.user_id === undefined)
    throw refuse(21_002, 'object_id、template_url、user_id');
  if (list.length === 0 || list.length > 100) throw refuse(10_000, 'trade_order_list 必须有 1 到 100 项');
  const items = info.package_info?.items ?? [];
  if (items.length === 0 || items.length > 100 || items.some((item) => !item.name || !(Number(item.count) >= 1)))
    throw refuse(10_000, 'package_info.items');
  // Real callers also send the channel in lower case (Pinduoduo sheet §9.6).
  if (channel?.toUpperCase() !== 'PDD') {
    if (!info.recipient?.name || !info.recipient.address) throw refuse(21_002, 'recipient');
    return [];
  }
  return list.map((no) => {
    const order = call.core.story.order('pinduoduo', String(no));
    if (!order || order.shopId !== shopOf(call).shopId) throw business(`订单 ${no} 不属于当前店铺或订单不存在`);
    return order;
  });
}

/** The receiver may be left out; when it is there, it must be the ciphertext that the order has now. */
function checkRecipient(info: TradeOrderInfo, orders: readonly OrderStory[]): void {
  const { recipient } = info;
  if (!recipient || orders.length === 0) return;
  const fits = orders.some(
    (order) => recipient.name === cipherOf(order, 'name') && recipient.mobile === cipherOf(order, 'phone'),
  );
  if (!fits) throw business('收件人信息与订单不一致，请使用订单最新的密文');
}

function printData(waybill: Waybill): string {
  const { template_url: templateUrl } = waybill.request as TradeOrderInfo;
  const text = JSON.stringify([waybill.waybillNo, waybill.orderNos, waybill.request]);
  return JSON.stringify({
    encryptedData: createHash('sha512').update(text).digest('hex'),
    signature: createHash('sha256').update(text).digest('base64'),
    templateUrl,
    ver: '3',
  });
}

const moduleOf = (waybill: Waybill, objectId: string): Row => ({
  object_id: objectId,
  waybill_code: waybill.waybillNo,
  parent_waybill_code: null,
  print_data: printData(waybill),
});

/** The same orders, carrier and package id get the same number until it is cancelled; the sheet leaves this open. */
function get(call: Call): Row {
  const shop = shopOf(call);
  const request = call.params.object('param_waybill_cloud_print_apply_new_request') as ApplyRequest;
  const checked = checkRequest(request).map((info) => {
    checkRecipient(info, ordersOf(call, info));
    return info;
  });
  const modules = checked.map((info) => {
    const orderNos = (info.order_info?.trade_order_list ?? []).map(String);
    const packageId = String(info.package_info?.id ?? '');
    const key = `${shop.shopId}:${request.wp_code}:${[...orderNos].sort().join(',')}:${packageId}`;
    const known = call.waybills.findByKey(key);
    if (known) return moduleOf(known, String(info.object_id));
    const waybill: Waybill = {
      carrier: request.wp_code!,
      waybillNo: carrierOf(request.wp_code!)!.waybillNo(call.core.story.nextNumber()),
      shopId: shop.shopId,
      key,
      orderNos,
      request: info,
      isCancelled: false,
    };
    call.waybills.save(waybill);
    return moduleOf(waybill, String(info.object_id));
  });
  return { modules };
}

function ownWaybill(call: Call, carrier: string, waybillNo: string): Waybill {
  const waybill = call.waybills.find(waybillNo);
  if (!waybill || waybill.shopId !== shopOf(call).shopId || waybill.carrier !== carrier) throw business('面单号不存在');
  if (waybill.isCancelled) throw business('电子面单已取消');
  return waybill;
}

function update(call: Call): Row {
  const request = call.params.object('param_waybill_cloud_print_update_request') as TradeOrderInfo & {
    wp_code?: string;
    waybill_code?: string;
  };
  const waybill = ownWaybill(call, request.wp_code ?? '', request.waybill_code ?? '');
  const { wp_code: _code, waybill_code: _no, ...changed } = request;
  const kept: Waybill = { ...waybill, request: { ...(waybill.request as TradeOrderInfo), ...changed } };
  call.waybills.save(kept);
  return { waybill_code: kept.waybillNo, print_data: printData(kept) };
}

function cancel(call: Call): Row {
  const waybill = ownWaybill(call, call.params.required('wp_code'), call.params.required('waybill_code'));
  const isCollected = call.waybills
    .usedBy(waybill.waybillNo)
    .some((order) =>
      order.notices.some((notice) => notice.waybillNo === waybill.waybillNo && notice.collectedAt !== undefined),
    );
  // A refusal stands inside the success (Pinduoduo sheet §4.1).
  if (isCollected) return { cancel_result: false };
  call.waybills.save({ ...waybill, isCancelled: true });
  return { cancel_result: true };
}

function query(call: Call): Row {
  const modules = call.params.rows('param_list', 20).map((row) => {
    const waybill = ownWaybill(call, String(row.wp_code ?? ''), String(row.waybill_code ?? ''));
    return { waybill_cloud_print_response: moduleOf(waybill, String(row.object_id ?? '')) };
  });
  return { modules };
}

/** E-waybills (Pinduoduo sheet §9.6). */
export const waybillMethods: MethodTable = {
  'pdd.waybill.search': read('pdd_waybill_search_response', search),
  'pdd.cloudprint.stdtemplates.get': appCall('pdd_cloudprint_stdtemplates_get_response', templates),
  'pdd.waybill.get': write('pdd_waybill_get_response', get),
  'pdd.waybill.update': write('pdd_waybill_update_response', update),
  'pdd.waybill.cancel': write('pdd_waybill_cancel_response', cancel),
  'pdd.waybill.query.by.waybillcode': read('pdd_waybill_query_by_waybillcode_response', query),
};
