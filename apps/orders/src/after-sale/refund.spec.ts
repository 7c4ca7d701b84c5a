import {
  CANONICAL_AFTER_SALE_EXAMPLE,
  CANONICAL_ORDER_EXAMPLE,
  type CanonicalAfterSale,
  type CanonicalOrder,
  type RefundState,
} from '@app/contracts';
import { awaitsAmount } from './refund.rules';
import { openHolds } from '../order/hold.rules';
import { orderFactItem } from '../order/order-fact.rules';
import type { OrderAggregate } from '../order/order.types';
import { approve } from '../order/order-act.rules';
import { allHeld, permutations, PureOrder, type Happening } from '../testing/pure-order.harness';

const minute = (no: number) => new Date(Date.UTC(2026, 10, 11, 0, no)).toISOString();
const at = (no: number) => ({ modifiedAt: minute(no), fetchStartedAt: minute(no), fetchedAt: minute(no) });
const { buyerMessage: _message, ...EXAMPLE } = CANONICAL_ORDER_EXAMPLE;
const [FIRST, SECOND] = EXAMPLE.lines as [CanonicalOrder['lines'][number], CanonicalOrder['lines'][number]];

const orderAt = (no: number, change: Partial<CanonicalOrder> = {}): CanonicalOrder => ({
  ...structuredClone(EXAMPLE),
  ...at(no),
  ...change,
});
const stated = (refundState: RefundState, refundNo?: string) => [
  { ...FIRST, refundState, ...(refundNo ? { refundNo } : {}) },
  SECOND,
];
const afterSale = (no: number, change: Partial<CanonicalAfterSale> = {}): CanonicalAfterSale => ({
  ...structuredClone(CANONICAL_AFTER_SALE_EXAMPLE),
  platformAfterSaleNo: 'A',
  platformLineNo: FIRST.platformLineNo,
  ...at(no),
  ...change,
});
const wholeOrder = (no: number, change: Partial<CanonicalAfterSale>): CanonicalAfterSale => {
  const { platformLineNo: _line, ...item } = afterSale(no, change);
  return item;
};
const released = (): PureOrder => {
  const order = new PureOrder(orderAt(1));
  order.happen({ stock: allHeld(order.aggregate, 1) });
  return order;
};
const refunds = ({ aggregate }: PureOrder) =>
  aggregate.lines.map(({ refundState, refundedFen, isRefunded }) => [refundState, refundedFen, isRefunded]);
const holds = ({ aggregate }: PureOrder) =>
  openHolds(aggregate)
    .map(({ type }) => type)
    .sort();
const shape = ({ order, lines, holds: all, fulfilments, afterSales }: OrderAggregate) => ({
  axes: [order.status, order.afterSale, order.fulfilment, order.stock],
  flags: order.flags,
  holds: openHolds({ holds: all })
    .map(({ type }) => type)
    .sort(),
  lines: lines.map(({ platformLineNo, refundState, refundedFen, isRefunded, cancelled }) => [
    platformLineNo,
    refundState,
    refundedFen,
    isRefunded,
    cancelled,
  ]),
  fulfilments: fulfilments.map(({ state, lines: goods }) => [state, goods.map(({ quantity }) => quantity)]),
  afterSales: afterSales.map(({ platformAfterSaleNo, state, countedFen, excessFen }) => [
    platformAfterSaleNo,
    state,
    countedFen,
    excessFen,
  ]),
});

describe('an order and its after-sales in every order of arrival', () => {
  const ends = (happenings: readonly Happening[]) => {
    const start = released();
    return permutations(happenings).map((order) => {
      const world = start.fork();
      for (const happening of [...order, order[0]!]) world.happen(happening);
      return JSON.stringify(shape(world.aggregate));
    });
  };

  it('ends the same when a refund is asked, withdrawn, asked anew in part and given, while the order changes beside it', () => {
    const all = ends([
      { afterSale: afterSale(10) },
      { afterSale: afterSale(12, { state: 'withdrawn' }) },
      { canonical: orderAt(12, { lines: stated('withdrawn', 'A') }) },
      { afterSale: afterSale(14, { platformAfterSaleNo: 'B', refundFen: 5_000 }) },
      { afterSale: afterSale(16, { platformAfterSaleNo: 'B', refundFen: 5_000, state: 'succeeded' }) },
      { canonical: orderAt(16, { lines: stated('succeeded', 'B') }) },
    ]);
    expect(all).toHaveLength(720);
    expect(new Set(all).size).toBe(1);
    expect(JSON.parse(all[0]!)).toEqual({
      axes: ['released', 'done', 'released', 'reserved'],
      flags: ['partly_refunded'],
      holds: [],
      lines: [
        [FIRST.platformLineNo, 'succeeded', 5_000, false, 0],
        [SECOND.platformLineNo, 'none', 0, false, 0],
      ],
      fulfilments: [['released', [1, 2]]],
      afterSales: [
        ['A', 'withdrawn', 0, 0],
        ['B', 'succeeded', 5_000, 0],
      ],
    });
  });

  it('ends the same when several after-sales together give back more than was paid', () => {
    const all = ends([
      { afterSale: afterSale(10, { state: 'succeeded', refundFen: 10_000 }) },
      { afterSale: afterSale(11, { platformAfterSaleNo: 'B', state: 'succeeded', refundFen: 10_000 }) },
      { afterSale: wholeOrder(12, { platformAfterSaleNo: 'C', state: 'succeeded', refundFen: 20_000 }) },
      { afterSale: wholeOrder(13, { platformAfterSaleNo: 'D', kind: 'other', state: 'requested' }) },
      { canonical: orderAt(12, { lines: stated('succeeded', 'B') }) },
    ]);
    expect(new Set(all).size).toBe(1);
    expect(JSON.parse(all[0]!)).toMatchObject({
      flags: ['refund_above_paid'],
      lines: [
        [FIRST.platformLineNo, 'succeeded', FIRST.paidFen, true, 1],
        [SECOND.platformLineNo, 'succeeded', SECOND.paidFen, true, 2],
      ],
      afterSales: [
        ['A', 'succeeded', 10_000, 0],
        ['B', 'succeeded', 5_974, 4_026],
        ['C', 'succeeded', SECOND.paidFen + 600, 20_000 - SECOND.paidFen - 600],
        ['D', 'requested', 0, 0],
      ],
    });
  });
});

describe('the state of a refund', () => {
  it('is the newest statement of the order and of the after-sale, and at the same moment the after-sale', () => {
    const order = released();
    order.happen({ afterSale: afterSale(10) });
    expect([refunds(order)[0], holds(order)]).toEqual([['requested', 0, false], ['refund_requested']]);
    order.happen({ canonical: orderAt(9, { lines: stated('withdrawn', 'A') }) });
    expect(holds(order)).toEqual(['refund_requested']);
    order.happen({ canonical: orderAt(11, { lines: stated('withdrawn', 'A') }) });
    expect([refunds(order)[0], holds(order)]).toEqual([['withdrawn', 0, false], []]);
    order.happen({ afterSale: afterSale(11, { state: 'wait_return' }) });
    expect([refunds(order)[0], holds(order)]).toEqual([['agreed', 0, false], ['refund_requested']]);
  });

  it('stays open while the order, changed later, names no refund at all', () => {
    const order = released();
    order.happen({ afterSale: afterSale(10) });
    order.happen({ canonical: orderAt(20, { sellerMemo: 'x' }) });
    expect(holds(order)).toEqual(['refund_requested']);
  });

  it('stays open while another after-sale of the line is open, and hides no second request behind a first that gave money', () => {
    const order = released();
    order.happen({ afterSale: afterSale(10, { refundFen: 100, state: 'succeeded' }) });
    expect([refunds(order)[0], holds(order)]).toEqual([['succeeded', 100, false], []]);
    order.happen({ canonical: orderAt(11, { lines: stated('requested') }) });
    expect([refunds(order)[0], holds(order)]).toEqual([['requested', 100, false], ['refund_requested']]);
    order.happen({ afterSale: afterSale(11, { platformAfterSaleNo: 'B', refundFen: 200 }) });
    order.happen({ afterSale: afterSale(12, { platformAfterSaleNo: 'C', refundFen: 200 }) });
    order.happen({ afterSale: afterSale(13, { platformAfterSaleNo: 'C', refundFen: 200, state: 'refused' }) });
    expect(holds(order)).toEqual(['refund_requested']);
    order.happen({ afterSale: afterSale(14, { platformAfterSaleNo: 'B', refundFen: 200, state: 'withdrawn' }) });
    expect([holds(order), order.aggregate.fulfilments[0]!.state]).toEqual([[], 'released']);
  });

  it('holds for a state that nobody knows, keeps its text and says so', () => {
    const order = released();
    order.happen({ afterSale: afterSale(10, { state: 'unknown', rawStatus: 'BRAND_NEW' }) });
    expect([holds(order), order.aggregate.order.flags]).toEqual([['refund_requested'], ['after_sale_unknown']]);
    expect(order.aggregate.afterSales[0]).toMatchObject({ rawStatus: 'BRAND_NEW', state: 'unknown' });
  });

  it('holds the whole order when its line is not one of the order, and counts no money of it', () => {
    const order = released();
    order.happen({ afterSale: afterSale(10, { platformLineNo: 'nobody' }) });
    expect([holds(order), order.aggregate.order.flags]).toEqual([['refund_requested'], ['after_sale_unknown']]);
    order.happen({ afterSale: afterSale(11, { platformLineNo: 'nobody', state: 'succeeded' }) });
    expect(order.aggregate.afterSales[0]).toMatchObject({ countedFen: 0, excessFen: 0 });
    expect(order.aggregate.order.flags).toEqual(['after_sale_unknown']);
  });

  it('lets nothing leave after money went back for a line that nobody knows, until a person has looked or the line is known', () => {
    const order = released();
    order.happen({ afterSale: afterSale(10, { platformLineNo: 'nobody', state: 'succeeded' }) });
    expect([holds(order), order.aggregate.fulfilments[0]!.state]).toEqual([['amount_mismatch'], 'stopped']);
    const known = order.fork();
    known.happen({ canonical: orderAt(12, { lines: [{ ...FIRST, platformLineNo: 'nobody' }, SECOND] }) });
    expect(openHolds(known.aggregate).filter(({ cause }) => cause.includes('of A'))).toEqual([]);
    approve(order.aggregate, { now: new Date(minute(13)), actor: 'client:x', reason: 'looked' });
    order.decide();
    order.happen({ canonical: orderAt(14, { sellerMemo: 'later' }) });
    expect([holds(order), order.aggregate.fulfilments[0]!.state]).toEqual([[], 'released']);
  });

  it('keeps money that the order told of when a later after-sale without its number is withdrawn', () => {
    const order = released();
    order.happen({ canonical: orderAt(5, { lines: stated('succeeded') }) });
    order.happen({ afterSale: afterSale(8, { refundFen: 5 }) });
    order.happen({ afterSale: afterSale(9, { refundFen: 5, state: 'withdrawn' }) });
    expect([refunds(order)[0], holds(order)]).toEqual([['succeeded', FIRST.paidFen, false], ['refund_requested']]);
  });

  it('holds what is still here although the platform says that the buyer has the order', () => {
    const order = released();
    order.happen({ canonical: orderAt(5, { platformState: 'signed' }) });
    order.happen({ afterSale: afterSale(8) });
    expect([holds(order), order.aggregate.fulfilments[0]!.state]).toEqual([['refund_requested'], 'stopped']);
  });

  it('of an exchange holds what is still here, and asks for nothing that has left', () => {
    const order = released();
    order.happen({ afterSale: afterSale(10, { kind: 'exchange' }) });
    expect([holds(order), refunds(order)[0]]).toEqual([['after_sale_open'], ['none', 0, false]]);
    order.happen({ afterSale: afterSale(11, { kind: 'exchange', state: 'withdrawn' }) });
    expect(holds(order)).toEqual([]);
    Object.assign(order.aggregate.fulfilments[0]!, { state: 'departing', departedAt: new Date(minute(20)) });
    order.happen({ afterSale: afterSale(21, { kind: 'exchange', platformAfterSaleNo: 'B' }) });
    expect([holds(order), order.aggregate.order.flags, order.aggregate.order.afterSale]).toEqual([[], [], 'open']);
  });

  it('of freight, a resend or a repair holds nothing', () => {
    const order = released();
    order.happen({ afterSale: wholeOrder(10, { kind: 'other', refundFen: 600 }) });
    order.happen({ afterSale: afterSale(10, { platformAfterSaleNo: 'B', kind: 'resend', refundFen: 0 }) });
    order.happen({ afterSale: afterSale(10, { platformAfterSaleNo: 'C', kind: 'repair', refundFen: 0 }) });
    expect([holds(order), order.aggregate.order.afterSale, order.aggregate.fulfilments[0]!.state]).toEqual([
      [],
      'open',
      'released',
    ]);
  });
});

describe('what was given back', () => {
  it('cancels a line when everything paid for it went back, and ships the rest', () => {
    const order = released();
    order.happen({ afterSale: afterSale(10, { state: 'succeeded' }) });
    expect(refunds(order)).toEqual([
      ['succeeded', FIRST.paidFen, true],
      ['none', 0, false],
    ]);
    expect(order.aggregate.fulfilments[0]!.lines.map(({ quantity }) => quantity)).toEqual([2]);
    expect(orderFactItem(order.aggregate).lines).toMatchObject([
      { refund: 'refunded', refundedFen: FIRST.paidFen, wants: [] },
      { refund: 'none', refundedFen: 0, wants: [{ quantity: 2 }] },
    ]);
  });

  it('leaves the goods to be shipped when only a part of the money went back, and says so', () => {
    const order = released();
    order.happen({ afterSale: afterSale(10, { state: 'succeeded', refundFen: 1 }) });
    expect(orderFactItem(order.aggregate).lines[0]).toMatchObject({ refund: 'none', refundedFen: 1 });
    expect([order.aggregate.order.flags, order.aggregate.fulfilments[0]!.state]).toEqual([
      ['partly_refunded'],
      'released',
    ]);
  });

  it('cancels the line whatever the amount when the platform closed it', () => {
    const order = released();
    order.happen({ afterSale: afterSale(10, { state: 'succeeded', refundFen: 1 }) });
    order.happen({
      canonical: orderAt(11, { lines: [{ ...FIRST, refundState: 'succeeded', platformLineState: 'closed' }, SECOND] }),
    });
    expect(order.aggregate.lines.map(({ cancelled, refundedFen }) => [cancelled, refundedFen])).toEqual([
      [1, 1],
      [0, 0],
    ]);
    expect([order.aggregate.order.flags, orderFactItem(order.aggregate).lines[0]!.refund]).toEqual([[], 'refunded']);
  });

  it('gives no goods up while the order alone says that money went back, and lets nothing of it leave', () => {
    const order = released();
    order.happen({ canonical: orderAt(10, { lines: stated('succeeded', 'A') }) });
    expect([refunds(order)[0], holds(order)]).toEqual([['succeeded', FIRST.paidFen, false], ['refund_requested']]);
    expect([order.aggregate.order.flags, order.aggregate.order.afterSale]).toEqual([[], 'open']);
    expect(order.aggregate.fulfilments[0]!.state).toBe('stopped');
    expect(orderFactItem(order.aggregate).lines[0]).toMatchObject({ refund: 'requested', wants: [{ quantity: 1 }] });
    expect(openHolds(order.aggregate)[0]!.reason).toContain('no after-sale says yet how much');
    const whole = order.fork();
    whole.happen({ afterSale: afterSale(10, { state: 'succeeded' }) });
    expect([refunds(whole)[0], holds(whole)]).toEqual([['succeeded', FIRST.paidFen, true], []]);
    const closed = order.fork();
    closed.happen({
      canonical: orderAt(11, { lines: [{ ...stated('succeeded', 'A')[0]!, platformLineState: 'closed' }, SECOND] }),
    });
    expect([refunds(closed)[0], holds(closed)]).toEqual([['succeeded', FIRST.paidFen, true], []]);
    order.happen({ afterSale: afterSale(10, { state: 'succeeded', refundFen: 700 }) });
    expect([refunds(order)[0], holds(order)]).toEqual([['succeeded', 700, false], []]);
    expect([order.aggregate.order.flags, order.aggregate.fulfilments[0]!.state]).toEqual([
      ['partly_refunded'],
      'released',
    ]);
  });

  it('holds again when the order tells of a second refund that no after-sale has told, after a first of a part', () => {
    const order = released();
    order.happen({ afterSale: afterSale(10, { state: 'succeeded', refundFen: 700 }) });
    order.happen({ canonical: orderAt(12, { lines: stated('succeeded', 'B') }) });
    expect([refunds(order)[0], holds(order)]).toEqual([['succeeded', FIRST.paidFen, false], ['refund_requested']]);
    order.happen({ afterSale: afterSale(12, { platformAfterSaleNo: 'B', state: 'succeeded', refundFen: 300 }) });
    expect([refunds(order)[0], holds(order)]).toEqual([['succeeded', 1_000, false], []]);
  });

  it('spreads a refund of the whole order over its lines in proportion, then over freight', () => {
    const order = released();
    order.happen({ afterSale: wholeOrder(10, { state: 'succeeded', refundFen: 20_000 }) });
    const [a, b] = order.aggregate.lines;
    expect([a!.isRefunded, b!.isRefunded, a!.refundedFen + b!.refundedFen]).toEqual([false, false, 20_000]);
    order.happen({ afterSale: wholeOrder(11, { state: 'succeeded', refundFen: EXAMPLE.amounts.payableFen }) });
    expect(refunds(order)).toEqual([
      ['succeeded', FIRST.paidFen, true],
      ['succeeded', SECOND.paidFen, true],
    ]);
    expect(order.aggregate.afterSales[0]).toMatchObject({ excessFen: 0, countedFen: EXAMPLE.amounts.payableFen });
    expect(order.aggregate.order.status).toBe('cancelled');
  });

  it('takes freight first for an after-sale that speaks of no line and no goods', () => {
    const order = released();
    order.happen({ afterSale: wholeOrder(10, { kind: 'other', state: 'succeeded', refundFen: 600 }) });
    expect([refunds(order), order.aggregate.order.flags, order.aggregate.order.afterSale]).toEqual([
      [
        ['none', 0, false],
        ['none', 0, false],
      ],
      [],
      'done',
    ]);
  });

  it('ships no gift when the whole order went back, but does when only the bought line did', () => {
    const gift = { ...SECOND, paidFen: 0, unitPriceFen: 0, discountFen: 0, isGift: true };
    const amounts = {
      ...EXAMPLE.amounts,
      goodsFen: 19_900,
      shopDiscountFen: 3_926,
      payableFen: 16_574,
      paidFen: 16_574,
    };
    const order = new PureOrder(orderAt(1, { lines: [FIRST, gift], amounts }));
    order.happen({ afterSale: afterSale(10, { state: 'succeeded' }) });
    expect(order.aggregate.lines.map(({ cancelled }) => cancelled)).toEqual([1, 0]);
    order.happen({ afterSale: wholeOrder(11, { platformAfterSaleNo: 'B', state: 'succeeded', refundFen: 600 }) });
    expect(order.aggregate.lines.map(({ cancelled }) => cancelled)).toEqual([1, 2]);
  });

  it('holds an order when far more was given back than was paid, once, and counts no other currency', () => {
    const order = released();
    order.happen({ afterSale: afterSale(10, { state: 'succeeded', refundFen: FIRST.paidFen + 101 }) });
    expect([holds(order), order.aggregate.order.flags]).toEqual([['amount_mismatch'], ['refund_above_paid']]);
    const small = released();
    small.happen({ afterSale: afterSale(10, { state: 'succeeded', refundFen: FIRST.paidFen + 100 }) });
    expect([holds(small), small.aggregate.order.flags]).toEqual([[], ['refund_above_paid']]);
    const foreign = released();
    foreign.happen({ afterSale: afterSale(10, { state: 'succeeded', refundFen: 5, currency: 'USD' }) });
    expect(foreign.aggregate.afterSales[0]).toMatchObject({ countedFen: 0, excessFen: 5 });
  });

  const shared = (): PureOrder => {
    const order = new PureOrder(orderAt(1, { amounts: { ...EXAMPLE.amounts, areLinesShared: true } }));
    order.happen({ stock: allHeld(order.aggregate, 1) });
    return order;
  };

  it('takes the fen by which a platform rounds its lines otherwise from the other line, and not a fen more', () => {
    const order = shared();
    order.happen({ afterSale: afterSale(10, { state: 'succeeded', refundFen: FIRST.paidFen + 1 }) });
    expect(order.aggregate.lines.map(({ refundedFen }) => refundedFen)).toEqual([FIRST.paidFen, 1]);
    expect([holds(order), order.aggregate.afterSales[0]!.excessFen, order.aggregate.order.flags]).toEqual([[], 0, []]);
    const more = shared();
    more.happen({ afterSale: afterSale(10, { state: 'succeeded', refundFen: FIRST.paidFen + 2 }) });
    expect(more.aggregate.afterSales[0]).toMatchObject({ countedFen: FIRST.paidFen, excessFen: 2 });
  });

  it('gives a line up whose own share was a fen larger than what the platform gave back for all of it', () => {
    const order = shared();
    order.happen({ afterSale: afterSale(10, { state: 'succeeded', refundFen: FIRST.paidFen - 1 }) });
    expect([refunds(order)[0], order.aggregate.lines[0]!.cancelled]).toEqual([
      ['succeeded', FIRST.paidFen - 1, true],
      1,
    ]);
    const less = shared();
    less.happen({ afterSale: afterSale(10, { state: 'succeeded', refundFen: FIRST.paidFen - 2 }) });
    expect([refunds(less)[0], less.aggregate.order.flags]).toEqual([
      ['succeeded', FIRST.paidFen - 2, false],
      ['partly_refunded'],
    ]);
  });

  it('knows the whole payment of a line whose share was rounded before the platform split its order', () => {
    const order = new PureOrder(
      orderAt(1, { parentOrderNo: '296700010076', amounts: { ...EXAMPLE.amounts, areLinesShared: true } }),
    );
    order.happen({ stock: allHeld(order.aggregate, 1) });
    order.happen({ afterSale: afterSale(10, { state: 'succeeded', refundFen: FIRST.paidFen - 2 }) });
    expect([refunds(order)[0], order.aggregate.lines[0]!.cancelled, order.aggregate.order.flags]).toEqual([
      ['succeeded', FIRST.paidFen - 2, true],
      1,
      [],
    ]);
  });

  it('counts not a fen more than a line paid where the platform tells what it paid', () => {
    const order = released();
    order.happen({ afterSale: afterSale(10, { state: 'succeeded', refundFen: FIRST.paidFen + 1 }) });
    expect(order.aggregate.lines.map(({ refundedFen }) => refundedFen)).toEqual([FIRST.paidFen, 0]);
    expect([order.aggregate.afterSales[0]!.excessFen, order.aggregate.order.flags]).toEqual([1, ['refund_above_paid']]);
    const less = released();
    less.happen({ afterSale: afterSale(10, { state: 'succeeded', refundFen: FIRST.paidFen - 1 }) });
    expect([refunds(less)[0], less.aggregate.order.flags]).toEqual([
      ['succeeded', FIRST.paidFen - 1, false],
      ['partly_refunded'],
    ]);
  });

  it('asks for the parcel back when all of the money went back after it left, not when a part did', () => {
    const left = released();
    Object.assign(left.aggregate.fulfilments[0]!, { state: 'departing', departedAt: new Date(minute(20)) });
    const part = left.fork();
    part.happen({ afterSale: afterSale(21, { state: 'succeeded', refundFen: 500 }) });
    expect(part.aggregate.order.flags).toEqual(['partly_refunded']);
    left.happen({ afterSale: afterSale(21) });
    expect([left.aggregate.order.flags, orderFactItem(left.aggregate).lines[0]!.refund]).toEqual([
      ['intercept_wanted'],
      'requested',
    ]);
    left.happen({ afterSale: afterSale(22, { state: 'succeeded' }) });
    expect([left.aggregate.order.flags, orderFactItem(left.aggregate).lines[0]!.refund]).toEqual([
      ['intercept_wanted'],
      'refunded',
    ]);
  });

  /** What after-sales decide; stock that was given back and asked for again is inventory's to tell. */
  function moneyOf(aggregate: OrderAggregate) {
    const { lines, afterSales, holds: open, flags, axes } = shape(aggregate);
    return { lines, afterSales, open, flags, axis: axes[1] };
  }

  /** Reproducible numbers in [0, 1): mulberry32. */
  function random(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    };
  }

  it('is never more than was paid, adds up to what counts, and ends the same in any order of arrival', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const next = random(seed);
      const pick = <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)]!;
      const happenings: Happening[] = Array.from({ length: 9 }, (_, index) => {
        const no = 2 + Math.floor(next() * 6);
        if (next() < 0.25)
          return {
            canonical: orderAt(no, {
              sellerMemo: `v${index}`,
              lines: stated(pick(['none', 'requested', 'withdrawn', 'succeeded']), pick([undefined, 'A', 'B'])),
            }),
          };
        const change = {
          platformAfterSaleNo: pick(['A', 'B', 'C']),
          state: pick(['requested', 'withdrawn', 'succeeded', 'refused', 'unknown'] as const),
          kind: pick(['refund_only', 'return_refund', 'other', 'exchange'] as const),
          refundFen: pick([0, 1, 5_000, FIRST.paidFen, SECOND.paidFen, 30_000, -5]),
        };
        const line = pick([FIRST.platformLineNo, SECOND.platformLineNo, 'nobody', null]);
        return {
          afterSale: line === null ? wholeOrder(no, change) : afterSale(no, { ...change, platformLineNo: line }),
        };
      });
      const ends = [
        ...[happenings, [...happenings].reverse(), [...happenings].sort(() => next() - 0.5)].map((order) => {
          const world = released().fork();
          for (const happening of order) {
            world.happen(happening);
            for (const line of world.aggregate.lines) {
              const counted = world.aggregate.afterSales
                .flatMap((one) => one.counted)
                .reduce((sum, { lineId, fen }) => (lineId === line.lineId ? sum + fen : sum), 0);
              expect(line.refundedFen).toBeLessThanOrEqual(line.paidFen);
              const isToldByOrder = line.statedRefundState === 'succeeded' && (counted === 0 || awaitsAmount(line));
              expect(line.refundedFen).toBe(isToldByOrder ? line.refundedFen : counted);
              if (awaitsAmount(line)) expect(line.refundedFen).toBe(line.paidFen);
            }
            for (const one of world.aggregate.afterSales)
              expect(one.countedFen + one.excessFen).toBeLessThanOrEqual(Math.max(0, one.refundFen));
          }
          return moneyOf(world.aggregate);
        }),
      ];
      for (const end of ends) expect({ seed, end }).toEqual({ seed, end: ends[0] });
    }
  });
});
