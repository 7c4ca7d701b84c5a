import { Value } from '@sinclair/typebox/value';
import { FormatRegistry } from '@sinclair/typebox';
import { CanonicalAfterSaleSchema } from '@app/contracts/canonical';
import { AfterSalePage } from '../port';
import { readAfterSale, readAfterSales } from './taobao.after-sales';
import { FakeTaobaoClient, fakeCall, fixtureText } from './taobao.client.fake';
import { asList, asObject, parseAnswer } from '../kit/answer.json';

FormatRegistry.Set('date-time', (text) => !Number.isNaN(Date.parse(text)));

const root = asObject(asObject(parseAnswer(fixtureText('refunds.json')))['refunds_receive_get_response']);
const window = { from: new Date('2025-11-11T00:00:00+08:00'), to: new Date('2025-11-11T12:00:00+08:00') };

async function read(rows: unknown[]): Promise<AfterSalePage[]> {
  const client = new FakeTaobaoClient(() => ({ root: { total_results: rows.length, refunds: { refund: rows } } }));
  const pages: AfterSalePage[] = [];
  for await (const page of readAfterSales(client.asClient(), fakeCall, window)) pages.push(page);
  return pages;
}

describe('taobao after-sales', () => {
  it("maps the sheet's sample", async () => {
    const [page] = await read(asList(root['refunds'], 'refund'));
    expect(page!.afterSales[0]).toMatchObject({
      platformAfterSaleNo: '273645192837465123',
      platformOrderNo: '2231958349212345678',
      platformLineNo: '2231958349213345678',
      kind: 'refund_only',
      state: 'requested',
      phase: 'before_completion',
      platformVersion: '1762848000000',
      refundFen: 15974,
      goodsComeBack: false,
      createdAt: '2025-11-11T09:00:00+08:00',
    });
    expect([...Value.Errors(CanonicalAfterSaleSchema, page!.afterSales[0])]).toEqual([]);
  });

  it('reads one refund by its number, with the answer as its raw text', async () => {
    const refund = asList(root['refunds'], 'refund')[0]!;
    const client = new FakeTaobaoClient(() => ({ root: { refund } }));
    const no = '273645192837465123';
    const found = await readAfterSale(client.asClient(), fakeCall, no);
    expect(found).toMatchObject({ platformAfterSaleNo: no, platformOrderNo: '2231958349212345678', refundFen: 15974 });
    expect(found.raw).toContain('refund_get_response');
    expect(client.calls[0]).toMatchObject({ method: 'taobao.refund.get', params: { refund_id: no } });
    await expect(readAfterSale(client.asClient(), fakeCall, '1')).rejects.toMatchObject({ kind: 'transient' });
    const nothing = new FakeTaobaoClient(() => ({ root: {} }));
    await expect(readAfterSale(nothing.asClient(), fakeCall, no)).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('lists a refund that cannot be read and goes on', async () => {
    const [page] = await read([
      { refund_id: '1', tid: '2', refund_fee: 'much' },
      { refund_id: '3', tid: '4', status: 'NEW_ONE', dispute_type: 'NEW', created: '2025-11-11 09:00:00' },
    ]);
    expect(page!.failed).toEqual([{ platformAfterSaleNo: '1', reason: expect.stringContaining('refund_fee') }]);
    expect(page!.afterSales).toMatchObject([
      { platformAfterSaleNo: '3', state: 'unknown', rawStatus: 'NEW_ONE', kind: 'other' },
    ]);
  });
});
