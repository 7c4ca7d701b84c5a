import { StockTarget } from '../port';
import { FakeAnswer, FakeJdClient, SeenCall, failureOf, fakeCall, fakeConfig } from './jd.client.fake';
import { JdConfig } from './jd.config';
import { JdStock } from './jd.stock';

const target = (listingSkuId: string, quantity: number): StockTarget => ({ listingId: '1', listingSkuId, quantity });
const taken = (rows: object[] = [], success = true): FakeAnswer => ({
  root: { returnType: { success, obj: { updateStockResult: rows } } },
});
const failed = (data: string, message: string): object => ({ data, success: false, message });

function stock(answer: (call: SeenCall) => FakeAnswer, change: Partial<JdConfig> = {}) {
  const client = new FakeJdClient(answer);
  return { client, jd: new JdStock(client.asClient(), fakeConfig(change)) };
}
const skusOf = ({ json }: SeenCall): string[] => [...json.matchAll(/"skuId":(\d+)/g)].map((match) => match[1]!);

describe('stock numbers', () => {
  it('go out absolute, thirty SKUs a call, with exact ids and a key of their own', async () => {
    const { client, jd } = stock(() => taken());
    const targets = Array.from({ length: 61 }, (_, index) =>
      target(String(2967166361661234000n + BigInt(index)), index),
    );
    const verdicts = await jd.update(fakeCall, targets);
    expect(verdicts.map((verdict) => verdict.kind)).toEqual(Array(61).fill('accepted'));
    expect(client.calls.map((call) => skusOf(call).length)).toEqual([30, 30, 1]);
    expect(client.calls[0]).toMatchObject({ method: 'jingdong.ware.stock.sku.set', isWrite: true });
    expect(client.calls[0]!.json).toMatch(
      /^\{"req":\{"updateModel":"fullStockIn","stockRfId":"[0-9a-f]{32}","skuStocks":\[\{"skuId":2967166361661234000,"stockNum":0\}/,
    );
    const keys = client.calls.map(({ json }) => /"stockRfId":"(\w+)"/.exec(json)![1]);
    expect(new Set(keys).size).toBe(3);
  });

  it('have a verdict each; a SKU that the answer does not name was taken', async () => {
    const { jd } = stock(() =>
      taken([
        failed('2', '商品不存在'),
        failed('3', '商品正在促销，库存锁定'),
        failed('4', '参数不合法'),
        failed('5', '系统繁忙'),
        { data: '6', success: true },
      ]),
    );
    const verdicts = await jd.update(
      fakeCall,
      ['1', '2', '3', '4', '5', '6'].map((sku) => target(sku, 1)),
    );
    expect(verdicts.map((verdict) => [verdict.listingSkuId, verdict.kind])).toEqual([
      ['1', 'accepted'],
      ['2', 'not-found'],
      ['3', 'postponed'],
      ['4', 'refused'],
      ['5', 'failed'],
      ['6', 'accepted'],
    ]);
    expect(verdicts[2]!.retryAfterMs).toBe(1_800_000);
    expect(verdicts[3]!.reason).toContain('参数不合法');
  });

  it('find the one to blame when a batch is refused as a whole', async () => {
    const { client, jd } = stock((call) => (skusOf(call).includes('3') ? taken([], false) : taken()));
    const verdicts = await jd.update(
      fakeCall,
      ['1', '2', '3', '4'].map((sku) => target(sku, 1)),
    );
    expect(verdicts.map((verdict) => verdict.kind)).toEqual(['accepted', 'accepted', 'refused', 'accepted']);
    expect(client.calls.map(skusOf)).toEqual([['1', '2', '3', '4'], ['1', '2'], ['3', '4'], ['3'], ['4']]);
  });

  it('fail together when nobody is to blame, and wait', async () => {
    for (const [fault, kind] of [
      ['66', 'failed'],
      ['32', 'failed'],
      ['24', 'refused'],
    ] as const) {
      const { client, jd } = stock(() => ({ fault }));
      const verdicts = await jd.update(fakeCall, [target('1', 1), target('2', 2)]);
      expect([verdicts.map((verdict) => verdict.kind), client.calls.length]).toEqual([[kind, kind], 1]);
      expect(verdicts[0]!.platformCode).toBe(fault);
    }
    const { jd } = stock(() => ({ fault: '19' }));
    expect((await failureOf(jd.update(fakeCall, [target('1', 1)]))).kind).toBe('reauthorise');
  });

  it('are refused here when they are no pieces, and never hold a SKU twice in a call', async () => {
    const { client, jd } = stock(() => taken());
    const verdicts = await jd.update(fakeCall, [target('1', -1), target('2', 1.5), target('3', 1), target('3', 2)]);
    expect(verdicts.map((verdict) => verdict.kind)).toEqual(['refused', 'refused', 'accepted', 'accepted']);
    expect(client.calls.map(skusOf)).toEqual([['3'], ['3']]);
    expect(await jd.update(fakeCall, [])).toEqual([]);
  });

  it('may go out one by one by the older call', async () => {
    const { client, jd } = stock(
      ({ params }) => ({
        root: params['skuId'] === '1' ? { success: true } : { success: false, error_description: '商品不存在' },
      }),
      { stockMethod: 'single' },
    );
    const verdicts = await jd.update(fakeCall, [target('1', 5), target('2', 6)]);
    expect(verdicts.map((verdict) => verdict.kind)).toEqual(['accepted', 'not-found']);
    expect(client.calls.map(({ method, json }) => [method, json])).toEqual([
      ['jingdong.stock.write.updateSkuStock', '{"skuId":1,"stockNum":5}'],
      ['jingdong.stock.write.updateSkuStock', '{"skuId":2,"stockNum":6}'],
    ]);
  });
});
