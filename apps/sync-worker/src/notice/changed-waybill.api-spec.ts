import { DataSource } from 'typeorm';
import { PlatformError } from '@app/platforms';
import { shippedParcel, startSync, type SyncFixture } from '../testing/sync.fixture';
import { NoticeLedger } from './notice.handler';
import { WorkRunner } from '../work/work.runner';

describe('a parcel under way that gets another number', () => {
  let sync: SyncFixture;
  let db: DataSource;
  let shopId: string;

  beforeAll(async () => {
    sync = await startSync({ works: false });
    db = sync.app.get(DataSource, { strict: false });
    const app = { platform: 'fake', name: '店', platformShopId: '81', appKey: 'app', appSecret: 's', accessToken: 't' };
    shopId = (await sync.call('POST', '/sync/v1/shops', { body: app })).body.id;
  });
  afterAll(() => sync.close());

  const put = (no: string): void => {
    sync.fake.orders.set(no, { no, state: 'paid', placedAt: new Date(), modifiedAt: new Date() });
    sync.neighbours.stored.set(no, sync.fake.order(no));
  };
  const tell = (no: string, name: 'parcel.shipped' | 'parcel.changed', parcelVersion: number, waybillNo: string) =>
    sync.tell(name, 'logistics', [{ ...shippedParcel(shopId, no), parcelId: `p-${no}`, parcelVersion, waybillNo }]);
  const run = async (no: string): Promise<void> => {
    await db.query(`UPDATE work SET due_at = $1 WHERE kind = 'notice'`, [new Date(Date.now() - 1)]);
    const subject = `p-${no}/ord_${no}`;
    await sync.app.get(WorkRunner, { strict: false }).run({ companyId: 'cmp_test', kind: 'notice', subject });
  };
  const noticeOf = async (no: string) => {
    const { items } = (await sync.call('GET', `/sync/v1/ship-notices?shopId=${shopId}`)).body;
    return items.find((one: { platformOrderNo: string }) => one.platformOrderNo === no);
  };
  const sent = (no: string) =>
    sync.fake.notices
      .filter((notice) => notice.platformOrderNo === no)
      .map(({ parcels, replaces }) => [parcels[0]!.waybillNo, replaces]);

  it('[L16] tells the platform of the change once, whatever fact comes how often', async () => {
    put('c1');
    await tell('c1', 'parcel.shipped', 1, 'A1');
    await run('c1');
    await tell('c1', 'parcel.changed', 2, 'B1');
    expect(await noticeOf('c1')).toMatchObject({ state: 'pending', waybillNo: 'B1' });
    await run('c1');
    await tell('c1', 'parcel.changed', 2, 'B1');
    await tell('c1', 'parcel.shipped', 1, 'A1');
    await run('c1');
    expect(sent('c1')).toEqual([
      ['A1', undefined],
      ['B1', 'A1'],
    ]);
    expect(await noticeOf('c1')).toMatchObject({ state: 'told', waybillNo: 'B1' });
    expect(sync.fake.orders.get('c1')!.waybill).toBe('B1');
  });

  it('[L16] tells a number that was changed before anybody was told as a new parcel, and reads back a lost answer', async () => {
    put('c2');
    await tell('c2', 'parcel.shipped', 1, 'A2');
    await tell('c2', 'parcel.changed', 2, 'B2');
    await run('c2');
    expect(sent('c2')).toEqual([['B2', undefined]]);

    await tell('c2', 'parcel.changed', 3, 'C2');
    sync.fake.fail('ship-after', new PlatformError('transient', 'lost', { method: 'ship', outcomeUnknown: true }));
    await run('c2');
    expect((await noticeOf('c2')).state).toBe('pending');
    await run('c2');
    expect(sent('c2')).toEqual([
      ['B2', undefined],
      ['C2', 'B2'],
    ]);
    expect(await noticeOf('c2')).toMatchObject({ state: 'told', reason: 'The platform shows the new number.' });
  });

  it('[L16] takes the answer to the old number for no answer to the new one', async () => {
    put('c4');
    await tell('c4', 'parcel.shipped', 1, 'A4');
    const ledger = sync.app.get(NoticeLedger, { strict: false });
    const before = (await ledger.read('cmp_test', 'p-c4/ord_c4'))!;
    await tell('c4', 'parcel.changed', 2, 'B4');
    await ledger.end([before.notice], 'told', '');
    expect((await noticeOf('c4')).state).toBe('pending');
  });

  it('[L16] lists a change that the platform has no call for, says what to do, and sees when a person has done it', async () => {
    put('c3');
    await tell('c3', 'parcel.shipped', 1, 'A3');
    await run('c3');
    await tell('c3', 'parcel.changed', 2, 'B3');
    const facts = { method: 'ship', reason: 'unsupported' as const };
    sync.fake.fail('ship', new PlatformError('rejected', 'no call changes a waybill', facts));
    await run('c3');
    expect(await noticeOf('c3')).toMatchObject({ state: 'failed', reason: 'no call changes a waybill' });
    const alarms = (await sync.call('GET', '/sync/v1/alarms?open=true')).body.items;
    expect(alarms.find(({ subject }: { subject: string }) => subject === 'p-c3/ord_c3')).toMatchObject({
      kind: 'SHIP_NOTICE_FAILED',
      advice: expect.stringContaining('change A3 to B3 in the platform'),
    });

    sync.fake.orders.get('c3')!.waybill = 'B3';
    await sync.call('POST', '/sync/v1/ship-notices/p-c3/ord_c3/retry');
    await run('c3');
    expect(await noticeOf('c3')).toMatchObject({ state: 'told' });
    expect(sent('c3')).toEqual([['A3', undefined]]);
  });
});
