import { DAY, toPlatformText } from '../../../core/times';
import { orderNoOf, type BillRow } from '../bill/bill-rows';
import { rowsBetween } from '../bill/settlement-file';
import { invalid, missing, num, yuanNumber } from '../envelope';
import { read, shopOf, type Call, type MethodTable } from '../method';
import { jdNumbers } from '../numbers';

type Row = Record<string, unknown>;

/** Left open by the sheet. */
const LONGEST_WINDOW_MS = 31 * DAY;
/** Left open by the sheet: income and expense, settled and not. */
const INCOME = 1;
const EXPENSE = 2;
const SETTLED = 1;

function fee(one: BillRow): Row {
  const { row, line } = one;
  return {
    // Rows of one movement share their number's head; the tail tells the SKU.
    detailId: `${jdNumbers.flowNo(Number(row.no))}${one.part > 0 ? `-${one.part}` : ''}`,
    skuId: line ? num(line.listingSkuId) : null,
    count: line?.quantity ?? 0,
    money: yuanNumber(Math.abs(one.fen)),
    direction: one.fen < 0 ? EXPENSE : INCOME,
    businessUuid: row.refundNo ?? orderNoOf(one) ?? '',
    currency: 'CNY',
    feeType: one.feeType,
    settlementStatus: SETTLED,
    settlementTime: one.settledAt,
    billNo: `ST${toPlatformText(one.writtenAt).slice(0, 10).replaceAll('-', '')}`,
    billType: 1,
    returnTime: row.refundNo === undefined ? null : row.at,
    skuUuid: '',
    bankFlow: '',
    settleRemark: one.feeName,
    merDate: toPlatformText(row.at).slice(0, 10),
  };
}

/** Charges by order, of money that moved in the window; a charge is told once its bill is written. */
function charges(call: Call): Row {
  const { fields } = call;
  const from = fields.time('startDate');
  const to = fields.time('endDate');
  if (from === undefined) throw missing('startDate');
  if (to === undefined) throw missing('endDate');
  if (to < from || to - from > LONGEST_WINDOW_MS) throw invalid('endDate', '与startDate的间隔不能超过31天');
  const orderId = fields.text('orderId');
  const orders = new Map<string, BillRow[]>();
  for (const one of rowsBetween(call.core, shopOf(call).shopId, from, to)) {
    const no = orderNoOf(one) ?? '0';
    if (one.writtenAt > call.at || (orderId !== undefined && orderId !== no)) continue;
    orders.set(no, [...(orders.get(no) ?? []), one]);
  }
  const values = [...orders].map(([no, rows]) => {
    const order = rows[0]!.row.order;
    return {
      orderId: num(no),
      venderId: num(shopOf(call).shopId),
      completed: order?.endedAt ?? null,
      createTime: order?.createdAt ?? null,
      docCreateTime: rows[0]!.writtenAt,
      docUpdateTime: rows[0]!.settledAt,
      rfBusiType: rows[0]!.row.refundNo === undefined ? '1' : '2',
      feeList: rows.map(fee),
    };
  });
  return { returnType: { success: true, resultCode: '0', message: '', values } };
}

/** Charges of the settlement by the gateway (JD sheet §12.1). */
export const billMethods: MethodTable = {
  'jingdong.pop.taurus.queryBillChargeListByCondition': read(charges),
};
