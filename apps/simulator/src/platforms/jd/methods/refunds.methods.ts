import { agreeMoney } from '../../../core/exchanges';
import { refuseRefund } from '../../../core/refunds';
import { toPlatformText } from '../../../core/times';
import type { RefundStory } from '../../../core/story.types';
import { pageOf } from '../../../kit/list-page';
import type { RefundRow } from '../../../kit/shop-indexes';
import { checkedAt } from '../after-sale-index';
import { invalid, missing, num } from '../envelope';
import { read, shopOf, write, type Call, type MethodTable } from '../method';
import { maskName } from '../receiver';
import { isApplication } from '../words';

type Row = Record<string, unknown>;

const MOST_PAGES = 100;
const MOST_ROWS = 50;

/** What a seller may answer (JD sheet §7.1). */
const APPROVE = [1, 6, 9] as const;
const REJECT = 2;
const WAIT = 10;
const MOST_REJECT_TYPE = 5;

/** The status of an application (JD sheet §7.1). Money that arrived is 3 whatever the seller said. */
function statusOf(call: Call, refund: RefundStory): number {
  const reply = call.notes.replyTo(refund.no)?.status;
  switch (refund.state) {
    case 'asked':
      return reply === WAIT ? WAIT : 0;
    case 'agreed':
    case 'sent_back':
    case 'reshipped':
      return reply ?? 1;
    case 'refused':
      return REJECT;
    case 'done':
      return 3;
    case 'withdrawn':
      return 11;
  }
}

function view(call: Call, { order, refund }: RefundRow): Row {
  const reply = call.notes.replyTo(refund.no);
  const checked = checkedAt(refund);
  const wholeFen = order.amounts.payableFen;
  return {
    id: num(refund.no),
    orderId: order.no,
    buyerId: `jd_${order.buyer.openId.slice(3, 15)}`,
    buyerName: maskName(order.receiver.name),
    open_id_buyer: order.buyer.openId,
    applyTime: toPlatformText(refund.createdAt),
    // Fen as a decimal number (JD sheet §7.1).
    applyRefundSum: num(`${refund.amountFen}.0`),
    status: statusOf(call, refund),
    checkTime: checked === undefined ? null : toPlatformText(checked),
    checkUserName: reply?.by ?? null,
    checkRemark: reply?.remark ?? null,
    reason: refund.reason,
    systemId: 28,
    partRefundType: refund.amountFen < wholeFen ? 1 : 0,
  };
}

interface Span {
  from: number;
  to: number;
  by: 'applied' | 'checked';
}

/** One of the two time pairs, or everything. With both pairs the check time is the window and the other a filter. */
function spanOf(call: Call): { span: Span; filter: (refund: RefundStory) => boolean } {
  const applied = call.fields.pair('applyTimeStart', 'applyTimeEnd');
  const checked = call.fields.pair('checkTimeStart', 'checkTimeEnd');
  const isApplied = (refund: RefundStory): boolean =>
    !applied || (refund.createdAt >= applied.from && refund.createdAt <= applied.to);
  if (checked) return { span: { ...checked, by: 'checked' }, filter: isApplied };
  return { span: { from: 0, to: Number.MAX_SAFE_INTEGER, ...applied, by: 'applied' }, filter: () => true };
}

function queryPage(call: Call): Row {
  const { fields } = call;
  const ids = fields.names('ids');
  const status = fields.text('status');
  const orderId = fields.text('orderId');
  const buyer = fields.text('open_id_buyer');
  const { span, filter } = spanOf(call);
  const page = pageOf<RefundRow>(call, {
    index: call.afterSales.of(shopOf(call).shopId)[span.by],
    from: span.from,
    to: span.to,
    filter: (row) =>
      filter(row.refund) &&
      (ids.length === 0 || ids.includes(row.refund.no)) &&
      (status === undefined || String(statusOf(call, row.refund)) === status) &&
      (orderId === undefined || row.order.no === orderId) &&
      (buyer === undefined || row.order.buyer.openId === buyer),
    isModifiedList: span.by === 'checked',
    pageNo: fields.int('pageIndex', 1, MOST_PAGES),
    pageSize: fields.int('pageSize', 1, MOST_ROWS),
    keyOf: ({ refund }) => refund.no,
    modifiedAtOf: ({ refund }) => refund.modifiedAt,
  });
  const result = page.rows.map((row) => view(call, row));
  return { queryResult: { success: true, errorCode: '', totalCount: page.total, result } };
}

function ownApplication(call: Call): RefundRow | undefined {
  const row = call.indexes.refund(call.fields.id('id'));
  return row && isApplication(row.refund) && row.order.shopId === shopOf(call).shopId ? row : undefined;
}

const NOT_FOUND = { success: false, errorCode: '10200001', errorMsg: '退款申请不存在' };

function queryById(call: Call): Row {
  const row = ownApplication(call);
  if (!row) return { queryResult: { ...NOT_FOUND, totalCount: 0, result: [] } };
  return { queryResult: { success: true, errorCode: '', totalCount: 1, result: [view(call, row)] } };
}

function waiting(call: Call): Row {
  const { applied } = call.afterSales.of(shopOf(call).shopId);
  let count = 0;
  for (let i = 0; i < applied.size; i += 1) if (applied.at(i).refund.state === 'asked') count += 1;
  return { queryResult: { success: true, errorCode: '', result: count } };
}

function reply(call: Call): Row {
  const { fields } = call;
  const status = fields.int('status', 1, 10);
  const by = fields.required('checkUserName');
  const remark = fields.text('remark') ?? '';
  const isApproval = (APPROVE as readonly number[]).includes(status);
  if (!isApproval && status !== REJECT && status !== WAIT) throw invalid('status', '只能是1、2、6、9、10');
  if (remark === '' && status !== 9) throw missing('remark');
  if (status === REJECT) fields.int('rejectType', 1, MOST_REJECT_TYPE);
  const row = ownApplication(call);
  if (!row) return { replyResult: NOT_FOUND };
  const { order, refund } = row;
  if (refund.state !== 'asked')
    return { replyResult: { success: false, errorCode: '10200002', errorMsg: '退款申请已处理，不能重复审核' } };
  call.notes.keepReply(refund.no, { status, by, remark });
  if (isApproval) agreeMoney(call.core, order, call.at, refund.no);
  else if (status === REJECT) refuseRefund(call.core, order, call.at, refund.no);
  return { replyResult: { success: true, errorCode: '', errorMsg: '' } };
}

/** Applications for a refund: of the whole order, until it arrived (JD sheet §7.1). */
export const refundMethods: MethodTable = {
  'jingdong.pop.afs.soa.refundapply.queryPageList': read(queryPage),
  'jingdong.pop.afs.soa.refundapply.queryById': read(queryById),
  'jingdong.pop.afs.soa.refundapply.getWaitRefundNum': read(waiting),
  'jingdong.pop.afs.soa.refundapply.replyRefund': write(reply),
};
