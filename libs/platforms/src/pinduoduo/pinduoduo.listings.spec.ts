import { ListingPage, PlatformError } from '../port';
import { PinduoduoRequest } from './pinduoduo.client';
import { FakeAnswer, FakePinduoduoClient, fakeCall, fakeConfig, fixtureText } from './pinduoduo.client.fake';
import { listingStatusOf } from './pinduoduo.listing-mapper';
import { PinduoduoListings } from './pinduoduo.listings';

const DETAIL = fixtureText('goods-detail.json');

function part(answer: (request: PinduoduoRequest) => FakeAnswer, deductsOn = 'pay') {
  const client = new FakePinduoduoClient(answer);
  return { client, listings: new PinduoduoListings(client.asClient(), fakeConfig({ deductsOn })) };
}

/** Two lists of goods, and details that echo their number. */
function shop(on: readonly number[], off: readonly number[], detail?: (id: string) => FakeAnswer) {
  return part(({ method, params }) => {
    if (method === 'pdd.goods.detail.get')
      return detail?.(params['goods_id']!) ?? { root: { goods_id: Number(params['goods_id']), status: 1 } };
    const all = params['is_onsale'] === '1' ? on : off;
    const size = Number(params['page_size']);
    const start = (Number(params['page']) - 1) * size;
    const goods_list = all.slice(start, start + size).map((goods_id) => ({ goods_id }));
    return { root: { total_count: all.length, goods_list } };
  });
}

async function read(listings: PinduoduoListings): Promise<ListingPage[]> {
  const pages: ListingPage[] = [];
  for await (const page of listings.pages(fakeCall)) pages.push(page);
  return pages;
}

describe('pinduoduo listings', () => {
  it('maps a listing in fen with its SKUs and its own text', async () => {
    const { client, listings } = part(() => ({ text: DETAIL }));
    expect(await listings.one(fakeCall, '600100200300')).toEqual({
      listingId: '600100200300',
      merchantCode: 'TS01',
      title: '纯棉T恤',
      imageUrl: 'https://img.pddpic.com/x.jpeg',
      status: 'on_shelf',
      rawStatus: '1',
      deductsOn: 'pay',
      fetchedAt: '2026-11-21T12:30:00+08:00',
      currency: 'CNY',
      skus: [
        {
          listingSkuId: '800100200300',
          merchantCode: 'TS01-RED-XL',
          specText: '颜色:红色;尺码:XL',
          priceFen: 1990,
          quantity: 100,
          status: 'on_shelf',
        },
        { listingSkuId: '800100200301', priceFen: 1990, quantity: 0, status: 'off_shelf' },
      ],
      raw: DETAIL,
    });
    expect(client.calls[0]).toEqual({ method: 'pdd.goods.detail.get', params: { goods_id: '600100200300' } });
  });

  it('lets the installation say when the number falls', async () => {
    const { listings } = part(() => ({ text: DETAIL }), 'order');
    expect((await listings.one(fakeCall, '600100200300')).deductsOn).toBe('order');
  });

  it.each([
    ['1', 'on_shelf'],
    ['2', 'off_shelf'],
    ['3', 'on_shelf'],
    ['4', 'deleted'],
    ['9', 'unknown'],
    [undefined, 'unknown'],
  ])('reads status %s as %s', (status, expected) => {
    expect(listingStatusOf(status)).toBe(expected);
  });

  it('reads both shelves from the last page to the first, each listing once', async () => {
    const on = Array.from({ length: 230 }, (_, index) => index + 1);
    const { client, listings } = shop(on, [230, 500]);
    const pages = await read(listings);
    const ids = pages.flatMap((page) => page.listings.map(({ listingId }) => listingId));
    expect(ids.sort()).toEqual([...on, 500].map(String).sort());
    const lists = client.calls.filter(({ method }) => method === 'pdd.goods.list.get');
    expect(lists.map(({ params }) => `${params['is_onsale']}/${params['page']}/${params['page_size']}`)).toEqual([
      '1/1/100',
      '1/3/100',
      '1/2/100',
      '1/1/100',
      '1/1/100',
      '0/1/100',
    ]);
  });

  it('reads a shop without listings', async () => {
    expect(await read(shop([], []).listings)).toEqual([]);
  });

  it('names a listing that cannot be read and goes on with the others', async () => {
    const gone: FakeAnswer = { fault: { code: '50001', subMsg: '商品不存在' } };
    const { listings } = shop([1, 2, 3], [], (id) => (id === '2' ? gone : { root: { goods_id: Number(id) } }));
    const [page] = await read(listings);
    expect(page!.listings.map(({ listingId }) => listingId).sort()).toEqual(['1', '3']);
    expect(page!.failed).toEqual([{ listingId: '2', reason: expect.stringContaining('商品不存在') as string }]);
  });

  it.each(['20031', '10019', '50000'])('does not call every listing unreadable when code %s stops it', async (code) => {
    const { listings } = shop([1, 2], [], () => ({ fault: { code } }));
    await expect(read(listings)).rejects.toMatchObject({ facts: { platformCode: code } });
  });

  it('tells missing goods from a mistaken answer', async () => {
    const kind = (answer: FakeAnswer) =>
      part(() => answer)
        .listings.one(fakeCall, '1')
        .catch((error: unknown) => (error as PlatformError).kind);
    expect(await kind({ root: { request_id: '1' } })).toBe('not-found');
    expect(await kind({ root: { goods_id: 2 } })).toBe('transient');
  });

  it('takes a picture from objects as well, and the single price where there is no group price', async () => {
    const root = {
      goods_id: 1,
      status: 2,
      carousel_gallery_list: [{ url: 'https://img/1' }],
      sku_list: [{ sku_id: '9007199254740993123', price: 500 }],
    };
    const listing = await part(() => ({ root })).listings.one(fakeCall, '1');
    expect([listing.imageUrl, listing.skus[0]]).toEqual([
      'https://img/1',
      { listingSkuId: '9007199254740993123', priceFen: 500, quantity: 0, status: 'off_shelf' },
    ]);
  });
});
