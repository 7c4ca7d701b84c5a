import type { DataSource } from 'typeorm';
import type { CanonicalOrder } from '@app/contracts';
import { realStoryClock, type ServiceHttp } from '@app/shared';
import type { GapRepository } from '../census/gap.repository';
import type { ShopRow } from '../shop/shop.types';
import type { OrderAlarms } from './order.alarms';
import { OrderIntake } from './order.intake';
import { RecentOrders } from './recent.orders';

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
    const shop = { id: 'shp_1', companyId: 'cmp_1' } as ShopRow;
    const orders = ['1', '2'].map((platformOrderNo) => ({ platformOrderNo }) as CanonicalOrder);
    await expect(intake.put(shop, orders)).rejects.toMatchObject({
      code: 'ORDERS.UNAVAILABLE',
      message: expect.stringContaining('first 2'),
    });
  });
});
