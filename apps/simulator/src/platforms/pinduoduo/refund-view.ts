import { SECOND, toPlatformText } from '../../core/times';
import { isRefundOpen } from '../../core/refunds';
import { DAY } from '../../core/times';
import type { LineStory, OrderStory, RefundStory } from '../../core/story.types';
import type { RefundRow } from '../../kit/shop-indexes';
import { cipherOf, maskOf } from './cipher';
import { confirmedAt } from './confirm-index';
import { carrierIdOf, carrierOf } from './numbers';
import { detailTypeOf, listTypeOf, statusOf } from './words';

type Row = Record<string, unknown>;

/** How long the shop has to answer; left open by the sheet. */
const SHOP_HAS_MS = 2 * DAY;

const yuanText = (fen: number): string => (fen / 100).toFixed(2);

const lineOf = ({ order, refund }: RefundRow): LineStory => order.lines.find((one) => one.no === refund.lineNo)!;

const discountFen = ({ amounts }: OrderStory): number =>
  amounts.lineDiscountFen + amounts.shopDiscountFen + amounts.platformDiscountFen;

/** Whether the buyer says that he has the goods: "1" not, "2" he has (Pinduoduo sheet §7.3). */
const receivedOf = (order: OrderStory): string => (order.deliveredAt === undefined ? '1' : '2');

/** Who did the last step: 1 buyer, 2 shop, 3 platform (Pinduoduo sheet §7.3). */
function operatorOf(refund: RefundStory): number {
  if (refund.state === 'refused' || refund.isMoneyAgreed) return 2;
  return refund.state === 'done' ? 3 : 1;
}

/** A row of the list: money in yuan texts (Pinduoduo sheet §7.2; the misspelt names are the platform's). */
export function refundRowView(row: RefundRow): Row {
  const { order, refund } = row;
  const line = lineOf(row);
  return {
    id: Number(refund.no),
    order_sn: order.no,
    after_sales_type: listTypeOf(refund),
    after_sales_status: statusOf(refund),
    after_sale_reason: refund.reason,
    refund_amount: yuanText(refund.amountFen),
    order_amount: yuanText(order.amounts.payableFen),
    discount_amount: yuanText(discountFen(order)),
    goods_price: yuanText(line.unitPriceFen),
    goods_number: String(line.quantity),
    goods_id: Number(line.listingId),
    sku_id: line.listingSkuId,
    goods_name: line.title,
    good_image: `https://img.pddpic.com/demo/${line.listingId}.jpeg`,
    outer_goods_id: line.itemCode,
    outer_id: line.merchantCode,
    confirm_time: toPlatformText(confirmedAt(order) ?? order.createdAt),
    created_time: toPlatformText(refund.createdAt),
    updated_time: toPlatformText(refund.modifiedAt),
    tracking_number: refund.returnWaybillNo ?? '',
    shipping_name: refund.returnCarrier ?? '',
    user_shipping_status: receivedOf(order),
    speed_refund_flag: 0,
    speed_refund_status: '',
    dispute_refund_status: 0,
    refund_operator_role: operatorOf(refund),
  };
}

function exchangeView({ order, refund }: RefundRow, line: LineStory): Row | null {
  if (refund.kind !== 'exchange') return null;
  const { receiver } = order;
  return {
    exchange_goods_name: line.title,
    exchange_goods_number: line.quantity,
    exchange_goods_price: line.unitPriceFen,
    sku_id_exchange: Number(line.listingSkuId),
    exchange_receiver_province: receiver.state,
    exchange_receiver_city: receiver.city,
    exchange_receiver_town: receiver.district,
    merchant_exchange_detail_receiver: cipherOf(order, 'name'),
    merchant_exchange_detail_receiver_mask: maskOf(order, 'name'),
    merchant_exchange_detail_phone: cipherOf(order, 'phone'),
    merchant_exchange_detail_phone_mask: maskOf(order, 'phone'),
    merchant_exchange_detail_address: cipherOf(order, 'detail'),
    merchant_exchange_detail_address_mask: maskOf(order, 'detail'),
    merchant_exchange_ship_id: carrierIdOf(refund.reshipCarrierCode),
    merchant_exchange_trunk_number: refund.reshipWaybillNo ?? '',
    customer_send_back_ship_id: carrierIdOf(refund.returnCarrierCode),
    customer_send_back_trunk_number: refund.returnWaybillNo ?? '',
    is_fast_exchange: 0,
    fast_exchange_expire_time: 0,
  };
}

/** The detail, which has no root: money in fen, most times in milliseconds (Pinduoduo sheet §7.3). */
export function refundDetailView(row: RefundRow): Row {
  const { order, refund } = row;
  const line = lineOf(row);
  const waitsForShop = refund.state === 'asked' && isRefundOpen(refund);
  return {
    id: Number(refund.no),
    order_sn: order.no,
    after_sales_type: detailTypeOf(refund),
    after_sales_status: statusOf(refund),
    after_sales_reason: refund.reason,
    confirm_time: confirmedAt(order) ?? order.createdAt,
    discount_amount: discountFen(order),
    dispute_refund_status: 0,
    expire_time: waitsForShop ? refund.modifiedAt + SHOP_HAS_MS : null,
    express_no: refund.returnWaybillNo ?? '',
    goods_number: line.quantity,
    goods_price: line.unitPriceFen,
    images: [],
    exist_images: 0,
    join_or_not: '0',
    order_amount: order.amounts.payableFen,
    part_after_sales_type: 0,
    part_after_sales_value: 0,
    recreated_at: Math.floor(refund.createdAt / SECOND) * SECOND,
    refund_amount: refund.amountFen,
    refund_operator_role: operatorOf(refund),
    remark: '',
    shipping_name: refund.returnCarrierCode ? (carrierOf(refund.returnCarrierCode)?.name ?? '') : '',
    shipping_status: order.notices.length > 0 ? 1 : 0,
    sku_id: Number(line.listingSkuId),
    speed_refund_flag: 0,
    updated_time: toPlatformText(refund.modifiedAt),
    user_shipping_status: receivedOf(order),
    exchange_shipping_detail: exchangeView(row, line),
  };
}
