import type { DataSource } from 'typeorm';
import type { CanonicalOrder } from '@app/contracts';
import { realStoryClock, type ServiceHttp } from '@app/shared';
import type { GapRepository } from '../census/gap.repository';
import type { ShopRow } from '../shop/shop.types';
import type { OrderAlarms } from './order.alarms';
import { OrderIntake } from './order.intake';
import { RecentOrders } from './recent.orders';

const shop = { id: 'shp_1', companyId: 'cmp_1' } as ShopRow;

function ordersOf(...numbers: string[]): CanonicalOrder[] {
  return numbers.map((platformOrderNo) => ({ platformOrderNo, modifiedAt: '', fetchedAt: '' }) as CanonicalOrder);
}

/** An intake whose orders service answers when it is let, and the pages of numbers that it was asked to store. */
function slowIntake(): { intake: OrderIntake; pages: string[][]; answer: (as?: Error | string) => Promise<void> } {
  const pages: string[][] = [];
  const open: { done: (answer: unknown) => void; failed: (error: Error) => void; numbers: string[] }[] = [];
  const http = {
    at: () => 'http://orders',
    put: (_url: string, { items }: { items: CanonicalOrder[] }) =>
      new Promise((done, failed) => {
        const numbers = items.map(({ platformOrderNo }) => platformOrderNo);
        pages.push(numbers);
        open.push({ done, failed, numbers });
      }),
  } as unknown as ServiceHttp;
  const alarms = { isTroubled: () => false, isAnythingOpen: () => Promise.resolve(false) } as unknown as OrderAlarms;
  const runner = { manager: {}, release: () => Promise.resolve() };
  const dataSource = { createQueryRunner: () => runner } as unknown as DataSource;
  const intake = new OrderIntake(dataSource, http, {} as GapRepository, alarms, new RecentOrders(), realStoryClock);
  const answer = async (as?: Error | string): Promise<void> => {
    const first = open.shift();
    if (!first) throw new Error('Nothing was asked to be stored.');
    const { done, failed, numbers } = first;
    if (as instanceof Error) failed(as);
    else done({ items: numbers.map((no) => ({ platformOrderNo: no, verdict: as ?? `verdict of ${no}` })) });
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { intake, pages, answer };
}

describe('orders of a shop’s windows', () => {
  it('share the request that follows the one under way, and each window gets its own verdicts', async () => {
    const { intake, pages, answer } = slowIntake();
    const windows = [['1'], ['2', '3'], ['4']].map((numbers) => intake.putTogether(shop, ordersOf(...numbers)));
    await answer();
    await answer();
    expect(pages).toEqual([['1'], ['2', '3', '4']]);
    expect(await Promise.all(windows)).toEqual([
      new Map([['1', 'verdict of 1']]),
      new Map([
        ['2', 'verdict of 2'],
        ['3', 'verdict of 3'],
      ]),
      new Map([['4', 'verdict of 4']]),
    ]);
  });

  it('stand in a request once, so that of two readings of an order each gets its own verdict', async () => {
    const { intake, pages, answer } = slowIntake();
    const windows = [['1'], ['2'], ['3', '2'], ['4']].map((numbers) => intake.putTogether(shop, ordersOf(...numbers)));
    await answer();
    expect(pages).toEqual([['1'], ['2']]);
    await answer('first reading');
    await answer('second reading');
    expect(pages).toEqual([['1'], ['2'], ['3', '2', '4']]);
    const [, first, second] = await Promise.all(windows);
    expect([first!.get('2'), second!.get('2')]).toEqual(['first reading', 'second reading']);
  });

  it('are asked for one by one when their shared request fails, so that one order holds up its own window alone', async () => {
    const { intake, pages, answer } = slowIntake();
    const windows = [['1'], ['2'], ['3']].map((numbers) => intake.putTogether(shop, ordersOf(...numbers)));
    const ended = Promise.allSettled(windows);
    await answer();
    await answer(new Error('500'));
    expect(pages).toEqual([['1'], ['2', '3'], ['2'], ['3']]);
    await answer();
    await answer(new Error('500'));
    expect((await ended).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    const next = intake.putTogether(shop, ordersOf('3'));
    await answer();
    expect((await next).get('3')).toBe('verdict of 3');
  });

  it('fill no request beyond a hundred, and wait for nobody when they fill half of one', async () => {
    const { intake, pages, answer } = slowIntake();
    const sizes = [1, 40, 50, 30, 51];
    const windows = sizes.map((size, at) =>
      intake.putTogether(shop, ordersOf(...Array.from({ length: size }, (_, n) => `${at}-${n}`))),
    );
    expect(pages.map(({ length }) => length)).toEqual([1, 51]);
    for (let page = 0; page < 4; page += 1) await answer();
    expect(pages.map(({ length }) => length)).toEqual([1, 51, 90, 30]);
    await Promise.all(windows);
  });
});

describe('handing orders over', () => {
  it('[O2] takes no order as stored for which no verdict came', async () => {
    const answers = [{ items: [{ platformOrderNo: '1', verdict: 'stored' }] }];
    const http = { at: () => 'http://orders', put: () => Promise.resolve(answers[0]) } as unknown as ServiceHttp;
    const intake = new OrderIntake(
      {} as DataSource,
      http,
      {} as GapRepository,
      {} as OrderAlarms,
      new RecentOrders(),
      realStoryClock,
    );
    await expect(intake.put(shop, ordersOf('1', '2'))).rejects.toMatchObject({
      code: 'ORDERS.UNAVAILABLE',
      message: expect.stringContaining('first 2'),
    });
  });
});
