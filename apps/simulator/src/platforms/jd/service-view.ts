import type { OrderStory, RefundKind, RefundStory } from '../../core/story.types';
import type { RefundRow } from '../../kit/shop-indexes';
import { updatedAt } from './after-sale-index';
import { num, yuanNumber } from './envelope';
import type { JdNotes } from './notes';
import { carrierOf } from './numbers';
import { fullAddressOf, maskMobile, maskName } from './receiver';

type Row = Record<string, unknown>;

/** What the customer wants (JD sheet §7.2). */
const EXPECTS: Readonly<Record<RefundKind, readonly [number, string]>> = {
  return: [10, '退货'],
  refund: [11, '仅退款'],
  exchange: [20, '换货'],
  repair: [30, '维修'],
  resend: [80, '补发商品'],
};

const STATUS_NAMES: Readonly<Record<number, string>> = {
  10001: '待审核',
  10004: '审核关闭',
  10005: '待收货',
  10007: '待处理',
  10009: '待用户确认',
  10010: '完成',
  10011: '取消',
  10041: '提交退款申请',
};

/** The status of a service order (JD sheet §7.2). */
export function serviceStatusOf(refund: RefundStory, notes: JdNotes): number {
  switch (refund.state) {
    case 'asked':
      return 10001;
    case 'agreed':
      if (refund.isMoneyAgreed) return 10041;
      return refund.kind === 'resend' ? 10007 : 10005;
    case 'sent_back':
      if (refund.isMoneyAgreed) return 10041;
      return notes.isReceived(refund.no) ? 10007 : 10005;
    case 'reshipped':
      return 10009;
    case 'refused':
      return 10004;
    case 'done':
      return 10010;
    case 'withdrawn':
      return 10011;
  }
}

/**
 * The number that a write must bring along (JD sheet §7.2). It rises with every step; a step that the buyer takes makes
 * an older one useless as well.
 */
export function sysVersionOf(refund: RefundStory, notes: JdNotes): number {
  const steps: Readonly<Record<RefundStory['state'], number>> = {
    asked: 1,
    agreed: 2,
    sent_back: 3,
    reshipped: 5,
    refused: 6,
    done: 7,
    withdrawn: 7,
  };
  return steps[refund.state] + (refund.state === 'sent_back' && notes.isReceived(refund.no) ? 1 : 0);
}

function approval(refund: RefundStory): Row {
  if (refund.state === 'asked' || refund.state === 'withdrawn') return { approveResult: null, approveResultName: null };
  if (refund.state === 'refused') return { approveResult: 60, approveResultName: '审核关闭' };
  if (refund.kind === 'refund') return { approveResult: 91, approveResultName: '直接退款' };
  if (refund.kind === 'resend') return { approveResult: 87, approveResultName: '补发' };
  return { approveResult: 33, approveResultName: '客户发货' };
}

function processed(refund: RefundStory): Row {
  if (refund.state === 'withdrawn') return { processResult: 6, processResultName: '取消' };
  if (refund.state !== 'done') return { processResult: 0, processResultName: '初始' };
  if (refund.kind === 'exchange' || refund.kind === 'resend') return { processResult: 80, processResultName: '换新' };
  if (refund.kind === 'repair') return { processResult: 70, processResultName: '原返' };
  return { processResult: 100, processResultName: '退款' };
}

const lineOf = (order: OrderStory, refund: RefundStory) =>
  order.lines.find((line) => line.no === refund.lineNo) ?? order.lines[0]!;

/** The number of the application behind a service order. */
export const applyIdOf = (refund: RefundStory): string => String(Number(refund.no) + 1_000_000_000);

/** A row of the lists (JD sheet §7.2). Money in yuan, times in milliseconds. */
export function serviceRow({ order, refund }: RefundRow, notes: JdNotes): Row {
  const line = lineOf(order, refund);
  const [expect, expectName] = EXPECTS[refund.kind];
  const status = serviceStatusOf(refund, notes);
  const isApproved = refund.state !== 'asked' && refund.state !== 'withdrawn';
  return {
    serviceId: num(refund.no),
    applyId: num(applyIdOf(refund)),
    orderId: num(order.no),
    applyTime: refund.createdAt,
    customerExpect: expect,
    customerExpectName: expectName,
    serviceStatus: status,
    serviceStatusName: STATUS_NAMES[status],
    customerPin: `jd_${order.buyer.openId.slice(3, 15)}`,
    customerName: maskName(order.receiver.name),
    customerTel: maskMobile(order.receiver.mobile),
    customerGrade: 56,
    pickwareType: 40,
    pickwareAddress: '',
    orderType: order.isVirtual ? 96 : 22,
    orderTypeName: 'SOP',
    actualPayPrice: yuanNumber(refund.amountFen),
    skuId: num(line.listingSkuId),
    wareType: 10,
    wareName: line.title,
    skuType: 1,
    approvePin: isApproved ? `vender_${order.shopId}` : null,
    approveName: isApproved ? '商家' : null,
    approveTime: isApproved ? (refund.agreedAt ?? refund.modifiedAt) : null,
    ...approval(refund),
    ...processed(refund),
    platformSrc: 1,
    serviceCount: line.quantity,
    updateDate: updatedAt(refund),
    applyReason: refund.reason,
    sysVersion: sysVersionOf(refund, notes),
    serviceBillDetailList: [
      {
        skuId: num(line.listingSkuId),
        wareNum: line.quantity,
        actualPayPrice: yuanNumber(refund.amountFen),
        applyDetailId: num(applyIdOf(refund)),
      },
    ],
  };
}

/** One service order (JD sheet §7.2). */
export function serviceView(row: RefundRow, notes: JdNotes): Row {
  const { order, refund } = row;
  return {
    ...serviceRow(row, notes),
    questionDesc: refund.reason,
    returnAddress: refund.agreedAt === undefined ? '' : '浙江省杭州市余杭区五常街道文一西路969号1号仓',
    customerAddress: maskName(fullAddressOf(order.receiver)),
    newOrderId: null,
  };
}

/** The buyer's parcel (JD sheet §7.2). */
export function freightView({ refund }: RefundRow): Row {
  return {
    serviceId: num(refund.no),
    expressCompany: refund.returnCarrier ?? '',
    expressCode: refund.returnWaybillNo ?? '',
    shipWayId: refund.returnCarrierCode === undefined ? null : Number(refund.returnCarrierCode),
    shipWayName: refund.returnCarrierCode === undefined ? '' : (carrierOf(refund.returnCarrierCode)?.name ?? ''),
    freightMoney: yuanNumber(0),
    freightUpdateDate: refund.returnedAt ?? null,
  };
}
