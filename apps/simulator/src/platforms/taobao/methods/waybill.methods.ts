import { createHash } from 'node:crypto';
import { business, invalid, list } from '../envelope';
import { carrierOf } from '../numbers';
import { maskName, oaidOf, virtualNumber } from '../receiver';
import { read, shopOf, write, type Call, type MethodTable } from '../method';
import type { Waybill } from '../../../kit/waybill-book';

type Row = Record<string, unknown>;

/** Carriers to which every demo shop is subscribed, with the numbers left at the start. */
const SUBSCRIBED: readonly string[] = ['ZTO', 'YTO', 'STO', 'YUNDA', 'SF', 'EMS', 'HTKY', 'LE04284890'];
const ALLOCATED = 1_000_000;

/** The sender addresses of the account; a request must name one of them exactly (Taobao sheet §9.5). */
const SENDERS = [
  { province: '浙江省', city: '杭州市', district: '余杭区', town: '五常街道', detail: '文一西路969号1号仓' },
  { province: '广东省', city: '广州市', district: '白云区', town: '太和镇', detail: '北太路1633号2号仓' },
];

const refused = (code: string, text: string): Error => business(`isv.waybill-${code}`, text);

interface TradeOrderInfo {
  object_id?: string | number;
  order_info?: { order_channels_type?: string; trade_order_list?: (string | number)[] };
  package_info?: { id?: string | number; items?: { name?: string; count?: number | string }[] };
  recipient?: { name?: string; mobile?: string; phone?: string; address?: Row; oaid?: string; tid?: string | number };
  template_url?: string;
  user_id?: string | number;
}

interface ApplyRequest {
  cp_code?: string;
  sender?: { name?: string; mobile?: string; phone?: string; address?: Partial<(typeof SENDERS)[number]> };
  trade_order_info_dtos?: TradeOrderInfo[];
}

function search(call: Call): Row {
  const shop = shopOf(call);
  const wanted = call.params.text('cp_code');
  const rows = SUBSCRIBED.filter((code) => wanted === undefined || code === wanted).map((code) => {
    const { taken, cancelled } = call.waybills.countsOf(shop.shopId, code);
    return {
      cp_code: code,
      cp_type: code === 'SF' || code === 'EMS' || code === 'LE04284890' ? 1 : 2,
      branch_account_cols: list('waybill_branch_account', [
        {
          branch_code: `${code}-571001`,
          branch_name: `杭州余杭${carrierOf(code)!.name}网点`,
          quantity: ALLOCATED - taken + cancelled,
          allocated_quantity: taken,
          cancel_quantity: cancelled,
          print_quantity: 0,
          segment_code: 'NORMAL',
          shipp_address_cols: list(
            'address_dto',
            SENDERS.map((address, index) => ({ ...address, waybill_address_id: index + 1 })),
          ),
        },
      ]),
    };
  });
  return { waybill_apply_subscription_cols: list('waybill_apply_subscription_info', rows) };
}

function checkRequest(request: ApplyRequest): TradeOrderInfo[] {
  if (!request.cp_code || !SUBSCRIBED.includes(request.cp_code))
    throw refused('cp-code-not-subscribed', '未订购该物流公司的电子面单');
  const { sender } = request;
  if (!sender?.name || !(sender.mobile || sender.phone) || !sender.address)
    throw refused('sender-invalid', '发件人姓名、电话、地址必填');
  const given = sender.address;
  const isKnown = SENDERS.some(
    (known) =>
      given.province === known.province &&
      (given.city ?? '') === known.city &&
      (given.district ?? '') === known.district &&
      given.detail === known.detail,
  );
  if (!isKnown)
    throw refused('sender-address-not-match', '发货地址与订购的地址不一致，请先用 cainiao.waybill.ii.search 查询');
  const infos = request.trade_order_info_dtos ?? [];
  if (infos.length === 0 || infos.length > 10) throw refused('order-count-invalid', '一次最多申请 10 个面单');
  const ids = infos
    .map((info) => String(info.package_info?.id ?? '').toLowerCase())
    .filter((packageId) => packageId !== '');
  if (new Set(ids).size < ids.length)
    throw refused('package-id-repeated', '同一批次内 package_info.id 不能重复（不区分大小写）');
  return infos;
}

function checkInfo(call: Call, info: TradeOrderInfo): string[] {
  const tids = (info.order_info?.trade_order_list ?? []).map(String);
  if (info.object_id === undefined || info.template_url === undefined || info.user_id === undefined)
    throw refused('param-missing', 'object_id、template_url、user_id 必填');
  if (!info.order_info?.order_channels_type) throw refused('param-missing', 'order_channels_type 必填');
  if (tids.length === 0 || tids.length > 100 || tids.some((tid) => !/^[A-Za-z0-9_-]+$/.test(tid)))
    throw refused('trade-order-list-invalid', '订单号列表不合法');
  const items = info.package_info?.items ?? [];
  if (items.length === 0 || items.length > 100 || items.some((item) => !item.name || Number(item.count) < 1))
    throw refused('package-items-invalid', '包裹内商品名称和数量必填');
  const { recipient } = info;
  if (!recipient?.name || !recipient.address) throw refused('recipient-invalid', '收件人姓名和地址必填');
  const isMasked = `${recipient.name}${recipient.mobile ?? ''}${String(recipient.address.detail ?? '')}`.includes('*');
  if (isMasked && !recipient.oaid) throw refused('oaid-required', '收件人信息已脱敏，必须传 oaid 和 tid');
  if (recipient.oaid) {
    const order = call.core.story.order('taobao', String(recipient.tid ?? ''));
    if (!order || order.shopId !== shopOf(call).shopId) throw refused('oaid-tid-not-exist', 'oaid 对应的 tid 不存在');
    if (oaidOf(order, call.app.appKey) !== recipient.oaid)
      throw refused('oaid-not-match', 'oaid 与订单当前收件信息不一致，请重新获取');
  }
  return tids;
}

function printData(call: Call, waybill: Waybill, info: TradeOrderInfo): string {
  const tid = String(info.recipient?.tid ?? waybill.orderNos[0]);
  const order = call.core.story.order('taobao', tid);
  const { receiver } = order ?? {};
  const data = {
    _dataFrom: 'waybill',
    cpCode: waybill.carrier,
    needEncrypt: false,
    waybillCode: waybill.waybillNo,
    recipient: {
      name: receiver ? maskName(receiver.name) : info.recipient?.name,
      mobile: receiver ? virtualNumber(receiver, tid) : info.recipient?.mobile,
      address: {
        province: receiver?.state ?? info.recipient?.address?.province,
        detail: `AES:${createHash('sha256')
          .update(`${tid}:${receiver?.version ?? 0}`)
          .digest('base64')}`,
      },
      tid,
    },
    routingInfo: {
      consolidation: { name: `${receiver?.city || receiver?.district || ''}转` },
      origin: { code: '571', name: '杭州' },
      sortation: { name: '100-12' },
      routeCode: `${tid.slice(-4)}A-00`,
    },
    sender: {},
    shippingOption: { code: 'STANDARD_EXPRESS' },
    packageInfo: info.package_info,
  };
  const signature = `MD:${createHash('md5').update(JSON.stringify(data)).digest('base64')}`;
  return JSON.stringify({ data, signature, templateURL: info.template_url, ver: 'waybill_print_secret_version_1' });
}

function moduleOf(call: Call, waybill: Waybill, info: TradeOrderInfo): Row {
  return {
    object_id: info.object_id === undefined ? undefined : String(info.object_id),
    cp_code: waybill.carrier,
    real_cp_code: waybill.carrier,
    waybill_code: waybill.waybillNo,
    parent_waybill_code: '',
    print_data: printData(call, waybill, info),
  };
}

function get(call: Call): Row {
  const shop = shopOf(call);
  const request = call.params.json('param_waybill_cloud_print_apply_new_request') as ApplyRequest;
  const infos = checkRequest(request);
  const checked = infos.map((info) => ({ info, tids: checkInfo(call, info) }));
  const modules = checked.map(({ info, tids }) => {
    const key = `${shop.shopId}:${request.cp_code}:${[...tids].sort().join(',')}:${String(info.package_info?.id ?? '').toLowerCase()}`;
    const known = call.waybills.findByKey(key);
    if (known) return moduleOf(call, known, info);
    const waybillNo = carrierOf(request.cp_code!)!.waybillNo(call.core.story.nextNumber());
    const waybill: Waybill = {
      carrier: request.cp_code!,
      waybillNo,
      shopId: shop.shopId,
      key,
      orderNos: tids,
      request: info,
      isCancelled: false,
    };
    call.waybills.save(waybill);
    return moduleOf(call, waybill, info);
  });
  return { modules: list('waybill_cloud_print_response', modules) };
}

function ownWaybill(call: Call, carrier: string, waybillNo: string): Waybill {
  const waybill = call.waybills.find(waybillNo);
  if (!waybill || waybill.shopId !== shopOf(call).shopId || waybill.carrier !== carrier)
    throw refused('not-exist', '面单号不存在');
  if (waybill.isCancelled) throw refused('cancelled', '面单号已取消');
  return waybill;
}

function update(call: Call): Row {
  const request = call.params.json('param_waybill_cloud_print_update_request') as TradeOrderInfo & {
    cp_code?: string;
    waybill_code?: string;
  };
  const waybill = ownWaybill(call, request.cp_code ?? '', request.waybill_code ?? '');
  const info = { ...(waybill.request as TradeOrderInfo), ...request };
  const {
    cp_code: _code,
    waybill_code: _no,
    ...kept
  } = info as TradeOrderInfo & { cp_code?: string; waybill_code?: string };
  if (request.recipient) checkInfo(call, kept);
  call.waybills.save({ ...waybill, request: kept });
  return { waybill_code: waybill.waybillNo, print_data: printData(call, waybill, kept) };
}

function cancel(call: Call): Row {
  const waybill = ownWaybill(call, call.params.required('cp_code'), call.params.required('waybill_code'));
  const isCollected = call.waybills
    .usedBy(waybill.waybillNo)
    .some((order) =>
      order.notices.some((notice) => notice.waybillNo === waybill.waybillNo && notice.collectedAt !== undefined),
    );
  if (isCollected) throw refused('already-collected', '包裹已揽收，面单号不能取消');
  call.waybills.save({ ...waybill, isCancelled: true });
  return { cancel_result: true };
}

function queryOne(call: Call, carrier: string, waybillNo: string, objectId: string | undefined): Row {
  const waybill = call.waybills.find(waybillNo);
  if (!waybill || waybill.shopId !== shopOf(call).shopId || waybill.carrier !== carrier || waybill.isCancelled) {
    return {
      success: false,
      object_id: objectId,
      error_code: 'WAYBILL_NOT_EXIST',
      error_message: '面单号不存在或已取消',
    };
  }
  return {
    success: true,
    waybill_cloud_print_response: {
      ...moduleOf(call, waybill, waybill.request as TradeOrderInfo),
      object_id: objectId,
    },
  };
}

function queryByCode(call: Call): Row {
  const wanted = call.params.json('param_list');
  if (!Array.isArray(wanted) || wanted.length === 0 || wanted.length > 20)
    throw invalid('param_list', 'param_list 必须有 1 到 20 项');
  const rows = (wanted as { cp_code?: string; waybill_code?: string; object_id?: string }[]).map((one) =>
    queryOne(call, one.cp_code ?? '', one.waybill_code ?? '', one.object_id),
  );
  return { modules: list('waybill_cloud_print_with_result_desc_response', rows) };
}

function queryByTrade(call: Call): Row {
  const wanted = call.params.json('param_list');
  if (!Array.isArray(wanted) || wanted.length === 0 || wanted.length > 10)
    throw invalid('param_list', 'param_list 必须有 1 到 10 项');
  const rows = (
    wanted as { cp_code?: string; biz_sub_code?: string; trade_order_list?: (string | number)[]; object_id?: string }[]
  ).flatMap((one) =>
    (one.trade_order_list ?? (one.biz_sub_code === undefined ? [] : [one.biz_sub_code])).flatMap((tid) =>
      call.waybills
        .ofOrder(String(tid))
        .filter(
          (waybill) =>
            waybill.shopId === shopOf(call).shopId && (one.cp_code === undefined || waybill.carrier === one.cp_code),
        )
        .map((waybill) => queryOne(call, waybill.carrier, waybill.waybillNo, one.object_id)),
    ),
  );
  return { modules: list('waybill_cloud_print_with_result_desc_response', rows) };
}

/** E-waybills (Taobao sheet §9.5). */
export const waybillMethods: MethodTable = {
  'cainiao.waybill.ii.search': read(search),
  'cainiao.waybill.ii.get': write(get),
  'cainiao.waybill.ii.update': write(update),
  'cainiao.waybill.ii.cancel': write(cancel),
  'cainiao.waybill.ii.query.by.waybillcode': read(queryByCode),
  'cainiao.waybill.ii.query.by.tradecode': read(queryByTrade),
};
