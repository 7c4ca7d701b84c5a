import { encode } from 'iconv-lite';
import { BillFile, ParsedBill } from '../port';
import { parseJdBill } from './jd.bill';
import { billsOfDay } from './jd.bill-charges';
import { feeKindOf } from './jd.bill-classes';
import { FakeAnswer, FakeJdClient, failureOf, fakeCall, fakeConfig, fixtureText } from './jd.client.fake';

const settlement = fixtureText('settlement.csv');
const parse = (text: string | Buffer, format = 'jd-settlement', billIncome = '1', feeTypes = ''): Promise<ParsedBill> =>
  parseJdBill(format, typeof text === 'string' ? Buffer.from(text, 'utf8') : text, { billIncome, feeTypes });
const HEAD = settlement.split('\n')[0]!;
const LINE = settlement.split('\n')[1]!;

describe('settlement lists', () => {
  it('are read as the sheet shows them', async () => {
    const bill = await parse(settlement);
    expect(bill).toMatchObject({ currency: 'CNY', isWhole: true, problems: [] });
    expect(
      bill.rows.map(({ platformOrderNo, inFen, outFen, entryKind, businessType }) => [
        platformOrderNo,
        inFen,
        outFen,
        entryKind,
        businessType,
      ]),
    ).toEqual([
      ['296716636166', 17820, 0, 'goods_payment', '货款'],
      ['296716636166', 0, 1426, 'commission', '佣金'],
      ['296716636166', 0, 107, 'tech_service', '交易服务费'],
      ['296716636166', 0, 50, 'freight_insurance', '运费保险服务费'],
      ['296716636167', 0, 8910, 'refund', '货款'],
    ]);
    expect(bill.rows[4]).toEqual({
      rowNo: 6,
      flowNo: '',
      businessNo: '296716636167',
      merchantOrderNo: '296716636167',
      platformOrderNo: '296716636167',
      occurredAt: '2024-03-10T02:10:00+08:00',
      inFen: 0,
      outFen: 8910,
      businessType: '货款',
      remark: '100012043978 1900012345 未结算 售后退款',
      entryKind: 'refund',
    });
  });

  it('are the same in GBK, with tabs around ids, a byte order mark, further columns and another order of columns', async () => {
    const expected = (await parse(settlement)).rows;
    expect((await parse(Buffer.from(encode(settlement, 'gbk')))).rows).toEqual(expected);
    expect((await parse(`\ufeff${settlement.replaceAll('\n296716636166', '\n\t296716636166\t')}`)).rows).toEqual(
      expected,
    );
    const turned = settlement
      .trim()
      .split('\n')
      .map((line, index) => [...line.split(',').reverse(), index === 0 ? '币种' : 'CNY'].join(','))
      .join('\n');
    expect((await parse(turned)).rows).toEqual(expected);
  });

  it('take the direction for the truth, whatever the sign', async () => {
    const rows = (await parse([HEAD, LINE.replace('178.20', '-178.20')].join('\n'))).rows;
    expect(rows[0]).toMatchObject({ inFen: 17820, outFen: 0 });
  });

  it.each([
    [LINE.replace('178.20', '1.2.3'), '1.2.3'],
    [LINE.replace('收入', '左'), '左'],
    [LINE.replace('2024-03-09 02:10:00', '--'), 'no time'],
    [LINE.split(',').slice(0, 5).join(','), 'columns'],
    [LINE.replace('货款', '--'), 'no fee'],
  ])('name the line that cannot be read: %#', async (line, why) => {
    const bill = await parse([HEAD, LINE, line].join('\n'));
    expect([bill.isWhole, bill.rows.length]).toEqual([false, 1]);
    expect(bill.problems).toEqual([
      { code: 'row_unreadable', row: 3, message: expect.stringContaining(why) as string },
    ]);
  });

  it('that are none are refused', async () => {
    for (const [text, format] of [
      ['', 'jd-settlement'],
      ['a,b\n1,2', 'jd-settlement'],
      [settlement, 'jd-unknown'],
      [settlement, 'jd-charges'],
    ] as const)
      await expect(parse(text, format)).rejects.toMatchObject({ code: 'BILL_FILE.INVALID' });
  });

  it('that were damaged on their way are not whole', async () => {
    const bill = await parse(`${HEAD}\n${LINE}\u0000`);
    expect(bill.problems.map((problem) => problem.code)).toEqual(['nul_byte']);
  });
});

describe('reconciliation lists', () => {
  const head =
    '订单编号,单据编号,单据类型,商品编号,商品名称,费用项,金额,币种,商家应收/应付,费用发生时间,费用结算时间,结算状态,店铺号,备注';
  const line =
    '296716636166,D1,订单,100012043978,儿童外套,货款,178.20,CNY,应收,2024-03-08 10:00:00,2024-03-09 11:02:13,已结算,1,--';

  it('have numbers of their own, one per document, fee and SKU', async () => {
    const fee = line.replace('货款,178.20', '佣金,14.26').replace('应收', '应付');
    const bill = await parse([head, line, fee].join('\n'), 'jd-reconciliation');
    expect(bill.isWhole).toBe(true);
    expect(bill.rows.map(({ flowNo, inFen, outFen, occurredAt }) => [flowNo, inFen, outFen, occurredAt])).toEqual([
      ['D1/货款/100012043978', 17820, 0, '2024-03-08T10:00:00+08:00'],
      ['D1/佣金/100012043978', 0, 1426, '2024-03-08T10:00:00+08:00'],
    ]);
  });

  it('that repeat a number are not whole', async () => {
    const bill = await parse([head, line, line].join('\n'), 'jd-reconciliation');
    expect([bill.isWhole, bill.problems[0]!.code]).toEqual([false, 'flow_repeated']);
  });
});

describe('fees', () => {
  it.each([
    ['货款', true, 'goods_payment'],
    ['货款', false, 'refund'],
    ['佣金', false, 'commission'],
    ['佣金', true, 'commission'],
    ['价保返佣金', true, 'commission'],
    ['SOP双倍赔返还佣金', true, 'commission'],
    ['交易服务费', false, 'tech_service'],
    ['代收配送费', true, 'goods_payment'],
    ['代收配送费', false, 'refund'],
    ['京豆', false, 'points'],
    ['随单送的京豆', false, 'points'],
    ['商品保险服务费', false, 'platform_fee'],
    ['运费保险服务费', false, 'freight_insurance'],
    ['广告联合活动降扣佣金', false, 'affiliate'],
    ['代收白条网络推广技术服务费', false, 'payment_fee'],
    ['价保扣款', false, 'platform_fee'],
    ['卖家返还运费', false, 'refund'],
    ['售后卖家赔付费', false, 'platform_fee'],
    ['商家直赔费', false, 'platform_fee'],
    ['SOP双倍赔款（京豆赔付）', false, 'platform_fee'],
    ['综合违约金', false, 'platform_fee'],
    ['小额打款费用退还', true, 'unclassified'],
    ['京东代付全球售消费税', false, 'unclassified'],
    ['平台券价保补贴', true, 'unclassified'],
    ['月亮税', false, 'unclassified'],
  ] as const)('%s (income %s) is %s', (name, isIncome, kind) => {
    expect(feeKindOf(name, isIncome)).toBe(kind);
  });
});

describe('charges by call', () => {
  const fee = (change: object = {}): object => ({
    detailId: 'F1',
    skuId: 1,
    money: 178.2,
    direction: 1,
    feeType: 7,
    settlementTime: '2024-03-09 11:02:13',
    ...change,
  });
  const answer = (feeList: object[], list = 'billChargeList', success: unknown = true): FakeAnswer => ({
    root: { returnType: { success, resultCode: '0', codes: ['x'], [list]: [{ orderId: 296716636166, feeList }] } },
  });
  const fetched = async (given: FakeAnswer, change = {}) => {
    const client = new FakeJdClient(() => given);
    return { client, files: await billsOfDay(client.asClient(), fakeConfig(change), fakeCall, '2024-03-09') };
  };

  it('are asked for by day and kept with it, unchanged', async () => {
    const { client, files } = await fetched(answer([fee()]), { billDateType: '2' });
    expect(client.calls[0]).toMatchObject({
      method: 'jingdong.pop.taurus.queryBillChargeListByCondition',
      params: { startDate: '2024-03-09 00:00:00', endDate: '2024-03-10 00:00:00', dateType: '2' },
    });
    expect(files).toEqual([
      { format: 'jd-charges', fileName: 'jd-10706-2024-03-09.json', bytes: expect.any(Buffer) as Buffer },
    ]);
    const bill = await parse(Buffer.from(files[0]!.bytes), 'jd-charges');
    expect(bill).toMatchObject({
      from: '2024-03-09T00:00:00+08:00',
      to: '2024-03-10T00:00:00+08:00',
      isWhole: true,
      rows: [
        {
          rowNo: 1,
          flowNo: 'F1',
          platformOrderNo: '296716636166',
          inFen: 17820,
          outFen: 0,
          occurredAt: '2024-03-09T11:02:13+08:00',
          businessType: 'feeType 7',
          entryKind: 'unclassified',
        },
      ],
    });
  });

  it('know income by the value that was configured, and fees by name where there is one', async () => {
    const rows = [
      fee({ feeName: '货款' }),
      fee({ detailId: 'F2', feeName: '佣金', direction: 0, money: '14.26' }),
      fee({ detailId: 'F3', direction: undefined, money: -1 }),
    ];
    const { files } = await fetched(answer(rows, 'whatever'));
    const bill = await parse(Buffer.from(files[0]!.bytes), 'jd-charges');
    expect(bill.rows.map(({ inFen, outFen, entryKind }) => [inFen, outFen, entryKind])).toEqual([
      [17820, 0, 'goods_payment'],
      [0, 1426, 'commission'],
      [0, 100, 'unclassified'],
    ]);
    const turned = await parse(Buffer.from(files[0]!.bytes), 'jd-charges', '0');
    expect(turned.rows[0]).toMatchObject({ inFen: 0, outFen: 17820, entryKind: 'refund' });
    const named = await parse(Buffer.from(files[0]!.bytes), 'jd-charges', '1', '6=货款, 7=交易服务费');
    expect(named.rows[2]).toMatchObject({ businessType: '交易服务费', entryKind: 'tech_service' });
  });

  it('that cannot be read or told apart are not whole', async () => {
    const { files } = await fetched(
      answer([fee(), fee(), fee({ detailId: 'F2', money: 'x' }), fee({ detailId: undefined })]),
    );
    const bill = await parse(Buffer.from(files[0]!.bytes), 'jd-charges');
    expect(bill.problems.map((problem) => problem.code)).toEqual(['row_unreadable', 'row_unreadable', 'flow_repeated']);
  });

  it('lie in their day even without a time of their own', async () => {
    const { files } = await fetched(answer([fee({ settlementTime: '1970-01-01 00:00:00' })]));
    expect((await parse(Buffer.from(files[0]!.bytes), 'jd-charges')).rows[0]!.occurredAt).toBe(
      '2024-03-09T00:00:00+08:00',
    );
  });

  it('tell equal fees of two SKUs apart', async () => {
    const { files } = await fetched(answer([fee({ skuId: 1 }), fee({ detailId: 'F2', skuId: 2 })]));
    const bill = await parse(Buffer.from(files[0]!.bytes), 'jd-charges');
    expect(bill.rows.map(({ businessNo, merchantOrderNo }) => [businessNo, merchantOrderNo])).toEqual([
      ['296716636166', '1'],
      ['296716636166', '2'],
    ]);
  });

  it('name no order when they belong to none', async () => {
    const root = { returnType: { success: true, values: [{ orderId: 0, feeList: [fee({ feeName: '综合违约金' })] }] } };
    const { files } = await fetched({ root });
    const bill = await parse(Buffer.from(files[0]!.bytes), 'jd-charges');
    expect(bill.rows[0]).toMatchObject({ businessNo: '', entryKind: 'platform_fee' });
    expect(bill.rows[0]).not.toHaveProperty('platformOrderNo');
  });

  it('are none when an old day has none', async () => {
    const client = new FakeJdClient(() => ({ root: { returnType: { success: true } } }));
    const of = (now: string): Promise<BillFile[]> =>
      billsOfDay(client.asClient(), fakeConfig(), { ...fakeCall, storyNow: () => new Date(now) }, '2024-03-09');
    expect((await failureOf(of('2024-03-12T23:59:59+08:00'))).kind).toBe('not-found');
    const files = await of('2024-03-13T00:00:00+08:00');
    const bill = await parse(Buffer.from(files[0]!.bytes), 'jd-charges');
    expect(bill).toMatchObject({ from: '2024-03-09T00:00:00+08:00', isWhole: true, rows: [] });
  });

  it('are not there yet when the answer holds none, and refused when it says no', async () => {
    expect((await failureOf(fetched({ root: { returnType: { success: true } } }))).kind).toBe('not-found');
    expect((await failureOf(fetched(answer([], 'list', false)))).kind).toBe('rejected');
    expect((await failureOf(fetched({ fault: '24' }))).facts.reason).toBe('permission');
  });

  it('are no bill when the file is another one', async () => {
    for (const text of [
      '',
      '{}',
      '[]',
      '{"day":"2024-03-09"}',
      '{"day":"x","answer":"{}"}',
      '{"day":"2024-03-09","answer":"<html>"}',
    ])
      await expect(parse(text, 'jd-charges')).rejects.toMatchObject({ code: 'BILL_FILE.INVALID' });
  });
});
