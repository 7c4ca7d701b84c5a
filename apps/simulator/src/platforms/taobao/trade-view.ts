import { HOUR, toPlatformText } from '../../core/times';
import { isRefundOpen } from '../../core/refunds';
import type { LineStory, OrderStory, ShopStory } from '../../core/story.types';
import { id, list, yuan, type WrappedList } from './envelope';
import { carrierOf } from './numbers';
import { maskDetail, maskMobile, maskName, oaidOf } from './receiver';
import { refundStatusOf, STATUS_OF, stepStatusOf, typeOf } from './words';

type Row = Record<string, unknown>;

const time = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : toPlatformText(ms));

/** The five fields without which `oaid` is not given (Taobao sheet §5.8). */
export const OAID_SOURCES: readonly string[] = [
  'receiver_name',
  'receiver_address',
  'created',
  'receiver_mobile',
  'receiver_phone',
];

/** Fields that only the detail call documents (Taobao sheet §5.3, "List vs detail"). */
const DETAIL_ONLY: ReadonlySet<string> = new Set([
  'seller_memo',
  'buyer_message',
  'promotion_details',
  'logistics_infos',
  'service_tags',
  'logistics_agreement',
  'promise_collect_time',
  'promise_sign_time',
  'est_con_time',
]);

function lineStatus(line: LineStory): string {
  if ((line.state === 'paid' || line.state === 'part_shipped') && line.shippedQuantity > 0)
    return STATUS_OF.part_shipped;
  return STATUS_OF[line.state];
}

function lineView(order: OrderStory, line: LineStory, shop: ShopStory): Row {
  const goodsFen = line.unitPriceFen * line.quantity;
  const totalFen = goodsFen - line.discountFen;
  const isSingle = order.lines.length === 1;
  const refund = order.refunds.filter((one) => one.lineNo === line.no).at(-1);
  return {
    oid: line.no,
    oid_str: line.no,
    num_iid: id(line.listingId),
    sku_id: line.listingSkuId,
    outer_iid: line.itemCode,
    outer_sku_id: line.merchantCode,
    title: line.title,
    sku_properties_name: line.spec,
    pic_path: `https://img.alicdn.com/demo/${line.listingId}.jpg`,
    cid: 50_000_671,
    price: yuan(line.unitPriceFen),
    num: line.quantity,
    discount_fee: yuan(line.discountFen),
    adjust_fee: '0.00',
    total_fee: yuan(totalFen),
    payment: isSingle ? yuan(order.amounts.payableFen) : yuan(totalFen),
    part_mjz_discount: yuan(line.shareFen),
    divide_order_fee: yuan(line.paidFen),
    status: lineStatus(line),
    refund_status: refund ? refundStatusOf(refund) : 'NO_REFUND',
    refund_id: refund ? id(refund.no) : undefined,
    consign_time: time(line.shippedAt),
    end_time: time(line.endedAt),
    timeout_action_time: time(line.state === 'shipped' ? order.autoConfirmAt : undefined),
    logistics_company: line.carrier ? (carrierOf(line.carrier)?.name ?? line.carrier) : undefined,
    invoice_no: line.waybillNo || undefined,
    seller_type: shop.kind === 'mall' ? 'B' : 'C',
    order_from: 'TAOBAO',
    is_oversold: line.isOversold,
    is_daixiao: false,
    is_service_order: false,
    buyer_rate: false,
    seller_rate: false,
    snapshot_url: `o:${line.no}_1`,
    store_code: 'SC',
    modify_address: order.isAddressChanged ? 1 : undefined,
    estimate_con_time: time(order.shipBy),
  };
}

function promotions(order: OrderStory): WrappedList | undefined {
  const rows: Row[] = [];
  for (const line of order.lines) {
    if (line.discountFen > 0)
      rows.push({
        id: id(line.no),
        promotion_name: '限时打折',
        discount_fee: yuan(line.discountFen),
        promotion_id: 'limitDiscount-111_222',
      });
  }
  const { shopDiscountFen, platformDiscountFen } = order.amounts;
  if (shopDiscountFen > 0)
    rows.push({
      id: id(order.no),
      promotion_name: '店铺优惠券',
      discount_fee: yuan(shopDiscountFen),
      promotion_id: 'shopbonus-555_666',
    });
  if (platformDiscountFen > 0)
    rows.push({
      id: id(order.no),
      promotion_name: '跨店满减',
      discount_fee: yuan(platformDiscountFen),
      promotion_id: 'Tmall$crossFull-333_444',
    });
  return list('promotion_detail', rows);
}

function moneyView(order: OrderStory): Row {
  const { amounts } = order;
  const isDone = order.state === 'completed';
  return {
    payment: yuan(amounts.payableFen),
    post_fee: yuan(amounts.freightFen),
    total_fee: yuan(amounts.goodsFen),
    discount_fee: yuan(amounts.shopDiscountFen + amounts.platformDiscountFen),
    adjust_fee: '0.00',
    received_payment: yuan(isDone ? amounts.receivedFen : 0),
    available_confirm_fee: yuan(isDone || order.paidAt === undefined ? 0 : amounts.payableFen - amounts.refundedFen),
    has_post_fee: amounts.freightFen > 0,
    commission_fee: '0.00',
    cod_fee: '0.00',
    alipay_no:
      order.paidAt === undefined
        ? undefined
        : `${toPlatformText(order.paidAt).slice(0, 10).replaceAll('-', '')}22001${order.no.slice(-15)}`,
    alipay_point: 0,
    point_fee: 0,
    real_point_fee: 0,
    platform_subsidy_fee: amounts.platformDiscountFen > 0 ? yuan(amounts.platformDiscountFen) : undefined,
    promotion_details: promotions(order),
    step_trade_status: stepStatusOf(order),
    step_paid_fee: order.isPresale ? yuan(amounts.paidFen) : undefined,
    new_presell: order.isPresale ? true : undefined,
  };
}

function receiverView(order: OrderStory, appKey: string | undefined): Row {
  const { receiver } = order;
  return {
    receiver_country: '中国',
    receiver_state: receiver.state,
    receiver_city: receiver.city || undefined,
    receiver_district: receiver.district,
    receiver_town: receiver.town,
    receiver_zip: receiver.zip,
    receiver_name: maskName(receiver.name),
    receiver_mobile: maskMobile(receiver.mobile),
    receiver_address: maskDetail(receiver.detail),
    oaid: appKey === undefined ? undefined : oaidOf(order, appKey),
    lm: order.isAddressChanged ? '1' : undefined,
  };
}

function promiseView(order: OrderStory): Row {
  if (order.shipBy === undefined) return {};
  const infos = order.lines.map((line) => ({
    trade_id: id(order.no),
    sub_trade_id: id(line.no),
    sku_id: line.listingSkuId,
    num_iid: id(line.listingId),
    need_consign_num: line.quantity,
    store_code: 'SC',
    consign_type: 'SC',
    biz_delivery_type: 0,
    promise_outbound_time: time(order.shipBy),
  }));
  return {
    est_con_time: time(order.shipBy),
    promise_collect_time: time(order.shipBy),
    logistics_agreement: { push_time: time(order.paidAt), promise_sign_time: time(order.shipBy + 72 * HOUR) },
    logistics_infos: list('logistics_info', infos),
  };
}

/** A trade with all fields that this simulator knows. */
export function fullTrade(order: OrderStory, shop: ShopStory, needsOaid = true): Row {
  const first = order.lines[0]!;
  const isSingle = order.lines.length === 1;
  return {
    tid: id(order.no),
    tid_str: order.no,
    sid: order.no,
    title: shop.name,
    type: typeOf(order),
    status: STATUS_OF[order.state],
    created: toPlatformText(order.createdAt),
    pay_time: time(order.paidAt),
    modified: toPlatformText(order.modifiedAt),
    consign_time: time(order.shippedAt),
    end_time: time(order.endedAt),
    timeout_action_time: time(order.state === 'shipped' ? order.autoConfirmAt : undefined),
    ...moneyView(order),
    buyer_open_uid: order.buyer.openId,
    buyer_nick: `${order.buyer.nick.slice(0, 1)}**`,
    seller_nick: shop.name,
    num: isSingle ? first.quantity : 0,
    num_iid: isSingle ? id(first.listingId) : undefined,
    price: isSingle ? yuan(first.unitPriceFen) : undefined,
    pic_path: isSingle ? `https://img.alicdn.com/demo/${first.listingId}.jpg` : undefined,
    buyer_rate: false,
    seller_rate: false,
    seller_flag: order.flag,
    seller_memo: order.sellerMemo || undefined,
    buyer_message: order.buyerMessage || undefined,
    has_buyer_message: order.buyerMessage !== '',
    shipping_type: order.isVirtual ? 'virtual' : 'express',
    trade_from: 'WAP,WAP',
    is_part_consign: order.state === 'part_shipped' || order.notices.length > 1,
    is_sh_ship: false,
    top_hold: 0,
    receipt_type: order.kind === 'price_difference' ? 'ITEM' : undefined,
    ob_tag: order.isUrged ? 'lg' : undefined,
    ...promiseView(order),
    ...receiverView(order, needsOaid ? shop.appKey : undefined),
  };
}

function pick(row: Row, names: ReadonlySet<string>): Row {
  const picked: Row = {};
  for (const [name, value] of Object.entries(row)) if (names.has(name)) picked[name] = value;
  return picked;
}

/** A parsed `fields` parameter. Names that no answer knows are ignored. */
export class FieldList {
  private readonly top = new Set<string>();
  private readonly line = new Set<string>();
  readonly hasOaid: boolean;
  readonly hasOaidSources: boolean;

  constructor(names: readonly string[]) {
    for (const name of names) {
      if (name.startsWith('orders.')) this.line.add(name.slice('orders.'.length));
      else this.top.add(name);
    }
    this.hasOaid = this.top.has('oaid');
    this.hasOaidSources = OAID_SOURCES.every((name) => this.top.has(name));
  }

  /** The trade with the wanted fields only; `isList` leaves out what the list calls do not give. */
  apply(order: OrderStory, shop: ShopStory, isList: boolean): Row {
    const full = fullTrade(order, shop, this.hasOaid && this.hasOaidSources);
    const row = pick(full, this.top);
    if (isList) for (const name of DETAIL_ONLY) delete row[name];
    if (this.top.has('orders') || this.line.size > 0) {
      const lines = order.lines.map((line) => {
        const view = lineView(order, line, shop);
        return this.top.has('orders') ? view : pick(view, this.line);
      });
      row.orders = list('order', lines);
    }
    return { ...row, ...order.overlay };
  }
}

/** True when a line's refund stops its shipping. */
export function isLineRefunding(order: OrderStory, lineNo: string): boolean {
  return order.refunds.some((refund) => refund.lineNo === lineNo && isRefundOpen(refund) && refund.state !== 'refused');
}
