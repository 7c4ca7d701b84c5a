import { FakeAnswer, FakeTaobaoClient, fakeCall, fakeConfig } from './taobao.client.fake';
import { TaobaoRequest } from './taobao.client';
import { TaobaoListings } from './taobao.listings';
import { TaobaoShelf } from './taobao.shelf';

const item = (approve_status: string) => ({
  num_iid: '600',
  title: 'T恤',
  approve_status,
  price: '19.90',
  modified: '2026-11-11 00:00:00',
  skus: {
    sku: [
      { sku_id: '1', quantity: 3, price: '19.90', status: 'normal' },
      { sku_id: '2', quantity: 4, price: '19.90', status: 'normal' },
    ],
  },
});

function part(approveStatus: string) {
  const client = new FakeTaobaoClient(({ method }: TaobaoRequest): FakeAnswer => ({
    root: method === 'taobao.item.seller.get' ? { item: item(approveStatus) } : { item: { num_iid: '600' } },
  }));
  const fake = client.asClient();
  const shelf = new TaobaoShelf(fake, new TaobaoListings(fake, fakeConfig()));
  const written = () => client.calls.filter(({ isWrite }) => isWrite).map(({ method, params }) => ({ method, params }));
  return { shelf, written };
}

describe('the shelf of taobao', () => {
  it('takes an item off, and puts it on with the sum of its SKUs', async () => {
    const { shelf, written } = part('instock');
    await shelf.set(fakeCall, '600', false);
    await shelf.set(fakeCall, '600', true);
    expect(written()).toEqual([
      { method: 'taobao.item.update.delisting', params: { num_iid: '600' } },
      { method: 'taobao.item.update.listing', params: { num_iid: '600', num: '7' } },
    ]);
  });

  it('does not put an item on that is on sale', async () => {
    const { shelf, written } = part('onsale');
    await shelf.set(fakeCall, '600', true);
    expect(written()).toEqual([]);
  });
});
