import { createSign, createVerify, generateKeyPairSync } from 'node:crypto';
import { IncomingMessage, Server, ServerResponse, createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { PlatformCall, PlatformError } from '../port';
import { alipayKeyProblems, rawMember, verifyAlipay } from './taobao.alipay-signer';
import { AlipayBills } from './taobao.bill-download';
import { fakeCall, fakeConfig } from './taobao.client.fake';

const pair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const merchant = pair();
const alipay = pair();
const NODE = 'alipay_data_dataservice_bill_downloadurl_query_response';
/** An archive without entries: its last record alone. */
const ZIP = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)]);

type Answer = (request: IncomingMessage, response: ServerResponse, form: URLSearchParams) => void;

describe('bills of Alipay', () => {
  let server: Server;
  let url = '';
  let gateway: Answer;
  let file: Answer;
  let forms: URLSearchParams[] = [];
  let paths: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const form = new URLSearchParams(Buffer.concat(parts).toString('utf8'));
        paths.push(request.url!);
        if (request.method === 'GET') return file(request, response, form);
        forms.push(form);
        return gateway(request, response, form);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  beforeEach(() => {
    forms = [];
    paths = [];
    gateway = says(success());
    file = (_request, response) => void response.end(ZIP);
  });

  const signed = (node: string, name = NODE, key = alipay.privateKey): string => {
    const sign = createSign('RSA-SHA256').update(node, 'utf8').sign(key, 'base64');
    return `{"${name}":${node},"sign":${JSON.stringify(sign)}}`;
  };
  /** Escaped slashes, spaces and a Chinese word: the sign is over exactly these characters. */
  const successNode = (): string =>
    `{ "code":"10000","msg":"成功 \\"}\\" Success", "bill_download_url":"${url.replaceAll('/', '\\/')}\\/file?downloadFileName=20881_20251120.csv.zip&token=secret" }`;
  const success = (): string => signed(successNode());
  const says =
    (body: string): Answer =>
    (_request, response) =>
      void response.end(body);
  const refuses = (code: string, subCode: string, isSigned = true): Answer => {
    const node = JSON.stringify({ code, msg: 'Business Failed', sub_code: subCode, sub_msg: '原因' });
    return says(isSigned ? signed(node) : `{"${NODE}":${node}}`);
  };
  const call = (change: Partial<PlatformCall['shop']> = {}): PlatformCall => ({
    ...fakeCall,
    shop: {
      ...fakeCall.shop,
      billAccount: {
        appId: '2021000000000001',
        privateKeyPem: merchant.privateKey,
        platformPublicKeyPem: alipay.publicKey,
      },
      ...change,
    },
  });
  const bills = () =>
    new AlipayBills(
      fakeConfig({
        alipayGatewayUrl: `${url}/alipay/gateway.do`,
        timeoutMs: 400,
        alipayDownloadTimeoutMs: 400,
        alipayMaxBillBytes: 1_000,
      }),
    );
  const failure = async (using: PlatformCall = call()): Promise<PlatformError> => {
    const error = await bills()
      .ofDay(using, '2025-11-20')
      .then(
        () => undefined,
        (caught: unknown) => caught,
      );
    expect(error).toBeInstanceOf(PlatformError);
    return error as PlatformError;
  };

  it('asks for the movements of a day with a sign that the rule reproduces, and hands the bytes on unchanged', async () => {
    const admitted: string[] = [];
    const [found] = await bills().ofDay(
      { ...call(), admit: async (method) => void admitted.push(method) },
      '2025-11-20',
    );
    expect(found).toEqual({ format: 'alipay-signcustomer', fileName: '20881_20251120.csv.zip', bytes: ZIP });
    const form = Object.fromEntries(forms[0]!);
    expect(form).toMatchObject({
      app_id: '2021000000000001',
      method: 'alipay.data.dataservice.bill.downloadurl.query',
      charset: 'utf-8',
      sign_type: 'RSA2',
      timestamp: '2026-11-11 00:10:00',
      biz_content: '{"bill_type":"signcustomer","bill_date":"2025-11-20"}',
    });
    const { sign, ...params } = form;
    const text = Object.keys(params)
      .sort()
      .map((name) => `${name}=${params[name]}`)
      .join('&');
    expect(createVerify('RSA-SHA256').update(text).verify(merchant.publicKey, sign!, 'base64')).toBe(true);
    expect(sign).toBe(createSign('RSA-SHA256').update(text).sign(merchant.privateKey, 'base64'));
    expect(paths[0]).toBe('/alipay/gateway.do?charset=utf-8');
    expect(admitted).toEqual(['alipay.data.dataservice.bill.downloadurl.query']);
  });

  it('names the file as the answer does, else after the day', async () => {
    file = (_request, response) => {
      response.setHeader('content-disposition', 'attachment; filename=2088_20251120.csv.zip');
      response.end(ZIP);
    };
    expect((await bills().ofDay(call(), '2025-11-20'))[0]!.fileName).toBe('2088_20251120.csv.zip');
    gateway = says(signed(`{"code":"10000","bill_download_url":"${url}/dl?id=1"}`));
    file = (_request, response) => void response.end(ZIP);
    expect((await bills().ofDay(call(), '2025-11-20'))[0]!.fileName).toBe('2021000000000001_2025-11-20.zip');
  });

  it('takes keys as bare base64 too, as the tools of Alipay hand them out', async () => {
    const bare = (pem: string) => pem.replace(/-----[^-]+-----|\s/g, '');
    const billAccount = {
      appId: '1',
      privateKeyPem: bare(merchant.privateKey),
      platformPublicKeyPem: bare(alipay.publicKey),
    };
    expect(await bills().ofDay(call({ billAccount }), '2025-11-20')).toHaveLength(1);
  });

  it('trusts no answer whose sign does not fit its node to the character', async () => {
    for (const answer of [
      success().replace('/file', '/other').replace('\\/file', '\\/other'),
      signed(successNode(), NODE, pair().privateKey),
    ]) {
      gateway = says(answer);
      const error = await failure();
      expect([error.kind, error.facts.reason]).toEqual(['rejected', 'configuration']);
    }
    gateway = says(`{"${NODE}":${successNode()}}`);
    expect((await failure()).kind).toBe('transient');
    expect(paths.filter((path) => path.startsWith('/file'))).toEqual([]);
  });

  it.each([
    ['40004', 'isp.bill_not_exist', 'not-found', undefined],
    ['40004', 'BILL-NOT-READY', 'not-found', undefined],
    ['40004', 'isp.unknow-error', 'transient', undefined],
    ['20000', 'aop.unknow-error', 'transient', undefined],
    ['40002', 'isv.invalid-signature', 'rejected', 'configuration'],
    ['40002', 'isv.invalid-app-id', 'rejected', 'configuration'],
    ['20001', 'aop.invalid-app-auth-token', 'rejected', 'configuration'],
    ['40006', 'isv.insufficient-isv-permissions', 'rejected', 'permission'],
    ['40002', 'isv.invalid-arguments', 'rejected', 'bad-request'],
    ['40005', 'isv.app-call-limited', 'rate-limited', undefined],
    ['99999', '', 'transient', undefined],
  ])('gives the refusal %s / %s the kind %s', async (code, subCode, kind, reason) => {
    gateway = refuses(code, subCode);
    const error = await failure();
    expect([error.kind, error.facts.reason]).toEqual([kind, reason]);
  });

  it('reads refusals without a sign and under the other root, since the gateway may not know the app', async () => {
    gateway = refuses('40002', 'isv.invalid-app-id', false);
    expect((await failure()).facts.reason).toBe('configuration');
    gateway = says('{"error_response":{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-signature"}}');
    expect((await failure()).facts.reason).toBe('configuration');
  });

  it('never asks for a new authorisation of the shop, whose token is not at fault', async () => {
    for (const subCode of ['aop.invalid-auth-token', 'isv.invalid-auth-token', 'aop.auth-token-time-out']) {
      gateway = refuses('20001', subCode);
      expect((await failure()).kind).not.toBe('reauthorise');
    }
  });

  it('names keys that cannot be read or stand in each other’s place', () => {
    const problems = (privateKeyPem: string, platformPublicKeyPem: string) =>
      alipayKeyProblems({ appId: '1', privateKeyPem, platformPublicKeyPem }).map(({ field }) => field);
    expect(problems(merchant.privateKey, alipay.publicKey)).toEqual([]);
    expect(problems('x', 'y')).toEqual(['privateKeyPem', 'platformPublicKeyPem']);
    expect(problems(alipay.publicKey, merchant.privateKey)).toEqual(['privateKeyPem', 'platformPublicKeyPem']);
  });

  it('names a key that is none, and a missing account, before anything leaves', async () => {
    for (const billAccount of [
      undefined,
      { appId: '1', privateKeyPem: 'no key', platformPublicKeyPem: alipay.publicKey },
    ]) {
      const error = await failure(call({ billAccount }));
      expect([error.kind, error.facts.reason]).toEqual(['rejected', 'configuration']);
    }
    expect(forms).toEqual([]);
    const billAccount = { appId: '1', privateKeyPem: merchant.privateKey, platformPublicKeyPem: 'no key' };
    expect((await failure(call({ billAccount }))).facts.reason).toBe('configuration');
  });

  it.each([
    ['an HTML page', '<html>login</html>'],
    ['half an answer', `{"${NODE}":{"code":"100`],
    ['nothing', ''],
    ['another root', '{"x":{}}'],
  ])('tries again after %s', async (_what, body) => {
    gateway = says(body);
    expect((await failure()).kind).toBe('transient');
  });

  it('takes only a whole archive: pages, cut files, late ones and too large ones are tried again', async () => {
    const pages: Answer[] = [
      says('<html>expired</html>'),
      (_request, response) => void response.end(ZIP.subarray(0, 20)),
      (_request, response) => void response.writeHead(403).end('expired'),
      (_request, response) => {
        response.writeHead(200, { 'content-length': '500' });
        response.write(ZIP, () => response.destroy());
      },
      () => undefined,
      (_request, response) => void response.end(Buffer.concat([ZIP, Buffer.alloc(2_000)])),
      (_request, response) => void response.writeHead(302, { location: `${url}/elsewhere` }).end(),
    ];
    for (const page of pages) {
      file = page;
      expect((await failure()).kind).toBe('transient');
    }
    expect(paths).not.toContain('/elsewhere');
  });

  it('ends the download when the caller stops', async () => {
    const stop = new AbortController();
    file = () => stop.abort();
    expect((await failure({ ...call(), signal: stop.signal })).kind).toBe('transient');
  });
});

describe('the text of a node', () => {
  it.each([
    ['{"a":{"x":"}"},"sign":"s"}', 'a', '{"x":"}"}'],
    ['{"b":{"a":1}, "a" : {"y":[1,{"z":2}]} }', 'a', '{"y":[1,{"z":2}]}'],
    ['{"x":"\\"a\\":{}","a":"text"}', 'a', '"text"'],
    ['{"a":12,"b":1}', 'a', '12'],
    ['{"a":12}', 'a', '12'],
    ['{"b":"a"}', 'a', undefined],
    ['{"a":{', 'a', undefined],
  ])('of %s is as it stands', (text, name, node) => {
    expect(rawMember(text, name)).toBe(node);
  });

  it('is not verified by a sign that is no base64', () => {
    expect(verifyAlipay('x', '***', alipay.publicKey)).toBe(false);
  });
});
