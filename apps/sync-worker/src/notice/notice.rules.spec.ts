import type { OrderStateView, ShipmentState } from '@app/platforms';
import type { NoticeRow } from './notice.repository';
import { planChange, planNotice } from './notice.rules';

const row = (parcelId: string, lineNos: string[]): NoticeRow => ({
  companyId: 'c',
  parcelId,
  orderId: 'o',
  shopId: 's',
  platformOrderNo: '1',
  carrier: 'ZTO',
  waybillNo: `Z-${parcelId}`,
  lines: JSON.stringify(lineNos.map((platformLineNo) => ({ platformLineNo, quantity: 1 }))),
  state: 'pending',
  reason: '',
  version: 1,
  shippedAt: new Date(0),
  earlierWaybillNos: [],
});
const view = (
  lines: Partial<OrderStateView['lines'][number]>[],
  platformState: OrderStateView['platformState'] = 'paid',
): OrderStateView => ({
  platformOrderNo: '1',
  platformState,
  rawStatus: '',
  forbids: [],
  lines: lines.map((line) => ({ platformLineNo: 'x', refundState: 'none' as const, ...line })),
});

describe('planNotice', () => {
  it('says whether the parcel finishes the order, counting refunded lines as behind', () => {
    const lines = [{ platformLineNo: 'a' }, { platformLineNo: 'b' }];
    expect(planNotice(row('p', ['a']), [], view(lines))).toMatchObject({
      kind: 'send',
      notice: { finishesOrder: false, shippedBefore: false },
    });
    expect(
      planNotice(row('p', ['a']), [], view([lines[0]!, { platformLineNo: 'b', refundState: 'succeeded' }])),
    ).toMatchObject({ notice: { finishesOrder: true } });
    expect(
      planNotice(
        row('p', ['b']),
        [row('q', ['a'])],
        view([{ platformLineNo: 'a', platformLineState: 'shipped' }, lines[1]!]),
      ),
    ).toMatchObject({ notice: { finishesOrder: true, shippedBefore: true } });
  });

  it('tells nothing for lines that an earlier parcel told, and fails on an order that has ended', () => {
    expect(planNotice(row('p', ['a']), [row('q', ['a'])], view([{ platformLineNo: 'a' }]))).toMatchObject({
      kind: 'told',
    });
    expect(planNotice(row('p', ['a']), [], view([], 'closed'))).toMatchObject({ kind: 'fail' });
  });

  it('leaves a line out that the platform closed meanwhile, and fails when no other is in the parcel', () => {
    const closed = { platformLineNo: 'a', platformLineState: 'closed', refundState: 'succeeded' } as const;
    const lines = [closed, { platformLineNo: 'b', platformLineState: 'paid' } as const];
    expect(planNotice(row('p', ['a', 'b']), [], view(lines))).toMatchObject({
      kind: 'send',
      notice: { parcels: [{ lines: [{ platformLineNo: 'b', quantity: 1 }] }], finishesOrder: true },
      reason: 'Without line a, which the platform closed before.',
    });
    expect(planNotice(row('p', ['a']), [], view(lines))).toMatchObject({
      kind: 'fail',
      reason: expect.stringContaining('closed every line of parcel Z-p'),
    });
    // A refund that is paid for a line that goes on, as for a part of its pieces, closes nothing.
    const open = { ...closed, platformLineState: 'paid' as const };
    expect(planNotice(row('p', ['a', 'b']), [], view([open, lines[1]!]))).toMatchObject({
      kind: 'send',
      notice: { parcels: [{ lines: [{ platformLineNo: 'a' }, { platformLineNo: 'b' }] }] },
      reason: '',
    });
  });
});

describe('planChange', () => {
  const changed = { ...row('p', ['a', 'b']), waybillNo: 'NEW', earlierWaybillNos: ['MID', 'OLD'] };
  const paid = view([{ platformLineNo: 'a' }], 'shipped');
  const shows = (...lines: Partial<ShipmentState['lines'][number]>[]): ShipmentState => ({
    platformOrderNo: '1',
    lines: lines.map((line) => ({ platformLineNo: 'a', isShipped: true, ...line })),
    allShipped: true,
  });

  it('puts the new number in the place of whichever earlier one the platform shows', () => {
    expect(planChange(changed, [], paid, shows({ waybillNo: 'OLD' }))).toMatchObject({
      kind: 'send',
      notice: { replaces: 'OLD', parcels: [{ waybillNo: 'NEW' }], idempotencyKey: 'p/o/NEW' },
    });
    expect(planChange(changed, [], paid, shows({ waybillNo: 'X', waybillNos: ['X', 'MID'] }))).toMatchObject({
      notice: { replaces: 'MID' },
    });
    expect(planChange(changed, [], paid, shows({ waybillNo: 'X,MID' }))).toMatchObject({ notice: { replaces: 'MID' } });
  });

  it('sends nothing when the number is shown already, stands behind another parcel, or nobody can see it any more', () => {
    expect(planChange(changed, [], paid, shows({ waybillNo: 'NEW' }))).toMatchObject({ kind: 'told' });
    expect(planChange(changed, [row('q', ['a'])], paid, shows({ waybillNo: 'Z-q' }))).toMatchObject({ kind: 'told' });
    expect(planChange(changed, [], view([], 'completed'), shows({ waybillNo: 'OLD' }))).toMatchObject({ kind: 'told' });
  });

  it('tells it like a new parcel where the platform shows none, and fails where it shows a stranger or has ended', () => {
    expect(planChange(changed, [], paid, shows({ isShipped: false }))).toBeUndefined();
    expect(planChange(changed, [], paid, shows({ platformLineNo: 'c', waybillNo: 'OLD' }))).toBeUndefined();
    expect(planChange(changed, [], paid, shows({ waybillNo: 'YT9' }))).toMatchObject({ kind: 'fail' });
    expect(planChange(changed, [], view([], 'closed'), shows({ waybillNo: 'OLD' }))).toMatchObject({ kind: 'fail' });
  });
});
