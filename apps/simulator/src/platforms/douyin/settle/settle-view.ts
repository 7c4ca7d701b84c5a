import { toPlatformText } from '../../../core/times';
import type { AccountRow } from './account-rows';
import type { SettleLine } from './settle-lines';
import { id } from '../envelope';
import { seconds } from '../words';

type Row = Record<string, unknown>;

const alliance = (line: SettleLine): boolean => line.order?.kind === 'special_channel';

/** A line of `order.getSettleBillDetailV3`. */
export function settleView(line: SettleLine): Row {
  const placedAt = line.order?.createdAt ?? line.at;
  return {
    request_no: line.requestNo,
    settle_time: toPlatformText(line.at),
    order_time: toPlatformText(placedAt),
    shop_order_id: line.orderNo,
    order_id: line.lineNo,
    product_id: line.line?.listingId ?? '',
    goods_count: line.line?.quantity ?? 1,
    trade_type: line.tradeType,
    is_contains_refund_before_settle: line.refundedBeforeFen > 0 ? 1 : 0,
    order_type: line.order?.isPresale ? '尾款' : '普通订单',
    flow_type_desc: alliance(line) ? '精选联盟' : '小店自卖',
    pay_type_desc: '聚合账户',
    total_amount: line.goodsFen + line.postFen,
    total_goods_amount: line.goodsFen,
    post_amount: line.postFen,
    shop_coupon: line.shopCouponFen,
    refund_before_settle: line.refundedBeforeFen,
    platform_coupon: line.platformCouponFen,
    author_coupon: 0,
    zt_pay_promotion: 0,
    zr_pay_promotion: 0,
    real_pay_amount: line.realPayFen,
    total_income: line.incomeFen,
    platform_service_fee: line.serviceFen,
    commission: line.commissionFen,
    good_learn_channel_fee: 0,
    colonel_service_fee: line.colonelFen,
    channel_promotion_fee: 0,
    other_sharing_amount: 0,
    total_outcome: line.outcomeFen,
    settle_amount: line.settleFen,
    packing_amount: 0,
    free_commission_flag: '否',
    real_free_commission_amount: 0,
    remark: line.tradeType === 1 ? '结算后退款' : '',
  };
}

/** A row of `order.getShopAccountItem`. */
export function accountView(row: AccountRow, shopId: string): Row {
  const { settle } = row;
  return {
    account_trade_no: row.tradeNo,
    bill_time: toPlatformText(row.at),
    fund_flow: row.fen < 0 ? 1 : 0,
    account_amount: Math.abs(row.fen),
    account_type: 4,
    account_bill_desc: row.description,
    account_bill_desc_tag: row.tag,
    biz_type: row.businessType,
    biz_type_desc: row.businessText,
    order_id: row.lineNo,
    shop_order_id: row.orderNo,
    order_create_time: seconds(settle?.order?.createdAt),
    after_sale_service_no: row.refundNo,
    product_id: settle?.line?.listingId ?? '',
    pay_amount: settle?.realPayFen ?? 0,
    promotion_amount: settle?.platformCouponFen ?? 0,
    refund_amount: settle?.tradeType === 1 ? settle.outcomeFen : 0,
    platform_service_fee: settle?.serviceFen ?? 0,
    commission: settle?.commissionFen ?? 0,
    channel_fee: 0,
    colonel_service_fee: settle?.colonelFen ?? 0,
    author_coupon_subsidy: 0,
    actual_zt_pay_promotion: 0,
    actual_zr_pay_promotion: 0,
    channel_promotion_fee: 0,
    other_sharing_amount: 0,
    post_amount: settle?.postFen ?? 0,
    order_type: settle ? '普通订单' : '',
    remark: '',
    shop_id: id(shopId),
  };
}

const yuan = (fen: number): string =>
  `${fen < 0 ? '-' : ''}${Math.floor(Math.abs(fen) / 100)}.${String(Math.abs(fen) % 100).padStart(2, '0')}`;

const csv = (cells: readonly (string | number)[]): string =>
  cells
    .map((cell) => (/[",\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : String(cell)))
    .join(',');

/** Ids carry a tab, so that spreadsheets keep all their digits. */
const idCell = (text: string): string => (text === '' ? '' : `${text}\t`);

/** Left open by the sheet (§12.3): headings, order, unit, encoding of the settlement file. */
const SETTLE_COLUMNS: readonly (readonly [string, (line: SettleLine) => string | number])[] = [
  ['结算单号', (line) => idCell(line.requestNo)],
  ['结算时间', (line) => toPlatformText(line.at)],
  ['下单时间', (line) => toPlatformText(line.order?.createdAt ?? line.at)],
  ['订单号', (line) => idCell(line.orderNo)],
  ['子订单号', (line) => idCell(line.lineNo)],
  ['商品ID', (line) => idCell(line.line?.listingId ?? '')],
  ['商品数量', (line) => line.line?.quantity ?? 1],
  ['结算单类型', (line) => (line.tradeType === 1 ? '结算后退款-原路退回' : '已结算')],
  ['订单类型', () => '普通订单'],
  ['订单总价', (line) => yuan(line.goodsFen + line.postFen)],
  ['商品总价', (line) => yuan(line.goodsFen)],
  ['运费', (line) => yuan(line.postFen)],
  ['商家优惠', (line) => yuan(line.shopCouponFen)],
  ['结算前退款金额', (line) => yuan(line.refundedBeforeFen)],
  ['用户实付', (line) => yuan(line.realPayFen)],
  ['平台补贴', (line) => yuan(line.platformCouponFen)],
  ['收入合计', (line) => yuan(line.incomeFen)],
  ['平台服务费', (line) => yuan(line.serviceFen)],
  ['达人佣金', (line) => yuan(line.commissionFen)],
  ['招商服务费', (line) => yuan(line.colonelFen)],
  ['支出合计', (line) => yuan(line.outcomeFen)],
  ['结算金额', (line) => yuan(line.settleFen)],
  ['备注', (line) => (line.tradeType === 1 ? '结算后退款' : '')],
];

const ACCOUNT_COLUMNS: readonly (readonly [string, (row: AccountRow) => string | number])[] = [
  ['动账流水号', (row) => idCell(row.tradeNo)],
  ['动账时间', (row) => toPlatformText(row.at)],
  ['动账方向', (row) => (row.fen < 0 ? '出账' : '入账')],
  ['动账金额', (row) => yuan(Math.abs(row.fen))],
  ['动账摘要', (row) => row.description],
  ['业务类型', (row) => row.businessText],
  ['订单号', (row) => idCell(row.orderNo)],
  ['子订单号', (row) => idCell(row.lineNo)],
  ['售后编号', (row) => idCell(row.refundNo)],
];

function file<T>(columns: readonly (readonly [string, (row: T) => string | number])[], rows: readonly T[]): string {
  const lines = [columns.map(([name]) => name), ...rows.map((row) => columns.map(([, cell]) => cell(row)))];
  return `\ufeff${lines.map(csv).join('\r\n')}\r\n`;
}

/** The settlement file: UTF-8 with a byte order mark, amounts in yuan. */
export const settleFile = (lines: readonly SettleLine[]): string => file(SETTLE_COLUMNS, lines);

/** The file of the account's movements. */
export const accountFile = (rows: readonly AccountRow[]): string => file(ACCOUNT_COLUMNS, rows);
