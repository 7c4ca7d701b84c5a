import { DAY } from '../../core/times';
import type { LineStory, OrderStory, RefundStory } from '../../core/story.types';
import { id } from './envelope';
import { carrierOf } from './numbers';
import { addressView, cipherOf } from './receiver';
import { lineMoney } from './order-money';
import {
  AFTER_SALE_STATUS_TEXT,
  AFTER_SALE_TYPE_TEXT,
  afterSaleStatusOf,
  afterSaleTypeOf,
  lineStateOf,
  ORDER_STATUS,
  refundStatusOf,
  seconds,
} from './words';
import { specView } from './order-view';

type Row = Record<string, unknown>;

/** Left open by the sheet: how long the merchant has for the first and for the second decision. */
const MERCHANT_HAS_MS: Partial<Record<RefundStory['state'], number>> = { asked: 2 * DAY, sent_back: 10 * DAY };

const FINAL: readonly RefundStory['state'][] = ['done', 'withdrawn'];

const lineOf = (order: OrderStory, refund: RefundStory): LineStory =>
  order.lines.find((line) => line.no === refund.lineNo)!;

/** The part of the amount that is freight; it is inside the amount. */
const postFenOf = (line: LineStory, refund: RefundStory): number => Math.max(0, refund.amountFen - line.paidFen);

function deadline(refund: RefundStory): number {
  const has = MERCHANT_HAS_MS[refund.state];
  return has === undefined ? 0 : seconds(refund.modifiedAt + has);
}

function parcels(order: OrderStory, line: LineStory): Row[] {
  return order.notices
    .filter((notice) => notice.waybillNo !== '' && notice.lines.some((one) => one.no === line.no))
    .map((notice) => ({
      tracking_no: notice.waybillNo,
      company_name: carrierOf(notice.carrier)?.name ?? notice.carrier,
      company_code: notice.carrier,
      logistics_time: seconds(notice.at),
      logistics_state: notice.deliveredAt === undefined ? 1 : 3,
    }));
}

const isReceived = (order: OrderStory, line: LineStory): boolean =>
  order.notices.some((notice) => notice.deliveredAt !== undefined && notice.lines.some((one) => one.no === line.no));

function infoView(order: OrderStory, line: LineStory, refund: RefundStory): Row {
  const isPart = refund.amountFen < line.paidFen;
  return {
    aftersale_id: refund.no,
    aftersale_order_type: 1,
    aftersale_type: afterSaleTypeOf(refund),
    aftersale_sub_type: 0,
    aftersale_status: afterSaleStatusOf(refund),
    aftersale_status_to_final_time: FINAL.includes(refund.state) ? seconds(refund.modifiedAt) : 0,
    related_id: refund.lineNo,
    apply_time: seconds(refund.createdAt),
    create_time: seconds(refund.createdAt),
    update_time: seconds(refund.modifiedAt),
    status_deadline: deadline(refund),
    refund_amount: refund.amountFen,
    refund_post_amount: postFenOf(line, refund),
    refund_tax_amount: 0,
    return_promotion_amount: 0,
    aftersale_num: line.quantity,
    part_type: isPart ? 1 : 0,
    aftersale_refund_type: refund.kind === 'refund' || refund.kind === 'return' ? 0 : 4,
    refund_type: 0,
    refund_status: refundStatusOf(refund),
    arbitrate_status: 0,
    arbitrate_blame: 0,
    got_pkg: isReceived(order, line) ? 1 : 0,
    is_agree_refuse_sign: 0,
    return_logistics_code: refund.returnWaybillNo ?? '',
    return_logistics_company_name: refund.returnCarrier ?? '',
    exchange_logistics_company_name: carrierOf(refund.reshipCarrierCode ?? '')?.name ?? '',
    remark: '',
    left_urge_sms_count: 0,
    risk_decision_code: 0,
    risk_decision_reason: '',
    risk_decision_description: '',
    store_id: 0,
    store_name: '',
    exchange_sku_info: exchangeSku(line, refund),
    order_logistics: parcels(order, line),
    reason_second_labels: [],
    aftersale_tags: [],
    auto_audit_bits: [],
  };
}

/** Exchanges are always for the same SKU here. */
function exchangeSku(line: LineStory, refund: RefundStory): Row {
  const isExchange = refund.kind === 'exchange';
  return {
    sku_id: isExchange ? line.listingSkuId : '',
    code: isExchange ? line.merchantCode : '',
    num: isExchange ? line.quantity : 0,
    out_sku_id: '',
    out_warehouse_id: '',
    supplier_id: '',
    url: '',
    name: isExchange ? line.title : '',
    price: isExchange ? String(line.unitPriceFen) : '',
    spec_desc: isExchange ? line.spec : '',
  };
}

/** An element of the after-sale list (Douyin sheet §7.2); it names no SKU but its merchant code. */
export function afterSaleRow(order: OrderStory, refund: RefundStory): Row {
  const line = lineOf(order, refund);
  const money = lineMoney(order).get(line)!;
  return {
    aftersale_info: infoView(order, line, refund),
    order_info: {
      shop_order_id: order.no,
      order_flag: order.flag,
      related_order_info: [
        {
          sku_order_id: line.no,
          order_status: ORDER_STATUS[lineStateOf(line)],
          pay_amount: money.payFen,
          post_amount: money.postFen,
          item_num: line.quantity,
          create_time: seconds(order.createdAt),
          tax_amount: 0,
          is_oversea_order: 0,
          product_name: line.title,
          product_id: id(line.listingId),
          product_image: `https://p3-aio.ecombdimg.com/obj/ecom-shop-material/${line.listingId}.jpg`,
          shop_sku_code: line.merchantCode,
          logistics_code: line.waybillNo ?? '',
          aftersale_pay_amount: refund.amountFen,
          aftersale_post_amount: postFenOf(line, refund),
          aftersale_tax_amount: 0,
          aftersale_item_num: line.quantity,
          promotion_pay_amount: 0,
          price: line.unitPriceFen,
          given_sku_order_ids: [],
          tags: [{ tag_detail: '7天', tag_detail_en: 'supply_7day_return', tag_link_url: '' }],
          sku_spec: specView(line.spec),
        },
      ],
    },
    text_part: {
      aftersale_status_text: AFTER_SALE_STATUS_TEXT[afterSaleStatusOf(refund)],
      aftersale_type_text: AFTER_SALE_TYPE_TEXT[afterSaleTypeOf(refund)],
      aftersale_refund_type_text: '原路退款',
      logistics_text: line.shippedQuantity > 0 ? '1/1已发货' : '未发货',
      return_logistics_text: refund.returnedAt === undefined ? '未发货' : '已发货',
      reason_text: refund.reason,
      arbitrate_status_text: '未介入',
      bad_item_text: '',
    },
    seller_logs: [],
  };
}

const parcel = (carrierCode: string | undefined, trackingNo: string | undefined, at: number | undefined): Row => ({
  tracking_no: trackingNo ?? '',
  company_name: carrierOf(carrierCode ?? '')?.name ?? '',
  company_code: carrierCode ?? '',
  logistics_time: seconds(at),
});

/** The receiver of what is sent again; exchanges, resendings and repairs alone (Douyin sheet §7.3). */
function receiverOf(order: OrderStory, refund: RefundStory): Row {
  if (refund.kind === 'refund' || refund.kind === 'return') return {};
  return {
    post_receiver: '',
    post_tel_sec: '',
    post_address: { ...addressView(order.receiver), detail: '', encrypt_detail: cipherOf(order, 'detail') },
    encrypt_post_receiver: cipherOf(order, 'name'),
    encrypt_post_tel_sec: cipherOf(order, 'mobile'),
  };
}

function detailInfo(order: OrderStory, line: LineStory, refund: RefundStory): Row {
  return {
    after_sale_id: id(refund.no),
    after_sale_order_type: 1,
    after_sale_type: afterSaleTypeOf(refund),
    after_sale_status: afterSaleStatusOf(refund),
    after_sale_status_desc: AFTER_SALE_STATUS_TEXT[afterSaleStatusOf(refund)],
    refund_type: 0,
    refund_status: refundStatusOf(refund),
    refund_total_amount: refund.amountFen,
    refund_amount: refund.amountFen,
    refund_post_amount: postFenOf(line, refund),
    refund_promotion_amount: 0,
    real_refund_amount: refund.state === 'done' ? refund.amountFen : 0,
    platform_discount_return_amount: 0,
    platform_discount_return_status: 0,
    kol_discount_return_amount: 0,
    kol_discount_return_status: 0,
    shop_discount_return_amount: 0,
    post_discount_return_amount: 0,
    gold_coin_return_amount: 0,
    deduction_amount: 0,
    reason: refund.reason,
    reason_code: 1,
    reason_remark: '',
    evidence: [],
    after_sale_apply_count: line.quantity,
    need_return_count: refund.kind === 'return' ? line.quantity : 0,
    return_address: {},
    return_address_id: refund.kind === 'return' && refund.state !== 'asked' ? 60001002 : 0,
    refund_fail_reason: '',
    part_type: refund.amountFen < line.paidFen ? 1 : 0,
    got_pkg: isReceived(order, line) ? 1 : 0,
    apply_time: seconds(refund.createdAt),
    update_time: seconds(refund.modifiedAt),
    status_deadline: deadline(refund),
    ...receiverOf(order, refund),
  };
}

function detailLine(order: OrderStory, line: LineStory): Row {
  const money = lineMoney(order).get(line)!;
  return {
    sku_order_id: id(line.no),
    sku_id: id(line.listingSkuId),
    product_id: id(line.listingId),
    product_name: line.title,
    shop_sku_code: line.merchantCode,
    item_quantity: line.quantity,
    after_sale_item_count: line.quantity,
    pay_amount: money.payFen,
    sku_pay_amount: line.paidFen,
    post_amount: money.postFen,
    item_sum_amount: line.unitPriceFen * line.quantity,
    promotion_amount: money.promotionFen,
  };
}

/** The detail; its fields are named after_sale, and its ids are bare numbers (Douyin sheet §7.3). */
export function afterSaleDetail(order: OrderStory, refund: RefundStory): Row {
  const line = lineOf(order, refund);
  return {
    process_info: {
      after_sale_info: detailInfo(order, line, refund),
      arbitrate_info: { arbitrate_id: 0, arbitrate_status: 0 },
      after_sale_service_tag: {},
      logistics_info: {
        return: parcel(refund.returnCarrierCode, refund.returnWaybillNo, refund.returnedAt),
        exchange: parcel(refund.reshipCarrierCode, refund.reshipWaybillNo, refund.reshippedAt),
        order: parcels(order, line),
        resend: parcel(refund.reshipCarrierCode, refund.reshipWaybillNo, refund.reshippedAt),
      },
      after_sale_shop_remarks: [],
      price_protection_detail: {},
      record_logs_list: [],
    },
    order_info: { shop_order_id: id(order.no), sku_order_infos: [detailLine(order, line)] },
  };
}
