import type { CanonicalAfterSale, CanonicalOrder } from '@app/contracts';
import { OrdersApi } from '../testing/orders-api.harness';
import { afterSaleLater, canonicalAfterSale, canonicalOrder, SHOP } from '../testing/orders.harness';

describe('after-sales over HTTP', () => {
  let api: OrdersApi;

  beforeAll(async () => {
    api = await OrdersApi.start();
  });
  afterAll(() => api.close());

  const put = (items: unknown[], shopId = SHOP) => api.call('PUT', '/v1/platform-after-sales', { shopId, items });
  const order = async (orderId: string) => (await api.call('GET', `/v1/orders/${orderId}?include=log`)).body;
  const afterSales = async (query: string) => (await api.call('GET', `/v1/after-sales?${query}`)).body.items;
  const released = async () => {
    const item = canonicalOrder();
    const { body } = await api.intake([item]);
    const orderId = body.items[0].orderId as string;
    await api.harness.tellStock(orderId);
    const [fulfilment] = (await order(orderId)).fulfilments;
    return { item, orderId, fulfilmentId: fulfilment.id as string, revision: fulfilment.revision as number };
  };
  const depart = (fulfilmentId: string, revision: number) =>
    api.call('POST', `/v1/fulfilments/${fulfilmentId}/departure`, { parcelId: `par_${fulfilmentId}`, revision });

  it('[O47] keeps every kind of after-sale with its own meaning: which ones stop goods, and which ones give money', async () => {
    const { item, orderId } = await released();
    const kinds = ['exchange', 'resend', 'repair', 'other', 'return_refund', 'refund_only'] as const;
    const asked = kinds.map((kind) => canonicalAfterSale(item, 1, { kind, refundFen: 100 }));
    const seen: Record<string, string[]> = {};
    for (const one of asked) {
      await put([one]);
      seen[one.kind] = (await order(orderId)).holds.map(({ type }: { type: string }) => type);
      await put([afterSaleLater(one, 1, { state: 'withdrawn' })]);
    }
    expect(seen).toEqual({
      exchange: ['after_sale_open'],
      resend: [],
      repair: [],
      other: ['after_sale_open'],
      return_refund: ['refund_requested'],
      refund_only: ['refund_requested'],
    });
    await put(asked.map((one) => afterSaleLater(one, 2, { state: 'succeeded' })));
    const { lines, afterSales: listed, flags, afterSale } = await order(orderId);
    expect(lines.map(({ refundedFen, cancelled }: never) => [refundedFen, cancelled])).toEqual([
      [0, 0],
      [300, 0],
    ]);
    expect([flags, afterSale]).toEqual([['partly_refunded'], 'done']);
    expect(
      listed.map(({ kind, countedFen }: { kind: string; countedFen: number }) => [kind, countedFen]).sort(),
    ).toEqual([
      ['exchange', 0],
      ['other', 100],
      ['refund_only', 100],
      ['repair', 0],
      ['resend', 0],
      ['return_refund', 100],
    ]);
  });

  it('[O47] shows after-sales on their order and in a list with filters, newest first or by change', async () => {
    const { item, orderId } = await released();
    const other = await released();
    const [one, two] = [canonicalAfterSale(item, 0), canonicalAfterSale(item, 1, { kind: 'exchange' })];
    await put([one]);
    await put([two, canonicalAfterSale(other.item, 0)]);
    expect((await order(orderId)).afterSales).toMatchObject([
      { platformAfterSaleNo: one.platformAfterSaleNo, kind: 'refund_only', state: 'requested', refundFen: 15_974 },
      { platformAfterSaleNo: two.platformAfterSaleNo, kind: 'exchange', isOrphan: false },
    ]);
    const numbers = async (query: string) =>
      (await afterSales(query)).map((each: CanonicalAfterSale) => each.platformAfterSaleNo);
    const byOrder = `platformOrderNo=${item.platformOrderNo}&shopId=${SHOP}`;
    expect(await numbers(byOrder)).toEqual([two.platformAfterSaleNo, one.platformAfterSaleNo]);
    expect(await numbers(`${byOrder}&kind=exchange&state=requested&orphan=false`)).toEqual([two.platformAfterSaleNo]);
    expect(await numbers(`platformAfterSaleNo=${one.platformAfterSaleNo}`)).toEqual([one.platformAfterSaleNo]);
    expect(await numbers(`${byOrder}&orphan=true`)).toEqual([]);
    const since = 'updatedFrom=2020-01-01T00:00:00Z&limit=1';
    const first = (await api.call('GET', `/v1/after-sales?${byOrder}&${since}`)).body;
    const second = (await api.call('GET', `/v1/after-sales?${byOrder}&${since}&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...second.items].map(({ platformAfterSaleNo }) => platformAfterSaleNo)).toEqual([
      one.platformAfterSaleNo,
      two.platformAfterSaleNo,
    ]);
    expect(second.nextCursor).toBeNull();
    const list = await api.call('GET', `/v1/orders?platformOrderNo=${item.platformOrderNo}`);
    expect(list.body.items[0].afterSales).toHaveLength(2);
  });

  it('[O49] stops picking at once when a refund is asked before shipping, and goes on when it is withdrawn', async () => {
    const { item, orderId, fulfilmentId, revision } = await released();
    const asked = canonicalAfterSale(item, 0);
    expect((await put([asked])).body.items[0]).toMatchObject({ verdict: 'stored', isOrphan: false });
    const refused = await depart(fulfilmentId, revision);
    expect([refused.status, refused.body.code]).toEqual([409, 'FULFILMENT.STOPPED']);
    expect(await order(orderId)).toMatchObject({
      status: 'held',
      afterSale: 'open',
      holds: [{ type: 'refund_requested' }],
      fulfilments: [{ state: 'stopped', revision: 2 }],
      lines: [{ refundState: 'requested' }, { refundState: 'none' }],
    });
    await put([afterSaleLater(asked, 1, { state: 'withdrawn' })]);
    expect(await order(orderId)).toMatchObject({ holds: [], fulfilments: [{ state: 'released', revision: 3 }] });
    expect((await depart(fulfilmentId, 3)).status).toBe(200);
    const { log } = await order(orderId);
    expect(log.flatMap(({ changes }: { changes: string[] }) => changes)).toEqual(
      expect.arrayContaining([
        `after-sale ${asked.platformAfterSaleNo} (refund_only) requested: 15974 fen`,
        `after-sale ${asked.platformAfterSaleNo} state: requested → withdrawn`,
      ]),
    );
  });

  it('[O49] ships nothing of a line of which all of the money went back before shipping, and the others', async () => {
    const { item, orderId, fulfilmentId } = await released();
    await put([canonicalAfterSale(item, 0, { state: 'succeeded' })]);
    const seen = await order(orderId);
    expect(seen.lines).toMatchObject([
      { cancelled: 1, refundedFen: 15_974 },
      { cancelled: 0, refundedFen: 0 },
    ]);
    const goods = await api.call('GET', '/v1/fulfilments?limit=500');
    expect(goods.body.items.find(({ id }: { id: string }) => id === fulfilmentId).lines).toMatchObject([
      { quantity: 2 },
    ]);
    expect((await depart(fulfilmentId, seen.fulfilments[0].revision)).status).toBe(200);
  });

  it('[O49] stops a line while a part of its money is asked back, then ships all of it with a sign', async () => {
    const { item, orderId, fulfilmentId, revision } = await released();
    const asked = canonicalAfterSale(item, 0, { refundFen: 700 });
    await put([asked]);
    expect((await depart(fulfilmentId, revision)).status).toBe(409);
    expect((await order(orderId)).holds).toMatchObject([{ type: 'refund_requested' }]);
    await put([afterSaleLater(asked, 1, { state: 'succeeded' })]);
    const seen = await order(orderId);
    expect(seen).toMatchObject({
      holds: [],
      flags: ['partly_refunded'],
      lines: [{ cancelled: 0, refundedFen: 700 }, { cancelled: 0 }],
    });
    const listed = await api.call('GET', `/v1/orders?platformOrderNo=${item.platformOrderNo}`);
    expect(listed.body.items[0].flags).toEqual(['partly_refunded']);
    expect((await depart(fulfilmentId, seen.fulfilments[0].revision)).status).toBe(200);
    const goods = await api.call('GET', '/v1/fulfilments?limit=500');
    expect(goods.body.items.find(({ id }: { id: string }) => id === fulfilmentId).lines).toMatchObject([
      { quantity: 1 },
      { quantity: 2 },
    ]);
  });

  it('[O49] holds goods of which the order alone says that money went back, and gives up those that the amount or a closed line names', async () => {
    const { item, orderId, fulfilmentId, revision } = await released();
    const told = canonicalAfterSale(item, 0, { state: 'succeeded', refundFen: 700 });
    const later = (minutes: number, line: Partial<CanonicalOrder['lines'][number]>) => {
      const at = new Date(new Date(item.modifiedAt).getTime() + minutes * 60_000).toISOString();
      const lines = item.lines.map((one, index) => (index === 0 ? { ...one, ...line } : one));
      return { ...item, lines, modifiedAt: at, fetchStartedAt: at, fetchedAt: at };
    };
    const stated = { refundState: 'succeeded' as const, refundNo: told.platformAfterSaleNo };
    await api.intake([later(1, stated)]);
    expect((await depart(fulfilmentId, revision)).status).toBe(409);
    expect(await order(orderId)).toMatchObject({
      status: 'held',
      stock: 'reserved',
      holds: [{ type: 'refund_requested' }],
      lines: [{ cancelled: 0 }, { cancelled: 0 }],
    });
    await put([told]);
    expect(await order(orderId)).toMatchObject({
      holds: [],
      flags: ['partly_refunded'],
      lines: [{ cancelled: 0 }, {}],
    });
    await api.intake([later(2, { ...stated, platformLineState: 'closed' })]);
    expect(await order(orderId)).toMatchObject({ holds: [], lines: [{ cancelled: 1 }, { cancelled: 0 }] });
  });

  it('[O49] keeps an after-sale that comes before its order, and stops that order from its first moment', async () => {
    const item = canonicalOrder();
    const { body } = await put([canonicalAfterSale(item, null)]);
    expect(body.items[0]).toMatchObject({ verdict: 'stored', isOrphan: true });
    expect(await afterSales(`orphan=true&platformOrderNo=${item.platformOrderNo}`)).toMatchObject([
      { orderId: null, isOrphan: true },
    ]);
    const { body: taken } = await api.intake([item]);
    expect(await order(taken.items[0].orderId)).toMatchObject({
      status: 'held',
      holds: [{ type: 'refund_requested' }],
    });
    expect(await afterSales(`orphan=true&platformOrderNo=${item.platformOrderNo}`)).toEqual([]);
  });

  it('[O50] tells that a parcel is to be caught when its refund is asked after it left, and not when a part was given', async () => {
    const { item, orderId, fulfilmentId, revision } = await released();
    await depart(fulfilmentId, revision);
    await api.harness.query(`UPDATE departure SET granted_at = '2026-11-01T00:00:00Z' WHERE fulfilment_id = $1`, [
      fulfilmentId,
    ]);
    await api.harness.tellParcel(orderId, `par_${fulfilmentId}`);
    const part = canonicalAfterSale(item, 1, { state: 'succeeded', refundFen: 500 });
    await put([part]);
    expect((await order(orderId)).flags).toEqual(['partly_refunded']);
    const asked = canonicalAfterSale(item, 0);
    await put([asked]);
    expect(await order(orderId)).toMatchObject({ status: 'shipped', flags: ['intercept_wanted', 'partly_refunded'] });
    const facts = await api.harness.facts(orderId);
    expect(facts.at(-1)).toMatchObject({ name: 'refund.requested', item: { lines: [{ refund: 'requested' }, {}] } });
    await put([afterSaleLater(asked, 1, { state: 'succeeded' })]);
    expect((await api.harness.facts(orderId)).at(-1)).toMatchObject({
      name: 'refund.succeeded',
      item: {
        lines: [
          { refund: 'refunded', refundedFen: 15_974 },
          { refund: 'none', refundedFen: 500 },
        ],
      },
    });
  });

  it('[O52] shows when the goods of a return came back and what they were graded', async () => {
    const { item, orderId } = await released();
    const asked = canonicalAfterSale(item, 0, {
      kind: 'return_refund',
      state: 'return_sent',
      goodsComeBack: true,
      returnParcel: { waybillNo: 'YT-9' },
    });
    await put([asked]);
    await api.harness.tellReturn({
      returnId: 'ret_api',
      waybillNo: 'YT-9',
      orderId,
      platformAfterSaleNos: [asked.platformAfterSaleNo],
    });
    expect((await afterSales(`platformAfterSaleNo=${asked.platformAfterSaleNo}`))[0]).toMatchObject({
      returnWaybillNo: 'YT-9',
      goodsReceivedAt: '2026-11-15T10:00:00.000Z',
      returned: [{ skuCode: 'CODE-4567890123456', quantity: 1, grade: 'A' }],
    });
    expect((await order(orderId)).returns).toMatchObject([{ id: 'ret_api', waybillNo: 'YT-9' }]);
  });

  it('[O55] counts no refund above what was paid, shows the excess, and holds the order above the tolerance', async () => {
    const { item, orderId } = await released();
    await put([canonicalAfterSale(item, 0, { state: 'succeeded', refundFen: 10_000 })]);
    await put([canonicalAfterSale(item, 0, { state: 'succeeded', refundFen: 10_000 })]);
    const seen = await order(orderId);
    expect(seen).toMatchObject({
      flags: ['refund_above_paid'],
      holds: [{ type: 'amount_mismatch', reason: '4026 fen more were refunded than were paid.' }],
      lines: [{ refundedFen: 15_974 }, { refundedFen: 0 }],
    });
    expect(seen.afterSales.map(({ countedFen, excessFen }: never) => [countedFen, excessFen])).toEqual([
      [10_000, 0],
      [5_974, 4_026],
    ]);
    const approved = await api.call('POST', `/v1/orders/${orderId}/approve`, {
      expectedVersion: seen.version,
      reason: 'the platform pays it',
    });
    expect(approved.body.holds).toEqual([]);
    expect((await api.harness.facts(orderId)).at(-1)!.item.lines[0]).toMatchObject({ refundedFen: 15_974 });
  });

  it('[O55] counts not a fen above what a line paid where the platform tells that, and takes roundings of shares from the other lines', async () => {
    const askAbove = async (areLinesShared: boolean) => {
      const made = canonicalOrder();
      const item = { ...made, amounts: { ...made.amounts, ...(areLinesShared && { areLinesShared }) } };
      const orderId = (await api.intake([item])).body.items[0].orderId as string;
      await put([canonicalAfterSale(item, 0, { state: 'succeeded', refundFen: 15_975 })]);
      const { flags, lines, afterSales: listed, amounts } = await order(orderId);
      expect(amounts.areLinesShared ?? false).toBe(areLinesShared);
      const fens = lines.map(({ refundedFen }: { refundedFen: number }) => refundedFen);
      return [flags, fens, listed[0].countedFen, listed[0].excessFen];
    };
    expect(await askAbove(false)).toEqual([['refund_above_paid'], [15_974, 0], 15_974, 1]);
    expect(await askAbove(true)).toEqual([[], [15_974, 1], 15_975, 0]);
  });

  it('[O58] follows the newest statement of order and after-sale, whichever came first, and keeps an unknown state as stated', async () => {
    const { item, orderId } = await released();
    const asked = canonicalAfterSale(item, 0);
    const lines = item.lines.map((line, index) =>
      index === 0 ? { ...line, refundState: 'withdrawn' as const, refundNo: asked.platformAfterSaleNo } : line,
    );
    const at = new Date(new Date(asked.modifiedAt).getTime() + 60_000).toISOString();
    await api.intake([{ ...item, lines, modifiedAt: at, fetchStartedAt: at, fetchedAt: at }]);
    expect((await put([asked])).body.items[0].verdict).toBe('stored');
    expect(await order(orderId)).toMatchObject({ holds: [], lines: [{ refundState: 'withdrawn' }, {}] });
    const strange = afterSaleLater(asked, 5, { state: 'unknown', rawStatus: 'SOMETHING_NEW' });
    expect((await put([strange, asked])).body.items.map(({ verdict }: { verdict: string }) => verdict)).toEqual([
      'updated',
      'older',
    ]);
    expect(await order(orderId)).toMatchObject({
      flags: ['after_sale_unknown'],
      holds: [{ type: 'refund_requested' }],
      afterSales: [{ state: 'unknown', rawStatus: 'SOMETHING_NEW' }],
    });
  });

  it('[O58] gives each after-sale of a batch its verdict, sets a bad one aside, and refuses a wrong envelope', async () => {
    const { item } = await released();
    const good = canonicalAfterSale(item, 0);
    const bad = { ...canonicalAfterSale(item, 0), refundFen: 1.5 };
    const { status, body } = await put([good, bad, good]);
    expect(status).toBe(200);
    expect(body.items).toMatchObject([
      { verdict: 'stored' },
      { verdict: 'parked', errors: [{ field: 'refundFen' }] },
      { verdict: 'unchanged' },
    ]);
    const parked = await api.call('GET', '/v1/parked-items');
    expect(parked.body.items.map(({ id }: { id: string }) => id)).toContain(body.items[1].parkedItemId);
    expect((await api.call('PUT', '/v1/platform-after-sales', { shopId: SHOP })).body.code).toBe('VALIDATION');
    expect((await put([good], 'shp_none')).body.code).toBe('SHOP.NOT_FOUND');
    expect((await api.call('GET', '/v1/after-sales?orphan=maybe')).body.code).toBe('VALIDATION');
    expect((await api.call('GET', '/v1/after-sales?cursor=x')).body.code).toBe('CURSOR.INVALID');
    const scopes = { scopes: ['orders:write'] };
    expect((await api.call('PUT', '/v1/platform-after-sales', { shopId: SHOP, items: [good] }, scopes)).status).toBe(
      403,
    );
    expect((await api.call('GET', '/v1/after-sales', undefined, scopes)).status).toBe(403);
    const mine = await api.call('GET', '/v1/after-sales', undefined, { shops: ['shp_other'] } as never);
    expect(mine.body.items).toEqual([]);
    const foreign = await api.call('GET', `/v1/after-sales?platformOrderNo=${item.platformOrderNo}`, undefined, {
      companyId: 'cmp_other',
    });
    expect(foreign.body.items).toEqual([]);
  });
});
