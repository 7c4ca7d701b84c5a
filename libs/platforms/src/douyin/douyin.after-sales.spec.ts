import { FormatRegistry } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { CanonicalAfterSale, CanonicalAfterSaleSchema } from '@app/contracts/canonical';
import { AfterSalePage } from '../port';
import { JsonObject, asObject, parseAnswer } from '../kit/answer.json';
import { mapListedAfterSale } from './douyin.after-sale-mapper';
import { DouyinAfterSales } from './douyin.after-sales';
import { FakeDouyinClient, fakeCall, fixtureText } from './douyin.client.fake';
import { rowsOf } from './douyin.values';

FormatRegistry.Set('date-time', (text) => !Number.isNaN(Date.parse(text)));

const RULES = { refundHoldsPost: false };
const window = { from: new Date('2024-11-19T11:00:00+08:00'), to: new Date('2024-11-19T12:00:00+08:00') };
const sample = rowsOf(asObject(asObject(parseAnswer(fixtureText('after-sales.json')))['data'])['items'])[0]!;
const at = new Date('2024-11-19T12:00:00+08:00');

function map(info: JsonObject, lines: JsonObject[] = [], rules = RULES): CanonicalAfterSale {
  const [first] = rowsOf(asObject(sample['order_info'])['related_order_info']);
  const row = {
    ...sample,
    aftersale_info: { ...asObject(sample['aftersale_info']), ...info },
    order_info: {
      ...asObject(sample['order_info']),
      related_order_info: lines.length === 0 ? [first] : lines.map((line) => ({ ...first, ...line })),
    },
  } as JsonObject;
  const mapped = mapListedAfterSale(row, { startedAt: at, doneAt: at, raw: '{}' }, rules);
  expect([...Value.Errors(CanonicalAfterSaleSchema, mapped)]).toEqual([]);
  return mapped;
}

async function read(client: FakeDouyinClient): Promise<AfterSalePage[]> {
  const pages: AfterSalePage[] = [];
  for await (const page of new DouyinAfterSales(client.asClient(), RULES).changed(fakeCall, window)) pages.push(page);
  return pages;
}

describe('douyin after-sales', () => {
  it("maps the sheet's sample, sorted as it is filtered, with its own text", async () => {
    const client = new FakeDouyinClient(() => ({ text: fixtureText('after-sales.json') }));
    const [page] = await read(client);
    expect(page!.total).toBe(1);
    expect(page!.afterSales[0]).toMatchObject({
      platformAfterSaleNo: '146701382803677771',
      platformOrderNo: '6936476692437472563',
      platformLineNo: '6936476692437472563',
      kind: 'refund_only',
      state: 'succeeded',
      rawStatus: '12',
      refundFen: 8400,
      quantity: 1,
      goodsComeBack: false,
      reason: '退运费',
      platformVersion: '1731986645',
      createdAt: '2024-11-19T11:18:46+08:00',
      modifiedAt: '2024-11-19T11:24:05+08:00',
    });
    expect(fixtureText('after-sales.json')).toContain(page!.afterSales[0]!.raw);
    expect(client.sent(0)).toMatchObject({ order_by: ['update_time asc'], page: 0, size: 100 });
  });

  it('names the line only when the after-sale speaks of one alone', () => {
    expect(map({}, [{ sku_order_id: '7' }]).platformLineNo).toBe('7');
    expect(map({}, [{ sku_order_id: '7' }, { sku_order_id: '8' }]).platformLineNo).toBeUndefined();
    const bare = { ...sample, order_info: { shop_order_id: '9' } } as JsonObject;
    const mapped = mapListedAfterSale(bare, { startedAt: at, doneAt: at, raw: '{}' }, RULES);
    expect(mapped.platformLineNo).toBe('6936476692437472563');
    const whole = { ...bare, aftersale_info: { ...asObject(sample['aftersale_info']), aftersale_order_type: '2' } };
    expect(mapListedAfterSale(whole, { startedAt: at, doneAt: at, raw: '{}' }, RULES).platformLineNo).toBeUndefined();
  });

  it('adds the freight to the refund unless the setting says that it is in', () => {
    const info = { refund_amount: '8400', refund_post_amount: '600' };
    expect(map(info).refundFen).toBe(9000);
    expect(map(info, [], { refundHoldsPost: true }).refundFen).toBe(8400);
  });

  it('says whether the money had gone to the shop, when the lines say so', () => {
    const phase = (type: string, order_status: string) => map({ aftersale_type: type }, [{ order_status }]).phase;
    expect([phase('2', '2'), phase('1', '3'), phase('0', '5'), phase('0', '4')]).toEqual([
      'before_completion',
      'before_completion',
      'after_completion',
      undefined,
    ]);
  });

  it('keeps the parcel that comes back, the deadline, and a dispute', () => {
    const info = {
      aftersale_type: '0',
      aftersale_status: '11',
      return_logistics_code: 'SF9',
      return_logistics_company_name: '顺丰',
      status_deadline: '1732000000',
      arbitrate_status: '1',
    };
    expect(map(info)).toMatchObject({
      kind: 'return_refund',
      state: 'return_sent',
      goodsComeBack: true,
      returnParcel: { waybillNo: 'SF9', carrier: '顺丰' },
      deadlineAt: '2024-11-19T15:06:40+08:00',
      forbids: [{ code: 'arbitrate_status_1' }],
    });
  });

  it('lists an after-sale that cannot be read and goes on', async () => {
    const broken = { ...sample, aftersale_info: { aftersale_id: '1', refund_amount: 'much' } };
    const odd = { aftersale_info: { aftersale_id: '3', aftersale_status: 99 }, order_info: { shop_order_id: 4 } };
    const client = new FakeDouyinClient(() => ({ data: { total: 3, has_more: false, items: [broken, {}, odd] } }));
    const [page] = await read(client);
    expect(page!.failed).toEqual([
      { platformAfterSaleNo: '1', reason: expect.stringContaining('refund_amount') },
      { platformAfterSaleNo: '', reason: expect.stringContaining('lacks') },
    ]);
    expect(page!.afterSales).toMatchObject([
      { platformAfterSaleNo: '3', state: 'unknown', rawStatus: '99', kind: 'other' },
    ]);
  });

  const detail = (answer: unknown) => {
    const client = new FakeDouyinClient(() => ({ text: JSON.stringify({ code: 10000, data: answer }) }));
    return { client, part: new DouyinAfterSales(client.asClient(), RULES) };
  };
  const found = {
    process_info: {
      after_sale_info: {
        after_sale_id: '146701382803677771',
        after_sale_type: 3,
        after_sale_status: 7,
        refund_amount: 8400,
        refund_total_amount: 9000,
        refund_post_amount: 600,
        after_sale_apply_count: 2,
        reason: '不合适',
        reason_remark: '太小',
        apply_time: 1731986326,
        update_time: 1731986645,
      },
      logistics_info: { return: { tracking_no: 'YT1', company_name: '圆通' } },
    },
    order_info: { shop_order_id: 'x', sku_order_infos: [{ sku_order_id: '6936476692437472563' }] },
  };

  it('reads one, whose names are others and whose ids are numbers', async () => {
    const text = JSON.stringify({ code: 10000, data: found }).replace('"x"', '6936476692437472563');
    const client = new FakeDouyinClient(() => ({ text }));
    const one = await new DouyinAfterSales(client.asClient(), RULES).detail(fakeCall, '146701382803677771');
    expect(one).toMatchObject({
      platformOrderNo: '6936476692437472563',
      platformLineNo: '6936476692437472563',
      kind: 'exchange',
      state: 'wait_return',
      refundFen: 9000,
      quantity: 2,
      reason: '不合适',
      description: '太小',
      returnParcel: { waybillNo: 'YT1', carrier: '圆通' },
      raw: text,
    });
    expect(client.sent(0)).toEqual({ after_sale_id: '146701382803677771', need_operation_record: false });
  });

  it('does not take another one for it, nor nothing', async () => {
    await expect(detail(found).part.detail(fakeCall, '1')).rejects.toMatchObject({ kind: 'transient' });
    await expect(detail({}).part.detail(fakeCall, '1')).rejects.toMatchObject({ kind: 'not-found' });
  });
});
