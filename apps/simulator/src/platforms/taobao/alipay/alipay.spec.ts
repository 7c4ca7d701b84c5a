import { createPrivateKey, createPublicKey, sign as signBytes, verify as verifyBytes } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { decode } from 'iconv-lite';
import { toPlatformText } from '../../../core/times';
import { wireNow } from '../../../core/wire';
import { compileSimulator, freshFolder, type Answer } from '../../../testing/harness';
import { MALL, MARKET, spawnSimulator, startHere, type Client } from '../testing/taobao-client';

const METHOD = 'alipay.data.dataservice.bill.downloadurl.query';

interface Account {
  appId: string;
  account: string;
  privateKey: string;
  platformPublicKey: string;
}

/** A merchant's client, written from the sheet and independent of the simulator's own code. */
class Merchant {
  constructor(
    readonly client: Client,
    readonly own: Account,
  ) {}

  params(content: unknown, changed: Record<string, string> = {}): Record<string, string> {
    const params: Record<string, string> = {
      app_id: this.own.appId,
      method: METHOD,
      format: 'JSON',
      charset: 'utf-8',
      sign_type: 'RSA2',
      timestamp: toPlatformText(wireNow()),
      version: '1.0',
      biz_content: JSON.stringify(content),
      ...changed,
    };
    const text = Object.keys(params)
      .filter((name) => params[name] !== '')
      .sort()
      .map((name) => `${name}=${params[name]}`)
      .join('&');
    const sign = signBytes('sha256', Buffer.from(text, 'utf8'), createPrivateKey(this.own.privateKey));
    return { ...params, sign: sign.toString('base64') };
  }

  async send(params: Record<string, string>): Promise<string> {
    const response = await fetch(`${this.client.base}/alipay/gateway.do`, {
      method: 'POST',
      body: new URLSearchParams(params),
    });
    return response.text();
  }

  async ask(content: unknown, changed: Record<string, string> = {}): Promise<Answer> {
    const body = JSON.parse(await this.send(this.params(content, changed))) as Answer;
    return (body[`${METHOD.replaceAll('.', '_')}_response`] ?? body.error_response) as Answer;
  }

  async file(date: string, type = 'signcustomer'): Promise<Buffer> {
    const answer = await this.ask({ bill_type: type, bill_date: date });
    const response = await fetch(answer.bill_download_url as string);
    expect(response.status).toBe(200);
    return Buffer.from(await response.arrayBuffer());
  }

  async detail(date: string): Promise<Detail> {
    return readDetail(unzip(await this.file(date))[1]!.text);
  }
}

/** Entries in the order of the archive; read by its directory, names and texts in GBK. */
function unzip(bytes: Buffer): { name: string; text: string }[] {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let at = bytes.readUInt32LE(end + 16);
  const files: { name: string; text: string }[] = [];
  for (let n = 0; n < bytes.readUInt16LE(end + 10); n += 1) {
    const nameLength = bytes.readUInt16LE(at + 28);
    const name = decode(bytes.subarray(at + 46, at + 46 + nameLength), 'gbk');
    expect(bytes.readUInt16LE(at + 8) & 0x0800).toBe(0);
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(start, start + bytes.readUInt32LE(at + 20));
    files.push({ name, text: decode(inflateRawSync(packed), 'gbk') });
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return files;
}

interface Detail {
  columns: string[];
  rows: Record<string, string>[];
  comments: string;
  problems: string[];
}

const fen = (yuan: string): number => Math.round(Number(yuan || '0') * 100);

/** Reads a detail file by its column names and holds it to its own words. */
function readDetail(text: string): Detail {
  const lines = text.split('\r\n').filter((line) => line !== '');
  const comments = lines.filter((line) => line.startsWith('#')).join('\n');
  const [header, ...values] = lines.filter((line) => !line.startsWith('#'));
  const columns = header!.split(',');
  const rows = values.map((line) => {
    const cells = line.split(',');
    expect(cells.every((cell) => cell.endsWith('\t'))).toBe(true);
    expect(cells).toHaveLength(columns.length);
    return Object.fromEntries(columns.map((name, i) => [name, cells[i]!.trim()]));
  });
  const problems: string[] = [];
  let balance: number | undefined;
  for (const row of rows) {
    const moved = fen(row['收入金额（+元）']!) - Math.abs(fen(row['支出金额（-元）']!));
    if (balance !== undefined && balance + moved !== fen(row['账户余额（元）']!)) problems.push('balance');
    balance = fen(row['账户余额（元）']!);
  }
  for (const [label, column] of [
    ['支出合计', '支出金额（-元）'],
    ['收入合计', '收入金额（+元）'],
  ] as const) {
    const own = rows.map((row) => Math.abs(fen(row[column]!))).filter((amount) => amount > 0);
    const match = new RegExp(`#${label}：(\\d+)笔，共([\\d.]+)元`).exec(comments);
    if (!match) problems.push('end');
    else if (Number(match[1]) !== own.length) problems.push('count');
    else if (fen(match[2]!) !== own.reduce((all, one) => all + one, 0)) problems.push('sum');
  }
  return { columns, rows, comments, problems };
}

let client: Client;
let stop: () => Promise<void>;
let folder: string;
let mall: Merchant;
let market: Merchant;

async function merchants(of: Client): Promise<[Merchant, Merchant]> {
  const { items } = await of.control('GET', '/apps');
  const shops = (items as Answer[])[0]!.shops as Answer[];
  const one = (shopId: string): Merchant =>
    new Merchant(of, shops.find((shop) => shop.platformShopId === shopId)!.alipay as Account);
  return [one(MALL.shopId), one(MARKET.shopId)];
}

const dayOf = (text: string, days = 0): string => toPlatformText(Date.parse(text) + days * 86_400_000).slice(0, 10);
const storyNow = async (of: Client = client): Promise<string> => (await of.control('GET', '/clock')).story as string;

/** Moves the story to an hour of a day that is some days ahead. */
async function moveTo(days: number, time: string, of: Client = client): Promise<string> {
  const now = await storyNow(of);
  const target = Date.parse(`${dayOf(now, days)}T${time}+08:00`);
  await of.control('POST', '/advance', { seconds: (target - Date.parse(now)) / 1_000 });
  return dayOf(now, days);
}

/** An order that is paid, shipped and confirmed now. */
async function completed(of: Client = client, more: Answer = {}): Promise<Answer> {
  const order = await of.order(['TEE-RED-S'], more);
  const no = order.platformOrderNo as string;
  await of.act(no, 'ship-elsewhere');
  return of.act(no, 'confirm');
}

beforeAll(async () => {
  const started = await startHere({ SIMULATOR_STORY_RATE: '0' });
  client = started.client;
  folder = started.folder;
  stop = () => started.simulator.close();
  await client.control('POST', '/seed', { platform: 'taobao', seed: 3, orders: 0, listings: 8, days: 1, stock: 5_000 });
  [mall, market] = await merchants(client);
});
afterAll(() => stop());

const faults = (list: Answer[], of: Client = client): Promise<Answer> =>
  of.control('PUT', '/faults', { platform: 'taobao', faults: list });

describe('the signature', () => {
  const wish = { bill_type: 'signcustomer', bill_date: '2020-01-01' };

  it('is checked over the sorted parameters: one flipped byte anywhere is refused', async () => {
    const params = mall.params(wish);
    expect(await mall.send(params)).toContain('"code":"10000"');
    for (const name of ['sign', 'biz_content', 'timestamp', 'app_id', 'sign_type', 'charset']) {
      const value = params[name]!;
      const flipped = value.slice(0, -2) + (value.at(-2) === '0' ? '1' : '0') + value.slice(-1);
      const text = await mall.send({ ...params, [name]: flipped });
      expect(text).toMatch(/"code":"4000[12]"/);
    }
    expect(await mall.send({ ...params, notify_url: 'http://x' })).toContain('isv.invalid-signature');
  });

  it('of another shop is refused', async () => {
    const stranger = new Merchant(client, { ...mall.own, privateKey: market.own.privateKey });
    expect(await stranger.ask(wish)).toMatchObject({ code: '40002', sub_code: 'isv.invalid-signature' });
  });

  it('of the answer holds for exactly the text of its node, and for no other', async () => {
    const text = await mall.send(mall.params(wish));
    const match = /^\{"\w+_response":(\{.*\}),"sign":"([^"]+)"\}$/.exec(text)!;
    const key = createPublicKey(mall.own.platformPublicKey);
    const holds = (node: string): boolean =>
      verifyBytes('sha256', Buffer.from(node, 'utf8'), key, Buffer.from(match[2]!, 'base64'));
    expect(holds(match[1]!)).toBe(true);
    expect(holds(JSON.stringify(JSON.parse(match[1]!)))).toBe(false);
    expect(holds(match[1]!.replace('10000', '10001'))).toBe(false);
  });
});

describe('the envelope', () => {
  it.each([
    [{ app_id: '2021000000000000' }, '40002', 'isv.invalid-app-id'],
    [{ app_id: '' }, '40001', 'isv.missing-app-id'],
    [{ sign_type: 'RSA' }, '40002', 'isv.invalid-signature-type'],
    [{ timestamp: '2020-01-01 00:00:00' }, '40002', 'isv.invalid-timestamp'],
    [{ timestamp: '' }, '40001', 'isv.missing-timestamp'],
    [{ method: 'alipay.trade.query' }, '40002', 'isv.invalid-method'],
    [{ version: '2.0' }, '40002', 'isv.invalid-version'],
    [{ charset: 'gbk' }, '40002', 'isv.invalid-charset'],
    [{ biz_content: 'no json' }, '40002', 'isv.invalid-arguments'],
    [{ biz_content: '' }, '40001', 'isv.missing-arguments'],
    [{ biz_content: '{"bill_type":"air","bill_date":"2020-01-01"}' }, '40002', 'isv.invalid-arguments'],
    [{ biz_content: '{"bill_type":"trade","bill_date":"2020-02-30"}' }, '40002', 'isv.invalid-arguments'],
    [{ biz_content: '{"bill_type":"trade","bill_date":"2015-12-31"}' }, '40002', 'isv.invalid-arguments'],
  ])('refuses %j', async (changed, code, subCode) => {
    expect(await mall.ask({ bill_type: 'trade', bill_date: '2020-01-01' }, changed)).toMatchObject({
      code,
      sub_code: subCode,
    });
  });

  it('follows the platform’s wire clock', async () => {
    await client.control('PUT', '/clock', { platform: 'taobao', wire: '2025-10-01T16:00:00+08:00' });
    expect(await mall.ask({ bill_type: 'trade', bill_date: '2020-01-01' })).toMatchObject({
      sub_code: 'isv.invalid-timestamp',
    });
    await client.control('PUT', '/clock', { platform: 'taobao', wire: 'real' });
  });
});

describe('the address', () => {
  it('lives 30 seconds of the wire clock, then the file server answers with an error page', async () => {
    const answer = await mall.ask({ bill_type: 'signcustomer', bill_date: '2020-01-01' });
    const address = answer.bill_download_url as string;
    expect((await fetch(address)).status).toBe(200);
    const set = (seconds: number): Promise<Answer> =>
      client.control('PUT', '/clock', {
        platform: 'taobao',
        wire: new Date(wireNow() + seconds * 1_000).toISOString(),
      });
    await set(25);
    expect((await fetch(address)).status).toBe(200);
    await set(31);
    const late = await fetch(address);
    expect([late.status, late.headers.get('content-type')]).toEqual([403, expect.stringContaining('xml')]);
    expect(await late.text()).toContain('<Code>AccessDenied</Code>');
    await client.control('PUT', '/clock', { platform: 'taobao', wire: 'real' });
    const forged = await fetch(address.replace('2020-01-01', '2020-01-02'));
    expect(await forged.text()).toContain('SignatureDoesNotMatch');
  });
});

describe('a day', () => {
  it('is there from 09:00 of the next day on, in story time, and a month from the 3rd on', async () => {
    const day = dayOf(await storyNow());
    const ask = (date: string): Promise<Answer> => mall.ask({ bill_type: 'signcustomer', bill_date: date });
    expect(await ask(day)).toMatchObject({ code: '40004', sub_code: 'isp.bill_not_exist' });
    await moveTo(1, '08:59:59');
    expect(await ask(day)).toMatchObject({ code: '40004', sub_code: 'isp.bill_not_exist' });
    await moveTo(0, '09:00:00');
    expect(await ask(day)).toMatchObject({ code: '10000' });
    expect(await ask(day.slice(0, 7))).toMatchObject({ code: '40004' });
    expect(await ask('2020-01')).toMatchObject({ code: '10000' });
  });

  it('without movements is a whole file without rows', async () => {
    const files = unzip(await mall.file('2020-01-01'));
    expect(files.map(({ name }) => name)).toEqual([
      `${mall.own.account}_20200101_账务明细(汇总).csv`,
      `${mall.own.account}_20200101_账务明细.csv`,
    ]);
    const detail = readDetail(files[1]!.text);
    expect([detail.rows, detail.problems]).toEqual([[], []]);
    expect(detail.comments).toContain(`#账号：[${mall.own.account}]`);
    expect(detail.comments).toContain('#起始日期：[2020年01月01日 00:00:00]   终止日期：[2020年01月02日 00:00:00]');
    expect(detail.comments).toContain('#支出合计：0笔，共0.00元\n#收入合计：0笔，共0.00元');
    expect(files[0]!.text).toMatch(/^#支付宝账务汇总查询\r\n/);
  });

  it('tells an order’s income, commission and points with a running balance over days', async () => {
    const order = await completed();
    const tid = order.platformOrderNo as string;
    const day = dayOf(await storyNow());
    await moveTo(1, '10:00:01');
    const detail = await mall.detail(day);
    expect(detail.problems).toEqual([]);
    const own = detail.rows.filter((row) => `${row['商户订单号']}${row['备注']}`.includes(tid));
    const income = order.receivedFen as number;
    const told = (name: string): Record<string, string> => own.find((row) => row['商户订单号']!.startsWith(name))!;
    expect(told('T200P')).toMatchObject({ 业务类型: '在线支付', '收入金额（+元）': (income / 100).toFixed(2) });
    expect(told('HJCOM')).toMatchObject({
      备注: `天猫佣金（类目）{${tid}}扣款`,
      '支出金额（-元）': `-${(Math.round(income / 20 + 1e-6) / 100).toFixed(2)}`,
    });
    expect(told('CAE_POINT_')).toMatchObject({
      备注: `代扣返点积分${tid}`,
      '支出金额（-元）': `-${(Math.round(income / 200 + 1e-6) / 100).toFixed(2)}`,
    });
    const last = detail.rows.at(-1)!['账户余额（元）']!;
    await completed();
    const next = dayOf(await storyNow());
    await moveTo(1, '09:00:00');
    const later = await mall.detail(next);
    const first = later.rows[0]!;
    const moved = fen(first['收入金额（+元）']!) - Math.abs(fen(first['支出金额（-元）']!));
    expect(fen(first['账户余额（元）']!) - moved).toBe(fen(last));
  });

  it('of the other shop has the newer columns, and outgoing amounts without a sign', async () => {
    await completed(client, { platformShopId: MARKET.shopId });
    const day = dayOf(await storyNow());
    await moveTo(1, '09:00:00');
    const [older, newer] = [await mall.detail(day), await market.detail(day)];
    expect(older.columns).toHaveLength(12);
    expect(newer.columns.slice(12)).toEqual(['业务基础订单号', '业务订单号', '业务账单来源', '业务描述']);
    expect(newer.problems).toEqual([]);
    expect(newer.rows[0]!['业务类型']).toBe('交易付款');
    expect(newer.rows[1]!['支出金额（-元）']).toMatch(/^\d+\.\d\d$/);
  });

  it('pays a refund after completion as a row of its own, and a trade file tells both', async () => {
    const order = await completed();
    const tid = order.platformOrderNo as string;
    await client.act(tid, 'request-refund', { amountFen: 300 });
    await client.act(tid, 'grant-refund');
    const day = dayOf(await storyNow());
    await moveTo(1, '09:00:00');
    const rows = (await mall.detail(day)).rows.filter((row) => row['商户订单号'] === `T200P${tid}`);
    expect(rows.map((row) => row['业务类型'])).toEqual(['在线支付', '交易退款']);
    expect(rows[1]!['支出金额（-元）']).toBe('-3.00');
    const trade = unzip(await mall.file(day, 'trade'))[1]!;
    expect(trade.name).toContain('业务明细.csv');
    const lines = trade.text.split('\r\n').filter((line) => !line.startsWith('#') && line !== '');
    expect(lines[0]!.split(',')).toHaveLength(25);
    const own = lines.filter((line) => line.includes(tid)).map((line) => line.split(',').map((cell) => cell.trim()));
    expect(own.map((cells) => [cells.length, cells[2], cells[12]])).toEqual([
      [25, '交易', ((order.receivedFen as number) / 100).toFixed(2)],
      [25, '退款', '-3.00'],
    ]);
  });
});

describe('planted differences', () => {
  const KINDS = [
    'bill-amount',
    'bill-fee',
    'bill-drop',
    'bill-twice',
    'bill-late',
    'bill-stranger',
    'bill-fee-alone',
    'bill-deposit',
    'bill-unknown',
  ];

  it('bite once each, are counted, and are told in the truth', async () => {
    await faults(KINDS.map((kind) => ({ kind, p: 1, times: 1 })));
    const orders: Answer[] = [];
    for (let i = 0; i < 6; i += 1) orders.push(await completed());
    const { items } = await client.control('GET', '/faults');
    for (const kind of KINDS)
      expect((items as Answer[]).find((fault) => fault.kind === kind)).toMatchObject({ injected: 1 });
    await faults([]);
    const day = dayOf(await storyNow());
    await moveTo(1, '09:00:00');
    const detail = await mall.detail(day);
    expect(detail.problems).toEqual([]);
    const truth = (await client.truth('bills', `&platformShopId=${MALL.shopId}`)).filter((row) => row.planted !== null);
    const told = (kind: string): Answer[] => truth.filter((row) => row.planted === kind);
    const inFile = (row: Answer): Record<string, string> | undefined =>
      detail.rows.find((one) => one['账务流水号'] === row.flowNo);
    expect([...new Set(truth.map((row) => row.planted))].sort()).toEqual([...KINDS].sort());
    const net = (row: Record<string, string>): number =>
      fen(row['收入金额（+元）']!) - Math.abs(fen(row['支出金额（-元）']!));
    for (const kind of ['bill-amount', 'bill-fee']) {
      const [row] = told(kind);
      expect(row!.amountFen).not.toBe(row!.billedFen);
      expect(net(inFile(row!)!)).toBe(row!.billedFen);
    }
    expect(told('bill-drop')).toEqual([expect.objectContaining({ isDropped: true, billedFen: 0 })]);
    expect(inFile(told('bill-drop')[0]!)).toBeUndefined();
    const twice = inFile(told('bill-twice')[0]!)!;
    const twins = detail.rows.filter((row) => row['业务流水号'] === twice['业务流水号']);
    expect(twins.map((row) => row['收入金额（+元）'])).toEqual([twice['收入金额（+元）'], twice['收入金额（+元）']]);
    expect(new Set(twins.map((row) => row['账务流水号'])).size).toBe(2);
    expect(told('bill-late').every((row) => row.isPending === true && inFile(row) === undefined)).toBe(true);
    const stranger = inFile(told('bill-stranger')[0]!)!;
    const numbers = new Set((await client.truth('orders')).map((order) => order.platformOrderNo));
    expect(numbers.has(stranger['商户订单号']!.slice('T200P'.length))).toBe(false);
    expect(inFile(told('bill-fee-alone')[0]!)!['备注']).not.toMatch(/\d/);
    expect(inFile(told('bill-deposit')[0]!)!['备注']).toContain('保证金');
    expect(inFile(told('bill-unknown')[0]!)).toBeDefined();
    await moveTo(30, '09:00:00');
    const [late] = told('bill-late');
    expect((await mall.detail(dayOf(late!.at as string))).rows.map((row) => row['账务流水号'])).toContain(late!.flowNo);
  });

  it('of a file: one download is not whole, the next is right; one call finds nothing yet', async () => {
    await completed();
    const day = dayOf(await storyNow());
    await moveTo(1, '09:00:00');
    await faults([
      { kind: 'bill-broken', p: 1, times: 1 },
      { kind: 'bill-not-ready', p: 1, times: 1 },
    ]);
    expect(await mall.ask({ bill_type: 'signcustomer', bill_date: day })).toMatchObject({ code: '40004' });
    expect((await mall.detail(day)).problems).not.toEqual([]);
    expect((await mall.detail(day)).problems).toEqual([]);
    const { items } = await client.control('GET', '/faults');
    for (const kind of ['bill-broken', 'bill-not-ready'])
      expect((items as Answer[]).find((fault) => fault.kind === kind)).toMatchObject({ injected: 1 });
    await faults([]);
  });
});

describe('a restart', () => {
  it('gives the same keys, the same truth and the same bytes for a past day', async () => {
    const today = dayOf(await storyNow());
    await moveTo(40, '09:00:00');
    const days = Array.from({ length: 60 }, (_, i) => dayOf(`${today}T12:00:00+08:00`, i - 30));
    const before = await Promise.all(days.map((day) => mall.file(day)));
    const truth = await client.truth('bills');
    const flows = truth.map((row) => row.flowNo);
    expect(new Set(flows).size).toBe(flows.length);
    expect(truth.some((row) => row.kind === 'withdrawal')).toBe(true);
    await stop();
    const second = await startHere({ SIMULATOR_STORY_RATE: '0', SIMULATOR_DATA_DIR: folder });
    stop = () => second.simulator.close();
    client = second.client;
    const [again] = await merchants(second.client);
    expect(again.own).toEqual(mall.own);
    const after = await Promise.all(days.map((day) => again.file(day)));
    expect(after.map((file, i) => file.equals(before[i]!))).toEqual(days.map(() => true));
    expect(await second.client.truth('bills')).toEqual(truth);
  });
});

describe('a kill', () => {
  it('changes neither the bytes of a past day, nor what was planted, nor how often', async () => {
    const compiled = compileSimulator();
    const env = { SIMULATOR_DATA_DIR: freshFolder(), SIMULATOR_STORY_RATE: '0' };
    const first = await spawnSimulator(compiled.main, env);
    await first.client.control('POST', '/seed', { platform: 'taobao', seed: 3, orders: 0, listings: 4, days: 1 });
    await faults(
      ['bill-amount', 'bill-twice', 'bill-unknown', 'bill-stranger'].map((kind) => ({ kind, p: 0.5, times: 2 })),
      first.client,
    );
    for (let i = 0; i < 8; i += 1) await completed(first.client);
    const day = dayOf(await storyNow(first.client));
    await moveTo(1, '09:00:00', first.client);
    const [before] = await merchants(first.client);
    const bytes = await before.file(day);
    const told = async (of: Client): Promise<unknown> => [
      await of.truth('bills'),
      (await of.control('GET', '/faults')).items,
    ];
    const truth = await told(first.client);
    await first.kill('SIGKILL');
    const second = await spawnSimulator(compiled.main, env);
    const [after] = await merchants(second.client);
    expect((await after.file(day)).equals(bytes)).toBe(true);
    expect(await told(second.client)).toEqual(truth);
    // What a setting may still inject is remembered too.
    for (let i = 0; i < 20; i += 1) await completed(second.client);
    const { items } = await second.client.control('GET', '/faults');
    for (const fault of items as Answer[]) expect(fault.injected).toBe(2);
    const flows = (await second.client.truth('bills')).map((row) => row.flowNo);
    expect(new Set(flows).size).toBe(flows.length);
    await second.kill('SIGTERM');
    compiled.remove();
  });
});
