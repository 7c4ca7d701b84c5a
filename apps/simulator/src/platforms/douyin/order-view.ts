import type { LineStory, NoticeStory, OrderStory, ShopStory } from '../../core/story.types';
import { id } from './envelope';
import { carrierOf, deliveryIdOf } from './numbers';
import { lineMoney, moneyFields, orderMoney, type MoneyView } from './order-money';
import { addressView, cipherOf, maskMobile, maskName, openAddressId } from './receiver';
import {
  afterSaleStatusOf,
  afterSaleTypeOf,
  lineMainStatusOf,
  lineStateOf,
  MAIN_STATUS_TEXT,
  mainStatusOf,
  ORDER_STATUS,
  ORDER_STATUS_TEXT,
  orderTypeOf,
  refundStatusOf,
  seconds,
  tradeTypeOf,
} from './words';

type Row = Record<string, unknown>;

/** An order waits this long for its payment, in seconds; the field is a duration (Douyin sheet §5.5). */
const EXPIRES_AFTER_S = 86_400;

/** `颜色分类:红色;尺码:S` as `spec[]`. */
export function specView(spec: string): { name: string; value: string }[] {
  return spec.split(';').map((pair) => {
    const colon = pair.indexOf(':');
    return { name: pair.slice(0, colon), value: pair.slice(colon + 1) };
  });
}

const imageOf = (listingId: string): string =>
  `https://p3-aio.ecombdimg.com/obj/ecom-shop-material/${listingId}_www800-800`;

function afterSaleInfo(order: OrderStory, line: LineStory): Row {
  const refund = order.refunds.filter((one) => one.lineNo === line.no).at(-1);
  if (!refund) return { after_sale_status: 0, after_sale_type: 0, refund_status: 0 };
  return {
    after_sale_status: afterSaleStatusOf(refund),
    after_sale_type: afterSaleTypeOf(refund),
    refund_status: refundStatusOf(refund),
  };
}

const deliveredAt = (order: OrderStory, line: LineStory): number | undefined => {
  const own = order.notices.filter((notice) => notice.lines.some((one) => one.no === line.no));
  return own.length > 0 && own.every((notice) => notice.deliveredAt !== undefined)
    ? Math.max(...own.map((notice) => notice.deliveredAt!))
    : undefined;
};

function lineTimes(order: OrderStory, line: LineStory): Row {
  const confirmed = line.state === 'completed' ? line.endedAt : undefined;
  return {
    create_time: seconds(order.createdAt),
    pay_time: seconds(order.paidAt),
    update_time: seconds(order.modifiedAt),
    exp_ship_time: seconds(order.shipBy),
    ship_time: seconds(line.shippedAt),
    finish_time: seconds(line.endedAt),
    logistics_receipt_time: seconds(deliveredAt(order, line)),
    confirm_receipt_time: seconds(confirmed),
    order_expire_time: EXPIRES_AFTER_S,
  };
}

function stockFields(order: OrderStory, line: LineStory, shop: ShopStory): Row {
  const isPlatforms = order.kind === 'platform_shipped';
  return {
    reduce_stock_type: shop.kind === 'mall' ? 2 : 1,
    reduce_stock_type_desc: shop.kind === 'mall' ? '付款减库存' : '下单减库存',
    inventory_list: [
      {
        warehouse_id: isPlatforms ? '9000001' : '',
        out_warehouse_id: isPlatforms ? 'YC-HZ-01' : '',
        inventory_type: 1,
        inventory_type_desc: '普通库存',
        count: line.quantity,
        warehouse_type: isPlatforms ? 2 : 0,
      },
    ],
    ...(isPlatforms ? { sku_yun_warehouse_info: { warehouse_code: 'YC-HZ-01', is_yun_warehouse: true } } : {}),
  };
}

function sourceFields(order: OrderStory): Row {
  const isAlliance = order.kind === 'special_channel';
  return {
    author_id: isAlliance ? id('98113456723') : 0,
    author_name: isAlliance ? '好物推荐官' : '',
    room_id: isAlliance ? id('7141234567890123451') : 0,
    room_id_str: isAlliance ? '7141234567890123451' : '0',
    video_id: '',
    c_biz: isAlliance ? 2 : 8,
    c_biz_desc: isAlliance ? '精选联盟' : '小店自卖',
    ad_env_type: isAlliance ? 'live' : '',
  };
}

function lineView(order: OrderStory, line: LineStory, money: MoneyView, shop: ShopStory): Row {
  const status = ORDER_STATUS[lineStateOf(line)];
  const main = lineMainStatusOf(line);
  const trade = tradeTypeOf(order, line);
  return {
    order_id: line.no,
    parent_order_id: order.no,
    order_level: 3,
    order_status: status,
    order_status_desc: ORDER_STATUS_TEXT[status],
    main_status: main,
    main_status_desc: MAIN_STATUS_TEXT[main],
    order_type: orderTypeOf(order),
    trade_type: trade.type,
    trade_type_desc: trade.text,
    biz: 2,
    biz_desc: '小店',
    product_id: id(line.listingId),
    product_id_str: line.listingId,
    sku_id: id(line.listingSkuId),
    product_name: line.title,
    product_pic: imageOf(line.listingId),
    spec: specView(line.spec),
    code: line.merchantCode,
    out_sku_id: '',
    out_product_id: '0',
    supplier_id: '',
    item_num: line.quantity,
    goods_price: line.unitPriceFen,
    origin_amount: line.unitPriceFen,
    sum_amount: line.unitPriceFen * line.quantity,
    ...moneyFields(money),
    ...lineTimes(order, line),
    goods_type: order.isVirtual || line.isNoStock ? 1 : 0,
    pre_sale_type: order.isPresale ? 1 : 0,
    receive_type: 1,
    need_serial_number: false,
    quality_inspection_status: 0,
    has_tax: false,
    is_comment: 0,
    after_sale_info: afterSaleInfo(order, line),
    ...stockFields(order, line, shop),
    given_product_type: '',
    master_sku_order_id_list: [],
    bundle_sku_info: [],
    ...sourceFields(order),
    cid: 0,
    first_cid: 20005,
    second_cid: 20174,
    third_cid: 22226,
    fourth_cid: 0,
    pay_type: order.paidAt === undefined ? 0 : 2,
    channel_payment_no: order.paidAt === undefined ? '' : paymentNo(order),
    sku_order_tag_ui: [],
  };
}

const paymentNo = (order: OrderStory): string => `2025092422001${order.no.slice(-15)}`;

function parcelView(order: OrderStory, notice: NoticeStory, index: number): Row {
  return {
    delivery_id: deliveryIdOf(order.seq, index),
    tracking_no: notice.waybillNo,
    company: notice.carrier,
    company_name: carrierOf(notice.carrier)?.name ?? notice.carrier,
    ship_time: seconds(notice.at),
    guarantee_amount: 0,
    hour_up_pickup_code: '',
    added_services: [],
    product_info: notice.lines.map(({ no, quantity }) => {
      const line = order.lines.find((one) => one.no === no)!;
      return {
        sku_order_id: no,
        product_id: id(line.listingId),
        product_id_str: line.listingId,
        sku_id: id(line.listingSkuId),
        product_name: line.title,
        product_count: quantity,
        price: line.unitPriceFen,
        outer_sku_id: '',
        sku_specs: specView(line.spec),
      };
    }),
  };
}

/** The two payments of a presale (Douyin sheet §5.8). */
function phases(order: OrderStory): Row[] {
  if (!order.isPresale) return [];
  const { depositFen, payableFen } = order.amounts;
  const isDepositPaid = order.depositPaidAt !== undefined;
  const isRestPaid = order.paidAt !== undefined;
  const phase = (n: 1 | 2, fen: number, isPaid: boolean, openAt: number, paidAt: number | undefined): Row => ({
    phase_order_id: `${order.no.slice(0, -2)}${String(n * 16).padStart(2, '0')}`,
    total_phase: 2,
    current_phase: n,
    pay_success: isPaid,
    sku_order_id: order.lines[0]!.no,
    campaign_id: '7123',
    phase_payable_price: fen,
    phase_pay_type: isPaid ? 2 : 0,
    phase_open_time: seconds(openAt),
    phase_pay_time: seconds(isPaid ? paidAt : undefined),
    phase_close_time: seconds(openAt + EXPIRES_AFTER_S * 1_000),
    channel_payment_no: isPaid ? `${paymentNo(order)}${n}` : '',
    phase_order_amount: fen,
    phase_sum_amount: fen,
    phase_post_amount: 0,
    phase_pay_amount: isPaid ? fen : 0,
    phase_promotion_amount: 0,
    current_phase_status_desc: isPaid ? '已支付' : '待支付',
    sku_price: order.lines[0]!.unitPriceFen,
  });
  return [
    phase(1, depositFen, isDepositPaid, order.createdAt, order.depositPaidAt),
    phase(2, payableFen - depositFen, isRestPaid, order.depositPaidAt ?? order.createdAt, order.paidAt),
  ];
}

function receiverFields(order: OrderStory): Row {
  const { receiver } = order;
  const address = addressView(receiver);
  return {
    doudian_open_id: order.buyer.openId,
    open_id: '',
    open_address_id: openAddressId(order),
    post_receiver: '',
    post_tel: '',
    encrypt_post_receiver: cipherOf(order, 'name'),
    encrypt_post_tel: cipherOf(order, 'mobile'),
    mask_post_receiver: maskName(receiver.name),
    mask_post_tel: maskMobile(receiver.mobile),
    post_addr: { ...address, detail: '', encrypt_detail: cipherOf(order, 'detail') },
    mask_post_addr: { ...address, detail: '***' },
    encrypt_pay_tel: '',
    mask_pay_tel: '',
    user_id_info: { id_card_no: '', id_card_name: '', encrypt_id_card_no: '', encrypt_id_card_name: '' },
    user_coordinate: { user_coordinate_longitude: '', user_coordinate_latitude: '' },
  };
}

function orderTimes(order: OrderStory): Row {
  return {
    create_time: seconds(order.createdAt),
    pay_time: seconds(order.paidAt),
    ship_time: seconds(order.shippedAt),
    finish_time: seconds(order.endedAt),
    update_time: seconds(order.modifiedAt),
    order_expire_time: EXPIRES_AFTER_S,
    exp_ship_time: seconds(order.shipBy),
    appointment_ship_time: 0,
    recommend_start_ship_time: 0,
    recommend_end_ship_time: 0,
    receipt_date: '',
    earliest_receipt_time: 0,
    latest_receipt_time: 0,
    target_arrival_time: 0,
    early_arrival: false,
    accept_order_status: 1,
    supermarket_order_serial_no: '',
  };
}

function headFields(order: OrderStory, shop: ShopStory): Row {
  const status = ORDER_STATUS[order.state];
  const main = mainStatusOf(order);
  return {
    order_id: order.no,
    order_level: 2,
    shop_id: id(order.shopId),
    shop_name: shop.name,
    biz: 2,
    biz_desc: '小店',
    order_type: orderTypeOf(order),
    order_type_desc: order.isVirtual ? '虚拟商品订单' : '普通订单',
    trade_type: 0,
    trade_type_desc: '普通',
    order_status: status,
    order_status_desc: ORDER_STATUS_TEXT[status],
    main_status: main,
    main_status_desc: MAIN_STATUS_TEXT[main],
    b_type: 2,
    b_type_desc: '抖音',
    sub_b_type: 3,
    sub_b_type_desc: 'H5',
    app_id: 1128,
  };
}

/** An element of the order list (Douyin sheet §5.5). */
export function listView(order: OrderStory, shop: ShopStory): Row {
  const money = lineMoney(order);
  const total = orderMoney(order);
  const isPaid = order.paidAt !== undefined;
  return {
    ...headFields(order, shop),
    ...orderTimes(order),
    cancel_reason: order.closeReason ?? '',
    buyer_words: order.buyerMessage,
    seller_words: order.sellerMemo,
    seller_remark_stars: order.flag,
    pay_type: isPaid ? 2 : 0,
    channel_payment_no: isPaid ? paymentNo(order) : '',
    ...moneyFields(total),
    post_origin_amount: total.postFen,
    post_promotion_amount: 0,
    packing_amount: 0,
    promotion_redpack_amount: 0,
    promotion_redpack_platform_amount: 0,
    promotion_redpack_talent_amount: 0,
    total_promotion_amount: total.promotionFen,
    ...receiverFields(order),
    logistics_info: order.notices
      .map((notice, index) => parcelView(order, notice, index))
      .filter((parcel) => parcel.tracking_no !== ''),
    order_phase_list: phases(order),
    serial_number_list: [],
    promise_info: '',
    order_tag: {},
    shop_order_tag_ui: order.isUrged ? [{ key: 'urge_ship', text: '催发货' }] : [],
    user_tag_ui: [],
    address_tag_ui: [],
    sku_order_list: order.lines.map((line) => lineView(order, line, money.get(line)!, shop)),
    ...order.overlay,
  };
}

const noDiscount = { total_amount: 0, coupon_amount: 0, full_discount_amount: 0, redpack_amount: 0 };

function promotionDetail(money: MoneyView): Row {
  const coupon = (fen: number, name: string, meta: number, shopFen: number): Row[] =>
    fen === 0
      ? []
      : [
          {
            coupon_id: id(`${meta}`),
            coupon_type: 22,
            coupon_meta_id: `${meta}00`,
            coupon_amount: fen,
            coupon_name: name,
            share_discount_cost: { platform_cost: fen - shopFen, shop_cost: shopFen, author_cost: 0 },
          },
        ];
  const part = (fen: number, name: string, meta: number, shopFen = 0): Row => ({
    ...noDiscount,
    total_amount: fen,
    coupon_amount: fen,
    coupon_info: coupon(fen, name, meta, shopFen),
    full_discount_info: [],
    redpack_info: [],
  });
  return {
    shop_discount_detail: part(money.issuedByShopFen, '店铺立减券', 7301, money.shopCostFen),
    platform_discount_detail: { ...part(money.issuedByPlatformFen, '平台券', 7302), gold_coin_amount: 0 },
    kol_discount_detail: part(money.issuedByTalentFen, '达人券', 7303),
  };
}

/** The detail: the list's element with promotions on both levels (Douyin sheet §5.4). */
export function detailView(order: OrderStory, shop: ShopStory): Row {
  const money = lineMoney(order);
  const view = listView(order, shop);
  const lines = view.sku_order_list as Row[];
  return {
    ...view,
    promotion_detail: promotionDetail(orderMoney(order)),
    sku_order_list: lines.map((row, i) => ({
      ...row,
      promotion_detail: order.lines[i] ? promotionDetail(money.get(order.lines[i])!) : {},
      campaign_info: [],
      writeoff_info: [],
      relation_order: { relation_order_id: '', write_off_no: '' },
      is_activity: false,
    })),
  };
}
