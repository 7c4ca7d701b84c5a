import { toPlatformText } from '../../../core/times';
import { movesMoney } from '../../../core/refunds';
import { pageOf, type Page, type PageRequest } from '../../../kit/list-page';
import type { RefundRow } from '../../../kit/shop-indexes';
import { invalid, missing, num, yuanNumber } from '../envelope';
import { read, shopOf, type Call, type MethodTable } from '../method';
import { applyIdOf, freightView, serviceRow, serviceStatusOf, serviceView } from '../service-view';
import { isApplication } from '../words';

type Row = Record<string, unknown>;

const MOST_ROWS = 50;
const MOST_CHARS = 50;

/** Every call names the vender and who works there (JD sheet §7.2). */
export function checkOperator(call: Call): void {
  for (const name of ['buId', 'operatePin', 'operateNick'])
    if (call.fields.required(name).length > MOST_CHARS) throw invalid(name, `不能超过${MOST_CHARS}个字符`);
  if (call.fields.text('buId') !== shopOf(call).shopId) throw invalid('buId', '与授权商家不一致');
}

const paged = (call: Call): { pageNo: number; pageSize: number } => ({
  pageNo: call.fields.int('pageNumber', 1, 1_000_000, 1),
  pageSize: call.fields.int('pageSize', 1, MOST_ROWS, 10),
});

function answer(call: Call, page: Page<RefundRow>, view: (row: RefundRow) => Row): Row {
  const { pageNo, pageSize } = paged(call);
  return {
    pageResult: {
      success: true,
      code: '0',
      msg: '',
      pageNumber: pageNo,
      pageSize,
      totalCount: page.total,
      data: page.rows.map(view),
    },
  };
}

type Clock = 'served' | 'updated' | 'freight';

function list(call: Call, by: Clock, span: { from: number; to: number }, more: (row: RefundRow) => boolean): Row {
  const { fields } = call;
  const [serviceId, orderId, status] = [fields.text('serviceId'), fields.text('orderId'), fields.text('serviceStatus')];
  const request: PageRequest<RefundRow> = {
    index: call.afterSales.of(shopOf(call).shopId)[by],
    ...span,
    filter: (row) =>
      more(row) &&
      (serviceId === undefined || row.refund.no === serviceId) &&
      (orderId === undefined || row.order.no === orderId) &&
      (status === undefined || String(serviceStatusOf(row.refund, call.notes)) === status),
    isModifiedList: by !== 'served',
    isOldestFirst: true,
    ...paged(call),
    keyOf: ({ refund }) => refund.no,
    modifiedAtOf: ({ refund }) => refund.modifiedAt,
  };
  return answer(call, pageOf(call, request), (row) => serviceRow(row, call.notes));
}

/** By one of two clocks; a number of the buyer's parcel moves only the second (JD sheet §7.2). */
function sync(call: Call): Row {
  checkOperator(call);
  const updated = call.fields.pair('updateTimeBegin', 'updateTimeEnd');
  const freight = call.fields.pair('freightUpdateDateBegin', 'freightUpdateDateEnd');
  if (!updated && !freight) throw missing('updateTimeBegin');
  if (freight && !updated) return list(call, 'freight', freight, () => true);
  const isFreight = ({ refund }: RefundRow): boolean =>
    !freight ||
    (refund.returnedAt !== undefined && refund.returnedAt >= freight.from && refund.returnedAt <= freight.to);
  return list(call, 'updated', updated!, isFreight);
}

function query(call: Call): Row {
  checkOperator(call);
  const { fields } = call;
  const applied = fields.pair('applyTimeBegin', 'applyTimeEnd');
  const approved = fields.pair('approveTimeBegin', 'approveTimeEnd');
  const finished = fields.pair('finishTimeBegin', 'finishTimeEnd');
  const expressCode = fields.text('expressCode');
  return list(
    call,
    'served',
    applied ?? { from: 0, to: Number.MAX_SAFE_INTEGER },
    ({ refund }) =>
      isIn(approved, refund.agreedAt) &&
      isIn(finished, ['done', 'withdrawn', 'refused'].includes(refund.state) ? refund.modifiedAt : undefined) &&
      (expressCode === undefined || refund.returnWaybillNo === expressCode),
  );
}

/** One of the seller's queues, by when the orders were asked (JD sheet §7). */
const queue =
  (status: number) =>
  (call: Call): Row => {
    checkOperator(call);
    const applied = call.fields.pair('applyTimeBegin', 'applyTimeEnd');
    const span = applied ?? { from: 0, to: Number.MAX_SAFE_INTEGER };
    return list(call, 'served', span, ({ refund }) => serviceStatusOf(refund, call.notes) === status);
  };

const isIn = (span: { from: number; to: number } | undefined, at: number | undefined): boolean =>
  !span || (at !== undefined && at >= span.from && at <= span.to);

/** The shop's own service order of a call; undefined when there is none. */
export function ownService(call: Call): RefundRow | undefined {
  const row = call.indexes.refund(call.fields.id('serviceId'));
  if (!row || isApplication(row.refund) || row.order.shopId !== shopOf(call).shopId) return undefined;
  const orderId = call.fields.text('orderId');
  return orderId === undefined || orderId === row.order.no ? row : undefined;
}

/** How a refusal of the asc methods looks. */
export const ascFailure = (code: string, msg: string): Row => ({ result: { success: false, code, msg, data: null } });

/** How a success of the asc methods looks. */
export const ascSuccess = (data: unknown): Row => ({ result: { success: true, code: '0', msg: '', data } });

const one =
  (view: (row: RefundRow, call: Call) => Row) =>
  (call: Call): Row => {
    checkOperator(call);
    const row = ownService(call);
    return row ? ascSuccess(view(row, call)) : ascFailure('3001', '服务单不存在');
  };

function reasons(): Row {
  const rows = [
    [101, '与买家协商一致'],
    [102, '商品影响二次销售'],
    [103, '超过售后期'],
  ].map(([code, name]) => ({ reasonCode: code, reasonName: name, parentCode: 0 }));
  return ascSuccess(rows);
}

/** The truth about money (JD sheet §7.3): 13 is paid, other numbers are on their way, no number means nothing yet. */
function refundRow({ order, refund }: RefundRow): Row {
  const isDone = refund.state === 'done';
  const hasRefund = isDone || refund.isMoneyAgreed === true;
  return {
    afsRefundId: hasRefund ? num(String(Number(refund.no) + 48_000_000)) : null,
    refoundAmount: hasRefund ? yuanNumber(refund.amountFen) : null,
    completeTime: isDone ? toPlatformText(refund.modifiedAt) : null,
    status: isDone ? 13 : hasRefund ? 11 : null,
    sameOrderServiceBill: {
      serviceId: num(refund.no),
      afsApplyId: num(applyIdOf(refund)),
      orderId: num(order.no),
      wareId: num((order.lines.find((line) => line.no === refund.lineNo) ?? order.lines[0]!).listingSkuId),
      wareName: (order.lines.find((line) => line.no === refund.lineNo) ?? order.lines[0]!).title,
      approveName: '商家',
      afsApplyTime: refund.createdAt,
      approveDate: refund.agreedAt ?? null,
      questionDesc: refund.reason,
      customerPin: `jd_${order.buyer.openId.slice(3, 15)}`,
      approveNotes: '',
      applyReason: refund.reason,
    },
  };
}

function serviceAndRefund(call: Call): Row {
  checkOperator(call);
  const { fields } = call;
  const applied = fields.pair('applyTimeBegin', 'applyTimeEnd');
  const approved = fields.pair('approveTimeBegin', 'approveTimeEnd');
  const orderId = fields.text('orderId');
  if (!applied && !approved && orderId === undefined) throw missing('orderId');
  const page = pageOf<RefundRow>(call, {
    index: call.afterSales.of(shopOf(call).shopId).served,
    from: applied?.from ?? 0,
    to: applied?.to ?? Number.MAX_SAFE_INTEGER,
    filter: ({ order, refund }) =>
      movesMoney(refund.kind) && (orderId === undefined || order.no === orderId) && isIn(approved, refund.agreedAt),
    isModifiedList: false,
    isOldestFirst: true,
    ...paged(call),
    keyOf: ({ refund }) => refund.no,
    modifiedAtOf: ({ refund }) => refund.modifiedAt,
  });
  return answer(call, page, refundRow);
}

/** Service orders, read side (JD sheet §7.2, §7.3). */
export const serviceMethods: MethodTable = {
  'jingdong.asc.sync.list': read(sync),
  'jingdong.asc.query.list': read(query),
  'jingdong.asc.audit.list': read(queue(10001)),
  'jingdong.asc.receive.list': read(queue(10005)),
  'jingdong.asc.process.list': read(queue(10007)),
  'jingdong.asc.complete.list': read(queue(10010)),
  'jingdong.asc.query.view': read(one((row, call) => serviceView(row, call.notes))),
  'jingdong.asc.freight.view': read(one((row) => freightView(row))),
  'jingdong.asc.audit.reason.list': read(() => reasons()),
  'jingdong.asc.serviceAndRefund.view': read(serviceAndRefund),
};
