import { DataSource } from 'typeorm';
import { PlatformError } from '@app/platforms';
import { shippedParcel, startSync, type SyncFixture } from '../testing/sync.fixture';
import { WorkRunner } from '../work/work.runner';

describe('notices to a platform that takes an order only as a whole', () => {
  let sync: SyncFixture;
  let db: DataSource;
  let shopId: string;

  beforeAll(async () => {
    sync = await startSync({ works: false });
    sync.fake.can({ partialShipment: 'order' });
    db = sync.app.get(DataSource, { strict: false });
    const app = { platform: 'fake', name: '店', platformShopId: '79', appKey: 'app', appSecret: 's', accessToken: 't' };
    shopId = (await sync.call('POST', '/sync/v1/shops', { body: app })).body.id;
  });
  afterAll(() => sync.close());

  const put = (no: string): void => {
    sync.fake.orders.set(no, { no, state: 'paid', placedAt: new Date(), modifiedAt: new Date() });
    sync.neighbours.stored.set(no, sync.fake.order(no));
  };
  const leave = (no: string, parcelId: string, minute: number) => {
    const shippedAt = `2026-01-01T00:0${minute}:00Z`;
    const parcel = { ...shippedParcel(shopId, no), parcelId, waybillNo: `Z-${parcelId}`, shippedAt };
    return sync.tell('parcel.shipped', 'logistics', [parcel]);
  };
  const run = async (no: string, parcelId: string): Promise<void> => {
    await db.query(`UPDATE work SET due_at = $1 WHERE kind = 'notice'`, [new Date(Date.now() - 1)]);
    const subject = `${parcelId}/ord_${no}`;
    await sync.app.get(WorkRunner, { strict: false }).run({ companyId: 'cmp_test', kind: 'notice', subject });
  };
  const states = async (no: string) => {
    const { items } = (await sync.call('GET', `/sync/v1/ship-notices?shopId=${shopId}`)).body;
    const mine = items.filter((one: { platformOrderNo: string }) => one.platformOrderNo === no);
    return mine.map(({ parcelId, state }: { parcelId: string; state: string }) => `${parcelId} ${state}`);
  };
  const noticesOf = (no: string) => sync.fake.notices.filter((notice) => notice.platformOrderNo === no);

  it('[L16] tells all parcels of an order in one notice, when the last one has left', async () => {
    put('w1');
    await leave('w1', 'a', 1);
    sync.neighbours.departed.set('w1', { fulfilment: 'released', parcelIds: ['a'] });
    await run('w1', 'a');
    expect([noticesOf('w1'), await states('w1')]).toEqual([[], ['a pending']]);

    // Orders has heard of the second parcel before sync has.
    sync.neighbours.departed.set('w1', { fulfilment: 'shipped', parcelIds: ['a', 'b'] });
    await run('w1', 'a');
    expect(noticesOf('w1')).toEqual([]);

    await leave('w1', 'b', 2);
    await run('w1', 'b');
    expect(noticesOf('w1')).toEqual([]);
    await run('w1', 'a');
    await run('w1', 'b');

    expect(noticesOf('w1')).toMatchObject([
      {
        finishesOrder: true,
        shippedBefore: false,
        parcels: [
          { waybillNo: 'Z-a', lines: [{ platformLineNo: 'w1-1', quantity: 1, orderedQuantity: 2 }] },
          { waybillNo: 'Z-b', lines: [{ platformLineNo: 'w1-1', quantity: 1, orderedQuantity: 2 }] },
        ],
      },
    ]);
    expect(await states('w1')).toEqual(['a told', 'b told']);
  });

  it('[L16] gives every parcel of the order the outcome of its notice, and tells all again when one is tried again', async () => {
    put('w2');
    await leave('w2', 'c', 1);
    await leave('w2', 'd', 2);
    sync.neighbours.departed.set('w2', { fulfilment: 'shipped', parcelIds: ['c', 'd'] });
    sync.fake.fail('ship', new PlatformError('rejected', 'the carrier is not known', { method: 'ship' }));
    await run('w2', 'c');
    expect(await states('w2')).toEqual(['c failed', 'd failed']);

    await sync.call('POST', '/sync/v1/ship-notices/d/ord_w2/retry');
    await run('w2', 'd');

    expect(noticesOf('w2').map(({ parcels }) => parcels.map(({ waybillNo }) => waybillNo))).toEqual([['Z-c', 'Z-d']]);
    expect(await states('w2')).toEqual(['c told', 'd told']);
  });
});
