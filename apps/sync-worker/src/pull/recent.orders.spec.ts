import type { CanonicalOrder, IntakeVerdict } from '@app/contracts';
import { RecentOrders } from './recent.orders';

const MODIFIED = '2026-11-11T10:00:00+08:00';
const order = (modifiedAt: string, fetchStartedAt: string) =>
  ({ platformOrderNo: '1', modifiedAt, fetchStartedAt, fetchedAt: fetchStartedAt }) as CanonicalOrder;
const noted = (verdict: IntakeVerdict, modifiedAt: string, startedAt: string) => {
  const recent = new RecentOrders();
  recent.note('shp', [order(modifiedAt, startedAt)], new Map([['1', verdict]]));
  return recent;
};

describe('orders that were read lately', () => {
  it('are not read again for a modification that is older than what was stored', () => {
    const recent = noted('updated', '2026-11-11T10:00:01+08:00', '2026-11-11T02:00:01Z');
    expect(recent.covers('shp', '1', MODIFIED)).toBe(true);
    expect(recent.covers('other', '1', MODIFIED)).toBe(false);
    expect(recent.covers('shp', '2', MODIFIED)).toBe(false);
  });

  it('are read again when they were modified since, or when nobody says when', () => {
    const recent = noted('stored', MODIFIED, '2026-11-11T02:10:00Z');
    expect(recent.covers('shp', '1', '2026-11-11T10:00:01+08:00')).toBe(false);
    expect(recent.covers('shp', '1', undefined)).toBe(false);
  });

  it('are read again for what came after the reading, though it stated a time of tomorrow', () => {
    const recent = noted('updated', '2026-11-12T10:00:00+08:00', '2026-11-11T02:00:00Z');
    expect(recent.covers('shp', '1', '2026-11-11T10:05:00+08:00')).toBe(false);
    expect(recent.covers('shp', '1', '2026-11-11T09:59:59+08:00')).toBe(true);
  });

  it('are read again for the same second unless the reading began well after it', () => {
    expect(noted('unchanged', MODIFIED, '2026-11-11T02:00:29Z').covers('shp', '1', MODIFIED)).toBe(false);
    expect(noted('unchanged', MODIFIED, '2026-11-11T02:00:30Z').covers('shp', '1', MODIFIED)).toBe(true);
  });

  it('are read again when they were set aside, or when a newer one was stored', () => {
    for (const verdict of ['parked', 'older'] as const)
      expect(noted(verdict, MODIFIED, '2026-11-11T02:10:00Z').covers('shp', '1', MODIFIED)).toBe(false);
  });

  it('are forgotten from the oldest on', () => {
    const recent = new RecentOrders();
    const many = Array.from({ length: 20_001 }, (_, no) => ({
      ...order(MODIFIED, '2026-11-11T02:10:00Z'),
      platformOrderNo: String(no),
    }));
    recent.note('shp', many, new Map(many.map(({ platformOrderNo }) => [platformOrderNo, 'stored' as const])));
    expect(recent.covers('shp', '0', MODIFIED)).toBe(false);
    expect(recent.covers('shp', '20000', MODIFIED)).toBe(true);
  });
});
