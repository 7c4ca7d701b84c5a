import { FakeAnswer, FakeTaobaoClient, fakeCall } from './taobao.client.fake';
import { TaobaoRequest } from './taobao.client';
import { TaobaoStock } from './taobao.stock';

const target = (sku: string, quantity = 5, item = '600') => ({ listingId: item, listingSkuId: sku, quantity });

/** A shop whose SKUs refuse by id. */
function shop(refusals: Record<string, string>): FakeTaobaoClient {
  return new FakeTaobaoClient((request: TaobaoRequest): FakeAnswer => {
    const pairs = (request.params['skuid_quantities'] ?? '').split(';').map((pair) => pair.split(':'));
    const bad = pairs.find(([sku]) => sku! in refusals);
    if (bad) return { fault: { code: '15', subMsg: refusals[bad[0]!]! } };
    const skus = pairs.map(([sku_id, quantity]) => ({ sku_id, quantity: Number(quantity) }));
    return { root: { item: { num: Number(request.params['quantity'] ?? 0), skus: { sku: skus } } } };
  });
}

describe('taobao stock', () => {
  it('sets full numbers, at most twenty SKUs of one item a call, verdicts in order', async () => {
    const client = shop({});
    const targets = [
      ...Array.from({ length: 25 }, (_, index) => target(`1${index}`, index)),
      target('900', 7, '601'),
      { listingId: '602', listingSkuId: '602', quantity: 9 },
    ];
    const verdicts = await new TaobaoStock(client.asClient()).update(fakeCall, targets);
    expect(verdicts.map((verdict) => [verdict.listingSkuId, verdict.kind, verdict.shownNow])).toEqual(
      targets.map((wanted) => [wanted.listingSkuId, 'accepted', wanted.quantity]),
    );
    expect(client.calls).toHaveLength(4);
    expect(client.calls.every((call) => call.params['type'] === '1' && call.isWrite)).toBe(true);
    expect(client.calls.map((call) => call.method).sort()).toEqual([
      'taobao.item.quantity.update',
      ...Array(3).fill('taobao.skus.quantity.update'),
    ]);
  });

  it('lets one bad SKU spoil only itself', async () => {
    const client = shop({ '13': '没有找到SKUID', '17': '编辑库存数不能低于预扣库存数' });
    const targets = Array.from({ length: 20 }, (_, index) => target(`1${index}`));
    const verdicts = await new TaobaoStock(client.asClient()).update(fakeCall, targets);
    const kinds = Object.fromEntries(
      verdicts.filter((verdict) => verdict.kind !== 'accepted').map((verdict) => [verdict.listingSkuId, verdict.kind]),
    );
    expect(kinds).toEqual({ '13': 'not-found', '17': 'postponed' });
    expect(client.calls.length).toBeLessThan(20);
  });

  it('refuses negative and broken numbers without asking the platform', async () => {
    const client = shop({});
    const verdicts = await new TaobaoStock(client.asClient()).update(fakeCall, [target('1', -1), target('2', 1.5)]);
    expect(verdicts.map((verdict) => verdict.kind)).toEqual(['refused', 'refused']);
    expect(client.calls).toHaveLength(0);
  });

  it('reports a ban with its waiting time and stops for a revoked token', async () => {
    const banned = new FakeTaobaoClient(() => ({
      fault: { code: '7', subMsg: 'This ban will last for 60 more seconds' },
    }));
    const [verdict] = await new TaobaoStock(banned.asClient()).update(fakeCall, [target('1')]);
    expect(verdict).toMatchObject({ kind: 'failed', retryAfterMs: 60_000 });
    const revoked = new FakeTaobaoClient(() => ({ fault: { code: '27' } }));
    await expect(new TaobaoStock(revoked.asClient()).update(fakeCall, [target('1')])).rejects.toMatchObject({
      kind: 'reauthorise',
    });
  });
});
