/** A bill that holds what spreadsheets like to spoil: ids of 19 digits, leading zeros, and names that look like formulas. */
const DAY = '2024-03-05';
const ACCOUNT = '20887777777777770156';

/** The file's own name is a cell of the export. */
export const BILL_NAME = '=1+1.csv';
/** What people might write into a resolution and a note. */
export const FORMULAS = ['=1+1', '+1+1', '-1+1', '@SUM(A1:A9)', "=cmd|' /C calc'!A0", '\t=1+1', '＝1+1'];
/** Order numbers in the bill: the last digits of the long ones are lost by anything that counts in doubles. */
export const ORDER_NOS = [
  '2231958349212345678',
  '2231958349212345679',
  '9223372036854775807',
  '0012345678901234567',
  '0000000000000000001',
  '2700000000000000001',
  '2700000000000000003',
];
/** Day of the bill, and the day behind it. */
export const SPAN = { from: DAY, to: '2024-03-06' };

const yuan = (fen) =>
  `${fen < 0 ? '-' : ''}${Math.trunc(Math.abs(fen) / 100)}.${String(Math.abs(fen) % 100).padStart(2, '0')}`;
const chinese = (day) => `[${day.slice(0, 4)}年${day.slice(5, 7)}月${day.slice(8)}日 00:00:00]`;

/** The file as UTF-8 text; the same text at every call. */
export function madeBill() {
  let balance = 10_000_000;
  const amounts = ORDER_NOS.map((_, index) => 1 + index * 333_333_33);
  const rows = ORDER_NOS.map((no, index) => {
    balance += amounts[index];
    const cells = [
      `7${index}`,
      `sheets-${index}`,
      `T200P${no}`,
      '',
      `${DAY} 10:00:0${index}`,
      '',
      yuan(amounts[index]),
      '',
      yuan(balance),
      '支付宝',
      '在线支付',
      '',
    ];
    return cells.map((cell) => `${cell}\t`).join(',');
  });
  const sum = amounts.reduce((total, fen) => total + fen, 0);
  return [
    '#支付宝账务明细查询',
    `#账号：[${ACCOUNT}]`,
    `#起始日期：${chinese(SPAN.from)}   终止日期：${chinese(SPAN.to)}`,
    '账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注',
    ...rows,
    '#-----账务明细列表结束-----',
    '#支出合计：0笔，共0.00元',
    `#收入合计：${rows.length}笔，共${yuan(sum)}元`,
    '',
  ].join('\r\n');
}
