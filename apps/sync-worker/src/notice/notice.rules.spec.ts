import type { OrderStateView } from '@app/platforms';
import type { NoticeRow } from './notice.repository';
import { planNotice } from './notice.rules';

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
});
