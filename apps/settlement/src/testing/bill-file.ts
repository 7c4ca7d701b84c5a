import { fenToYuan } from '@app/shared';
import { encode } from 'iconv-lite';

/** A row of a made bill; amounts in fen, outgoing negative. */
export interface MadeRow {
  flow: string;
  at: string;
  fen: number;
  business?: string;
  merchantNo?: string;
  type?: string;
  remark?: string;
}

/** What may be wrong with a made bill. */
export interface MadeBill {
  rows: MadeRow[];
  from: string;
  to: string;
  account?: string;
  openingFen?: number;
  hasFooter?: boolean;
  /** Added to the stated sum of income. */
  sumOffFen?: number;
}

const chinese = (day: string): string => `[${day.slice(0, 4)}年${day.slice(5, 7)}月${day.slice(8, 10)}日 00:00:00]`;

/** An Alipay file of an account's movements, as bytes in GBK; days as yyyy-mm-dd, `to` is not included. */
export function billFile(bill: MadeBill): Buffer {
  let balance = bill.openingFen ?? 1_000_000;
  const lines = bill.rows.map((row) => {
    balance += row.fen;
    const income = row.fen > 0 ? fenToYuan(row.fen) : '';
    const outgo = row.fen < 0 ? fenToYuan(row.fen) : '';
    const cells = [
      row.flow,
      row.business ?? `b${row.flow}`,
      row.merchantNo ?? '',
      '',
      row.at,
      '',
      income,
      outgo,
      fenToYuan(balance),
      '支付宝',
      row.type ?? '其它',
      row.remark ?? '',
    ];
    return cells.map((cell) => `${cell}\t`).join(',');
  });
  const ins = bill.rows.filter(({ fen }) => fen > 0);
  const outs = bill.rows.filter(({ fen }) => fen < 0);
  const sum = (rows: MadeRow[]): number => rows.reduce((total, { fen }) => total + Math.abs(fen), 0);
  const text = [
    '#支付宝账务明细查询',
    `#账号：[${bill.account ?? '20881234567890120156'}]`,
    `#起始日期：${chinese(bill.from)}   终止日期：${chinese(bill.to)}`,
    '#-----账务明细列表-----',
    '账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注',
    ...lines,
    '#-----账务明细列表结束-----',
    ...(bill.hasFooter === false
      ? []
      : [
          `#支出合计：${outs.length}笔，共${fenToYuan(sum(outs))}元`,
          `#收入合计：${ins.length}笔，共${fenToYuan(sum(ins) + (bill.sumOffFen ?? 0))}元`,
        ]),
    '',
  ].join('\r\n');
  return encode(text, 'gbk');
}

/** The payment of an order. */
export const payment = (
  flow: string,
  orderNo: string,
  fen: number,
  at: string,
  more: Partial<MadeRow> = {},
): MadeRow => ({
  flow,
  at,
  fen,
  merchantNo: `T200P${orderNo}`,
  type: '在线支付',
  ...more,
});

/** The commission of an order. */
export const commission = (flow: string, orderNo: string, fen: number, at: string): MadeRow => ({
  flow,
  at,
  fen: -fen,
  merchantNo: `HJCOM==1==${orderNo}`,
  remark: `天猫佣金（类目）{${orderNo}}扣款`,
});

/** A refund of an order. */
export const refund = (flow: string, orderNo: string, fen: number, at: string): MadeRow => ({
  flow,
  at,
  fen: -fen,
  merchantNo: `T200P${orderNo}`,
  type: '交易退款',
});
