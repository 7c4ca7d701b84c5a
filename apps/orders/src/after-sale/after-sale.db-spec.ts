import { Client } from 'pg';
import { Verification, type AppError } from '@app/shared';
import { FactDesk } from '@app/shared/facts/fact.desk';
import type { CanonicalAfterSale, CanonicalOrder } from '@app/contracts';
import { FulfilmentService } from '../fulfilment/fulfilment.service';
import { OrdersVerification } from '../verify/orders.verification';
import {
  afterSaleLater,
  CALLER,
  canonicalAfterSale,
  canonicalOrder,
  COMPANY,
  OrdersHarness,
} from '../testing/orders.harness';

const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);

describe('after-sales', () => {
  let orders: OrdersHarness;

  beforeAll(async () => {
    orders = await OrdersHarness.start();
    await orders.tellLinks();
    orders.app.get(OrdersVerification).onModuleInit();
  });
  afterEach(async () => {
    const results = await orders.app.get(Verification).run(COMPANY);
    expect(results.filter(({ invariant }) => !invariant.startsWith('6')).flatMap(({ breaches }) => breaches)).toEqual(
      [],
    );
  });
  afterAll(() => orders.close());

  const everyRow = () =>
    orders.query(`SELECT 'order' AS what, xmin::text, order_id AS id FROM working_order UNION ALL SELECT 'line', xmin::text, line_id FROM order_line
      UNION ALL SELECT 'received', xmin::text, after_sale_id FROM platform_after_sale UNION ALL SELECT 'after-sale', xmin::text, after_sale_id FROM after_sale
      UNION ALL SELECT 'log', xmin::text, order_id || version FROM order_log UNION ALL SELECT 'fact', xmin::text, event_id FROM outbox UNION ALL SELECT 'parked', xmin::text, id FROM parked_item ORDER BY 1, 3`);
  const released = async (item: CanonicalOrder = canonicalOrder()) => {
    const orderId = await orders.take(item);
    await orders.tellStock(orderId);
    const { fulfilments } = await orders.order(orderId);
    return { item, orderId, fulfilmentId: fulfilments[0]!.fulfilmentId };
  };
  const depart = (fulfilmentId: string, revision = 1) =>
    orders.app.get(FulfilmentService).depart(CALLER, fulfilmentId, { parcelId: `par_${fulfilmentId}`, revision });
  const outcome = (asked: Promise<unknown>) =>
    asked.then(
      () => 'granted',
      (error: AppError) => error.code,
    );
  const shape = async (orderId: string) => {
    const { order, lines, holds, fulfilments, afterSales } = await orders.order(orderId);
    return {
      axes: [order.status, order.afterSale, order.fulfilment, order.flags],
      holds: holds
        .filter(({ closedAt }) => closedAt === null)
        .map(({ type }) => type)
        .sort(),
      lines: lines.map(({ refundState, refundedFen, cancelled }) => [refundState, refundedFen, cancelled]),
      fulfilments: fulfilments.map(({ state }) => state),
      afterSales: afterSales
        .map(({ kind, state, countedFen, excessFen }) => `${kind} ${state} ${countedFen} ${excessFen}`)
        .sort(),
    };
  };

  it('stops the order of a refund request, tells of it, and writes nothing when it comes again', async () => {
    const { item, orderId, fulfilmentId } = await released();
    const request = canonicalAfterSale(item, 0);
    const first = await orders.afterSales([request]);
    expect(first.items).toEqual([
      {
        platformAfterSaleNo: request.platformAfterSaleNo,
        platformOrderNo: item.platformOrderNo,
        verdict: 'stored',
        afterSaleId: expect.stringMatching(/^afs_/),
        isOrphan: false,
      },
    ]);
    const before = await everyRow();
    const again = await orders.afterSales([{ ...request, fetchedAt: '2026-11-12T00:00:00Z' }]);
    expect(again.items).toEqual([{ ...first.items[0], verdict: 'unchanged' }]);
    expect(await everyRow()).toEqual(before);

    expect(await outcome(depart(fulfilmentId))).toBe('FULFILMENT.STOPPED');
    expect((await shape(orderId)).holds).toEqual(['refund_requested']);
    expect((await orders.facts(orderId)).map(({ name, item: { lines } }) => [name, lines[0]!.refund])).toEqual([
      ['order.paid', 'none'],
      ['refund.requested', 'requested'],
    ]);
    expect(await orders.afterSaleFacts(orderId)).toMatchObject([
      {
        afterSaleId: first.items[0]!.afterSaleId,
        afterSaleVersion: 1,
        state: 'requested',
        refundFen: 15_974,
        countedFen: 0,
      },
    ]);
    const [{ lineId } = { lineId: '' }] = (await orders.order(orderId)).lines;
    expect((await orders.afterSaleFacts(orderId))[0]!.lineId).toBe(lineId);
  });

  it('releases the goods when the request is withdrawn or refused, and gives them back when all of the money went back', async () => {
    const { item, orderId, fulfilmentId } = await released();
    const one = canonicalAfterSale(item, 0);
    const other = canonicalAfterSale(item, 0);
    await orders.afterSales([one, other]);
    await orders.afterSales([afterSaleLater(one, 1, { state: 'withdrawn' })]);
    expect((await shape(orderId)).holds).toEqual(['refund_requested']);
    await orders.afterSales([afterSaleLater(other, 2, { state: 'refused' })]);
    expect(await shape(orderId)).toMatchObject({
      holds: [],
      fulfilments: ['released'],
      axes: ['released', 'none', 'released', []],
    });

    await orders.afterSales([afterSaleLater(other, 3, { state: 'succeeded' })]);
    expect(await shape(orderId)).toMatchObject({
      lines: [
        ['succeeded', 15_974, 1],
        ['none', 0, 0],
      ],
      fulfilments: ['released'],
    });
    const facts = await orders.facts(orderId);
    expect(facts.at(-1)).toMatchObject({
      name: 'refund.succeeded',
      item: { lines: [{ refundedFen: 15_974, refund: 'refunded', wants: [] }, { wants: [{ quantity: 2 }] }] },
    });
    const { revision } = (await orders.order(orderId)).fulfilments[0]!;
    expect(await outcome(depart(fulfilmentId, revision))).toBe('granted');
  });

  it('keeps the newest version of an after-sale, in a batch and out of order', async () => {
    const { item, orderId } = await released();
    const asked = canonicalAfterSale(item, 0);
    const versions = [2, 1, 3].map((minute) =>
      afterSaleLater(asked, minute, { state: minute === 3 ? 'withdrawn' : 'wait_buyer' }),
    );
    const { items } = await orders.afterSales([...versions, asked]);
    expect(items.map(({ verdict }) => verdict)).toEqual(['stored', 'older', 'updated', 'older']);
    expect((await orders.afterSales([asked])).items[0]).toMatchObject({ verdict: 'older' });
    expect((await shape(orderId)).afterSales).toEqual(['refund_only withdrawn 0 0']);
  });

  it('keeps an after-sale whose order is unknown, and lets it act in the transaction that stores its order', async () => {
    const item = canonicalOrder();
    const asked = canonicalAfterSale(item, 0);
    const { items } = await orders.afterSales([asked]);
    expect(items[0]).toMatchObject({ verdict: 'stored', isOrphan: true });
    const changed = await orders.afterSales([afterSaleLater(asked, 1, { state: 'wait_buyer' })]);
    expect(changed.items[0]).toMatchObject({ verdict: 'updated', isOrphan: true, afterSaleId: items[0]!.afterSaleId });
    expect((await orders.afterSales([asked])).items[0]).toMatchObject({ verdict: 'older', isOrphan: true });
    expect(await orders.query(`SELECT 1 FROM outbox WHERE items LIKE '%${asked.platformAfterSaleNo}%'`)).toEqual([]);

    const orderId = await orders.take(item);
    expect(await orders.order(orderId)).toMatchObject({
      order: { version: 1, status: 'held', afterSale: 'open' },
      holds: [{ type: 'refund_requested' }],
      afterSales: [{ state: 'wait_buyer', orderId }],
    });
    expect(await orders.afterSaleFacts(orderId)).toMatchObject([
      { afterSaleId: items[0]!.afterSaleId, state: 'wait_buyer' },
    ]);
    expect((await orders.afterSales([asked])).items[0]).toMatchObject({ isOrphan: false });
  });

  it('leaves no after-sale waiting when it and its order arrive at the same moment', async () => {
    const pairs = Array.from({ length: 40 }, () => {
      const item = canonicalOrder();
      return { item, asked: canonicalAfterSale(item, 0) };
    });
    await Promise.all(
      shuffled(pairs.flatMap(({ item, asked }) => [() => orders.intake([item]), () => orders.afterSales([asked])])).map(
        (send) => send(),
      ),
    );
    const waiting = await orders.query('SELECT 1 FROM after_sale WHERE order_id IS NULL');
    expect(waiting).toEqual([]);
    for (const { item } of pairs) {
      const { items } = await orders.intake([item]);
      expect((await shape(items[0]!.orderId!)).holds).toEqual(['refund_requested']);
    }
  });

  it('stores an after-sale once when several workers bring it and its versions at the same time', async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => released()));
    const asked = made.map(({ item }) => canonicalAfterSale(item, 0));
    const page = asked.flatMap((one) => [one, afterSaleLater(one, 1, { state: 'succeeded', refundFen: 100 })]);
    const answers = await Promise.all(Array.from({ length: 6 }, () => orders.afterSales(shuffled(page))));
    expect(new Set(answers.flatMap(({ items }) => items.map(({ afterSaleId }) => afterSaleId))).size).toBe(10);
    for (const { orderId } of made) {
      expect((await shape(orderId)).afterSales).toEqual(['refund_only succeeded 100 0']);
      const versions = (await orders.afterSaleFacts(orderId)).map(({ afterSaleVersion }) => afterSaleVersion);
      expect(new Set(versions).size).toBe(versions.length);
    }
  });

  it('ends the same however an order and its after-sales arrive, together or one by one', async () => {
    const ends = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      const item = canonicalOrder();
      const refund = canonicalAfterSale(item, 0, { refundFen: 10_000 });
      const freight = canonicalAfterSale(item, null, { kind: 'other', refundFen: 600 });
      const at = '2026-11-11T02:00:00Z';
      const memo: CanonicalOrder = { ...item, sellerMemo: 'x', modifiedAt: at, fetchStartedAt: at, fetchedAt: at };
      const sends = [
        ...[item, memo].map((one) => () => orders.intake([one])),
        ...[
          refund,
          afterSaleLater(refund, 1, { state: 'succeeded' }),
          canonicalAfterSale(item, 0, { state: 'succeeded', refundFen: 9_000 }),
          canonicalAfterSale(item, 1, { kind: 'return_refund', state: 'wait_return' }),
          freight,
          afterSaleLater(freight, 2, { state: 'succeeded' }),
        ].map((one: CanonicalAfterSale) => () => orders.afterSales([one, one])),
      ];
      const order = shuffled([...sends, ...sends]);
      if (round % 2) await Promise.all(order.map((send) => send()));
      else for (const send of order) await send();
      const { items } = await orders.intake([item]);
      ends.add(JSON.stringify(await shape(items[0]!.orderId!)));
    }
    expect([...ends].map((end) => JSON.parse(end) as unknown)).toEqual([
      {
        axes: ['held', 'open', 'none', ['refund_above_paid']],
        holds: ['amount_mismatch', 'refund_requested'],
        lines: [
          ['succeeded', 15_974, 1],
          ['agreed', 0, 0],
        ],
        fulfilments: [],
        afterSales: [
          'other succeeded 600 0',
          'refund_only succeeded 6974 3026',
          'refund_only succeeded 9000 0',
          'return_refund wait_return 0 0',
        ],
      },
    ]);
  });

  it('decides for one side when a refund request and a departure race: never a departure after the request', async () => {
    const made = [];
    for (let no = 0; no < 24; no += 1) made.push(await released());
    const seen = await Promise.all(
      made.map(async ({ item, orderId, fulfilmentId }, index) => {
        const ask = () => outcome(depart(fulfilmentId));
        const request = () => orders.afterSales([canonicalAfterSale(item, index % 3 ? 0 : null)]);
        const both = index % 2 ? [ask(), request()] : [request(), ask()];
        const [answer] = (await Promise.all(both)).filter((one) => typeof one === 'string');
        return { orderId, answer };
      }),
    );
    for (const { orderId, answer } of seen) {
      const { order, fulfilments, holds } = await orders.order(orderId);
      expect(holds).toMatchObject([{ type: 'refund_requested', closedAt: null }]);
      const isGranted = answer === 'granted';
      expect(['granted', 'FULFILMENT.STOPPED']).toContain(answer);
      expect([fulfilments[0]!.state, order.flags]).toEqual(
        isGranted ? ['departing', ['intercept_wanted']] : ['stopped', []],
      );
    }
  });

  it('refuses a departure that waited while the request was being stored, and lets one that was first stand', async () => {
    const waiting = await released();
    let asked: Promise<string> | undefined;
    await orders.dataSource.transaction(async (tx) => {
      await tx.query('SELECT 1 FROM working_order WHERE order_id = $1 FOR UPDATE', [waiting.orderId]);
      const request = orders.afterSales([canonicalAfterSale(waiting.item, 0)]);
      await new Promise((resolve) => setTimeout(resolve, 100));
      asked = outcome(depart(waiting.fulfilmentId));
      await new Promise((resolve) => setTimeout(resolve, 100));
      void request;
    });
    expect(await asked).toBe('FULFILMENT.STOPPED');

    const first = await released();
    expect(await outcome(depart(first.fulfilmentId))).toBe('granted');
    await orders.afterSales([canonicalAfterSale(first.item, 0)]);
    expect((await shape(first.orderId)).axes).toEqual(['released', 'open', 'departing', ['intercept_wanted']]);
    expect(await outcome(depart(first.fulfilmentId))).toBe('FULFILMENT.STOPPED');
  });

  it('sets one bad after-sale of a batch aside, also when only the database sees that it is bad, and replays it', async () => {
    const { item, orderId } = await released();
    const good = Array.from({ length: 6 }, () => canonicalAfterSale(item, 0, { refundFen: 1, state: 'succeeded' }));
    const wrong = { ...canonicalAfterSale(item, 0), state: 'no state' };
    const odd = canonicalAfterSale(item, 0, { createdAt: '2026-02-30T00:00:00+08:00' });
    const broken = canonicalAfterSale(item, 1);
    const asOwner = async (sql: string) => {
      const owner = new Client({ connectionString: orders.database.adminUrl });
      await owner.connect();
      await owner.query(`ALTER TABLE orders.platform_after_sale ${sql}`);
      await owner.end();
    };
    await asOwner(`ADD CONSTRAINT broken CHECK (platform_after_sale_no <> '${broken.platformAfterSaleNo}')`);
    const { items } = await orders.afterSales([good[0], wrong, ...good.slice(1, 4), broken, odd, ...good.slice(4)]);
    await asOwner('DROP CONSTRAINT broken');
    const parked = items.filter(({ verdict }) => verdict === 'parked');
    expect(parked.map(({ platformAfterSaleNo, errors }) => [platformAfterSaleNo, errors![0]])).toEqual([
      [wrong.platformAfterSaleNo, expect.objectContaining({ field: 'state' })],
      [broken.platformAfterSaleNo, expect.objectContaining({ code: 'NOT_STORABLE' })],
      [odd.platformAfterSaleNo, expect.objectContaining({ field: 'createdAt' })],
    ]);
    expect(items.filter(({ verdict }) => verdict === 'stored')).toHaveLength(items.length - parked.length);
    const desk = orders.app.get(FactDesk);
    await expect(desk.replay(COMPANY, parked[0]!.parkedItemId!)).rejects.toMatchObject({
      code: 'PARKED_ITEM.STILL_WRONG',
    });
    await expect(desk.replay(COMPANY, parked[1]!.parkedItemId!)).resolves.toMatchObject({ state: 'replayed' });
    expect((await orders.order(orderId)).lines).toMatchObject([{ refundedFen: 6 }, { refundState: 'requested' }]);
  });

  it('shows on the after-sale what came back, whatever the order of versions, and takes it back when it was another order’s', async () => {
    const one = await released();
    const other = await released();
    const asked = canonicalAfterSale(one.item, 0, {
      kind: 'return_refund',
      state: 'return_sent',
      goodsComeBack: true,
      returnParcel: { waybillNo: 'YT-77', carrier: 'YTO' },
    });
    await orders.afterSales([asked]);
    const { platformAfterSaleNo } = asked;
    const version = orders.nextVersion();
    const graded = (grade: 'A' | 'B', quantity: number) => [
      { lineNo: 1, skuId: 'sku_x', skuCode: 'X', quantity, grade },
    ];
    const first = { returnId: 'ret_1', returnVersion: version, waybillNo: 'YT-1', lines: graded('A', 1) };
    await orders.tellReturn({ ...first, isMatched: false });
    expect((await orders.order(one.orderId)).returns).toEqual([]);
    const matched = {
      ...first,
      returnVersion: version + 2,
      orderId: one.orderId,
      platformOrderNo: one.item.platformOrderNo,
      platformAfterSaleNos: [platformAfterSaleNo],
      lines: graded('B', 2),
    };
    await orders.tellReturn(matched);
    const seen = await orders.order(one.orderId);
    expect(seen.afterSales[0]).toMatchObject({
      goodsReceivedAt: new Date('2026-11-15T10:00:00Z'),
      returned: [{ skuCode: 'X', quantity: 2, grade: 'B' }],
    });
    await orders.tellReturn(matched);
    await orders.tellReturn({ ...first, returnVersion: version + 1, orderId: other.orderId });
    expect(await orders.order(one.orderId)).toEqual(seen);
    const log = await orders.query<{ changes: string; actor: string }>(
      'SELECT actor, changes FROM order_log WHERE order_id = $1 ORDER BY version DESC LIMIT 1',
      [one.orderId],
    );
    expect(log[0]).toMatchObject({ actor: 'fact:return.received' });
    expect(log[0]!.changes).toContain('parcel YT-1 came back: 2 × X (B)');

    await orders.tellReturn({
      ...matched,
      returnVersion: version + 3,
      orderId: other.orderId,
      platformAfterSaleNos: [],
    });
    expect((await orders.order(one.orderId)).afterSales[0]).toMatchObject({ goodsReceivedAt: null, returned: [] });
    expect((await orders.order(other.orderId)).returns).toMatchObject([{ returnId: 'ret_1' }]);
    await orders.tellReturn({ returnId: 'ret_2', waybillNo: 'YT-77', orderId: one.orderId });
    expect((await orders.order(one.orderId)).afterSales[0]!.goodsReceivedAt).not.toBeNull();
  });

  it('verifies that refunds and after-sales agree, and sees planted damage', async () => {
    const { item, orderId } = await released();
    await orders.afterSales([canonicalAfterSale(item, 0, { state: 'succeeded', refundFen: 10 })]);
    const breaches = async () =>
      (await orders.app.get(Verification).run(COMPANY)).flatMap(({ breaches: found }) => found);
    const damage = async (sql: string, mend: string, text: string) => {
      await orders.query(sql, [orderId]);
      expect((await breaches()).some((found) => found.includes(text))).toBe(true);
      await orders.query(mend, [orderId]);
    };
    await damage(
      'UPDATE order_line SET refunded_fen = refunded_fen + 1 WHERE order_id = $1',
      'UPDATE order_line SET refunded_fen = refunded_fen - 1 WHERE order_id = $1',
      'fen refunded of',
    );
    await damage(
      'UPDATE after_sale SET order_id = NULL, counted_fen = 0, line_id = NULL WHERE order_id = $1',
      `UPDATE after_sale SET order_id = $1, counted_fen = 10 WHERE platform_order_no = (SELECT platform_order_no FROM working_order WHERE order_id = $1)`,
      'which is stored',
    );
    await damage(
      'UPDATE after_sale SET counted_fen = 11 WHERE order_id = $1',
      'UPDATE after_sale SET counted_fen = 10 WHERE order_id = $1',
      'do not add up',
    );
  });
});
