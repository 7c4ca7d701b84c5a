import { FormatRegistry } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { CanonicalListingSchema } from '@app/contracts/canonical';
import { ListingPage } from '../port';
import { FakeAnswer, FakeJdClient, SeenCall, failureOf, fakeCall, fakeConfig, fixtureText } from './jd.client.fake';
import { JdConfig } from './jd.config';
import { JdListings } from './jd.listings';

FormatRegistry.Set('date-time', (text) => !Number.isNaN(Date.parse(text)));

const WARES = 'jingdong.ware.read.searchWare4Valid';
const SKUS = 'jingdong.sku.read.searchSkuList';
const WARE = 'jingdong.ware.read.findWareById';
const page = (data: object[], totalItem = data.length): FakeAnswer => ({ root: { page: { data, totalItem } } });
const window = { from: new Date('2024-03-08T10:00:00+08:00'), to: new Date('2024-03-08T11:00:00+08:00') };

function listings(answer: (call: SeenCall) => FakeAnswer, change: Partial<JdConfig> = {}) {
  const client = new FakeJdClient(answer);
  return { client, jd: new JdListings(client.asClient(), fakeConfig(change)) };
}

async function all(pages: AsyncIterable<ListingPage>): Promise<ListingPage[]> {
  const found: ListingPage[] = [];
  for await (const one of pages) found.push(one);
  return found;
}

describe('the shelf', () => {
  it('moves a ware by its number, and takes an answer that does not say so for a refusal', async () => {
    const UP_OR_DOWN = 'jingdong.ware.write.upOrDown';
    const { client, jd } = listings(() => ({ root: { success: true } }));
    await jd.setOnShelf(fakeCall, '10023456789', false);
    await jd.setOnShelf(fakeCall, '10023456789', true);
    expect(client.of(UP_OR_DOWN).map(({ json }) => json)).toEqual([
      '{"wareId":10023456789,"opType":2}',
      '{"wareId":10023456789,"opType":1}',
    ]);
    const other = listings(() => ({ root: {} }));
    const error = await failureOf(other.jd.setOnShelf(fakeCall, '1', true));
    expect(error.kind).toBe('rejected');
  });
});

describe('listings', () => {
  it('are wares with their SKUs, as the sheet shows them', async () => {
    const { client, jd } = listings(({ method }) => ({
      text: fixtureText(method === WARES ? 'wares.json' : 'skus.json'),
    }));
    const [first] = await all(jd.pages(fakeCall));
    expect([...Value.Errors(CanonicalListingSchema, first!.listings[0])]).toEqual([]);
    expect(first!.listings).toEqual([
      {
        listingId: '10023456789',
        title: '儿童外套',
        merchantCode: 'KB',
        status: 'on_shelf',
        rawStatus: '8',
        deductsOn: 'pay',
        imageUrl: 'https://img10.360buyimg.com/n1/jfs/t1/1/example.jpg',
        modifiedAt: '2024-03-05T08:53:20+08:00',
        fetchedAt: '2024-03-08T12:00:00+08:00',
        currency: 'CNY',
        skus: [
          {
            listingSkuId: '100012043978',
            merchantCode: 'KB-RED-L',
            specText: '红色',
            priceFen: 9900,
            quantity: 35,
            status: 'on_shelf',
          },
        ],
      },
    ]);
    expect(client.of(WARES)[0]!.params).toMatchObject({
      pageNo: '1',
      pageSize: '50',
      orderField: 'modified',
      orderType: 'asc',
    });
    // The size of SKU pages is spelt otherwise, and the page is pageNo.
    expect(client.of(SKUS)[0]!.json).toContain('"wareId":10023456789');
    expect(client.of(SKUS)[0]!.params).toMatchObject({ pageNo: '1', page_size: '50' });
  });

  it('are read from the last page to the first, every page of SKUs included', async () => {
    const sku = (skuId: number): object => ({ wareId: 1, skuId, status: 1, jdPrice: 1, stockNum: 1 });
    const { client, jd } = listings(({ method, params }) => {
      if (method === WARES) return page([{ wareId: 1, wareStatus: 2 }]);
      const from = (Number(params['pageNo']) - 1) * 50;
      return page(
        Array.from({ length: Math.min(50, 120 - from) }, (_, index) => sku(from + index + 1)),
        120,
      );
    });
    const [first] = await all(jd.pages(fakeCall));
    expect(first!.listings[0]!.skus).toHaveLength(120);
    expect(first!.listings[0]!.skus.every((one) => one.status === 'off_shelf')).toBe(true);
    expect(client.of(SKUS).map(({ params }) => params['pageNo'])).toEqual(['1', '3', '2', '1', '1']);
  });

  it('of a window are those of which the ware or a SKU changed, each once', async () => {
    const { client, jd } = listings(({ method, params }) => {
      if (method === WARES) return page([{ wareId: 1, wareStatus: 8 }]);
      if (method === WARE) return { root: { ware: { wareId: params['wareId'], wareStatus: 8 } } };
      const ofWare = params['wareId'];
      return page(
        ofWare === undefined ? [{ wareId: 1 }, { wareId: 2 }] : [{ wareId: Number(ofWare), skuId: 9, status: 1 }],
      );
    });
    const pages = await all(jd.pages(fakeCall, window));
    expect(pages.flatMap(({ listings: found }) => found.map((one) => one.listingId))).toEqual(['1', '2']);
    expect(client.of(WARES)[0]!.params).toMatchObject({
      startModifiedTime: '2024-03-08 10:00:00',
      endModifiedTime: '2024-03-08 11:00:00',
    });
  });

  it('may be asked for by milliseconds', async () => {
    const { client, jd } = listings(() => page([]), { timeFilters: 'ms' });
    await all(jd.pages(fakeCall, window));
    expect(client.of(WARES)[0]!.json).toContain(`"startModifiedTime":${window.from.getTime()}`);
  });

  it('come in halves of a window where JD would not page as deep', async () => {
    const { client, jd } = listings(({ params }) =>
      params['startModifiedTime'] === '2024-03-08 10:00:00' && params['endModifiedTime'] === '2024-03-08 11:00:00'
        ? page([], 4_501)
        : page([]),
    );
    await all(jd.pages(fakeCall, window));
    expect(client.of(WARES).map(({ params }) => params['endModifiedTime'])).toEqual([
      '2024-03-08 11:00:00',
      '2024-03-08 10:30:00',
      '2024-03-08 11:00:00',
    ]);
  });

  it('whose price cannot be read are named and stop nothing', async () => {
    const { jd } = listings(({ method, params }) =>
      method === WARES
        ? page([{ wareId: 1 }, { wareId: 2 }])
        : page([{ wareId: Number(params['wareId']), skuId: 9, jdPrice: params['wareId'] === '1' ? '9.999' : '9.99' }]),
    );
    const [first] = await all(jd.pages(fakeCall));
    expect(first!.listings.map((one) => one.listingId)).toEqual(['2']);
    expect(first!.failed).toEqual([{ listingId: '1', reason: expect.stringContaining('9.999') as string }]);
  });
});

describe('one listing', () => {
  it('keeps its text, and is not found when JD answers none', async () => {
    const { jd } = listings(({ method }) =>
      method === WARE
        ? { root: { ware: { wareId: 10023456789, title: '儿童外套', wareStatus: 520 } } }
        : { text: fixtureText('skus.json') },
    );
    const found = await jd.one(fakeCall, '10023456789');
    expect([found.status, found.skus.length, found.raw?.includes('儿童外套')]).toEqual(['on_shelf', 1, true]);
    const { jd: empty } = listings(() => ({ root: {} }));
    expect((await failureOf(empty.one(fakeCall, '1'))).kind).toBe('not-found');
  });

  it('leaves out SKUs of other wares, should JD ignore the filter', async () => {
    const { jd } = listings(({ method }) =>
      method === WARE
        ? { root: { ware: { wareId: 1, wareStatus: 8 } } }
        : page([
            { wareId: 1, skuId: 5, status: 1 },
            { wareId: 2, skuId: 6, status: 1 },
          ]),
    );
    expect((await jd.one(fakeCall, '1')).skus.map((sku) => sku.listingSkuId)).toEqual(['5']);
  });
});
