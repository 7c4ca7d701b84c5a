import {
  CANONICAL_ORDER_EXAMPLE,
  type CanonicalOrder,
  type ParcelItem,
  type PlatformState,
  type RefundState,
} from '@app/contracts';
import { allHeld, permutations, PureOrder, type Happening } from '../testing/pure-order.harness';
import { openHolds } from './hold.rules';
import { approve, cancel, hold, markUrgent, releaseHold, takeBack } from './order-act.rules';
import { orderFactItem, orderFactOf } from './order-fact.rules';
import { changesOf } from './order-log.rules';
import { laterState, stockWish } from './order.rules';
import type { OrderAggregate } from './order.types';

const minute = (no: number) => new Date(Date.UTC(2026, 10, 11, 0, no)).toISOString();
const { buyerMessage: _message, ...EXAMPLE } = CANONICAL_ORDER_EXAMPLE;

function version(no: number, change: Partial<CanonicalOrder> = {}): CanonicalOrder {
  return {
    ...structuredClone(EXAMPLE),
    modifiedAt: minute(no),
    fetchStartedAt: minute(no),
    fetchedAt: minute(no),
    ...change,
  };
}
/** The amounts that one line of the example adds up to. */
const amountsOf = ({ unitPriceFen, quantity, discountFen, paidFen }: CanonicalOrder['lines'][number]) => ({
  goodsFen: unitPriceFen * quantity,
  freightFen: 600,
  shopDiscountFen: discountFen,
  platformDiscountFen: 0,
  payableFen: paidFen + 600,
  paidFen: paidFen + 600,
});
const refund = (state: RefundState, index?: number) =>
  EXAMPLE.lines.map((line, no) => (index === undefined || index === no ? { ...line, refundState: state } : line));
const shippedLines = () => EXAMPLE.lines.map((line) => ({ ...line, platformLineState: 'shipped' as const }));
const parcelOf = (
  { order, fulfilments }: OrderAggregate,
  parcelVersion: number,
  state: ParcelItem['state'],
): ParcelItem => ({
  parcelId: 'par_1',
  parcelVersion,
  state,
  fulfilmentId: fulfilments[0]!.fulfilmentId,
  fulfilmentRevision: 1,
  shopId: 'shp',
  platform: 'taobao',
  warehouse: 'HZ1',
  carrier: 'SF',
  waybillNo: 'SF1',
  shippedAt: minute(30),
  deliveredAt: state === 'delivered' ? minute(40) : null,
  lines: fulfilments[0]!.lines.map(({ lineId, skuId, skuCode, quantity }) => ({
    orderId: order.orderId,
    platformOrderNo: order.platformOrderNo,
    lineId,
    platformLineNo: lineId,
    skuId,
    skuCode,
    quantity,
  })),
});
const shape = ({ order, lines, holds, fulfilments, parcels }: OrderAggregate) => ({
  axes: [
    order.status,
    order.platformState,
    order.review,
    order.stock,
    order.fulfilment,
    order.afterSale,
    order.notice,
    order.sellerMemo,
  ],
  flags: order.flags,
  holds: openHolds({ holds })
    .map(({ type }) => type)
    .sort(),
  lines: lines.map(({ platformLineNo, cancelled, shipped, reserved, refundState, isElsewhere }) => [
    platformLineNo,
    cancelled,
    shipped,
    reserved,
    refundState,
    isElsewhere,
  ]),
  fulfilments: fulfilments.map(({ state, lines: goods }) => [
    state,
    goods.map(({ lineId, quantity }) => [lineId, quantity]),
  ]),
  parcels: parcels.map(({ state }) => state),
});

function released(): PureOrder {
  const order = new PureOrder(version(1));
  order.happen({ stock: allHeld(order.aggregate, 1) });
  return order;
}

describe('an order in every order of what happens to it', () => {
  it('ends the same after departure, however stock, parcel, notice and platform facts arrive and repeat', () => {
    const start = released();
    Object.assign(start.aggregate.fulfilments[0]!, {
      state: 'departing',
      departedAt: new Date(minute(20)),
      parcelId: 'par_1',
    });
    start.decide();
    const notice = {
      noticeId: 'par_1/ord_1',
      noticeVersion: 1,
      state: 'told' as const,
      parcelId: 'par_1',
      orderId: 'ord_1',
      platformOrderNo: 'x',
      reason: '',
    };
    const happenings: Happening[] = [
      { stock: allHeld(start.aggregate, 2, { shippedOut: true }) },
      { parcel: parcelOf(start.aggregate, 1, 'shipped') },
      { parcel: parcelOf(start.aggregate, 2, 'delivered') },
      { notice },
      { canonical: version(31, { platformState: 'shipped', lines: shippedLines() }) },
      { canonical: version(41, { platformState: 'signed', lines: shippedLines() }) },
    ];
    const ends = permutations(happenings).map((order) => {
      const world = start.fork();
      for (const happening of order.flatMap((one) => [one, one])) world.happen(happening);
      return JSON.stringify(shape(world.aggregate));
    });
    expect(ends).toHaveLength(720);
    expect(new Set(ends).size).toBe(1);
    expect(JSON.parse(ends[0]!)).toMatchObject({
      axes: ['delivered', 'signed', 'approved', 'shipped_out', 'shipped', 'none', 'told', '加急'],
      flags: [],
      holds: [],
      fulfilments: [['shipped', expect.anything()]],
      parcels: ['delivered'],
    });
  });

  it('ends the same before departure, however versions of the platform order and stock arrive and repeat', () => {
    const start = new PureOrder(version(1, { platformState: 'wait_pay' }));
    const happenings: Happening[] = [
      { canonical: version(2) },
      { canonical: version(3, { lines: refund('requested') }) },
      { canonical: version(4, { lines: refund('withdrawn') }) },
      {
        canonical: version(5, {
          lines: refund('succeeded', 0).map((line, at) => (at === 0 ? { ...line, platformLineState: 'closed' } : line)),
        }),
      },
      { stock: allHeld(start.aggregate, 1) },
    ];
    const ends = permutations(happenings).map((order) => {
      const world = start.fork();
      for (const happening of order.flatMap((one) => [one, one])) world.happen(happening);
      return JSON.stringify(shape(world.aggregate));
    });
    expect(new Set(ends).size).toBe(1);
    expect(JSON.parse(ends[0]!)).toMatchObject({
      axes: ['released', 'paid', 'approved', 'reserved', 'released', 'done', 'none', '加急'],
      fulfilments: [['released', [[expect.anything(), 2]]]],
    });
  });

  it('decides nothing new when it decides twice', () => {
    const order = released();
    const before = JSON.stringify(order.aggregate);
    order.decide();
    expect(JSON.stringify(order.aggregate)).toBe(before);
  });
});

describe('platform states', () => {
  const cases: [PlatformState, PlatformState, PlatformState][] = [
    ['wait_pay', 'paid', 'paid'],
    ['paid', 'wait_pay', 'paid'],
    ['signed', 'shipped', 'signed'],
    ['paid', 'unknown', 'paid'],
    ['unknown', 'wait_pay', 'wait_pay'],
    ['completed', 'closed', 'closed'],
    ['closed', 'paid', 'closed'],
    ['paid', 'cancelled', 'cancelled'],
  ];
  it.each(cases)('%s followed by %s is %s', (known, stated, expected) => {
    expect(laterState(known, stated)).toBe(expected);
  });

  const statuses: [PlatformState, string][] = [
    ['wait_pay', 'wait_pay'],
    ['paid', 'approved'],
    ['shipped', 'shipped'],
    ['signed', 'delivered'],
    ['completed', 'completed'],
    ['cancelled', 'cancelled'],
    ['closed', 'cancelled'],
    ['unknown', 'held'],
  ];
  it.each(statuses)('an order first seen as %s is shown as %s', (platformState, status) => {
    expect(new PureOrder(version(1, { platformState })).aggregate.order.status).toBe(status);
  });
});

describe('what is planned', () => {
  it('makes a fulfilment per warehouse, and none while a piece is not held', () => {
    const order = new PureOrder(version(1));
    const held = allHeld(order.aggregate, 1, { warehouseOf: (index) => `W${index}` });
    held.lines[1]!.reserved = 1;
    order.happen({ stock: held });
    expect(order.aggregate.fulfilments).toEqual([]);
    order.happen({ stock: allHeld(order.aggregate, 2, { warehouseOf: (index) => `W${index}` }) });
    expect(
      order.aggregate.fulfilments.map(({ warehouse, lines }) => [warehouse, lines.map(({ quantity }) => quantity)]),
    ).toEqual([
      ['W0', [1]],
      ['W1', [2]],
    ]);
  });

  it('leaves the second warehouse its work when the platform says shipped after our first parcel', () => {
    const order = new PureOrder(version(1));
    order.happen({ stock: allHeld(order.aggregate, 1, { warehouseOf: (index) => `W${index}` }) });
    Object.assign(order.aggregate.fulfilments[0]!, { state: 'departing', departedAt: new Date(minute(20)) });
    order.happen({ canonical: version(30, { platformState: 'shipped', lines: shippedLines() }) });
    expect(order.aggregate.fulfilments.map(({ state }) => state)).toEqual(['departing', 'released']);
    expect(order.aggregate.order.status).toBe('released');
  });

  it('stops the other half of a bundle when its refund succeeds after the first half has left, and keeps wanting what left', () => {
    const bundle = {
      noStock: false,
      components: [
        { skuId: 'A', skuCode: 'A', quantity: 1 },
        { skuId: 'B', skuCode: 'B', quantity: 2 },
      ],
    };
    const single = version(1, { lines: [EXAMPLE.lines[0]!], amounts: amountsOf(EXAMPLE.lines[0]!) });
    const order = new PureOrder(single, () => bundle);
    const held = allHeld(order.aggregate, 1);
    held.lines[1]!.warehouse = 'W2';
    order.happen({ stock: held });
    Object.assign(order.aggregate.fulfilments[0]!, { state: 'departing', departedAt: new Date(minute(20)) });
    order.happen({
      canonical: version(30, {
        lines: [{ ...EXAMPLE.lines[0]!, refundState: 'succeeded', platformLineState: 'closed' }],
        amounts: amountsOf(EXAMPLE.lines[0]!),
      }),
    });
    expect(order.aggregate.fulfilments.map(({ state }) => state)).toEqual(['departing', 'stopped']);
    expect(orderFactItem(order.aggregate)).toMatchObject({
      stock: 'reserve',
      lines: [{ wants: [{ skuId: 'A', quantity: 1 }] }],
    });
    expect(order.aggregate.order.flags).toContain('intercept_wanted');
  });

  it('wants nothing for lines without goods, and ships nothing of what the platform ships', () => {
    const virtual = new PureOrder(
      version(1, { lines: EXAMPLE.lines.map((line) => ({ ...line, noStock: true })) }),
      () => undefined,
    );
    expect([stockWish(virtual.aggregate), virtual.aggregate.order.status, virtual.aggregate.order.fulfilment]).toEqual([
      'none',
      'approved',
      'none',
    ]);
    const platform = new PureOrder(version(1, { shippedByPlatform: true }));
    expect(stockWish(platform.aggregate)).toBe('none');
    const part = new PureOrder(
      version(1, { lines: EXAMPLE.lines.map((line, index) => ({ ...line, shippedByPlatform: index === 0 })) }),
    );
    expect(orderFactItem(part.aggregate).lines.map(({ wants }) => wants.length)).toEqual([0, 1]);
  });

  it('cancels a line that the platform took out of the order', () => {
    const order = released();
    order.happen({ canonical: version(5, { lines: [EXAMPLE.lines[1]!], amounts: amountsOf(EXAMPLE.lines[1]!) }) });
    expect(order.aggregate.lines.map(({ cancelled, isRemoved }) => [cancelled, isRemoved])).toEqual([
      [1, true],
      [0, false],
    ]);
    expect(order.aggregate.fulfilments[0]!.lines.map(({ quantity }) => quantity)).toEqual([2]);
  });

  it('neither ships nor reserves an order that the platform replaced by others', () => {
    const order = released();
    order.happen({ canonical: version(5, { replacedBy: ['a', 'b'] }) });
    expect([order.aggregate.order.status, order.aggregate.fulfilments[0]!.state, stockWish(order.aggregate)]).toEqual([
      'cancelled',
      'stopped',
      'none',
    ]);
  });
});

describe('holds', () => {
  const types = (order: PureOrder) =>
    openHolds(order.aggregate)
      .map(({ type }) => type)
      .sort();

  it('keeps several at a time, and shows the second when the first is released', () => {
    const order = new PureOrder(
      version(1, {
        buyerMessage: 'hi',
        forbids: [{ code: 'top_hold', text: 'platform pause' }],
        presale: { kind: 'deposit', depositPaid: true },
      }),
    );
    expect(types(order)).toEqual(['buyer_remark', 'platform_forbids', 'presale_not_due']);
    order.happen({ canonical: version(2, { buyerMessage: 'hi' }) });
    expect(types(order)).toEqual(['buyer_remark']);
  });

  it('does not hold again for a remark that a person has read, but does for another one', () => {
    const order = new PureOrder(version(1, { buyerMessage: 'hi' }));
    approve(order.aggregate, { now: new Date(minute(2)), actor: 'client:x', reason: 'read' });
    order.decide();
    order.happen({ canonical: version(3, { buyerMessage: 'hi', sellerMemo: 'other' }) });
    expect(types(order)).toEqual([]);
    order.happen({ canonical: version(4, { buyerMessage: 'changed my mind' }) });
    expect(types(order)).toEqual(['buyer_remark']);
  });

  it('stops a released order whose receiver changed, once per change, and not for a merge key that is missing for a while', () => {
    const order = released();
    const { receiver } = EXAMPLE;
    order.happen({ canonical: version(2, { receiver: { cipher: {}, masked: receiver!.masked } }) });
    expect(types(order)).toEqual([]);
    order.happen({
      canonical: version(3, { receiver: { ...receiver!, masked: { ...receiver!.masked, city: '上海市' } } }),
    });
    expect([types(order), order.aggregate.fulfilments[0]!.state]).toEqual([['address_changed'], 'stopped']);
    releaseHold(
      order.aggregate,
      { now: new Date(minute(5)), actor: 'client:x', reason: 'asked the buyer' },
      openHolds(order.aggregate)[0]!.holdId,
    );
    order.decide();
    expect([types(order), order.aggregate.fulfilments[0]!.state]).toEqual([[], 'released']);
  });

  it('stops again when the receiver goes back and forth between two that were both approved once', () => {
    const order = released();
    const { receiver } = EXAMPLE;
    const to = (no: number, city: string) =>
      order.happen({ canonical: version(no, { receiver: { ...receiver!, masked: { ...receiver!.masked, city } } }) });
    for (const [index, city] of ['上海市', '苏州市', '上海市', '苏州市'].entries()) {
      to(index + 2, city);
      expect([types(order), order.aggregate.fulfilments[0]!.state]).toEqual([['address_changed'], 'stopped']);
      approve(order.aggregate, { now: new Date(minute(40)), actor: 'client:x', reason: 'asked the buyer' });
      order.decide();
      expect([types(order), order.aggregate.fulfilments[0]!.state]).toEqual([[], 'released']);
    }
  });

  it('asks for a parcel under way when its receiver is surely another one, and not when the platform only masks more', () => {
    const order = released();
    Object.assign(order.aggregate.fulfilments[0]!, { state: 'departing', departedAt: new Date(minute(20)) });
    const { receiver } = EXAMPLE;
    const masked = { ...receiver!.masked, city: '上海市' };
    order.happen({ canonical: version(21, { receiver: { ...receiver!, masked } }) });
    expect([types(order), order.aggregate.order.flags]).toEqual([[], []]);
    order.happen({ canonical: version(22, { receiver: { ...receiver!, masked, mergeKey: 'another' } }) });
    expect([types(order), order.aggregate.order.flags, order.aggregate.fulfilments[0]!.state]).toEqual([
      ['address_changed'],
      ['intercept_wanted'],
      'departing',
    ]);
    approve(order.aggregate, { now: new Date(minute(23)), actor: 'client:x', reason: 'the carrier redirects it' });
    order.decide();
    expect([types(order), order.aggregate.order.flags]).toEqual([[], []]);
  });

  it('ends a hold with a release time, and a platform pause, when the time has come', () => {
    const order = new PureOrder(version(1, { releaseAt: '2026-11-11T03:00:00Z' }));
    hold(
      order.aggregate,
      { now: new Date(minute(1)), actor: 'client:x', reason: 'wait' },
      { type: 'manual', owner: 'x', releaseAt: new Date('2026-11-11T03:30:00Z') },
    );
    order.decide();
    expect(types(order)).toEqual(['manual', 'platform_forbids']);
    order.decide(new Date('2026-11-11T03:00:00Z'));
    expect(types(order)).toEqual(['manual']);
    order.decide(new Date('2026-11-11T03:30:00Z'));
    expect([types(order), order.aggregate.order.status]).toEqual([[], 'approved']);
  });

  it('treats an unknown refund state as an open refund', () => {
    const order = released();
    order.happen({ canonical: version(2, { lines: refund('unknown', 1) }) });
    expect([types(order), order.aggregate.order.afterSale, order.aggregate.fulfilments[0]!.state]).toEqual([
      ['refund_requested'],
      'open',
      'stopped',
    ]);
  });

  it('holds for a ship notice that failed and says so until it is through', () => {
    const order = released();
    const notice = {
      noticeId: 'n',
      noticeVersion: 1,
      state: 'failed' as const,
      parcelId: 'p',
      orderId: 'ord_1',
      platformOrderNo: 'x',
      reason: 'waybill refused',
    };
    order.happen({ notice });
    expect([types(order), order.aggregate.order.notice]).toEqual([['ship_notice_failed'], 'failed']);
    order.happen({ notice: { ...notice, noticeVersion: 2, state: 'told' } });
    expect([types(order), order.aggregate.order.notice]).toEqual([[], 'told']);
  });
});

describe('acts', () => {
  const act = { now: new Date(minute(9)), actor: 'client:x', reason: 'r' };
  const refusal = (work: () => void) => {
    try {
      work();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return 'done';
  };

  it('refuses what the state forbids', () => {
    const unpaid = new PureOrder(version(1, { platformState: 'wait_pay' })).aggregate;
    const free = released().aggregate;
    const gone = released().aggregate;
    Object.assign(gone.fulfilments[0]!, { state: 'departing' });
    gone.order.fulfilment = 'departing';
    const done = new PureOrder(version(1, { platformState: 'completed' })).aggregate;
    const asking = new PureOrder(version(1, { lines: refund('requested') })).aggregate;
    const all = [
      () => approve(unpaid, act),
      () => approve(free, act),
      () => approve(asking, act),
      () => takeBack(unpaid),
      () => takeBack(gone),
      () => cancel(gone),
      () => cancel(done),
      () => hold(done, act, { type: 'manual', owner: 'x', releaseAt: null }),
      () => hold(free, act, { type: 'short_stock', owner: 'x', releaseAt: null }),
      () => markUrgent(gone, true),
      () => releaseHold(asking, act, openHolds(asking)[0]!.holdId),
    ];
    expect(all.map(refusal)).toEqual(all.map(() => 'ORDER.STATE_FORBIDS'));
    expect(refusal(() => releaseHold(free, act, 'hld_none'))).toBe('HOLD.NOT_FOUND');
  });
});

describe('facts and log', () => {
  it('names a change by the most telling thing in it', () => {
    const name = (from: CanonicalOrder | null, to: CanonicalOrder) => {
      const before = from && new PureOrder(from).aggregate;
      const world = new PureOrder(from ?? to);
      world.happen({ canonical: to });
      return orderFactOf(
        before && {
          ...before,
          lines: before.lines.map((line, index) => ({ ...line, lineId: world.aggregate.lines[index]!.lineId })),
        },
        world.aggregate,
      ).name;
    };
    const paid = version(1);
    expect([
      name(null, version(1, { platformState: 'wait_pay' })),
      name(null, paid),
      name(version(1, { platformState: 'wait_pay' }), version(2)),
      name(paid, version(2, { sellerMemo: 'x' })),
      name(paid, version(2, { platformState: 'completed' })),
      name(paid, version(2, { platformState: 'closed' })),
      name(paid, version(2, { platformState: 'closed', lines: refund('succeeded') })),
      name(paid, version(2, { lines: refund('requested', 0) })),
      name(version(1, { lines: refund('requested') }), version(2, { lines: refund('withdrawn') })),
    ]).toEqual([
      'order.placed',
      'order.paid',
      'order.paid',
      'order.changed',
      'order.completed',
      'order.cancelled',
      'refund.succeeded',
      'refund.requested',
      'refund.withdrawn',
    ]);
  });

  it('logs that a remark and a receiver changed without copying them', () => {
    const order = released();
    const before = structuredClone(order.aggregate);
    order.happen({
      canonical: version(2, {
        buyerMessage: 'secret remark',
        receiver: { ...EXAMPLE.receiver!, masked: { name: '王*' } },
      }),
    });
    const text = changesOf(before, order.aggregate).join('\n');
    expect(text).toContain('buyerMessage changed');
    expect(text).toContain('receiver changed');
    expect(text).not.toMatch(/secret remark|王/);
  });
});
