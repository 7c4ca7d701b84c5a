import { StockTarget } from '../port';
import { FakeAnswer, FakeDouyinClient, fakeCall } from './douyin.client.fake';
import { DouyinStock } from './douyin.stock';

type Sent = { product_id: string; sku_sync_list: { sku_id: string; stock_num: number }[] };

/** A shop in which some SKUs are refused with a number; one of them refuses its whole call. */
function shop(bad: Record<string, number | string>): FakeDouyinClient {
  return new FakeDouyinClient(({ params }): FakeAnswer => {
    const { sku_sync_list } = params as unknown as Sent;
    const blamed = sku_sync_list.map(({ sku_id }) => bad[sku_id]).find((code) => code !== undefined);
    if (blamed === undefined) return { data: {} };
    if (typeof blamed === 'string') return { fault: { code: blamed } };
    return { fault: { code: '50002', subCode: `isv.business-failed:${blamed}` } };
  });
}

const target = (listingSkuId: string, quantity = 5, listingId = 'p'): StockTarget => ({
  listingId,
  listingSkuId,
  quantity,
});

describe('douyin stock', () => {
  it('puts a product on the shelf and takes it off; one that is off already is done', async () => {
    const client = new FakeDouyinClient(() => ({ data: {} }));
    await new DouyinStock(client.asClient()).setOnShelf(fakeCall, '34', false);
    await new DouyinStock(client.asClient()).setOnShelf(fakeCall, '34', true);
    expect(client.calls.map(({ method, isWrite }) => [method, isWrite])).toEqual([
      ['product.setOffline', true],
      ['product.setOnline', true],
    ]);
    expect(client.sent(1)).toEqual({ product_id: '34' });
    const off = new FakeDouyinClient(() => ({ fault: { code: '50002', subCode: 'isv.business-failed:2010064' } }));
    await expect(new DouyinStock(off.asClient()).setOnShelf(fakeCall, '34', false)).rejects.toMatchObject({
      kind: 'already-done',
    });
  });

  it('sets absolute numbers of one product in one call, ids as texts', async () => {
    const client = shop({});
    const targets = [target('3415147054562818', 0), target('b', 7), target('c', 1, 'q')];
    const verdicts = await new DouyinStock(client.asClient()).update(fakeCall, targets);
    expect(verdicts.map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(client.calls).toHaveLength(2);
    expect(client.sent(0)).toEqual({
      product_id: 'p',
      incremental: false,
      sku_sync_list: [
        { sku_id: '3415147054562818', sku_type: 0, stock_num: 0 },
        { sku_id: 'b', sku_type: 0, stock_num: 7 },
      ],
    });
  });

  it('finds the three of 50 that spoil their call, and tells the others', async () => {
    const client = shop({ s3: 2010042, s17: 2010045, s40: 2010012 });
    const targets = Array.from({ length: 50 }, (_, index) => target(`s${index}`));
    const verdicts = await new DouyinStock(client.asClient()).update(fakeCall, targets);
    const others = verdicts.filter(({ kind }) => kind !== 'accepted');
    expect(verdicts.filter(({ kind }) => kind === 'accepted')).toHaveLength(47);
    expect(others).toMatchObject([
      { listingSkuId: 's3', kind: 'not-found', platformCode: 'isv.business-failed:2010042' },
      { listingSkuId: 's17', kind: 'postponed', retryAfterMs: 1_800_000 },
      { listingSkuId: 's40', kind: 'refused' },
    ]);
  });

  it('cuts more than 50 SKUs of a product into calls', async () => {
    const client = shop({});
    await new DouyinStock(client.asClient()).update(
      fakeCall,
      Array.from({ length: 51 }, (_, index) => target(`s${index}`)),
    );
    expect(client.calls.map(({ params }) => (params as unknown as Sent).sku_sync_list.length)).toEqual([50, 1]);
  });

  it('does not halve what is no fault of a SKU', async () => {
    const busy = shop({ a: '20000' });
    const verdicts = await new DouyinStock(busy.asClient()).update(fakeCall, [target('a'), target('b')]);
    expect([busy.calls.length, verdicts.map(({ kind }) => kind)]).toEqual([1, ['failed', 'failed']]);
    const forbidden = shop({ a: '30001' });
    const refused = await new DouyinStock(forbidden.asClient()).update(fakeCall, [target('a'), target('b')]);
    expect([forbidden.calls.length, refused.map(({ kind }) => kind)]).toEqual([1, ['refused', 'refused']]);
  });

  it('takes a number that was set before for set, and stops for a shop that must be authorised', async () => {
    const done = new DouyinStock(shop({ a: 2010021 }).asClient());
    expect((await done.update(fakeCall, [target('a')]))[0]!.kind).toBe('accepted');
    const fault = { code: '40003', subCode: 'isv.access-token-expired' };
    const revoked = new DouyinStock(new FakeDouyinClient(() => ({ fault })).asClient());
    await expect(revoked.update(fakeCall, [target('a')])).rejects.toMatchObject({ kind: 'reauthorise' });
  });

  it('refuses numbers that are none, and sends the others', async () => {
    const client = shop({});
    const verdicts = await new DouyinStock(client.asClient()).update(fakeCall, [
      target('a', -1),
      target('b', 0.5),
      target('c'),
    ]);
    expect(verdicts.map(({ kind }) => kind)).toEqual(['refused', 'refused', 'accepted']);
    expect(client.calls).toHaveLength(1);
  });
});
