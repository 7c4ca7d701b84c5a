import { BillRow, ParsedBill, PlatformCall } from '../port';
import { JsonObject, asObject, parseAnswer } from '../kit/answer.json';
import { BILL_FORMATS, billText, parseDouyinBill } from './douyin.bill';
import { DouyinBills } from './douyin.bill-download';
import { FakeAnswer, FakeDouyinClient, fakeCall, fakeConfig, fixtureText } from './douyin.client.fake';
import { rowsOf } from './douyin.values';

const FORMAT = BILL_FORMATS[0];
const page = (lines: object[], change: object = {}): string =>
  JSON.stringify({ code: 10000, data: { code: '100000', is_end: 1, data_size: lines.length, data: lines, ...change } });
const parse = (pages: string[], day = '2025-10-08', movements = [page([])]): Promise<ParsedBill> =>
  parseDouyinBill(FORMAT, Buffer.from(billText({ shop: '4463798', day }, pages, movements), 'utf8'));

const [settled, refunded] = rowsOf(asObject(asObject(parseAnswer(fixtureText('settle.json')))['data'])['data']) as [
  JsonObject,
  JsonObject,
];
const netFen = (rows: readonly BillRow[]): number => rows.reduce((sum, row) => sum + row.inFen - row.outFen, 0);
const kinds = (rows: readonly BillRow[]) => rows.map(({ entryKind, inFen, outFen }) => [entryKind, inFen - outFen]);
const lineRows = async (line: object): Promise<readonly BillRow[]> => (await parse([page([line])])).rows;

describe('settlement lines of douyin as a bill', () => {
  it("splits the sheet's sample into what it is made of, to the fen", async () => {
    const bill = await parse([fixtureText('settle.json').trim()]);
    expect(bill).toMatchObject({
      account: '4463798',
      from: '2025-10-08T00:00:00+08:00',
      to: '2025-10-09T00:00:00+08:00',
      currency: 'CNY',
      isWhole: true,
      problems: [],
    });
    expect(kinds(bill.rows)).toEqual([
      ['goods_payment', 8400],
      ['platform_fee', 500],
      ['tech_service', -445],
      ['affiliate', -890],
      ['affiliate', -89],
    ]);
    expect(netFen(bill.rows)).toBe(7476);
    expect(bill.rows[0]).toEqual({
      rowNo: 1,
      flowNo: '6945807072718045454/6921377343921159820/goods',
      businessNo: '6921377343921159820',
      merchantOrderNo: '6921377343921159820',
      platformOrderNo: '6921377343921159820',
      occurredAt: '2025-10-08T03:12:45+08:00',
      inFen: 8400,
      outFen: 0,
      businessType: '货款',
      remark: '',
      entryKind: 'goods_payment',
    });
    expect(new Set(bill.rows.map(({ flowNo }) => flowNo)).size).toBe(bill.rows.length);
  });

  it('leaves the lines of another day to that day', async () => {
    const bill = await parse([fixtureText('settle.json').trim()], '2025-10-20');
    expect(bill.isWhole).toBe(true);
    expect(kinds(bill.rows)).toEqual([['refund', -8400]]);
    expect(bill.rows[0]).toMatchObject({ businessType: '结算后退款-原路退回', remark: '结算后退款', outFen: 8400 });
  });

  it('keeps a line of the last second of a month in it', async () => {
    const last = { ...settled, settle_time: '2025-10-31 23:59:59' };
    const first = { ...settled, settle_time: '2025-11-01 00:00:00' };
    expect((await parse([page([last, first])], '2025-10-31')).rows).toHaveLength(5);
    expect((await parse([page([last, first])], '2025-11-01')).rows).toHaveLength(5);
  });

  it('takes costs with either sign, as the sums of the line say', async () => {
    const negative = {
      ...settled,
      platform_service_fee: -445,
      commission: -890,
      colonel_service_fee: -89,
      total_outcome: -1424,
    };
    expect(kinds(await lineRows(negative))).toEqual(kinds(await lineRows(settled)));
    const given = {
      ...settled,
      platform_service_fee: -45,
      commission: 890,
      colonel_service_fee: 0,
      total_outcome: 845,
      settle_amount: 8055,
    };
    expect(kinds(await lineRows(given))).toEqual([
      ['goods_payment', 8400],
      ['platform_fee', 500],
      ['tech_service', 45],
      ['affiliate', -890],
    ]);
  });

  it('shows what no way explains as unclassified, so that the money stays right', async () => {
    for (const change of [{ settle_amount: 7000 }, { total_outcome: 1 }, { commission: 1 }, { trade_type: 9 }]) {
      const rows = await lineRows({ ...settled, ...change });
      expect(netFen(rows)).toBe('settle_amount' in change ? 7000 : 7476);
    }
    expect(kinds(await lineRows({ ...settled, settle_amount: 7000 })).at(-1)).toEqual(['unclassified', -476]);
    expect(kinds(await lineRows({ ...settled, trade_type: 9 }))).toEqual([['unclassified', 7476]]);
  });

  it('gives fees back with a refund when the sums say so', async () => {
    const day = { settle_time: '2025-10-08 10:00:00' };
    const back = { ...refunded, ...day, platform_service_fee: 445, commission: 890, settle_amount: -7065 };
    expect(kinds(await lineRows(back))).toEqual([
      ['refund', -8400],
      ['tech_service', 445],
      ['affiliate', 890],
    ]);
    const unexplained = { ...back, settle_amount: -5000 };
    expect(kinds(await lineRows(unexplained))).toEqual([['refund', -5000]]);
    expect(kinds(await lineRows({ ...refunded, ...day, settle_amount: 10 }))).toEqual([['unclassified', 10]]);
  });

  it('counts a line once that the cursor brings twice, and finds one with two contents', async () => {
    const twice = await parse([page([settled], { is_end: 0 }), page([settled])]);
    expect([twice.isWhole, twice.rows.length]).toEqual([true, 5]);
    const differing = await parse([page([settled, { ...settled, remark: 'x' }])]);
    expect(differing.problems.map(({ code }) => code)).toEqual(['flow_repeated']);
  });

  it.each([
    ['end_missing', [page([settled], { is_end: 0 })]],
    ['footer_count', [page([settled], { data_size: 2 })]],
    ['header_missing', [page([], { code: '100002', code_msg: 'no' })]],
    ['row_unreadable', [page([{ ...settled, commission: '8.9' }])]],
    ['row_unreadable', [page([{ ...settled, settle_time: 'soon' }])]],
    ['row_unreadable', [page([{ ...settled, request_no: '' }])]],
  ])('is not whole: %s', async (code, pages) => {
    const bill = await parse(pages);
    expect([bill.isWhole, bill.problems.map((problem) => problem.code)]).toEqual([false, [code]]);
  });

  describe('with movements of the account', () => {
    const movement = (tag: number, change: object = {}): object => ({
      account_trade_no: `T${tag}`,
      bill_time: '2025-10-08 12:00:00',
      fund_flow: 1,
      account_amount: 500,
      account_bill_desc: `desc ${tag}`,
      account_bill_desc_tag: tag,
      shop_order_id: '0',
      order_id: '0',
      ...change,
    });
    const read = (lines: object[]) => parse([page([])], '2025-10-08', [page(lines)]);

    it.each([
      [1, 'affiliate'],
      [2, 'affiliate'],
      [6, 'tech_service'],
      [7, 'platform_fee'],
      [10, 'deposit'],
      [11, 'transfer'],
      [12, 'transfer'],
      [14, 'platform_fee'],
      [18, 'platform_fee'],
      [20, 'freight_insurance'],
      [21, 'platform_fee'],
      [22, 'platform_fee'],
      [8, 'unclassified'],
      [0, 'unclassified'],
      [99, 'unclassified'],
    ])('books tag %d as %s', async (tag, kind) => {
      expect(kinds((await read([movement(tag)])).rows)).toEqual([[kind, -500]]);
    });

    it('leaves to the settlement lines what they tell', async () => {
      const bill = await read([3, 4, 5, 19, 23].map((tag) => movement(tag)));
      expect([bill.isWhole, bill.rows]).toEqual([true, []]);
    });

    it('stands behind the lines of the day, with its own numbers and order', async () => {
      const insured = movement(20, { fund_flow: 0, shop_order_id: '6921377343921159820', order_id: '7' });
      const late = movement(11, { bill_time: '2025-10-09 00:00:00' });
      const bill = await parse([page([settled])], '2025-10-08', [page([insured, late])]);
      expect(bill.rows.at(-1)).toEqual({
        rowNo: 6,
        flowNo: 'T20',
        businessNo: 'T20',
        merchantOrderNo: '7',
        platformOrderNo: '6921377343921159820',
        occurredAt: '2025-10-08T12:00:00+08:00',
        inFen: 500,
        outFen: 0,
        businessType: 'desc 20',
        remark: '',
        entryKind: 'freight_insurance',
      });
    });

    it.each([
      ['a direction that is none', { fund_flow: 2 }],
      ['no number', { account_trade_no: '' }],
      ['no time', { bill_time: '' }],
      ['an amount that is none', { account_amount: '1.5' }],
    ])('is not whole with %s', async (_title, change) => {
      const bill = await read([movement(20, change)]);
      expect(bill.problems.map(({ code }) => code)).toEqual(['row_unreadable']);
    });
  });

  it('refuses what is no such file', async () => {
    const bad = (format: string, text: string) => parseDouyinBill(format, Buffer.from(text));
    for (const act of [bad('csv', '{}'), bad(FORMAT, 'x'), bad(FORMAT, '{}'), bad(FORMAT, '{"day":"2025-10-08"}')])
      await expect(act).rejects.toMatchObject({ code: 'BILL_FILE.INVALID' });
  });
});

describe('fetching settlement lines', () => {
  const at = (text: string): PlatformCall => ({ ...fakeCall, storyNow: () => new Date(text) });
  const late = at('2025-10-09T15:00:00+08:00');
  const bills = (answer: (count: number) => FakeAnswer) => {
    let count = 0;
    const client = new FakeDouyinClient(() => answer((count += 1)));
    return { client, part: new DouyinBills(client.asClient(), fakeConfig()) };
  };

  it('follows the cursor to its end and keeps every page as it came', async () => {
    const next = { is_end: 0, next_start_index: 'i2', next_start_time: '2025-10-08 03:12:45' };
    const first = page([settled], next);
    const texts = [first, page([refunded]), page([])];
    const { client, part } = bills((count) => ({ text: texts[count - 1]! }));
    const [file] = await part.ofDay(late, '2025-10-08');
    expect(file).toMatchObject({ format: FORMAT, fileName: 'douyin-settle-4463798-2025-10-08.json' });
    expect(Buffer.from(file!.bytes).toString()).toContain(first);
    expect((await parseDouyinBill(FORMAT, file!.bytes)).rows).toHaveLength(5);
    expect(client.sent(0)).toEqual({
      start_time: '2025-10-07 23:59:59',
      end_time: '2025-10-09 00:00:00',
      start_index: '',
      size: 100,
      time_type: '0',
    });
    expect(client.sent(1)).toMatchObject({ start_time: '2025-10-08 03:12:45', start_index: 'i2' });
    expect(client.calls[2]!.method).toBe('order.getShopAccountItem');
    expect(client.sent(2)).toMatchObject({ start_time: '2025-10-07 23:59:59', start_index: '', size: 1000 });
  });

  it('is a whole bill without rows when an old day stays empty', async () => {
    const { part } = bills(() => ({ text: page([]) }));
    const [file] = await part.ofDay(at('2025-10-12T00:00:00+08:00'), '2025-10-08');
    expect(await parseDouyinBill(FORMAT, file!.bytes)).toMatchObject({ isWhole: true, rows: [] });
  });

  it('does not ask before the lines are made', async () => {
    const { client, part } = bills(() => ({ text: page([settled]) }));
    await expect(part.ofDay(at('2025-10-09T14:59:59+08:00'), '2025-10-08')).rejects.toMatchObject({
      kind: 'not-found',
    });
    expect(client.calls).toHaveLength(0);
  });

  it.each([
    ['nothing was settled', page([]), 'not-found'],
    ['nothing at all', '{"code":10000,"data":{"code":"100000","is_end":1}}', 'not-found'],
    ['not made yet', page([], { code: '100015' }), 'not-found'],
    ['an inner failure', page([], { code: '100025', code_msg: 'x' }), 'transient'],
    ['a page that names no next one', page([settled], { is_end: 0 }), 'transient'],
    ['a cursor that stands still', page([settled], { is_end: 0, next_start_index: 'i' }), 'transient'],
  ])('judges %s', async (_title, text, kind) => {
    await expect(bills(() => ({ text })).part.ofDay(late, '2025-10-08')).rejects.toMatchObject({ kind });
  });
});
