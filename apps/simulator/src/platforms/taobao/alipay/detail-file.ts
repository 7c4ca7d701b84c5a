import { toPlatformText } from '../../../core/times';
import { yuan } from '../envelope';
import type { BillLayout } from './accounts';
import type { BillRow } from './bill-rows';
import { SUMMARY_COLUMNS, TRADE_TOTAL_WORDS } from './open-points';

/** What a file is about. Instants in story milliseconds; `to` is not included. */
export interface BillSpan {
  account: string;
  from: number;
  to: number;
  writtenAt: number;
}

/** One way to damage a file, so that its own words contradict it. */
export type Damage = 'row' | 'end' | 'sum';

const OLDER =
  '账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注';
const NEWER = `${OLDER},业务基础订单号,业务订单号,业务账单来源,业务描述`;
const TRADE =
  '支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注';

/** An instant as the comment lines write it: `[2025年11月11日 00:00:00]`. */
function chinese(at: number): string {
  const text = toPlatformText(at);
  return `[${text.slice(0, 4)}年${text.slice(5, 7)}月${text.slice(8, 10)}日 ${text.slice(11)}]`;
}

const rule = (words: string): string => `#-----------------------------------------${words}`;

const head = (title: string, list: string, span: BillSpan): string[] => [
  `#支付宝${title}查询`,
  `#账号：[${span.account}]`,
  `#起始日期：${chinese(span.from)}   终止日期：${chinese(span.to)}`,
  rule(`${list}列表----------------------------------------`),
];

const listEnd = (list: string): string => rule(`${list}列表结束------------------------------------`);
const written = (span: BillSpan): string => `#导出时间：${chinese(span.writtenAt)}`;

/** Each value is followed by a tab (Taobao sheet §12.2). */
const cells = (values: readonly string[]): string => values.map((value) => `${value}\t`).join(',');

const textOf = (lines: readonly string[]): string => `${lines.join('\r\n')}\r\n`;

const sum = (rows: readonly BillRow[]): number => rows.reduce((all, row) => all + Math.abs(row.fen), 0);
const isIn = (row: BillRow): boolean => row.fen > 0;
const isOut = (row: BillRow): boolean => row.fen < 0;

/** The account's movements with the running balance. The older form writes outgoing amounts with a minus sign. */
export function accountDetail(
  span: BillSpan,
  rows: readonly BillRow[],
  openingFen: number,
  layout: BillLayout,
  damage?: Damage,
): string {
  let balanceFen = openingFen;
  const lines = rows.map((row) => {
    balanceFen += row.fen;
    const out = !isOut(row) ? '' : layout === 'older' ? yuan(row.fen) : yuan(-row.fen);
    const values = [
      row.flowNo,
      row.businessNo,
      row.merchantNo,
      row.goods,
      toPlatformText(row.at),
      row.counterparty,
      isIn(row) ? yuan(row.fen) : '',
      out,
      yuan(balanceFen),
      row.channel,
      row.type,
      row.remark,
    ];
    return cells(layout === 'older' ? values : [...values, row.orderNo, row.orderNo, row.source, row.description]);
  });
  if (damage === 'row') lines.splice(lines.length >> 1, 1);
  const wrongFen = damage === 'sum' ? 1 : 0;
  const ins = rows.filter(isIn);
  const outs = rows.filter(isOut);
  const footer = [
    listEnd('账务明细'),
    `#支出合计：${outs.length}笔，共${yuan(sum(outs))}元`,
    `#收入合计：${ins.length}笔，共${yuan(sum(ins) + wrongFen)}元`,
    written(span),
  ];
  const header = layout === 'older' ? OLDER : NEWER;
  return textOf([...head('账务明细', '账务明细', span), header, ...lines, ...(damage === 'end' ? [] : footer)]);
}

/** Counts and sums by type of business. */
export function summary(kind: '账务' | '业务', span: BillSpan, rows: readonly BillRow[]): string {
  const types = [...new Set(rows.map((row) => row.type))];
  const line = (name: string, own: readonly BillRow[]): string => {
    const ins = own.filter(isIn);
    const outs = own.filter(isOut);
    const total = own.reduce((all, row) => all + row.fen, 0);
    return cells([name, String(ins.length), yuan(sum(ins)), String(outs.length), yuan(-sum(outs)), yuan(total)]);
  };
  return textOf([
    ...head(`${kind}汇总`, `${kind}汇总`, span),
    SUMMARY_COLUMNS,
    ...types.map((type) =>
      line(
        type,
        rows.filter((row) => row.type === type),
      ),
    ),
    line('合计', rows),
    listEnd(`${kind}汇总`),
    written(span),
  ]);
}

/** A row of a trade file: payments and refunds alone, with the 25 columns of Taobao sheet §12.2. */
export interface TradeRow extends BillRow {
  isRefund: boolean;
  createdAt: number;
  orderFen: number;
  refundNo: string;
}

/** The transactions. */
export function tradeDetail(span: BillSpan, rows: readonly TradeRow[], damage?: Damage): string {
  const none = yuan(0);
  const lines = rows.map((row) =>
    cells([
      row.businessNo,
      row.merchantNo,
      row.isRefund ? '退款' : '交易',
      row.goods,
      toPlatformText(row.createdAt),
      toPlatformText(row.at),
      '',
      '',
      '',
      '',
      row.counterparty,
      yuan(row.isRefund ? row.fen : row.orderFen),
      yuan(row.fen),
      none,
      none,
      none,
      none,
      none,
      '',
      none,
      none,
      row.refundNo,
      none,
      none,
      row.remark,
    ]),
  );
  if (damage === 'row') lines.splice(lines.length >> 1, 1);
  const total = (own: readonly TradeRow[], extraFen: number): string =>
    `${own.length}笔，商家实收共${yuan(own.reduce((all, row) => all + row.fen, extraFen))}元，商家优惠共${none}元`;
  const footer = [
    listEnd('业务明细'),
    `#${TRADE_TOTAL_WORDS.paid}：${total(
      rows.filter((row) => !row.isRefund),
      damage === 'sum' ? 1 : 0,
    )}`,
    `#${TRADE_TOTAL_WORDS.refunded}：${total(
      rows.filter((row) => row.isRefund),
      0,
    )}`,
    written(span),
  ];
  return textOf([...head('业务明细', '业务明细', span), TRADE, ...lines, ...(damage === 'end' ? [] : footer)]);
}
