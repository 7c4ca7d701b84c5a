import { encode } from 'iconv-lite';
import { parsePinduoduoBill } from './pinduoduo.bill';
import { classify } from './pinduoduo.bill-classes';

const HEAD = [
  '拼多多店铺账务明细查询',
  '',
  '起始时间：2026-06-01 00:00:00  终止时间：2026-06-30 23:59:59',
  '----------交易记录明细列表---------',
  '商户订单号,发生时间,收入金额（+元）,支出金额（-元）,账务类型,备注,业务描述',
];
const ROWS = [
  '260620-123456789012345,2026-06-30 23:30:43,61.80,0,交易收入,-,0010002|交易收入-订单收入',
  '260531-123456789012346,2026-06-05 23:55:00,0,-27.50,交易退款,,0020002|交易退款-订单退款',
  '260531-123456789012347,2026-06-05 23:54:45,0.09,0,技术服务费,基础技术服务费返还,0030002|技术服务费-基础技术服务费',
  ',2026-06-30 20:00:00,0,-500.00,提现,,0080001|提现-提现申请',
];
const FOOT = ['#收入合计：3笔61.89元', '#支出合计：3485笔-527.50元'];
const file = (rows = ROWS, head = HEAD, foot = FOOT): string => [...head, ...rows, ...foot].join('\r\n');
const read = (text: string, needsTotals = true) =>
  parsePinduoduoBill('pinduoduo-balance', encode(text, 'gb18030'), needsTotals);
const row = (change: Partial<Record<'no' | 'at' | 'in' | 'out' | 'type' | 'remark' | 'what', string>>): string => {
  const cells = {
    no: '1',
    at: '2026-06-05 10:00:00',
    in: '0',
    out: '0',
    type: 'x',
    remark: '',
    what: '0|x',
    ...change,
  };
  return Object.values(cells).join(',');
};

describe('a bill of Pinduoduo', () => {
  it('is read in GB18030, with negative outgoings, and proven by its totals', async () => {
    const bill = await read(file());
    expect(bill).toMatchObject({
      isWhole: true,
      problems: [],
      currency: 'CNY',
      from: '2026-06-01T00:00:00+08:00',
      to: '2026-07-01T00:00:00+08:00',
    });
    expect(bill.rows).toEqual([
      {
        rowNo: 6,
        flowNo: '',
        businessNo: '260620-123456789012345',
        merchantOrderNo: '260620-123456789012345',
        platformOrderNo: '260620-123456789012345',
        occurredAt: '2026-06-30T23:30:43+08:00',
        inFen: 6180,
        outFen: 0,
        businessType: '0010002|交易收入-订单收入',
        remark: '',
        entryKind: 'goods_payment',
      },
      expect.objectContaining({ rowNo: 7, inFen: 0, outFen: 2750, entryKind: 'refund' }),
      expect.objectContaining({ rowNo: 8, inFen: 9, remark: '基础技术服务费返还', entryKind: 'tech_service' }),
      expect.objectContaining({ rowNo: 9, outFen: 50000, merchantOrderNo: '', entryKind: 'transfer' }),
    ]);
    expect(bill.rows[3]).not.toHaveProperty('platformOrderNo');
  });

  it('reads UTF-8 as well, with a byte order mark, tabs and thousands', async () => {
    const rows = [row({ no: '\t260620-1', in: '"1,061.80"', what: '0010002|交易收入-订单收入' })];
    const text = `\ufeff${file(rows, HEAD, ['#收入合计：1笔1,061.80元', '#支出合计：0笔0.00元'])}`;
    const bill = await parsePinduoduoBill('pinduoduo-balance', Buffer.from(text, 'utf8'), true);
    expect(bill.rows).toMatchObject([{ merchantOrderNo: '260620-1', inFen: 106180 }]);
    expect(bill.isWhole).toBe(true);
  });

  it('finds the header wherever it stands, and reads a day on which nothing moved', async () => {
    const bill = await read(file([], HEAD.slice(4), ['#收入合计：0笔0.00元', '#支出合计：0笔0.00元']));
    expect([bill.rows, bill.isWhole, bill.from]).toEqual([[], true, undefined]);
  });

  it.each([
    ['a total that differs', file(ROWS, HEAD, ['#收入合计：3笔61.88元', FOOT[1]!]), 'footer_sum', undefined],
    ['an end that is missing', file(ROWS, HEAD, [FOOT[0]!]), 'footer_missing', undefined],
    ['a row of another month', file([row({ at: '2026-07-01 00:00:00' })], HEAD, []), 'row_outside', 6],
    ['a row cut off', file(['260620-1,2026-06-05 10:00:00,1']), 'row_unreadable', 6],
    ['a time that is none', file([row({ at: 'noon' })]), 'row_unreadable', 6],
    ['a negative income', file([row({ in: '-1.00' })]), 'row_unreadable', 6],
    ['a positive outgoing', file([row({ out: '1.00' })]), 'row_unreadable', 6],
    ['an amount that is none', file([row({ in: 'x' })]), 'row_unreadable', 6],
    ['NUL bytes', file([row({ remark: 'a\u0000b' })]), 'nul_byte', undefined],
  ])('is not whole with %s', async (_title, text, code, line) => {
    const { isWhole, problems } = await read(text);
    expect(isWhole).toBe(false);
    expect(problems).toContainEqual(
      expect.objectContaining({ code, ...(line !== undefined && { row: line }) }) as object,
    );
  });

  it('takes the last second of a month for inside, and its next for outside', async () => {
    const at = (time: string) => read(file([row({ at: time })], HEAD, []), false);
    expect((await at('2026-06-30 23:59:59')).isWhole).toBe(true);
    expect((await at('2026-06-01 00:00:00')).isWhole).toBe(true);
    expect((await at('2026-05-31 23:59:59')).isWhole).toBe(false);
  });

  it('can do without totals where the installation says so', async () => {
    expect((await read(file(ROWS, HEAD, []), false)).isWhole).toBe(true);
    expect((await read(file(ROWS, HEAD, ['#收入合计：3笔61.88元']), false)).isWhole).toBe(false);
  });

  it('keeps equal rows, which the platform rightly writes', async () => {
    const fee = row({ no: '260620-1', out: '-0.10', what: '0030002|技术服务费-基础技术服务费' });
    const bill = await read(file([fee, fee], HEAD, ['#收入合计：0笔0元', '#支出合计：2笔-0.20元']));
    expect([bill.rows.length, bill.isWhole]).toEqual([2, true]);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a page', Buffer.from('<html></html>')],
    ['a broken archive', Buffer.from('PK\u0003\u0004 and no more')],
    ['another list', Buffer.from('账务流水号,金额\n1,2\n')],
    ['too few columns', Buffer.from('商户订单号,发生时间\n1,2026-06-05 10:00:00\n')],
    ['a quotation mark that nothing closes', Buffer.from('"商户订单号,发生时间\n')],
  ])('is no bill at all: %s', async (_title, bytes) => {
    await expect(parsePinduoduoBill('pinduoduo-balance', bytes, true)).rejects.toMatchObject({
      code: 'BILL_FILE.INVALID',
    });
  });

  it('reads no other form', async () => {
    await expect(parsePinduoduoBill('alipay-signcustomer', Buffer.from(file()), true)).rejects.toMatchObject({
      code: 'BILL_FILE.INVALID',
    });
  });

  it.each([
    ['0010002|交易收入-订单收入', 1, 0, true, 'goods_payment'],
    ['0010002|交易收入-订单收入', 0, 1, true, 'unclassified'],
    ['0010002|交易收入-订单收入', 1, 0, false, 'unclassified'],
    ['0010005|交易收入-优惠券结算', 1, 0, true, 'platform_fee'],
    ['0020002|交易退款-订单退款', 0, 1, true, 'refund'],
    ['0020002|交易退款-订单退款', 1, 0, true, 'unclassified'],
    ['0020005|交易退款-优惠券结算', 0, 1, true, 'platform_fee'],
    ['0030002|技术服务费-基础技术服务费', 0, 1, true, 'tech_service'],
    ['0050002|服务支出-消费者体验提升计划', 0, 1, true, 'platform_fee'],
    ['0070004|转账-广告账户', 0, 1, false, 'transfer'],
    ['0080001|提现-提现申请', 0, 1, false, 'transfer'],
    ['0140028|其他支出-合作费追回', 0, 1, true, 'unclassified'],
    ['9999999|保证金', 0, 1, false, 'unclassified'],
    ['', 0, 1, false, 'unclassified'],
  ])('classifies %s (%i in, %i out, order %s) as %s', (description, inFen, outFen, hasOrder, kind) => {
    expect(classify({ description, type: '', inFen, outFen, hasOrder })).toBe(kind);
  });

  it('knows a withdrawal by its type although its code is new', () => {
    const row = { description: '0080009|提现-新', type: '提现', inFen: 0, outFen: 1, hasOrder: false };
    expect(classify(row)).toBe('transfer');
  });
});
