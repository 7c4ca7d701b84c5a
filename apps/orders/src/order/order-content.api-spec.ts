import { listingChanged } from '@app/contracts';
import { canonicalOrder, SHOP } from '../testing/orders.harness';
import { OrdersApi } from '../testing/orders-api.harness';

describe('what an order shows of its platform order', () => {
  let api: OrdersApi;
  beforeAll(async () => {
    api = await OrdersApi.start();
  });
  afterAll(() => api.close());

  const take = async (item: ReturnType<typeof canonicalOrder>) => {
    const { body } = await api.intake([item]);
    return body.items[0] as { orderId: string; verdict: string };
  };
  const read = async (orderId: string) => (await api.call('GET', `/v1/orders/${orderId}`)).body;

  it('[P10] an older state that comes late never takes the place of a newer one', async () => {
    const older = canonicalOrder();
    const newer = { ...older, modifiedAt: '2026-11-11T00:00:59+08:00', sellerMemo: 'newer' };
    const { orderId } = await take(newer);

    expect((await take(older)).verdict).toBe('older');
    expect(await read(orderId)).toMatchObject({ sellerMemo: 'newer', version: 1 });
  });

  it('[P11] keeps the platform’s text byte for byte beside the order', async () => {
    const raw = '{"tid":2231958349212345678, "note":"汇店 \\u3000","n":1.10}';
    const { orderId } = await take(canonicalOrder({ raw }));

    const { body } = await api.call('GET', `/v1/orders/${orderId}?include=raw`, undefined, {
      scopes: ['orders:read', 'pii:read'],
    });
    expect(body.raw).toBe(raw);
  });

  it('[O3] a line keeps its own id, tied to the platform’s, when the order changes', async () => {
    const item = canonicalOrder();
    const { orderId } = await take(item);
    const before = await read(orderId);

    const { verdict } = await take({
      ...item,
      modifiedAt: '2026-11-11T00:00:59+08:00',
      lines: [...item.lines].reverse(),
    });

    const idsOf = (order: any) =>
      Object.fromEntries(order.lines.map((line: any) => [line.platformLineNo, line.id] as const));
    expect(verdict).toBe('updated');
    expect(idsOf(await read(orderId))).toEqual(idsOf(before));
    expect(Object.keys(idsOf(before)).sort()).toEqual(item.lines.map(({ platformLineNo }) => platformLineNo));
  });

  it('[O6] an amount that does not add up is shown to the fen, flagged, and held when it is large', async () => {
    const { amounts } = canonicalOrder();
    const little = await take(canonicalOrder({ amounts: { ...amounts, payableFen: amounts.payableFen + 7 } }));
    const much = await take(canonicalOrder({ amounts: { ...amounts, payableFen: amounts.payableFen + 101 } }));

    const flagged = await read(little.orderId);
    expect(flagged).toMatchObject({ holds: [], status: 'approved' });
    expect([flagged.flags, Math.abs(flagged.unexplainedFen)]).toEqual([expect.arrayContaining(['amount_mismatch']), 7]);
    const held = await read(much.orderId);
    expect(held).toMatchObject({ status: 'held', holds: [{ type: 'amount_mismatch' }] });
    expect(Math.abs(held.unexplainedFen)).toBe(101);
  });

  it('[O16] a problem order bears type, reason and owner, and is found by its type', async () => {
    const { orderId } = await take(canonicalOrder());
    await api.call('POST', `/v1/orders/${orderId}/hold`, {
      expectedVersion: 1,
      type: 'lost_parcel',
      reason: '快递丢件，等赔付',
      owner: '小王',
    });

    const { body } = await api.call('GET', '/v1/orders?hold=lost_parcel');
    expect(body.items).toMatchObject([
      { id: orderId, holds: [{ type: 'lost_parcel', reason: '快递丢件，等赔付', owner: '小王' }] },
    ]);
  });

  it('[O17] a merchant’s own type of problem needs no setting up and is counted like the others', async () => {
    const { orderId } = await take(canonicalOrder());
    const hold = (type: string) =>
      api.call('POST', `/v1/orders/${orderId}/hold`, { expectedVersion: 1, type, reason: 'r' });

    expect((await hold('Not A Type')).body.code).toBe('VALIDATION');
    expect((await hold('wrong_colour')).status).toBe(200);
    const { body } = await api.call('GET', '/v1/orders/summary');
    expect(body.holds).toContainEqual({ type: 'wrong_colour', count: 1 });
  });

  it('[C7] a listing SKU that stands for several SKUs asks for the pieces of each', async () => {
    const link = {
      linkId: `${SHOP}/set`,
      linkVersion: 1_000,
      shopId: SHOP,
      platform: 'taobao',
      listingId: 'L',
      listingSkuId: 'set',
      title: '套装',
      merchantCode: null,
      isOnShelf: true,
      isLinked: true,
      noStock: false,
      components: [
        { skuId: 'sku_a', skuCode: 'A', quantity: 1 },
        { skuId: 'sku_b', skuCode: 'B', quantity: 3 },
      ],
    };
    await api.harness.tell(listingChanged as never, [link]);
    const item = canonicalOrder();
    const [line] = item.lines;
    const paid = { unitPriceFen: 14940, discountFen: 2500, paidFen: 24880, quantity: 2 };
    const { orderId } = await take({ ...item, lines: [{ ...line!, ...paid, listingSkuId: 'set' }] });

    const { body } = await api.call('GET', `/v1/facts/orders/${orderId}`, undefined, { kind: 'service' });
    expect(body.lines[0].wants.map(({ skuCode, quantity }: any) => [skuCode, quantity])).toEqual([
      ['A', 2],
      ['B', 6],
    ]);
  });

  it('[A19] two companies store the same number apart, and neither sees the other’s order', async () => {
    const item = canonicalOrder();
    const other = { companyId: 'cmp_other' };
    const body = { shopId: 'shp_asked', items: [item] };
    const ours = (await api.call('PUT', '/v1/platform-orders', body)).body.items[0];
    const theirs = (await api.call('PUT', '/v1/platform-orders', body, other)).body.items[0];

    expect([ours.verdict, theirs.verdict]).toEqual(['stored', 'stored']);
    const seen = async (claims: object) =>
      (await api.call('GET', `/v1/orders?platformOrderNo=${item.platformOrderNo}`, undefined, claims)).body.items.map(
        ({ id }: { id: string }) => id,
      );
    expect(await seen({})).toEqual([ours.orderId]);
    expect(await seen(other)).toEqual([theirs.orderId]);
    expect((await api.call('GET', `/v1/orders/${ours.orderId}`, undefined, other)).body.code).toBe('ORDER.NOT_FOUND');
  });
});
