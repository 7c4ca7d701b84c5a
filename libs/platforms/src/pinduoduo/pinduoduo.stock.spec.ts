import { PinduoduoRequest } from './pinduoduo.client';
import { FakeAnswer, FakePinduoduoClient, fakeCall } from './pinduoduo.client.fake';
import { PinduoduoStock } from './pinduoduo.stock';

const target = (listingSkuId: string, quantity = 5) => ({ listingId: '600', listingSkuId, quantity });
const done: FakeAnswer = { root: { is_success: true } };

function part(answer: (request: PinduoduoRequest) => FakeAnswer) {
  const client = new FakePinduoduoClient(answer);
  return { client, stock: new PinduoduoStock(client.asClient()) };
}

describe('pinduoduo stock', () => {
  it('sets the full number of one SKU per call', async () => {
    const { client, stock } = part(() => done);
    expect(await stock.update(fakeCall, [target('1', 0)])).toEqual([{ ...target('1', 0), kind: 'accepted' }]);
    expect(client.calls).toEqual([
      {
        method: 'pdd.goods.quantity.update',
        isWrite: true,
        params: { goods_id: '600', sku_id: '1', quantity: '0', update_type: '1' },
      },
    ]);
  });

  it('puts goods on the shelf and takes them off', async () => {
    const { client, stock } = part(() => done);
    await stock.setOnShelf(fakeCall, '600', false);
    await stock.setOnShelf(fakeCall, '600', true);
    const method = 'pdd.goods.sale.status.set';
    expect(client.calls).toEqual([
      { method, isWrite: true, params: { goods_id: '600', is_onsale: '0' } },
      { method, isWrite: true, params: { goods_id: '600', is_onsale: '1' } },
    ]);
  });

  it('isolates three bad ones of two hundred, each with its cause, in the order of the targets', async () => {
    const faults: Record<string, FakeAnswer> = {
      '7': { fault: { code: '50001', subMsg: '商品处于资源位，不可减少库存' } },
      '70': { fault: { code: '50001', subMsg: 'sku不存在' } },
      '170': { fault: { msg: 'the inner success flag is false' } },
    };
    const { stock } = part(({ params }) => faults[params['sku_id']!] ?? done);
    const targets = Array.from({ length: 200 }, (_, index) => target(String(index)));
    const verdicts = await stock.update(fakeCall, targets);
    expect(verdicts.map(({ listingSkuId }) => listingSkuId)).toEqual(targets.map(({ listingSkuId }) => listingSkuId));
    expect(verdicts.filter(({ kind }) => kind === 'accepted')).toHaveLength(197);
    expect(verdicts[7]).toMatchObject({ kind: 'postponed', platformCode: '50001', retryAfterMs: 1_800_000 });
    expect(verdicts[70]).toMatchObject({ kind: 'not-found' });
    expect(verdicts[170]).toMatchObject({ kind: 'refused', reason: expect.any(String) as string });
  });

  it('tries again later after a lost answer or a limit, since a full number may be repeated', async () => {
    const { stock } = part(({ params }) => ({ fault: { code: params['sku_id'] === '1' ? '50000' : '52101' } }));
    const [lost, limited] = await stock.update(fakeCall, [target('1'), target('2')]);
    expect([lost!.kind, lost!.retryAfterMs, limited!.kind, limited!.retryAfterMs]).toEqual([
      'failed',
      2_000,
      'failed',
      1_000,
    ]);
  });

  it('sends no number that is none', async () => {
    const { client, stock } = part(() => done);
    const verdicts = await stock.update(fakeCall, [target('1', -1), target('2', 1.5), target('3', Number.NaN)]);
    expect(verdicts.map(({ kind }) => kind)).toEqual(['refused', 'refused', 'refused']);
    expect(client.calls).toHaveLength(0);
  });

  it('stops when the token is refused', async () => {
    const { client, stock } = part(() => ({ fault: { code: '20032' } }));
    const targets = Array.from({ length: 50 }, (_, index) => target(String(index)));
    await expect(stock.update(fakeCall, targets)).rejects.toMatchObject({ kind: 'reauthorise' });
    expect(client.calls.length).toBeLessThan(10);
  });
});
