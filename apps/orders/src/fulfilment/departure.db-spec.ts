import { AppError, inSnapshot, inTransaction, Verification } from '@app/shared';
import type { CanonicalOrder } from '@app/contracts';
import { OrderRepository } from '../order/order.repository';
import { OrderService } from '../order/order.service';
import { OrdersVerification } from '../verify/orders.verification';
import { CALLER, canonicalOrder, COMPANY, OrdersHarness } from '../testing/orders.harness';
import { FulfilmentService } from './fulfilment.service';

const later = (item: CanonicalOrder, minutes: number, change: Partial<CanonicalOrder>): CanonicalOrder => {
  const at = new Date(new Date(item.modifiedAt).getTime() + minutes * 60_000).toISOString();
  return { ...item, modifiedAt: at, fetchStartedAt: at, fetchedAt: at, ...change };
};
/** Lines with the refund state of one or all; the platform closes a line over the refund of all of it. */
const withRefund = (
  item: CanonicalOrder,
  refundState: 'requested' | 'withdrawn' | 'succeeded',
  index?: number,
): CanonicalOrder['lines'] =>
  item.lines.map((line, no) => {
    if (index !== undefined && no !== index) return line;
    return { ...line, refundState, ...(refundState === 'succeeded' && { platformLineState: 'closed' as const }) };
  });

describe('from stock to departure', () => {
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

  const released = async (item: CanonicalOrder) => {
    const orderId = await orders.take(item);
    await orders.tellStock(orderId);
    const { fulfilments } = await orders.order(orderId);
    return { orderId, fulfilmentId: fulfilments[0]!.fulfilmentId };
  };
  const depart = (fulfilmentId: string, parcelId = `par_${fulfilmentId}`, revision = 1) =>
    orders.app.get(FulfilmentService).depart(CALLER, fulfilmentId, { parcelId, revision });
  const refusal = (asked: Promise<unknown>) =>
    asked.then(
      () => undefined,
      (error: AppError) => ({
        code: error.code,
        holds: (error.details.holds as { type: string }[]).map(({ type }) => type),
      }),
    );

  it('releases an approved order once everything is reserved, lets it leave once, and follows it to the buyer', async () => {
    const { orderId, fulfilmentId } = await released(canonicalOrder());
    expect(await orders.order(orderId)).toMatchObject({
      order: { status: 'released', stock: 'reserved', fulfilment: 'released' },
      fulfilments: [{ warehouse: 'HZ1', revision: 1, state: 'released' }],
      lines: [{ reserved: 1 }, { reserved: 2 }],
    });

    const first = await depart(fulfilmentId);
    const again = await depart(fulfilmentId);
    expect(again).toEqual(first);
    expect((await orders.order(orderId)).order).toMatchObject({ fulfilment: 'departing', status: 'released' });
    await orders.query(`UPDATE departure SET granted_at = '2026-11-01T00:00:00Z' WHERE company_id = $1`, [COMPANY]);

    await orders.tellParcel(orderId, `par_${fulfilmentId}`);
    expect(await orders.order(orderId)).toMatchObject({
      order: { fulfilment: 'shipped', status: 'shipped', notice: 'pending' },
      lines: [{ shipped: 1 }, { shipped: 2 }],
    });
    await orders.tellParcel(orderId, `par_${fulfilmentId}`, 'delivered');
    expect((await orders.order(orderId)).order.status).toBe('delivered');
  });

  it('refuses every departure from the commit of a refund request on, and releases anew with the lines that are left', async () => {
    const item = canonicalOrder();
    const { orderId, fulfilmentId } = await released(item);
    await orders.take(later(item, 1, { lines: withRefund(item, 'requested', 0) }));
    expect(await refusal(depart(fulfilmentId))).toEqual({ code: 'FULFILMENT.STOPPED', holds: ['refund_requested'] });
    expect(await orders.order(orderId)).toMatchObject({
      order: { status: 'held', afterSale: 'open' },
      fulfilments: [{ state: 'stopped', revision: 2 }],
    });

    await orders.take(later(item, 2, { lines: withRefund(item, 'succeeded', 0) }));
    const after = await orders.order(orderId);
    expect(after).toMatchObject({
      order: { status: 'released', afterSale: 'done' },
      lines: [{ cancelled: 1 }, { cancelled: 0 }],
      fulfilments: [{ state: 'released', revision: 3, lines: [{ lineId: after.lines[1]!.lineId, quantity: 2 }] }],
    });
    expect(await refusal(depart(fulfilmentId, 'par_old', 1))).toEqual({ code: 'FULFILMENT.STALE_REVISION', holds: [] });
    await expect(depart(fulfilmentId, 'par_new', 3)).resolves.toMatchObject({ departing: true });
  });

  it('lets no second parcel of a fulfilment leave with pieces that were refunded after the first one left', async () => {
    const item = canonicalOrder();
    const { orderId, fulfilmentId } = await released(item);
    await depart(fulfilmentId, 'par_first');
    await orders.query(`UPDATE departure SET granted_at = '2026-11-01T00:00:00Z' WHERE company_id = $1`, [COMPANY]);
    await orders.tellParcel(orderId, 'par_first', 'shipped', [0]);
    await orders.take(later(item, 1, { lines: withRefund(item, 'requested', 1) }));
    expect(await refusal(depart(fulfilmentId, 'par_second'))).toMatchObject({ holds: ['refund_requested'] });

    await orders.take(later(item, 2, { lines: withRefund(item, 'succeeded', 1) }));
    const { lines, order, fulfilments } = await orders.order(orderId);
    expect(fulfilments).toMatchObject([{ state: 'shipped', revision: 2, lines: [{ lineId: lines[0]!.lineId }] }]);
    expect([order.status, lines[1]!.cancelled]).toEqual(['shipped', 2]);
    expect((await refusal(depart(fulfilmentId, 'par_second')))?.code).toBe('FULFILMENT.STALE_REVISION');
    expect((await orders.facts(orderId)).at(-1)!.item.lines[1]!.wants).toEqual([]);
  });

  it('refuses a parcel that may hold refunded pieces while the first parcel has not been told as left', async () => {
    const item = canonicalOrder();
    const { orderId, fulfilmentId } = await released(item);
    await depart(fulfilmentId, 'par_slow');
    await orders.take(later(item, 1, { lines: withRefund(item, 'succeeded', 1) }));
    expect((await refusal(depart(fulfilmentId, 'par_other')))?.code).toBe('FULFILMENT.STOPPED');
    expect((await orders.order(orderId)).fulfilments).toMatchObject([{ state: 'departing', revision: 1 }]);
    await orders.query(`UPDATE departure SET granted_at = '2026-11-01T00:00:00Z' WHERE company_id = $1`, [COMPANY]);
    await orders.tellParcel(orderId, 'par_slow');
    expect((await orders.order(orderId)).order).toMatchObject({ fulfilment: 'shipped', flags: ['intercept_wanted'] });
  });

  it('goes on with a new revision when the refund is withdrawn, and closes the order when all of it is refunded', async () => {
    const item = canonicalOrder();
    const { orderId } = await released(item);
    await orders.take(later(item, 1, { lines: withRefund(item, 'requested') }));
    await orders.take(later(item, 2, { lines: withRefund(item, 'withdrawn') }));
    expect(await orders.order(orderId)).toMatchObject({
      order: { status: 'released' },
      fulfilments: [{ state: 'released', revision: 3 }],
    });
    await orders.take(later(item, 3, { lines: withRefund(item, 'succeeded') }));
    expect(await orders.order(orderId)).toMatchObject({
      order: { status: 'cancelled', fulfilment: 'none' },
      fulfilments: [{ state: 'stopped', revision: 4 }],
    });
    const facts = await orders.facts(orderId);
    expect(facts.map(({ name, item: { stock } }) => [name, stock])).toEqual([
      ['order.paid', 'reserve'],
      ['refund.requested', 'reserve'],
      ['refund.withdrawn', 'reserve'],
      ['refund.succeeded', 'none'],
    ]);
  });

  it('decides for one side when refund request and departure race: never a departure after the request', async () => {
    const items = Array.from({ length: 20 }, () => canonicalOrder());
    const made = [];
    for (const item of items) made.push({ item, ...(await released(item)) });
    const outcomes = await Promise.all(
      made.flatMap(({ item, fulfilmentId }, index) => {
        const ask = () =>
          depart(fulfilmentId).then(
            () => 'granted',
            (error: AppError) => error.code,
          );
        const request = () => orders.take(later(item, 1, { lines: withRefund(item, 'requested') }));
        return index % 2 ? [ask(), request()] : [request(), ask()];
      }),
    );
    expect(outcomes.filter((outcome) => outcome === 'granted' || outcome === 'FULFILMENT.STOPPED')).toHaveLength(20);
    for (const { orderId, fulfilmentId } of made) {
      const { order, fulfilments, holds } = await orders.order(orderId);
      const [grant] = await orders.query<{ grantedAt: Date; orderVersion: number }>(
        'SELECT * FROM departure WHERE fulfilment_id = $1',
        [fulfilmentId],
      );
      const [hold] = holds;
      expect(hold).toMatchObject({ type: 'refund_requested', closedAt: null });
      if (grant)
        expect({ state: fulfilments[0]!.state, flags: order.flags }).toEqual({
          state: 'departing',
          flags: ['intercept_wanted'],
        });
      else expect({ state: fulfilments[0]!.state, status: order.status }).toEqual({ state: 'stopped', status: 'held' });
    }
  });

  it('passes over an order that somebody is deciding about, and finds it again afterwards', async () => {
    const { orderId } = await released(canonicalOrder());
    const repository = orders.app.get(OrderRepository);
    const free = () => inTransaction(orders.dataSource, (tx) => repository.load(tx, COMPANY, [orderId], true));
    await inTransaction(orders.dataSource, async (tx) => {
      expect(await repository.load(tx, COMPANY, [orderId])).toHaveLength(1);
      expect(await free()).toEqual([]);
    });
    expect(await free()).toHaveLength(1);
  });

  it('grants one of twenty equal questions and repeats the answer to the others', async () => {
    const { fulfilmentId } = await released(canonicalOrder());
    const answers = await Promise.all(Array.from({ length: 20 }, () => depart(fulfilmentId, 'par_same')));
    expect(new Set(answers.map(({ departedAt }) => departedAt)).size).toBe(1);
    expect(await orders.query('SELECT 1 FROM departure WHERE fulfilment_id = $1', [fulfilmentId])).toHaveLength(1);
  });

  it('lets a person take back a departure that was never confirmed, and asks for the new revision then', async () => {
    const { orderId, fulfilmentId } = await released(canonicalOrder());
    await depart(fulfilmentId, 'par_back');
    const taken = await orders.app
      .get(FulfilmentService)
      .takeBack(CALLER, undefined, fulfilmentId, { reason: 'still here' });
    expect(taken).toMatchObject({ state: 'released', revision: 2, departedAt: null });
    expect(await refusal(depart(fulfilmentId, 'par_back', 1))).toEqual({
      code: 'FULFILMENT.STALE_REVISION',
      holds: [],
    });
    await depart(fulfilmentId, 'par_back', 2);
    expect((await orders.order(orderId)).order.fulfilment).toBe('departing');
  });

  it('stops a released order when people hold, take back or cancel it, and gives stock back when it is cancelled', async () => {
    const { orderId, fulfilmentId } = await released(canonicalOrder());
    const act = async (name: 'hold' | 'release-hold' | 'take-back' | 'approve' | 'cancel', more: object = {}) => {
      const { order } = await orders.order(orderId);
      return orders.app.get(OrderService).act(CALLER, undefined, orderId, name, {
        expectedVersion: order.version,
        reason: 'test',
        type: 'manual',
        ...more,
      } as never);
    };
    const held = await act('hold');
    expect(await refusal(depart(fulfilmentId))).toEqual({ code: 'FULFILMENT.STOPPED', holds: ['manual'] });
    expect((await act('release-hold', { holdId: held.holds[0]!.id })).status).toBe('released');
    expect((await act('take-back')).status).toBe('paid');
    expect(await refusal(depart(fulfilmentId, 'p', 4))).toEqual({ code: 'FULFILMENT.STOPPED', holds: [] });
    expect((await act('approve')).fulfilments).toMatchObject([{ state: 'released', revision: 5 }]);
    expect(await act('cancel')).toMatchObject({
      status: 'cancelled',
      fulfilments: [{ state: 'stopped', revision: 6 }],
    });
    const facts = await orders.facts(orderId);
    expect(facts[facts.length - 1]).toMatchObject({ name: 'order.cancelled', item: { stock: 'none' } });
  });

  it('closes an order out that was shipped elsewhere, and stops what a warehouse was picking', async () => {
    const item = canonicalOrder();
    const { orderId } = await released(item);
    await orders.take(
      later(item, 1, {
        platformState: 'shipped',
        lines: item.lines.map((line) => ({ ...line, platformLineState: 'shipped' as const })),
      }),
    );
    expect(await orders.order(orderId)).toMatchObject({
      order: { status: 'shipped', fulfilment: 'none' },
      parcels: [],
      fulfilments: [{ state: 'stopped', reason: 'The platform says the order was shipped elsewhere.' }],
      lines: [{ isElsewhere: true }, { isElsewhere: true }],
    });
    const facts = await orders.facts(orderId);
    expect(facts[facts.length - 1]!.item).toMatchObject({ stock: 'none', platformState: 'shipped' });
  });

  it('keeps wanting what has departed until inventory has booked it out, though the platform closes the order', async () => {
    const item = canonicalOrder();
    const { orderId, fulfilmentId } = await released(item);
    await depart(fulfilmentId, 'par_gone');
    await orders.take(later(item, 1, { platformState: 'closed', lines: withRefund(item, 'succeeded') }));
    expect((await orders.order(orderId)).order).toMatchObject({ status: 'cancelled', flags: ['intercept_wanted'] });
    const facts = await orders.facts(orderId);
    expect(facts[facts.length - 1]).toMatchObject({
      name: 'refund.succeeded',
      item: { stock: 'reserve', lines: [{ wants: [{ quantity: 1 }] }, { wants: [{ quantity: 2 }] }] },
    });
  });

  it('holds a short order and releases it by itself when stock comes', async () => {
    const orderId = await orders.take(canonicalOrder());
    await orders.tellStock(orderId, { state: 'short' });
    expect(await orders.order(orderId)).toMatchObject({
      order: { status: 'held', stock: 'short' },
      holds: [{ type: 'short_stock', closedAt: null }],
      fulfilments: [],
    });
    await orders.tellStock(orderId);
    expect(await orders.order(orderId)).toMatchObject({
      order: { status: 'released' },
      holds: [{ type: 'short_stock', closedBy: 'rule' }],
    });
  });

  it('verifies with one consistent snapshot that sees planted damage', async () => {
    const { orderId } = await released(canonicalOrder());
    await orders.query(`UPDATE working_order SET review = 'pending' WHERE order_id = $1`, [orderId]);
    const results = await orders.app.get(Verification).run(COMPANY);
    await orders.query(`UPDATE working_order SET review = 'approved' WHERE order_id = $1`, [orderId]);
    expect(results.flatMap(({ breaches }) => breaches).filter((text) => text.includes(orderId))).toEqual([
      expect.stringContaining('review is pending'),
    ]);
    await expect(inSnapshot(orders.dataSource, (tx) => tx.query('SELECT 1'))).resolves.toEqual([{ '?column?': 1 }]);
  });
});
