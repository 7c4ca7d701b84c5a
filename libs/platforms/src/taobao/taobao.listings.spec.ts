import { ListingPage } from '../port';
import { FakeAnswer, FakeTaobaoClient, fakeCall, fakeConfig, fixtureText } from './taobao.client.fake';
import { TaobaoRequest } from './taobao.client';
import { asObject, parseAnswer } from '../kit/answer.json';
import { specOf } from './taobao.listing-mapper';
import { TaobaoListings } from './taobao.listings';

const item = (id: number) => ({ num_iid: id, title: `t${id}`, price: '1.00', num: 3, approve_status: 'instock' });

function shop(onsale: number[], banners: Record<string, number[]>, gone: number[] = []): FakeTaobaoClient {
  return new FakeTaobaoClient((request: TaobaoRequest): FakeAnswer => {
    const { params } = request;
    if (request.method === 'taobao.items.seller.list.get') {
      const ids = params['num_iids']!.split(',').map(Number);
      return { root: { items: { item: ids.filter((id) => !gone.includes(id)).map(item) } } };
    }
    if (request.method === 'taobao.item.seller.get') return { fault: { code: '15', subCode: 'isv.item-not-exist' } };
    const list = params['banner'] === undefined ? onsale : (banners[params['banner']] ?? []);
    const start = (Number(params['page_no']) - 1) * 200;
    return {
      root: {
        total_results: list.length,
        items: { item: list.slice(start, start + 200).map((id) => ({ num_iid: id })) },
      },
    };
  });
}

async function all(client: FakeTaobaoClient): Promise<ListingPage[]> {
  const pages: ListingPage[] = [];
  for await (const page of new TaobaoListings(client.asClient(), fakeConfig()).pages(fakeCall)) pages.push(page);
  return pages;
}

describe('taobao listings', () => {
  it("maps the sheet's item with its SKU", async () => {
    const root = asObject(asObject(parseAnswer(fixtureText('item.json')))['item_seller_get_response']);
    const client = new FakeTaobaoClient(() => ({ root }));
    const listing = await new TaobaoListings(client.asClient(), fakeConfig()).one(fakeCall, '612345678901');
    expect(listing).toMatchObject({
      listingId: '612345678901',
      status: 'on_shelf',
      deductsOn: 'pay',
      merchantCode: 'SPU-1001',
      modifiedAt: '2025-11-10T12:00:00+08:00',
    });
    expect(listing.skus).toEqual([
      {
        listingSkuId: '4567890123456',
        merchantCode: 'SKU-1001-BLK-XL',
        specText: '颜色分类:黑色;尺码:XL',
        priceFen: 19900,
        quantity: 95,
        status: 'on_shelf',
      },
    ]);
  });

  it('reads items on the shelf and every banner of items off it, each once', async () => {
    const onsale = Array.from({ length: 450 }, (_, index) => 1_000 + index);
    const pages = await all(shop(onsale, { off_shelf: [5_000], sold_out: [1_003, 5_001], for_shelved: [5_000] }));
    const ids = pages.flatMap((page) => page.listings.map((listing) => listing.listingId));
    expect(ids).toHaveLength(452);
    expect(new Set(ids).size).toBe(452);
  });

  it('names an item that is listed and cannot be read', async () => {
    const pages = await all(shop([1, 2, 3], {}, [2]));
    expect(pages.flatMap((page) => page.listings)).toHaveLength(2);
    expect(pages.flatMap((page) => page.failed ?? [])).toEqual([
      { listingId: '2', reason: expect.stringContaining('item-not-exist') },
    ]);
  });

  it('sells an item without SKUs under its own id', async () => {
    const [page] = await all(shop([7], {}));
    expect(page!.listings[0]!.skus).toEqual([{ listingSkuId: '7', priceFen: 100, quantity: 3, status: 'off_shelf' }]);
  });

  it('turns property names back', () => {
    expect(specOf('1:2:颜色:红#cln#深;3:4:尺码:XL#scln#L;')).toBe('颜色:红:深;尺码:XL;L');
    expect(specOf(undefined)).toBeUndefined();
  });
});
