import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { PlatformCall, WaybillRequest } from '../port';
import { JdCarriers } from './jd.carriers';
import { FakeAnswer, FakeJdClient, SeenCall, failureOf, fakeCall, fakeConfig, vectors } from './jd.client.fake';
import { JdConfig } from './jd.config';
import { JdKeys } from './jd.keys';
import { JdWaybills } from './jd.waybills';

const ACCOUNTS = 'jingdong.ldop.alpha.provider.sign.success';
const RECEIVE = 'jingdong.ldop.alpha.waybill.receive';
const UNBIND = 'jingdong.ldop.alpha.waybill.api.unbind';
const PRINT = 'jingdong.printing.printData.pullData';
const VOUCHER = 'jingdong.jos.voucher.info.get';
const KEYS = 'jingdong.jos.master.key.get';

const ok = (data: unknown): FakeAnswer => ({ root: { resultInfo: { statusCode: 0, statusMessage: '', data } } });
const no = (statusMessage: string, statusCode = 1): FakeAnswer => ({
  root: { resultInfo: { statusCode, statusMessage } },
});
const account = {
  providerId: 12,
  providerCode: 'ZTO',
  providerName: '中通',
  branchCode: '020001',
  branchName: '广州',
  amount: 77,
  address: {
    provinceName: '广东',
    cityName: '广州市',
    countryName: '天河区',
    countrysideName: '石牌街道',
    address: '一路1号',
  },
};
const key = {
  id: vectors.tde.keyIdBase64,
  key_string: vectors.tde.keyStringBase64,
  key_digest: vectors.tde.keyDigestBase64,
};
const voucherData = {
  act: 'a',
  effective: 1,
  expired: 2,
  id: 'V1',
  key: Buffer.from('voucher').toString('base64'),
  service: 's',
  stype: 1,
};
const voucherOf = (sig: string, data: object = voucherData): FakeAnswer => ({
  root: {
    response: { errorCode: '0', data: { voucher: Buffer.from(JSON.stringify({ sig, data })).toString('base64url') } },
  },
});
const keysOf = (keys: object[]): FakeAnswer => ({
  root: { response: { status_code: 0, service_key_list: [{ keys }] } },
});

type Answers = Record<string, FakeAnswer | ((call: SeenCall) => FakeAnswer)>;
const GOOD: Answers = {
  [ACCOUNTS]: ok([{ ...account, providerCode: 'SF' }, account]),
  [RECEIVE]: ok({ platformOrderNo: '1', waybillCodeList: ['7312345678901'] }),
  [PRINT]: {
    root: { returnType: { prePrintDatas: [{ code: '1', perPrintData: 'cipher text', wayBillNo: '7312345678901' }] } },
  },
  [UNBIND]: ok(null),
  [VOUCHER]: voucherOf(''),
  [KEYS]: keysOf([key]),
};

function waybills(answers: Answers = {}, change: Partial<JdConfig> = {}) {
  const client = new FakeJdClient((call) => {
    const answer = { ...GOOD, ...answers }[call.method]!;
    return typeof answer === 'function' ? answer(call) : answer;
  });
  const config = fakeConfig(change);
  const keys = new JdKeys(client.asClient(), config);
  return { client, jd: new JdWaybills(client.asClient(), config, keys, new JdCarriers('')) };
}

const [name, phone, address] = vectors.tde.samples.map(({ cipherBase64 }) => cipherBase64) as [string, string, string];
const request = (change: Partial<WaybillRequest> = {}): WaybillRequest => ({
  requestKey: 'P1',
  carrier: 'ZTO',
  sender: {
    name: '仓库',
    mobile: '13900000000',
    province: '广东',
    city: '广州市',
    district: '天河区',
    detail: '一路1号',
  },
  platformOrderNos: ['296716636166'],
  receiver: {
    cipher: { fullname: name, mobile: phone, fullAddress: address, provinceId: '1', cityId: '72', countyId: '55653' },
    masked: { province: '北京', city: '北京市', district: '朝阳区', town: '大屯街道' },
  },
  items: [{ name: '外套', count: 2 }],
  weightGrams: 1_500,
  ...change,
});
const contentOf = (client: FakeJdClient): Record<string, unknown> =>
  JSON.parse(String(client.of(RECEIVE)[0]!.params['content'])) as Record<string, unknown>;

describe('labels', () => {
  it('are taken with the account of the sender and the opened receiver, and come with their print data', async () => {
    const { client, jd } = waybills();
    expect(await jd.get(fakeCall, request())).toEqual({
      waybillNo: '7312345678901',
      carrier: 'ZTO',
      printData: 'cipher text',
    });
    expect(contentOf(client)).toEqual({
      waybillType: 1,
      waybillCount: 1,
      providerCode: 'ZTO',
      providerId: 12,
      branchCode: '020001',
      salePlatform: '0010001',
      platformOrderNo: '296716636166',
      vendorCode: '10706',
      vendorOrderCode: 'P1',
      weight: 1.5,
      volume: 0,
      payType: 0,
      needGuarantee: false,
      fromAddress: {
        provinceName: '广东',
        cityName: '广州市',
        countryName: '天河区',
        address: '一路1号',
        contact: '仓库',
        mobile: '13900000000',
      },
      toAddress: {
        provinceId: 1,
        provinceName: '北京',
        cityId: 72,
        cityName: '朝阳区',
        countryId: 55653,
        countryName: '大屯街道',
        address: '北京市朝阳区科荣街道1号院2号楼',
        contact: '张三',
        mobile: '13800138000',
      },
    });
    expect(client.of(RECEIVE)[0]!.isWrite).toBe(true);
    expect(client.of(PRINT)[0]!.json).toContain('"popFlag":1,"orderNo":"296716636166","wayBillCode":"7312345678901"');
  });

  it('leave the receiver to JD where the order carries an oaid', async () => {
    const { client, jd } = waybills();
    const receiver = {
      cipher: { oaid: 'o1', fullname: name },
      masked: { name: '李*', phone: '138****0000', address: '大屯**' },
    };
    await jd.get(fakeCall, request({ receiver, channel: '0010002' }));
    expect(contentOf(client)).toMatchObject({
      salePlatform: '0010002',
      toAddress: { oaid: 'o1', contact: '李*', mobile: '138****0000', address: '大屯**' },
    });
    expect(client.of(KEYS)).toEqual([]);
    expect(client.of(PRINT)[0]!.json).toContain('"popFlag":0');
  });

  it('open the ciphers beside an oaid where no masked texts came with it', async () => {
    const { client, jd } = waybills();
    const receiver = { cipher: { oaid: 'o1', fullname: name, mobile: phone, fullAddress: address }, masked: {} };
    await jd.get(fakeCall, request({ receiver }));
    expect(contentOf(client)['toAddress']).toEqual({
      address: '北京市朝阳区科荣街道1号院2号楼',
      contact: '张三',
      mobile: '13800138000',
      oaid: 'o1',
    });
  });

  it('are refused without a receiver, without an account, and for a JD error inside', async () => {
    const bare = waybills();
    const receiver = { cipher: {}, masked: { province: '北京' } };
    expect((await failureOf(bare.jd.get(fakeCall, request({ receiver })))).facts.reason).toBe('bad-request');
    expect(bare.client.of(RECEIVE)).toEqual([]);
    expect((await failureOf(bare.jd.get(fakeCall, request({ carrier: 'YTO' })))).facts.reason).toBe('configuration');
    const { jd } = waybills({ [RECEIVE]: no('余额不足') });
    expect((await failureOf(jd.get(fakeCall, request()))).message).toContain('余额不足');
  });

  it('have an unknown outcome when the answer names no number', async () => {
    const { jd } = waybills({ [RECEIVE]: ok({ waybillCodeList: [] }) });
    expect((await failureOf(jd.get(fakeCall, request()))).outcomeUnknown).toBe(true);
  });

  it('are given back when their print data cannot be had', async () => {
    for (const answer of [{ fault: '66' }, { root: { returnType: { prePrintDatas: [] } } }]) {
      const { client, jd } = waybills({ [PRINT]: answer });
      const error = await failureOf(jd.get(fakeCall, request()));
      expect([error.kind, error.outcomeUnknown]).toEqual(['transient', false]);
      expect(client.of(UNBIND)[0]!.params).toEqual({ providerCode: 'ZTO', waybillCode: '7312345678901' });
    }
    const { jd } = waybills({ [PRINT]: { fault: '24' }, [UNBIND]: no('不允许取消') });
    expect((await failureOf(jd.get(fakeCall, request()))).message).toContain('7312345678901');
  });

  it('may carry the number alone for a print component that pulls by itself', async () => {
    const { client, jd } = waybills({}, { printData: 'number' });
    expect((await jd.get(fakeCall, request())).printData).toBe('{"cpCode":"ZTO","wayBillCode":"7312345678901"}');
    expect(client.of(PRINT)).toEqual([]);
  });

  it('of an order cannot be listed, and none can be changed', async () => {
    const { jd } = waybills();
    expect(await jd.find()).toEqual([]);
    expect((await failureOf(jd.update('1'))).facts.reason).toBe('unsupported');
  });
});

describe('label accounts', () => {
  it('come with numbers left and addresses', async () => {
    const { jd } = waybills({
      [ACCOUNTS]: ok([account, { providerCode: 'DBKD', providerName: '德邦', settlementCode: 'S1' }]),
    });
    expect(await jd.accounts(fakeCall)).toEqual([
      {
        carrier: 'ZTO',
        branchCode: '020001',
        branchName: '广州',
        numbersLeft: 77,
        addresses: [{ province: '广东', city: '广州市', district: '天河区', town: '石牌街道', detail: '一路1号' }],
      },
      { carrier: 'DEPPON', branchCode: 'S1', branchName: '德邦', addresses: [{ province: '', city: '', detail: '' }] },
    ]);
    expect(await jd.accounts(fakeCall, 'SF')).toEqual([]);
  });
});

describe('numbers given back', () => {
  it.each([
    ['运单已取消', 'gone'],
    ['运单不存在', 'gone'],
    ['运单已解绑', 'gone'],
    ['运单已被作废', 'gone'],
    ['运单已揽收', 'refused'],
    ['当前状态不允许取消', 'refused'],
    ['已签收', 'refused'],
  ])('"%s" is %s', async (text, became) => {
    const { jd } = waybills({ [UNBIND]: no(text) });
    expect(await jd.cancel(fakeCall, { waybillNo: '1', carrier: 'ZTO' })).toBe(became);
  });

  it('are cancelled, or throw what nobody foresaw', async () => {
    expect(await waybills().jd.cancel(fakeCall, { waybillNo: '1', carrier: 'ZTO' })).toBe('cancelled');
    const { jd } = waybills({ [UNBIND]: no('承运商未签约') });
    expect((await failureOf(jd.cancel(fakeCall, { waybillNo: '1', carrier: 'ZTO' }))).kind).toBe('rejected');
  });
});

describe('keys of receivers', () => {
  it('are asked for with the sign that the voucher’s key gives, once per token', async () => {
    const { client, jd } = waybills();
    await jd.get(fakeCall, request());
    await jd.get(fakeCall, request());
    expect([client.of(VOUCHER).length, client.of(KEYS).length]).toEqual([1, 1]);
    const ts = fakeCall.wireNow().getTime();
    const sig = createHmac('sha256', 'voucher').update(`{"sdk_ver":2,"ts":${ts},"tid":"V1"}`).digest('base64');
    expect(client.of(KEYS)[0]!.params).toEqual({ sig, sdk_ver: '2', ts: String(ts), tid: 'V1' });
    expect(client.of(VOUCHER)[0]!.params).toEqual({ access_token: fakeCall.shop.accessToken });
    const other: PlatformCall = { ...fakeCall, shop: { ...fakeCall.shop, accessToken: 'another' } };
    await jd.get(other, request());
    expect(client.of(KEYS)).toHaveLength(2);
  });

  it('that are not there, damaged or wrong open nothing', async () => {
    for (const keys of [
      [],
      [{ ...key, key_digest: 'x' }],
      [{ ...key, key_string: Buffer.alloc(32).toString('base64'), key_digest: undefined }],
    ]) {
      const { client, jd } = waybills({ [KEYS]: keysOf(keys) });
      const error = await failureOf(jd.get(fakeCall, request()));
      expect([error.kind, error.facts.reason]).toEqual(['rejected', 'configuration']);
      expect(client.of(RECEIVE)).toEqual([]);
    }
    for (const voucher of [voucherOf('', {}), { root: { response: { errorCode: '0', data: { voucher: 'x' } } } }])
      expect((await failureOf(waybills({ [VOUCHER]: voucher }).jd.get(fakeCall, request()))).kind).toBe('rejected');
    const refused = waybills({ [VOUCHER]: { root: { response: { errorCode: '83', errorMsg: 'x' } } } });
    expect((await failureOf(refused.jd.get(fakeCall, request()))).kind).toBe('rejected');
  });

  it('are trusted only with JD’s sign where its certificate is configured', async () => {
    const pair = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const sig = createSign('RSA-SHA256').update(JSON.stringify(voucherData)).sign(pair.privateKey, 'base64');
    const change = { voucherCertificate: pair.publicKey.replaceAll('\n', '\\n') };
    const good = waybills({ [VOUCHER]: voucherOf(sig) }, change);
    expect((await good.jd.get(fakeCall, request())).waybillNo).toBe('7312345678901');
    const forged = waybills({ [VOUCHER]: voucherOf(sig, { ...voucherData, id: 'V2' }) }, change);
    expect((await failureOf(forged.jd.get(fakeCall, request()))).message).toContain('JD_VOUCHER_CERTIFICATE');
  });
});
