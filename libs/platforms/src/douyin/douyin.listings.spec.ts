import { FormatRegistry } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { CanonicalListingSchema } from '@app/contracts/canonical';
import { ListingPage } from '../port';
import { DouyinRequest } from './douyin.client';
import { FakeAnswer, FakeDouyinClient, fakeCall, fakeConfig, fixtureText } from './douyin.client.fake';
import { DouyinListings } from './douyin.listings';

FormatRegistry.Set('date-time', (text) => !Number.isNaN(Date.parse(text)));

const product = (id: string, change: object = {}) => ({
  product_id: id,
  name: `t${id}`,
  img: 'https://x/1.png',
  status: 0,
  check_status: 3,
  outer_product_id: 'P1',
  update_time: 1758760000,
  ...change,
});
interface Sent {
  status: number;
  page: number;
  size: number;
  product_id: string;
}
const params = (request: DouyinRequest) => request.params as unknown as Sent;

function shop(shelves: Record<number, object[]>, detail: (id: string) => FakeAnswer): FakeDouyinClient {
  return new FakeDouyinClient((request): FakeAnswer => {
    const { status, page, size, product_id } = params(request);
    if (request.method === 'sku.list') return { text: fixtureText('skus.json') };
    if (request.method === 'product.detail') return detail(product_id);
    const rows = shelves[status] ?? [];
    const start = (page - 1) * size;
    return { data: { total: rows.length, page, size, data: rows.slice(start, start + size) } };
  });
}

async function read(client: FakeDouyinClient): Promise<ListingPage[]> {
  const pages: ListingPage[] = [];
  for await (const page of new DouyinListings(client.asClient(), fakeConfig()).pages(fakeCall)) pages.push(page);
  return pages;
}

describe('douyin listings', () => {
  const detail = (change: object = {}) => ({
    data: { product_id: '3704250147174219802', name: '外套', pic: ['https://x/2.png'], reduce_type: 2, ...change },
  });

  it('reads one with its SKUs, their stock and codes, and 19 digits whole', async () => {
    const client = shop({}, () => detail({ status: 0, check_status: 3, update_time: '2021-03-29T15:52:52+08:00' }));
    const one = await new DouyinListings(client.asClient(), fakeConfig()).one(fakeCall, '3704250147174219802');
    expect([...Value.Errors(CanonicalListingSchema, one)]).toEqual([]);
    expect(one).toMatchObject({
      listingId: '3704250147174219802',
      title: '外套',
      status: 'on_shelf',
      rawStatus: '0/3',
      deductsOn: 'pay',
      imageUrl: 'https://x/2.png',
      modifiedAt: '2021-03-29T15:52:52+08:00',
      skus: [
        {
          listingSkuId: '3415147054562818',
          merchantCode: 'DU0404_690',
          priceFen: 9900,
          quantity: 50,
          withHold: 2,
          specText: '乳白色;XL',
          status: 'on_shelf',
        },
      ],
    });
    expect(client.calls.map(({ method }) => method)).toEqual(['product.detail', 'sku.list']);
  });

  it('reads online, offline and deleted ones from page 1, each once, and asks no SKUs of a deleted one', async () => {
    const shelves = {
      0: [product('1')],
      1: [product('2', { status: 1 }), product('1')],
      2: [product('3', { status: 2 })],
    };
    const client = shop(shelves, (id) => ({ data: { product_id: id, name: 'x' } }));
    const listings = (await read(client)).flatMap((page) => page.listings);
    expect(listings.map(({ listingId, status, skus }) => [listingId, status, skus.length])).toEqual([
      ['1', 'on_shelf', 1],
      ['2', 'off_shelf', 1],
      ['3', 'deleted', 0],
    ]);
    expect(listings[0]).toMatchObject({ deductsOn: 'order', merchantCode: 'P1', imageUrl: 'https://x/1.png' });
    const list = client.calls.filter(({ method }) => method === 'product.listV2');
    expect(list.every((call) => params(call).page === 1)).toBe(true);
  });

  it('takes a banned product off the shelf, and an unknown status for unknown', async () => {
    const status = async (change: object) => {
      const client = shop({}, () => detail(change));
      return (await new DouyinListings(client.asClient(), fakeConfig()).one(fakeCall, '1')).status;
    };
    expect([
      await status({ status: 0, check_status: 5 }),
      await status({ status: 1 }),
      await status({ status: 2 }),
      await status({ status: 9 }),
    ]).toEqual(['off_shelf', 'off_shelf', 'deleted', 'unknown']);
  });

  it('names what it cannot read and goes on; what is no fault of one listing stops it', async () => {
    const shelves = { 0: [product('1'), product('2'), {}] };
    const gone = { fault: { code: '40004', subCode: 'isv.parameter-invalid:2010058' } };
    const some = shop(shelves, (id) => (id === '1' ? gone : { data: { product_id: id } }));
    const [page] = await read(some);
    expect(page!.listings.map(({ listingId }) => listingId)).toEqual(['2']);
    expect(page!.failed).toEqual([
      { listingId: '1', reason: expect.stringContaining('2010058') },
      { listingId: '', reason: expect.stringContaining('no product_id') },
    ]);
    await expect(read(shop(shelves, () => ({ fault: { code: '20000' } })))).rejects.toMatchObject({
      kind: 'transient',
    });
  });

  it('is not found when the answer names no product', async () => {
    const client = shop({}, () => ({ data: {} }));
    await expect(new DouyinListings(client.asClient(), fakeConfig()).one(fakeCall, '1')).rejects.toMatchObject({
      kind: 'not-found',
    });
  });
});
