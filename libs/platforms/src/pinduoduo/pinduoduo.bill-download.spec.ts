import { createServer, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { PlatformError } from '../port';
import { PinduoduoBills } from './pinduoduo.bill-download';
import { FakeAnswer, FakePinduoduoClient, fakeCall, fakeConfig } from './pinduoduo.client.fake';

const DAY = '2026-11-20';
/** An archive without files: its last record alone. */
const ZIP = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)]);

describe('bills of Pinduoduo', () => {
  let server: Server;
  let base = '';
  let serve: (response: ServerResponse) => void = () => undefined;
  let encodings: (string | undefined)[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      encodings.push(request.headers['accept-encoding'] as string | undefined);
      serve(response);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  beforeEach(() => {
    encodings = [];
  });

  function bills(answer: FakeAnswer, change = {}) {
    const client = new FakePinduoduoClient(() => answer);
    return { client, part: new PinduoduoBills(client.asClient(), fakeConfig({ timeoutMs: 200, ...change })) };
  }
  const at = (path: string): FakeAnswer => ({ root: { download_url: `${base}${path}`, request_id: '1' } });
  const failure = async (answer: FakeAnswer, change = {}): Promise<PlatformError> =>
    bills(answer, change)
      .part.ofDay(fakeCall, DAY)
      .then(
        () => {
          throw new Error('it was taken');
        },
        (error: unknown) => error as PlatformError,
      );

  it('fetches the file of a day unchanged and unpacked, under its own name', async () => {
    serve = (response) => void response.end(Buffer.from('账单', 'utf8'));
    const { client, part } = bills(at('/down/pdd-mall-bill-detail(1).csv?secret=1'));
    expect(await part.ofDay(fakeCall, DAY)).toEqual([
      { format: 'pinduoduo-balance', fileName: 'pdd-mall-bill-detail(1).csv', bytes: Buffer.from('账单', 'utf8') },
    ]);
    expect(client.calls).toEqual([{ method: 'pdd.finance.balance.daily.bill.url.get', params: { bill_date: DAY } }]);
    expect(encodings).toEqual(['identity']);
  });

  it('names a file whose address has no name, by what it is', async () => {
    serve = (response) => void response.end(ZIP);
    expect((await bills(at('/x')).part.ofDay(fakeCall, DAY))[0]!.fileName).toBe(`pdd-mall-bill-detail-${DAY}.zip`);
    serve = (response) => void response.setHeader('content-disposition', 'attachment; filename="a.zip"').end(ZIP);
    expect((await bills(at('/x')).part.ofDay(fakeCall, DAY))[0]!.fileName).toBe('a.zip');
  });

  it.each([
    ['no address', { root: { request_id: '1' } }],
    ['a text that says so', { fault: { code: '50001', subMsg: '账单未生成，请稍后' } }],
  ] as [string, FakeAnswer][])('says that there is none yet: %s', async (_title, answer) => {
    expect((await failure(answer)).kind).toBe('not-found');
  });

  it.each([
    ['20031', 'rejected'],
    ['50001', 'rejected'],
    ['10019', 'reauthorise'],
    ['50000', 'transient'],
  ])('passes code %s on', async (code, kind) => {
    expect((await failure({ fault: { code } })).kind).toBe(kind);
  });

  it.each([
    ['an address that is none', { root: { download_url: 'javascript:1' } }, undefined],
    ['a page', undefined, (response: ServerResponse) => void response.end('<html>expired</html>')],
    ['an error in JSON', undefined, (response: ServerResponse) => void response.end('{"error":1}')],
    ['an empty file', undefined, (response: ServerResponse) => void response.end()],
    ['an archive cut off', undefined, (response: ServerResponse) => void response.end(ZIP.subarray(0, 20))],
    ['HTTP 403', undefined, (response: ServerResponse) => void response.writeHead(403).end('expired')],
    ['a file that is too large', undefined, (response: ServerResponse) => void response.end(Buffer.alloc(5_000))],
    ['a connection that breaks', undefined, (response: ServerResponse) => void response.destroy()],
  ])('asks again later after %s', async (_title, answer, serving) => {
    if (serving) serve = serving;
    expect((await failure(answer ?? at('/x.csv'), { maxBillBytes: 1_000 })).kind).toBe('transient');
  });
});
