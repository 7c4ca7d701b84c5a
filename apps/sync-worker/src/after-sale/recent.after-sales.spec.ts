import type { CanonicalAfterSale, IntakeVerdict } from '@app/contracts';
import type { AfterSalePage } from '@app/platforms';
import { AfterSaleReader } from '../pull/change.readers';
import { AfterSaleIntake } from './after-sale.intake';
import { RecentAfterSales } from './recent.after-sales';

const afterSale = (more: Partial<CanonicalAfterSale> = {}) =>
  ({
    platformAfterSaleNo: '1',
    platformOrderNo: '10',
    state: 'requested',
    modifiedAt: '2026-11-11T10:00:00+08:00',
    fetchStartedAt: '2026-11-11T10:00:01+08:00',
    fetchedAt: '2026-11-11T10:00:02+08:00',
    raw: '{"status":0}',
    ...more,
  }) as CanonicalAfterSale;

describe('after-sales that were stored lately', () => {
  const shop = { id: 'shp', companyId: 'cmp' } as never;
  const window = { from: new Date('2026-11-11T01:00:00Z'), to: new Date('2026-11-11T03:00:00Z') };
  let answer: { verdict: IntakeVerdict };
  let handedOver: CanonicalAfterSale[];
  let page: CanonicalAfterSale[];
  let reader: AfterSaleReader;
  const platform = {
    port: {
      async *afterSales(): AsyncIterable<AfterSalePage> {
        yield { afterSales: page, total: page.length };
      },
    },
  } as never;
  const read = (more: Partial<CanonicalAfterSale> = {}, isScheduled = true) => {
    page = [afterSale(more)];
    handedOver = [];
    return reader.read(shop, { ...window, isScheduled }, platform, {} as never);
  };

  beforeEach(() => {
    answer = { verdict: 'stored' };
    const recent = new RecentAfterSales();
    const http = {
      at: () => 'x',
      put: (_: string, { items }: { items: CanonicalAfterSale[] }) => {
        handedOver.push(...items);
        return Promise.resolve({ items: items.map((item) => ({ ...item, ...answer })) });
      },
    };
    const unused = {} as never;
    reader = new AfterSaleReader(unused, new AfterSaleIntake(unused, http as never, unused, recent), unused, recent);
  });

  it('are not handed over again by the schedule while nothing about them changed, and count as stored', async () => {
    expect((await read()).stored).toBe(1);
    expect(handedOver).toHaveLength(1);
    const later = { fetchStartedAt: '2026-11-11T10:30:00+08:00', fetchedAt: '2026-11-11T10:30:01+08:00' };
    expect((await read(later)).stored).toBe(1);
    expect(handedOver).toEqual([]);
  });

  it('are handed over with every change, also one that no time tells of', async () => {
    await read();
    await read({ state: 'succeeded' });
    expect(handedOver.map(({ state }) => state)).toEqual(['succeeded']);
    await read();
    expect(handedOver.map(({ state }) => state)).toEqual(['requested']);
    await read({ raw: '{"status":0,"new":1}' });
    expect(handedOver).toHaveLength(1);
  });

  it('are handed over again when a person asks for the span', async () => {
    await read();
    await read({}, false);
    expect(handedOver).toHaveLength(1);
  });

  it.each(['older', 'parked'] as const)('are handed over again after the verdict %s', async (verdict) => {
    await read();
    answer = { verdict };
    await read({ state: 'succeeded' });
    await read({ state: 'succeeded' });
    expect(handedOver).toHaveLength(1);
    await read();
    expect(handedOver).toHaveLength(1);
  });
});
