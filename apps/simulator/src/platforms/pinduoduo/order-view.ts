import { HOUR, toPlatformText } from '../../core/times';
import type { LineStory, OrderStory, Receiver, ShopStory } from '../../core/story.types';
import { cipherOf, maskOf, openAddressId, tellsReceiver, type Secret } from './cipher';
import { confirmedAt } from './confirm-index';
import { carrierIdOf } from './numbers';
import { isUnderReview, orderStatusOf, refundStatusOf, statusOf, stepStatusOf } from './words';

type Row = Record<string, unknown>;

/** Order amounts are JSON numbers in yuan (Pinduoduo sheet §5.5). */
export const yuan = (fen: number): number => fen / 100;

/** An empty time is an empty text. */
const time = (ms: number | undefined): string => (ms === undefined ? '' : toPlatformText(ms));

/** Which call an order is told in: the lists write ids as numbers, the detail as texts (Pinduoduo sheet §5.5). */
export type OrderForm = 'list' | 'detail';

const idOf = (digits: string, form: OrderForm): string | number => (form === 'list' ? Number(digits) : digits);

function lineView(line: LineStory, form: OrderForm): Row {
  return {
    goods_id: idOf(line.listingId, form),
    sku_id: idOf(line.listingSkuId, form),
    goods_name: line.title,
    goods_spec: line.spec
      .split(';')
      .map((pair) => pair.slice(pair.indexOf(':') + 1))
      .join(','),
    goods_count: line.quantity,
    goods_price: yuan(line.unitPriceFen),
    goods_img: `https://img.pddpic.com/demo/${line.listingId}.jpeg`,
    outer_goods_id: line.itemCode,
    outer_id: line.merchantCode,
  };
}

/**
 * The shop lowers some prices by hand (`order_change_amount`, already taken off `goods_amount`) and gives a discount on
 * the others: both forms of the same thing, told apart by the order's number.
 */
const isPriceCut = (order: OrderStory): boolean => order.seq % 5 === 0;

function moneyView(order: OrderStory): Row {
  const { goodsFen, freightFen, lineDiscountFen, shopDiscountFen, platformDiscountFen, payableFen } = order.amounts;
  const cutFen = isPriceCut(order) ? lineDiscountFen : 0;
  const sellerFen = shopDiscountFen + lineDiscountFen - cutFen;
  return {
    goods_amount: yuan(goodsFen - cutFen),
    discount_amount: yuan(sellerFen + platformDiscountFen),
    platform_discount: yuan(platformDiscountFen),
    seller_discount: yuan(sellerFen),
    capital_free_discount: 0,
    order_change_amount: yuan(cutFen),
    duo_duo_pay_reduction: 0,
    postage: yuan(freightFen),
    pay_amount: yuan(payableFen),
    service_fee_detail: [],
    promotion_detail_list: [],
    pay_type: '',
    pay_no: '',
    inner_transaction_id: '',
  };
}

/** Nothing is sent for virtual goods, so nobody is named; no field of an order says that its goods are virtual. */
const NOBODY: Receiver = {
  name: '',
  mobile: '',
  state: '',
  city: '',
  district: '',
  town: '',
  detail: '',
  zip: '',
  version: 0,
};

function receiverView(order: OrderStory): Row {
  const receiver = order.isVirtual ? NOBODY : order.receiver;
  const isTold = tellsReceiver(order);
  const cipher = (secret: Secret): string => (isTold ? cipherOf(order, secret) : '');
  const mask = (secret: Secret): string => (isTold ? maskOf(order, secret) : '');
  return {
    province: receiver.state,
    province_id: 0,
    city: receiver.city,
    city_id: 0,
    town: receiver.district,
    town_id: 0,
    country: '中国',
    country_id: 0,
    receiver_name: cipher('name'),
    receiver_name_mask: mask('name'),
    receiver_phone: cipher('phone'),
    receiver_phone_mask: mask('phone'),
    receiver_address: cipher('detail'),
    receiver_address_mask: mask('detail'),
    address: cipher('address'),
    address_mask: mask('address'),
    open_address_id: isTold ? openAddressId(order) : '',
  };
}

function stepView(order: OrderStory): Row | null {
  if (!order.isPresale) return null;
  const { depositFen, payableFen } = order.amounts;
  return {
    step_trade_status: stepStatusOf(order),
    advanced_paid_fee: yuan(depositFen),
    step_paid_fee: yuan(payableFen - depositFen),
    step_discount_amount: 0,
  };
}

/** Parcels after the first, by the type under which they were told (Pinduoduo sheet §9.2). */
function parcelsView(order: OrderStory): Row {
  const rows = (type: string): Row[] =>
    order.notices
      .slice(1)
      .filter((notice) => notice.method.endsWith(`:${type}`))
      .map((notice) => ({ logistics_id: carrierIdOf(notice.carrier), tracking_number: notice.waybillNo }));
  const [first] = order.notices;
  return {
    logistics_id: carrierIdOf(first?.carrier),
    tracking_number: first?.waybillNo ?? '',
    shipping_time: time(order.shippedAt),
    extra_delivery_list: rows('1'),
    resend_delivery_list: rows('2'),
    gift_delivery_list: rows('3'),
  };
}

function tagsView(order: OrderStory): Row[] {
  const isExtraFreight = order.kind === 'price_difference' ? 1 : 0;
  return [
    { name: 'no_trace_delivery', value: 0 },
    { name: 'same_city_distribution', value: 0 },
    { name: 'return_freight_payer', value: 1 },
    { name: 'ship_additional_order', value: isExtraFreight },
    { name: 'has_ship_additional', value: 0 },
  ];
}

function confirmStatus(order: OrderStory): 1 | 2 {
  return order.state === 'cancelled' ? 2 : 1;
}

const NO_DEPOT: Row = {
  depot_id: '',
  depot_code: '',
  depot_name: '',
  depot_type: 0,
  ware_id: '',
  ware_sn: '',
  ware_name: '',
  ware_type: 0,
  ware_sub_info_list: [],
};

/** Fields that are the same in every order of this simulator. */
const CONSTANT: Row = {
  is_stock_out: 0,
  stock_out_handle_status: -1,
  mkt_biz_type: 0,
  group_role: 1,
  promise_delivery_time: '',
  gift_list: [],
  is_pre_sale: 0,
  pre_sale_time: '',
  delivery_one_day: 0,
  free_sf: 0,
  self_contained: 0,
  return_freight_payer: 1,
  home_delivery_type: 0,
  support_nationwide_warranty: 0,
  only_support_replace: 0,
  duoduo_wholesale: 0,
  shipping_type: 0,
  yyps_date: '',
  yyps_time: '',
  order_depot_info: NO_DEPOT,
  consolidate_info: null,
  bonded_warehouse: '',
  card_info_list: [],
  ship_additional_link_order: '',
  cat_id_1: 8721,
  cat_id_2: 8749,
  cat_id_3: 8929,
  cat_id_4: 0,
};

/** An order with all fields that this simulator knows (Pinduoduo sheet §5.4). */
export function orderView(order: OrderStory, shop: ShopStory, form: OrderForm): Row {
  const last = order.refunds.at(-1);
  return {
    order_sn: order.no,
    order_status: orderStatusOf(order),
    refund_status: refundStatusOf(order),
    after_sales_status: last ? statusOf(last) : 0,
    confirm_status: confirmStatus(order),
    group_status: 1,
    risk_control_status: isUnderReview(order) ? 1 : 0,
    trade_type: order.isPresale ? 1 : 0,
    is_lucky_flag: order.kind === 'special_channel' ? 2 : 1,
    group_order_id: 2_600_000_000_000 + order.seq,
    created_time: toPlatformText(order.createdAt),
    pay_time: time(order.paidAt ?? order.depositPaidAt),
    confirm_time: time(confirmedAt(order)),
    updated_at: toPlatformText(order.modifiedAt),
    last_ship_time: time(order.shipBy),
    receive_time: time(order.state === 'completed' ? order.endedAt : undefined),
    urge_shipping_time: order.isUrged ? time((order.paidAt ?? order.createdAt) + 3 * HOUR) : '',
    ...CONSTANT,
    ...moneyView(order),
    item_list: order.lines.map((line) => lineView(line, form)),
    ...receiverView(order),
    buyer_memo: order.buyerMessage,
    remark: order.sellerMemo,
    remark_tag: order.flag === 0 ? null : order.flag,
    remark_tag_name: order.flag === 0 ? '' : '标记',
    ...parcelsView(order),
    step_order_info: stepView(order),
    invoice_status: 0,
    order_tag_list: tagsView(order),
    ship_additional_origin_order: '',
    ...(form === 'detail' ? { store_info: { store_id: shop.shopId, store_name: shop.name, store_number: '' } } : {}),
    ...order.overlay,
  };
}

/** An order without what belongs to the buyer (`pdd.order.basic.list.get`). */
export function basicView(order: OrderStory, shop: ShopStory): Row {
  const { buyer_memo: _memo, ...row } = orderView(order, shop, 'list');
  return Object.fromEntries(Object.entries(row).filter(([name]) => !/^(receiver_|address|open_address_id)/.test(name)));
}
