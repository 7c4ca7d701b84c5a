import { reship } from '../../../core/exchanges';
import { agreeReturn, payRefund, refuseRefund } from '../../../core/refunds';
import { DAY } from '../../../core/times';
import type { OrderStory, RefundKind, RefundStory } from '../../../core/story.types';
import { pageOf } from '../../../kit/list-page';
import type { RefundRow } from '../../../kit/shop-indexes';
import { afterSaleDetail, afterSaleRow } from '../after-sale-view';
import type { Body } from '../body';
import { business, id, invalid, missing } from '../envelope';
import { read, shopOf, write, type Call, type MethodTable } from '../method';
import { carrierOf } from '../numbers';
import { afterSaleStatusOf, afterSaleTypeOf, seconds } from '../words';
import { pageNumbers } from './orders.methods';

type Row = Record<string, unknown>;

/** Without times the list reaches back six months (Douyin sheet §7.2); taken as 183 days. */
const REACH_MS = 183 * DAY;
/** Items in one call of `afterSale.operate`; all or nothing (Douyin sheet §7.4). */
const MOST_ITEMS = 20;

const ANY = Number.MAX_SAFE_INTEGER - 1;

interface Sort {
  field: string;
  isAscending: boolean;
}

function sortOf(call: Call): Sort {
  const first = call.body.list('order_by')[0];
  if (first === undefined) return { field: 'apply_time', isAscending: false };
  const match = /^(status_deadline|apply_time|update_time) (asc|desc)$/.exec(String(first));
  if (!match) throw invalid(1, 'order_by 的格式是 "update_time asc"');
  return { field: match[1]!, isAscending: match[2] === 'asc' };
}

/** Filters by what the after-sale is. Unknown statuses are ignored; if none is known everything is listed. */
function contentFilter(call: Call): (row: RefundRow) => boolean {
  const { body } = call;
  const statuses = body.list('standard_aftersale_status').map(Number);
  const known = statuses.filter((one) => [6, 7, 8, 11, 12, 13, 14, 27, 28, 29, 51, 53].includes(one));
  const orderId = body.text('order_id');
  const afterSaleId = body.text('aftersale_id');
  const type = body.int('aftersale_type');
  return ({ order, refund }) =>
    (known.length === 0 || known.includes(afterSaleStatusOf(refund))) &&
    (orderId === undefined || order.no === orderId || refund.lineNo === orderId) &&
    (afterSaleId === undefined || refund.no === afterSaleId) &&
    (type === undefined || afterSaleTypeOf(refund) === type);
}

/**
 * The start of a span is included, its end is not. The sort is the caller's business: spans of the update time without
 * `update_time asc` pass rows over while they change (Douyin sheet §7.2, §13 #7).
 */
function list(call: Call): unknown {
  const { page, size } = pageNumbers(call);
  const { body } = call;
  const span = (start: string, end: string): { from: number; to: number; isSet: boolean } => ({
    from: body.seconds(start) ?? 0,
    to: (body.seconds(end) ?? ANY + 1) - 1,
    isSet: body.has(start) || body.has(end),
  });
  const applied = span('start_time', 'end_time');
  const updated = span('update_start_time', 'update_end_time');
  const isTimed = applied.isSet || updated.isSet;
  const sort = sortOf(call);
  const content = contentFilter(call);
  const rows = call.indexes.of(shopOf(call).shopId).refunds;
  const isByUpdate = sort.field === 'update_time';
  const bounds = isByUpdate ? updated : applied;
  const oldest = isTimed ? 0 : call.at - REACH_MS;
  const found = pageOf(call, {
    index: isByUpdate ? rows.modified : rows.created,
    from: bounds.from,
    to: bounds.to,
    filter: (row) =>
      row.refund.createdAt >= Math.max(applied.from, oldest) &&
      row.refund.createdAt <= applied.to &&
      row.refund.modifiedAt >= updated.from &&
      row.refund.modifiedAt <= updated.to &&
      content(row),
    isModifiedList: updated.isSet || isByUpdate,
    isOldestFirst: sort.isAscending,
    pageNo: page + 1,
    pageSize: size,
    keyOf: ({ refund }) => refund.no,
    modifiedAtOf: ({ refund }) => refund.modifiedAt,
  });
  return {
    has_more: found.hasNext,
    total: found.total,
    page,
    size,
    items: found.rows.map(({ order, refund }) => afterSaleRow(order, refund)),
  };
}

function own(call: Call, no: string): RefundRow {
  const row = call.indexes.refund(no);
  if (!row || row.order.shopId !== shopOf(call).shopId) throw invalid(20001, '售后单不存在');
  return row;
}

function detail(call: Call): unknown {
  const { order, refund } = own(call, call.body.required('after_sale_id'));
  return afterSaleDetail(order, refund);
}

/** One decision of the merchant. */
interface Decision {
  kinds: readonly RefundKind[];
  states: readonly RefundStory['state'][];
  needs?: 'reason' | 'address' | 'waybill';
  run(call: Call, order: OrderStory, refund: RefundStory, item: Body): void;
}

const pay: Decision['run'] = (call, order, refund) => payRefund(call.core, order, call.at, refund.no);
const refuse: Decision['run'] = (call, order, refund) => refuseRefund(call.core, order, call.at, refund.no);
const agree: Decision['run'] = (call, order, refund) => agreeReturn(call.core, order, call.at, refund.no);
const sendAgain: Decision['run'] = (call, order, refund, item) => {
  const logistics = item.object('logistics');
  reship(call.core, order, call.at, refund.no, {
    carrierCode: logistics.text('company_code')!,
    waybillNo: logistics.text('logistics_code')!,
  });
};

const MEND: readonly RefundKind[] = ['exchange', 'repair'];

/** `type` of `afterSale.operate`. 102, 111, 112, 302 and 312 follow the pattern of the confirmed ones (§7.4). */
const DECISIONS: Readonly<Record<number, Decision>> = {
  201: { kinds: ['refund'], states: ['asked', 'refused'], run: pay },
  202: { kinds: ['refund'], states: ['asked'], needs: 'reason', run: refuse },
  101: { kinds: ['return'], states: ['asked', 'refused'], needs: 'address', run: agree },
  102: { kinds: ['return'], states: ['asked'], needs: 'reason', run: refuse },
  111: { kinds: ['return'], states: ['sent_back'], run: pay },
  112: { kinds: ['return'], states: ['sent_back'], needs: 'reason', run: refuse },
  301: { kinds: MEND, states: ['asked', 'refused'], needs: 'address', run: agree },
  302: { kinds: MEND, states: ['asked'], needs: 'reason', run: refuse },
  311: { kinds: MEND, states: ['sent_back'], needs: 'waybill', run: sendAgain },
  312: { kinds: MEND, states: ['sent_back'], needs: 'reason', run: refuse },
};

function checkNeeds(decision: Decision, item: Body): void {
  const logistics = item.object('logistics');
  if (decision.needs === 'reason' && !item.has('reject_reason_code') && !item.has('reason'))
    throw missing('reject_reason_code');
  if (
    decision.needs === 'address' &&
    !logistics.has('receiver_address_id') &&
    !logistics.has('after_sale_address_detail')
  )
    throw missing('logistics.receiver_address_id');
  if (decision.needs !== 'waybill') return;
  if (!carrierOf(logistics.text('company_code') ?? '')) throw missing('logistics.company_code');
  if (!logistics.has('logistics_code')) throw missing('logistics.logistics_code');
}

/** All items are checked before the first is done; a version that moved on refuses the call (Douyin sheet §7.4). */
function operate(call: Call): unknown {
  const decision = DECISIONS[call.body.requiredInt('type')];
  if (!decision) throw invalid(1, 'type 不存在');
  const items = call.body.objects('items');
  if (items.length === 0) throw missing('items');
  if (items.length > MOST_ITEMS) throw invalid(1, `一次最多处理 ${MOST_ITEMS} 个售后单`);
  const checked = items.map((item) => {
    const row = own(call, item.required('aftersale_id'));
    checkNeeds(decision, item);
    const seen = item.int('update_time');
    const isMoved = seen !== undefined && seen !== 0 && seen !== seconds(row.refund.modifiedAt);
    if (isMoved || !decision.kinds.includes(row.refund.kind) || !decision.states.includes(row.refund.state))
      throw business(20309541, '售后单状态已变更，请刷新后重试');
    return { ...row, item };
  });
  for (const { order, refund, item } of checked) decision.run(call, order, refund, item);
  return {
    items: checked.map(({ refund }): Row => ({ aftersale_id: id(refund.no), status_code: 0, status_msg: 'success' })),
  };
}

/** Before shipping there is nothing to refuse with (Douyin sheet §7.4). */
function rejectReasons(call: Call): unknown {
  const { refund } = own(call, call.body.required('aftersale_id'));
  const reasons = [
    { reject_reason_code: 101, reason: '商品影响二次销售', evidence_need: 'Y' },
    { reject_reason_code: 102, reason: '买家要求取消退款', evidence_need: 'N' },
  ];
  return { items: refund.phase === 'before_shipping' ? [] : reasons };
}

/** A resending or a repair leaves (Douyin sheet §7.4). */
function fillLogistics(call: Call): unknown {
  const { order, refund } = own(call, call.body.required('aftersale_id'));
  const sendType = call.body.requiredInt('send_type');
  const carrierCode = call.body.required('company_code');
  const waybillNo = call.body.required('tracking_no');
  if (!carrierOf(carrierCode)) throw invalid(1, '物流公司不存在');
  const kinds: Readonly<Record<number, RefundKind>> = { 1: 'resend', 4: 'repair' };
  if (kinds[sendType] !== refund.kind) throw business(20309541, '售后单类型与 send_type 不一致');
  reship(call.core, order, call.at, refund.no, { carrierCode, waybillNo });
  return {};
}

/** After-sales (Douyin sheet §7). */
export const afterSaleMethods: MethodTable = {
  'afterSale.List': read(list),
  'afterSale.Detail': read(detail),
  'afterSale.operate': write(operate),
  'afterSale.rejectReasonCodeList': read(rejectReasons),
  'afterSale.fillLogistics': write(fillLogistics),
};
