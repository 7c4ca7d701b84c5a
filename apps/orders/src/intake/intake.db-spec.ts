import { inTransaction, type AppError } from '@app/shared';
import { FactDesk } from '@app/shared/facts/fact.desk';
import { canonicalOrder, CALLER, COMPANY, OrdersHarness, SHOP } from '../testing/orders.harness';
import { ListingLinkRepository } from '../listing/listing-link.repository';
import { IntakeService } from './intake.service';

const at = (minute: number) => `2026-11-11T01:${String(minute).padStart(2, '0')}:00+08:00`;
const fetchedAt = (minute: number) => ({ fetchStartedAt: at(minute), fetchedAt: at(minute) });

describe('intake', () => {
  let orders: OrdersHarness;

  beforeAll(async () => {
    orders = await OrdersHarness.start();
    await orders.tellLinks();
  });
  afterAll(() => orders.close());

  const everyRow = () =>
    orders.query(`SELECT 'order' AS what, xmin::text, order_id AS id FROM working_order UNION ALL SELECT 'platform', xmin::text, order_id FROM platform_order UNION ALL SELECT 'line', xmin::text, line_id FROM order_line
      UNION ALL SELECT 'log', xmin::text, order_id || version FROM order_log UNION ALL SELECT 'fact', xmin::text, event_id FROM outbox UNION ALL SELECT 'parked', xmin::text, id FROM parked_item ORDER BY 1, 3`);

  it('stores a paid order, asks inventory to reserve it and writes nothing when it comes again', async () => {
    const item = canonicalOrder();
    const first = await orders.intake([item]);
    const before = await everyRow();
    const second = await orders.intake([{ ...item, ...fetchedAt(59) }]);

    expect(first.items).toEqual([
      { platformOrderNo: item.platformOrderNo, verdict: 'stored', orderId: expect.stringMatching(/^ord_/) },
    ]);
    expect(second.items).toEqual([{ ...first.items[0], verdict: 'unchanged' }]);
    expect(await everyRow()).toEqual(before);
    const facts = await orders.facts(first.items[0]!.orderId!);
    expect(facts.map(({ name, item: { stock, orderVersion } }) => ({ name, stock, orderVersion }))).toEqual([
      { name: 'order.paid', stock: 'reserve', orderVersion: 1 },
    ]);
    expect(await orders.order(first.items[0]!.orderId!)).toMatchObject({
      order: { companyId: COMPANY, shopId: SHOP, status: 'approved', review: 'approved', stock: 'none' },
    });
  });

  it('keeps the newest version when versions arrive out of order, and never lets a state fall back', async () => {
    const item = canonicalOrder({ platformState: 'wait_pay', paidAt: undefined, modifiedAt: at(1), ...fetchedAt(2) });
    const paid = { ...item, platformState: 'paid' as const, modifiedAt: at(3), ...fetchedAt(4) };
    const verdicts = [];
    for (const one of [
      paid,
      item,
      { ...paid, sellerMemo: 'x', ...fetchedAt(5) },
      { ...item, sellerMemo: 'late but newer', modifiedAt: at(6), ...fetchedAt(7) },
    ])
      verdicts.push((await orders.intake([one])).items[0]);
    expect(verdicts.map((verdict) => verdict?.verdict)).toEqual(['stored', 'older', 'updated', 'updated']);
    expect((await orders.order(verdicts[0]!.orderId!)).order).toMatchObject({
      platformState: 'paid',
      sellerMemo: 'late but newer',
      flags: ['state_went_back'],
      version: 3,
    });
  });

  it('clamps a modified time in the future, so that the next change still counts as newer', async () => {
    const item = canonicalOrder({ modifiedAt: '2027-01-01T00:00:00+08:00', ...fetchedAt(1) });
    const orderId = await orders.take(item);
    const { items } = await orders.intake([{ ...item, sellerMemo: 'next', modifiedAt: at(5), ...fetchedAt(6) }]);
    expect(items[0]).toMatchObject({ verdict: 'updated', orderId });
  });

  it('takes both versions of an order that stands twice in a batch, in the order of the batch', async () => {
    const item = canonicalOrder();
    const { items } = await orders.intake([
      item,
      { ...item, sellerMemo: 'second', modifiedAt: at(10), ...fetchedAt(11) },
      item,
    ]);
    expect(items.map(({ verdict }) => verdict)).toEqual(['stored', 'updated', 'older']);
    expect((await orders.order(items[0]!.orderId!)).order).toMatchObject({ sellerMemo: 'second', version: 1 });
  });

  it('sets one bad order of 500 aside and stores the other 499, also when only the database sees that it is bad', async () => {
    const batch: unknown[] = Array.from({ length: 500 }, () => canonicalOrder());
    const clash = canonicalOrder();
    batch[7] = { ...canonicalOrder(), amounts: { ...canonicalOrder().amounts, paidFen: 1.5 } };
    batch[300] = { ...clash, lines: (batch[0] as typeof clash).lines };
    const first = await orders.intake(batch);
    const parked = first.items.filter(({ verdict }) => verdict === 'parked');
    expect(parked).toMatchObject([
      { errors: [{ field: 'amounts.paidFen' }] },
      { platformOrderNo: clash.platformOrderNo, errors: [{ code: 'NOT_STORABLE' }] },
    ]);
    expect(first.items.filter(({ verdict }) => verdict === 'stored')).toHaveLength(498);

    const before = await everyRow();
    const second = await orders.intake(batch);
    expect(second.items.filter(({ verdict }) => verdict === 'unchanged')).toHaveLength(498);
    expect(second.items.filter(({ verdict }) => verdict === 'parked').map(({ parkedItemId }) => parkedItemId)).toEqual(
      parked.map(({ parkedItemId }) => parkedItemId),
    );
    expect(await everyRow()).toEqual(before);
  });

  it('replays a parked order when its cause is gone, and refuses while it is not', async () => {
    const holder = canonicalOrder();
    const holderId = await orders.take(holder);
    const wrong = { ...canonicalOrder(), lines: holder.lines };
    const { items } = await orders.intake([wrong]);
    const desk = orders.app.get(FactDesk);
    await expect(desk.replay(COMPANY, items[0]!.parkedItemId!)).rejects.toMatchObject({
      code: 'PARKED_ITEM.STILL_WRONG',
    });
    await orders.query(`UPDATE order_line SET platform_line_no = 'moved-' || platform_line_no WHERE order_id = $1`, [
      holderId,
    ]);
    await expect(desk.replay(COMPANY, items[0]!.parkedItemId!)).resolves.toMatchObject({ state: 'replayed' });
    expect((await orders.intake([wrong])).items[0]).toMatchObject({ verdict: 'unchanged' });
  });

  it('stores a page once when several workers bring it at the same time', async () => {
    const page = Array.from({ length: 50 }, () => canonicalOrder());
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, worker) => orders.intake(worker % 2 ? [...page].reverse() : page)),
    );
    const verdicts = answers.flatMap(({ items }) => items);
    expect(verdicts.filter(({ verdict }) => verdict === 'stored')).toHaveLength(50);
    expect(verdicts.filter(({ verdict }) => verdict === 'unchanged')).toHaveLength(250);
    expect(new Set(verdicts.map(({ orderId }) => orderId)).size).toBe(50);
  });

  it('needs the same number of statements for one order and for 500', async () => {
    const countOf = async (size: number) => {
      let count = 0;
      const original = orders.dataSource.createQueryRunner.bind(orders.dataSource);
      const spy = jest.spyOn(orders.dataSource, 'createQueryRunner').mockImplementation((mode) => {
        const runner = original(mode);
        const query = runner.query.bind(runner);
        runner.query = ((...of: Parameters<typeof query>) => ((count += 1), query(...of))) as typeof runner.query;
        return runner;
      });
      const page = Array.from({ length: size }, () => canonicalOrder());
      await orders.intake(page);
      await orders.intake(
        page.map((item) => ({ ...item, sellerMemo: 'changed', modifiedAt: at(30), ...fetchedAt(31) })),
      );
      spy.mockRestore();
      return count;
    };
    const one = await countOf(1);
    expect(one).toBeLessThan(40);
    // Facts of 500 orders are more than one outbox row holds, yet still one statement.
    expect(await countOf(500)).toBe(one);
  });

  it('keeps an unknown status, holds the order for it, and lets any known state replace it', async () => {
    const item = canonicalOrder();
    const orderId = await orders.take(item);
    await orders.take({
      ...item,
      platformState: 'unknown',
      rawStatus: 'MYSTERY',
      modifiedAt: at(20),
      ...fetchedAt(21),
    });
    expect(await orders.order(orderId)).toMatchObject({
      order: { platformState: 'paid', unknownStatus: 'MYSTERY', status: 'held' },
      holds: [{ type: 'platform_forbids', reason: expect.stringContaining('MYSTERY') }],
    });
    await orders.take({ ...item, modifiedAt: at(22), ...fetchedAt(23) });
    expect((await orders.order(orderId)).order).toMatchObject({ unknownStatus: null, status: 'approved' });

    const first = await orders.take(canonicalOrder({ platformState: 'unknown', rawStatus: '' }));
    expect((await orders.order(first)).order).toMatchObject({
      platformState: 'unknown',
      unknownStatus: '',
      status: 'held',
    });
  });

  it('stores and counts orders from before the shop went live, and never asks for stock for them', async () => {
    const orderId = await orders.take(canonicalOrder({ placedAt: '2025-12-31T10:00:00+08:00', buyerMessage: 'hello' }));
    expect(await orders.order(orderId)).toMatchObject({
      order: { isLive: false, review: 'pending', status: 'paid' },
      holds: [],
    });
    expect((await orders.facts(orderId)).map(({ name, item }) => [name, item.stock])).toEqual([['order.paid', 'none']]);
  });

  it('holds an order whose listing is not linked, and goes on when the link arrives', async () => {
    const item = canonicalOrder();
    item.lines[0]!.listingSkuId = 'unlinked-1';
    const orderId = await orders.take(item);
    expect(await orders.order(orderId)).toMatchObject({
      order: { status: 'held' },
      holds: [{ type: 'unmapped_sku', closedAt: null }],
    });
    expect((await orders.facts(orderId)).map(({ item: { stock } }) => stock)).toEqual(['none']);
    await orders.tellLinks(['unlinked-1']);
    expect(await orders.order(orderId)).toMatchObject({
      order: { status: 'approved' },
      lines: [{ components: [{ skuId: 'sku_unlinked-1' }], isWaiting: false }, {}],
    });
    expect((await orders.facts(orderId)).map(({ name, item: { stock } }) => [name, stock])).toEqual([
      ['order.paid', 'none'],
      ['order.changed', 'reserve'],
    ]);
  });

  it('takes no lock for links that are stored just so, and goes on with those that are not', async () => {
    await orders.tellLinks(['same-1']);
    await inTransaction(orders.dataSource, async (tx) => {
      await orders.app.get(ListingLinkRepository).lock(tx, COMPANY, [SHOP], 'shared');
      await orders.tellLinks(['same-1']);
    });
    const item = canonicalOrder();
    item.lines[0]!.listingSkuId = 'same-2';
    const orderId = await orders.take(item);
    await orders.tellLinks(['same-1', 'same-2']);
    expect((await orders.order(orderId)).lines[0]!.components).toHaveLength(1);
  });

  it('reserves the goods of the SKU that a newer content names in place of the old one', async () => {
    await orders.tellLinks(['before-change', 'after-change']);
    const item = canonicalOrder({ modifiedAt: at(1), ...fetchedAt(2) });
    item.lines[0]!.listingSkuId = 'before-change';
    const orderId = await orders.take(item);
    const lines = item.lines.map((line, index) => (index === 0 ? { ...line, listingSkuId: 'after-change' } : line));
    await orders.intake([{ ...item, lines, modifiedAt: at(3), ...fetchedAt(4) }]);
    const [changed] = (await orders.order(orderId)).lines;
    expect(changed!.components).toEqual([expect.objectContaining({ skuId: 'sku_after-change' })]);
  });

  it('lets an order go on when a listing without SKUs is linked', async () => {
    const item = canonicalOrder();
    Object.assign(item.lines[0]!, { listingSkuId: '', listingId: 'plain-1' });
    const orderId = await orders.take(item);
    await orders.tellLinks(['plain-1']);
    expect(await orders.order(orderId)).toMatchObject({
      order: { status: 'approved' },
      lines: [{ components: [{ skuId: 'sku_plain-1' }], isWaiting: false }, {}],
    });
  });

  it('never leaves a line waiting when its link is committed while the order is being stored', async () => {
    for (let round = 0; round < 15; round += 1) {
      const sku = `raced-${round}`;
      const item = canonicalOrder();
      item.lines[0]!.listingSkuId = sku;
      const [orderId] = await Promise.all([orders.take(item), orders.tellLinks([sku])]);
      expect((await orders.order(orderId)).order.status).toBe('approved');
    }
  });

  it('holds for a remark of the buyer, flags small unexplained amounts and holds large ones', async () => {
    const remark = await orders.take(canonicalOrder({ buyerMessage: '请发顺丰' }));
    expect(await orders.order(remark)).toMatchObject({
      order: { status: 'held', review: 'pending' },
      holds: [{ type: 'buyer_remark' }],
    });
    const base = canonicalOrder();
    const small = await orders.take({
      ...base,
      amounts: { ...base.amounts, payableFen: base.amounts.payableFen + 5, paidFen: base.amounts.paidFen + 5 },
    });
    expect(await orders.order(small)).toMatchObject({
      order: { status: 'approved', flags: ['amount_mismatch'], unexplainedFen: 5 },
      holds: [],
    });
    const other = canonicalOrder();
    const large = await orders.take({
      ...other,
      amounts: { ...other.amounts, payableFen: other.amounts.payableFen - 5_000 },
    });
    expect(await orders.order(large)).toMatchObject({
      order: { flags: ['amount_mismatch', 'payment_differs'] },
      holds: [{ type: 'amount_mismatch' }],
    });
  });

  it('keeps emoji, takes NUL out and replaces lone surrogates', async () => {
    const orderId = await orders.take(canonicalOrder({ sellerMemo: '😀\u0000a\ud800', raw: '{"memo":"😀\u0000"}' }));
    expect((await orders.order(orderId)).order.sellerMemo).toBe('😀a\ufffd');
  });

  it('takes a line with an impossible quantity as 0 and holds the order; a note line of 0 is allowed', async () => {
    const item = canonicalOrder();
    const bad = await orders.take({
      ...item,
      lines: item.lines.map((line, index) => ({ ...line, quantity: index === 0 ? -1 : 1 })),
    });
    expect(await orders.order(bad)).toMatchObject({
      holds: [{ type: 'bad_quantity' }],
      lines: [{ quantity: 0, isImplausible: true }, { quantity: 1 }],
    });
    const other = canonicalOrder();
    const note = await orders.take({
      ...other,
      lines: other.lines.map((line, index) => ({ ...line, quantity: index === 0 ? 0 : 1 })),
    });
    expect(await orders.order(note)).toMatchObject({ order: { status: 'approved' }, holds: [] });
  });

  it('takes an order of 10,000 lines whole, and tells it by reference', async () => {
    const item = canonicalOrder();
    const line = item.lines[0]!;
    const many = {
      ...item,
      lines: Array.from({ length: 10_000 }, (_, index) => ({
        ...line,
        platformLineNo: `${item.platformOrderNo}-${index}`,
      })),
    };
    const orderId = await orders.take(many);
    const [fact] = await orders.facts(orderId);
    expect(fact?.item).toEqual({ orderId, orderVersion: 1, fetch: true });
  });

  it('keeps nothing when the transaction fails, and stores the page when it is sent again', async () => {
    const item = canonicalOrder();
    await expect(inTransaction(orders.dataSource, async () => Promise.reject(new Error('lost')))).rejects.toThrow(
      'lost',
    );
    await expect(
      orders.app.get(IntakeService).intake({ ...CALLER, shops: ['other'] }, { shopId: SHOP, items: [item] }),
    ).rejects.toMatchObject({ code: 'SHOP.NOT_FOUND' } satisfies Partial<AppError>);
    expect((await orders.intake([item])).items[0]).toMatchObject({ verdict: 'stored' });
  });
});
