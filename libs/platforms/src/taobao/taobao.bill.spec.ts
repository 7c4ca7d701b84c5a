import { deflateRawSync, crc32 } from 'node:zlib';
import { encode } from 'iconv-lite';
import { classify, orderNoOf } from './taobao.bill-classes';
import { parseAlipayBill } from './taobao.bill';

const FORMAT = 'alipay-signcustomer';
const TID = '2231958349212345678';

/** The rows that the sheet records (§12.3), with the tab behind each value. */
const HEADER =
  '账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注';
const ROWS = [
  `123456789012001,2025111122001100000012345678,T200P${TID},示例T恤等多件,2025-11-20 10:00:01,buy***@x.com,254.80,,10254.80,支付宝,在线支付,`,
  `123456789012002,2025112000000000000000000002,HJCOM==1==${TID},,2025-11-20 10:00:03,hdtmyj@service.aliyun.com,,-12.74,10242.06,,其它,天猫佣金（类目）{${TID}}扣款`,
  `123456789012003,2025112000000000000000000003,CAE_POINT_${TID},,2025-11-20 10:00:03,jifenb2c@taobao.com,,-1.24,10240.82,,其它,代扣返点积分${TID}`,
  `123456789012004,2025112000000000000000000004,,,2025-11-20 10:01:00,,,2.50,10238.32,,其它,保险承保-卖家版运费险-${TID}`,
];
const OPENING = [
  '#支付宝账务明细查询',
  '#账号：[20881234567890120156]',
  '#起始日期：[2025年11月20日 00:00:00]   终止日期：[2025年11月21日 00:00:00]',
  '#-----账务明细列表-----',
];
const ENDING = [
  '#-----账务明细列表结束-----',
  '#支出合计：3笔，共16.48元',
  '#收入合计：1笔，共254.80元',
  '#导出时间：[2025年11月21日 09:10:11]',
];

const tabbed = (row: string) => row.split(',').join('\t,') + '\t';
function csv(changes: { opening?: string[]; header?: string; rows?: string[]; ending?: string[] } = {}): Buffer {
  const { opening = OPENING, header = HEADER, rows = ROWS, ending = ENDING } = changes;
  return encode([...opening, header, ...rows.map(tabbed), ...ending, ''].join('\r\n'), 'gbk');
}

/** A zip with GBK names and without the UTF-8 flag, as the platform writes it. */
function zip(files: { name: string; content: Buffer; crc?: number }[]): Buffer {
  const parts: Buffer[] = [];
  const index: Buffer[] = [];
  let offset = 0;
  for (const { name, content, crc = crc32(content) } of files) {
    const packed = deflateRawSync(content);
    const title = encode(name, 'gbk');
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc, 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(title.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, title, packed]);
    const entry = Buffer.alloc(14);
    entry.writeUInt32LE(offset, 10);
    index.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, entry, title);
    parts.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(index);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directory, end]);
}
const codes = async (bytes: Buffer) =>
  (await parseAlipayBill(FORMAT, bytes)).problems.map(({ code, row }) => (row ? `${code}@${row}` : code));

describe('reading an Alipay bill', () => {
  it('reads the recorded rows to the fen, with their orders and kinds, and proves the file whole', async () => {
    const bill = await parseAlipayBill(FORMAT, csv());
    expect(bill).toMatchObject({
      account: '20881234567890120156',
      from: '2025-11-20T00:00:00+08:00',
      to: '2025-11-21T00:00:00+08:00',
      isWhole: true,
      problems: [],
    });
    expect(
      bill.rows.map((row) => [row.rowNo, row.entryKind, row.platformOrderNo, row.inFen, row.outFen, row.balanceFen]),
    ).toEqual([
      [6, 'goods_payment', TID, 25480, 0, 1025480],
      [7, 'commission', TID, 0, 1274, 1024206],
      [8, 'points', TID, 0, 124, 1024082],
      [9, 'freight_insurance', TID, 0, 250, 1023832],
    ]);
    expect(bill.rows[0]).toMatchObject({
      flowNo: '123456789012001',
      businessNo: '2025111122001100000012345678',
      merchantOrderNo: `T200P${TID}`,
      occurredAt: '2025-11-20T10:00:01+08:00',
      businessType: '在线支付',
      remark: '',
    });
  });

  it('finds the detail in a zip with GBK names although the summary comes first', async () => {
    const summary = encode(
      '#支付宝账务汇总查询\r\n类型,收入笔数,收入金额（+元）,支出笔数,支出金额（-元）\r\n合计,1,254.80,3,16.48\r\n',
      'gbk',
    );
    const bill = await parseAlipayBill(
      FORMAT,
      zip([
        { name: '20881_20251120_账务明细(汇总).csv', content: summary },
        { name: '20881_20251120_账务明细.csv', content: csv() },
      ]),
    );
    expect(bill).toMatchObject({ isWhole: true, detailName: '20881_20251120_账务明细.csv' });
    expect(bill.rows).toHaveLength(4);
  });

  it('compares the summary with the rows, whether it totals them itself or lists them by kind', async () => {
    const archive = (summary: string) =>
      zip([
        { name: '20881_20251120_账务明细.csv', content: csv() },
        { name: '20881_20251120_账务明细(汇总).csv', content: encode(summary, 'gbk') },
      ]);
    const columns = '类型,收入笔数,收入金额（+元）,支出笔数,支出金额（-元）';
    const kinds = '在线支付,1,254.80,0,0.00\r\n其它,0,0.00,3,-16.48';
    expect(await codes(archive(`#支付宝账务汇总查询\r\n${columns}\r\n${kinds}\r\n`))).toEqual([]);
    expect(await codes(archive(`${columns}\r\n${kinds}\r\n合计\t,1\t,254.80\t,3\t,-16.48\t\r\n`))).toEqual([]);
    expect(await codes(archive(`${columns}\r\n合计,1,254.81,4,16.48\r\n`))).toEqual([
      'summary_differs',
      'summary_differs',
    ]);
    expect(await codes(archive('项目,数值\r\n收入,254.81\r\n'))).toEqual([]);
  });

  it('reads the newer layout with its four further columns by the names of its header', async () => {
    const header =
      '账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注,业务描述,业务账单来源,业务基础订单号,业务订单号';
    const further = [',交易付款,天猫,,', ',佣金,天猫,,', ',积分,天猫,,', `,运费险,天猫,${TID},2231958349212345679`];
    const rows = ROWS.map((row, no) => row.replace(`卖家版运费险-${TID}`, '卖家版运费险') + further[no]);
    const bill = await parseAlipayBill(FORMAT, csv({ header, rows }));
    expect([bill.isWhole, bill.problems]).toEqual([true, []]);
    expect(bill.rows.map((row) => [row.entryKind, row.platformOrderNo])).toEqual([
      ['goods_payment', TID],
      ['commission', TID],
      ['points', TID],
      ['freight_insurance', TID],
    ]);
  });

  it('reads columns by name: moved, missing and additional ones change nothing', async () => {
    const header =
      '发生时间,业务类型,备注,账务流水号,业务流水号,商户订单号,支出金额（-元）,收入金额（+元）,业务基础订单号,业务描述';
    const rows = [
      '2025-11-20 10:00:01,交易付款,,1,2,T200P1234567890123456,,1.00,1234567890123456,x',
      '2025-11-20 10:00:02,其它,某服务,2,3,,0.30,,9876543210987654,y',
    ];
    const ending = ['#账务明细列表结束', '#支出合计：1笔，共0.30元', '#收入合计：1笔，共1.00元'];
    const bill = await parseAlipayBill(FORMAT, csv({ header, rows, ending }));
    expect(bill.isWhole).toBe(true);
    expect(
      bill.rows.map((row) => [row.entryKind, row.platformOrderNo, row.inFen - row.outFen, row.balanceFen]),
    ).toEqual([
      ['goods_payment', '1234567890123456', 100, undefined],
      ['unclassified', '9876543210987654', -30, undefined],
    ]);
  });

  it('accepts files written newest first, and files saved again as UTF-8 with a byte order mark', async () => {
    expect(await codes(csv({ rows: [...ROWS].reverse() }))).toEqual([]);
    const text = [...OPENING, HEADER, ...ROWS, ...ENDING].join('\n');
    expect(await codes(Buffer.from(`\uFEFF${text}`, 'utf8'))).toEqual([]);
  });

  it('is whole without movements', async () => {
    const bill = await parseAlipayBill(
      FORMAT,
      csv({ rows: [], ending: ['#账务明细列表结束', '#支出合计：0笔，共0.00元', '#收入合计：0笔，共0.00元'] }),
    );
    expect([bill.isWhole, bill.rows]).toEqual([true, []]);
  });

  it('keeps a # inside of a remark', async () => {
    const rows = [ROWS[0]!, ROWS[1]!, ROWS[2]!, ROWS[3]! + '#A'];
    expect((await parseAlipayBill(FORMAT, csv({ rows }))).rows[3]!.remark).toBe(`保险承保-卖家版运费险-${TID}#A`);
  });
});

describe('proving an Alipay bill whole', () => {
  const whole = csv();

  it('names each way in which a file is damaged', async () => {
    expect(await codes(csv({ rows: ROWS.filter((_, no) => no !== 1) }))).toEqual([
      'footer_count',
      'footer_sum',
      'balance_broken@7',
    ]);
    expect(await codes(csv({ rows: [ROWS[0]!.replace('254.80', '254.81'), ...ROWS.slice(1)] }))).toEqual([
      'footer_sum',
    ]);
    expect(await codes(csv({ rows: [ROWS[0]!, ROWS[1]!.replace('-12.74', '-12.73'), ...ROWS.slice(2)] }))).toEqual([
      'footer_sum',
      'balance_broken@7',
    ]);
    expect(await codes(csv({ ending: [ENDING[0]!] }))).toEqual(['footer_missing', 'footer_missing']);
    expect(await codes(csv({ opening: [] }))).toEqual(['header_missing']);
    expect(await codes(csv({ rows: [...ROWS.slice(0, 3), ROWS[3]!.replace('2025-11-20', '2025-12-20')] }))).toEqual([
      'row_outside@9',
    ]);
    expect(await codes(csv({ rows: [...ROWS.slice(0, 3), ROWS[3]!.replace('789012004', '789012003')] }))).toEqual([
      'flow_repeated@9',
    ]);
    expect(await codes(csv({ rows: [...ROWS.slice(0, 3), ROWS[3]!.replace('2025-11-20', 'soon')] }))).toEqual([
      'row_unreadable@9',
      'footer_count',
      'footer_sum',
    ]);
    expect(await codes(csv({ rows: [...ROWS.slice(0, 3), ROWS[3]!.replace('2.50', '2.505')] }))).toEqual([
      'row_unreadable@9',
      'footer_count',
      'footer_sum',
    ]);
    expect(await codes(Buffer.concat([whole.subarray(0, 300), Buffer.from([0]), whole.subarray(300)]))).toContain(
      'nul_byte',
    );
  });

  it('is never whole when cut anywhere before its sums', async () => {
    const end = whole.lastIndexOf(encode('#收入合计', 'gbk'));
    const start = whole.indexOf(encode('备注', 'gbk')) + 6;
    for (let length = start; length < end; length += 7)
      expect([length, (await codes(whole.subarray(0, length))).length > 0]).toEqual([length, true]);
  });

  it('refuses what is no bill', async () => {
    const refused = { code: 'BILL_FILE.INVALID' };
    await expect(parseAlipayBill(FORMAT, Buffer.alloc(0))).rejects.toMatchObject(refused);
    await expect(parseAlipayBill(FORMAT, Buffer.from('<html>login</html>'))).rejects.toMatchObject(refused);
    await expect(parseAlipayBill(FORMAT, Buffer.from('PK not a zip'))).rejects.toMatchObject(refused);
    await expect(parseAlipayBill(FORMAT, zip([{ name: 'a.csv', content: whole, crc: 1 }]))).rejects.toMatchObject(
      refused,
    );
    await expect(
      parseAlipayBill(FORMAT, zip([{ name: 'a.csv', content: whole }]).subarray(0, 400)),
    ).rejects.toMatchObject(refused);
    await expect(parseAlipayBill(FORMAT, csv({ header: HEADER.replace('业务类型', '类') }))).rejects.toMatchObject(
      refused,
    );
    await expect(parseAlipayBill('other', whole)).rejects.toMatchObject(refused);
  });
});

describe('what a row of an Alipay bill is about', () => {
  const row = (businessType: string, remark: string, merchantOrderNo = '', fen = -1) => ({
    businessType,
    remark,
    merchantOrderNo,
    inFen: Math.max(fen, 0),
    outFen: Math.max(-fen, 0),
  });

  it.each([
    ['goods_payment', row('交易付款', '', `T200P${TID}`, 1)],
    ['goods_payment', row('在线支付', '', `T10000P${TID}`, 1)],
    ['unclassified', row('在线支付', '', 'SHOP-1', 1)],
    ['unclassified', row('在线支付', '', `T200P${TID}`, -1)],
    ['refund', row('交易退款', '')],
    ['refund', row('退款（交易退款）', '')],
    ['refund', row('其它', `售后退款-维权-T200P${TID}`)],
    ['commission', row('其它', `天猫佣金（类目）{${TID}}扣款`)],
    ['tech_service', row('其它', `基础软件服务费(${TID})扣款`)],
    ['points', row('其它', `代扣交易退回积分${TID}`, '', 1)],
    ['affiliate', row('其它', `淘宝客佣金代扣款[${TID}]`)],
    ['affiliate', row('其它', '推广佣金返还', '', 1)],
    ['payment_fee', row('收费', '')],
    ['payment_fee', row('其它', `技术服务费(花呗分期免息营销)[${TID}]`)],
    ['freight_insurance', row('其它', '退货险保费收取')],
    ['charity', row('其它', '公益宝贝捐赠=1')],
    ['platform_fee', row('其它', `消费者体验提升计划服务费_订单号${TID}`)],
    ['platform_fee', row('收费', '先用后付技术服务费')],
    ['subsidy_back', row('其它', `消费券代付资金扣回(${TID})扣款`)],
    ['deposit', row('其它', '天猫保证金-充值（代扣）-延迟发货')],
    ['deposit', row('其它', `保证金退款-T200P${TID}`, '', 1)],
    ['split', row('交易分账', '')],
    ['transfer', row('提现', '')],
    ['transfer', row('其它', '转出到网商银行')],
    ['interest', row('其它', '结息', '', 1)],
    ['unclassified', row('其它', '新的收费项目')],
  ])('is %s for %j', (kind, texts) => {
    expect(classify(texts)).toBe(kind);
  });

  it('names the order by its marks, then by a long number in the remark, and none for transfers', () => {
    expect(orderNoOf({ merchantOrderNo: `T200NP${TID}`, remark: '' }, 'goods_payment')).toBe(TID);
    expect(orderNoOf({ merchantOrderNo: '', remark: `售后退款-T200P${TID}` }, 'refund')).toBe(TID);
    expect(orderNoOf({ merchantOrderNo: '', remark: '订单123456789012345费' }, 'platform_fee')).toBe('123456789012345');
    expect(orderNoOf({ merchantOrderNo: '', remark: '12345678901234567890' }, 'platform_fee')).toBeUndefined();
    expect(orderNoOf({ merchantOrderNo: '', remark: '123456789012345' }, 'transfer')).toBeUndefined();
  });
});
