import { PlatformError } from '@app/platforms';
import { startSync, type SyncFixture } from '../testing/sync.fixture';

describe('waybills and order states for logistics', () => {
  let sync: SyncFixture;
  let shopId: string;

  beforeAll(async () => {
    sync = await startSync({ works: false });
    shopId = (
      await sync.call('POST', '/sync/v1/shops', {
        body: { platform: 'fake', name: 'x', platformShopId: '1', appKey: 'app', appSecret: 's', accessToken: 't' },
      })
    ).body.id;
    for (const [no, state] of [
      ['1', 'paid'],
      ['2', 'closed'],
      ['3', 'paid'],
    ] as const)
      sync.fake.orders.set(no, { no, state, placedAt: new Date(), modifiedAt: new Date() });
    sync.fake.orders.get('3')!.refund = 'requested';
  });
  afterAll(() => sync.close());

  const request = (parcelId: string, more: object = {}) => ({
    shopId,
    fulfilmentId: 'ful_1',
    parcelId,
    carrier: 'ZTO',
    platformOrderNos: [`order-${parcelId}`],
    sender: {
      name: '仓',
      phone: '13800000000',
      province: '浙江省',
      city: '杭州市',
      district: '余杭区',
      address: '1号',
    },
    receiver: { cipher: { oaid: 'x' }, masked: { name: '张**' } },
    lines: [{ platformOrderNo: `order-${parcelId}`, platformLineNo: '1', title: 'T恤', quantity: 1 }],
    ...more,
  });
  const take = (parcelId: string, more: object = {}) =>
    sync.service('POST', '/sync/v1/waybills', request(parcelId, more));

  it('[L4] gives one number per parcel, however often it is asked for', async () => {
    const first = await take('p1');
    expect([first.status, first.body]).toEqual([200, { waybillNo: 'SF1', carrier: 'ZTO', printData: 'print SF1' }]);
    expect((await take('p1')).body).toEqual(first.body);
    expect(sync.fake.waybills).toHaveLength(1);
    const other = await take('p1', { carrier: 'SF' });
    expect([other.status, other.body.code]).toEqual([409, 'WAYBILL.OTHER_CARRIER']);
  });

  it('[L4] finds the number whose answer was lost instead of taking a second one', async () => {
    sync.fake.fail(
      'waybill-after',
      new PlatformError('transient', 'the answer was lost', { method: 'waybill', outcomeUnknown: true }),
    );
    const lost = await take('p2');
    expect([lost.status, lost.body.waybillNo]).toEqual([200, 'SF2']);
    expect(sync.fake.waybills.filter(({ orderNo }) => orderNo === 'order-p2')).toHaveLength(1);
    const database = await sync.database.open('sync');
    // As after a crash between the call and its row: asked, but no number is known here.
    await database.query(
      `UPDATE waybill SET state = 'asked', waybill_no = NULL, print_data_sealed = NULL, claimed_until = NULL WHERE parcel_id = 'p2'`,
    );
    expect((await take('p2')).body.waybillNo).toBe('SF2');
    expect(sync.fake.waybills.filter(({ orderNo }) => orderNo === 'order-p2')).toHaveLength(1);
  });

  it('[L4] gives one number when two ask at the same time', async () => {
    const answers = await Promise.all([take('p3'), take('p3'), take('p3')]);
    const given = answers.filter(({ status }) => status === 200);
    expect(new Set(given.map(({ body }) => body.waybillNo)).size).toBe(1);
    for (const { status, body } of answers) if (status !== 200) expect(body.code).toBe('WAYBILL.IN_PROGRESS');
    expect(sync.fake.waybills.filter(({ orderNo }) => orderNo === 'order-p3')).toHaveLength(1);
  });

  it('[L4] gives a number back once, and takes a new one afterwards', async () => {
    const { waybillNo } = (await take('p4')).body;
    const cancel = () =>
      sync.service('POST', '/sync/v1/waybills/cancel', { shopId, parcelId: 'p4', carrier: 'ZTO', waybillNo });
    expect((await cancel()).body).toEqual({ cancelled: true });
    expect((await cancel()).body).toEqual({ cancelled: true });
    expect(sync.fake.count('cancel-waybill')).toBe(1);
    const again = await take('p4', { carrier: 'SF' });
    expect(again.body.waybillNo).not.toBe(waybillNo);
    expect(sync.fake.waybills.at(-1)!.requestKey).toBe('p4-2');
  });

  it('[L4] says that a number cannot be given back once the carrier has the parcel', async () => {
    const { body } = await take('p9');
    const parcel = { shopId, parcelId: 'p9', carrier: 'ZTO', waybillNo: body.waybillNo };
    sync.fake.keepsWaybills = true;
    const kept = await sync.service('POST', '/sync/v1/waybills/cancel', parcel);
    sync.fake.keepsWaybills = false;
    expect([kept.status, kept.body.code]).toEqual([409, 'WAYBILL.CANNOT_CANCEL']);
  });

  it('[L4] passes on why the platform gives no number, and stays ready to ask again', async () => {
    sync.fake.fail('waybill', new PlatformError('rejected', 'the account has no balance', { method: 'waybill' }));
    const refused = await take('p5');
    expect([refused.status, refused.body.code]).toEqual([409, 'PLATFORM.REJECTED']);
    sync.fake.fail('waybill', new PlatformError('transient', 'away', { method: 'waybill' }));
    const away = await take('p5');
    expect([away.status, away.body.code]).toEqual([503, 'PLATFORM.UNAVAILABLE']);
    expect((await take('p5')).status).toBe(200);
    expect((await take('p6', { shopId: 'shp_none' })).body.code).toBe('SHOP.NOT_FOUND');
    expect((await take('p6', { platformOrderNos: [] })).body.code).toBe('VALIDATION');
    expect((await sync.call('POST', '/sync/v1/waybills', { body: request('p7') })).body.code).toBe('AUTH.SCOPE');
  });

  it('[O18] reads the orders of a refused number again, since their receiver may have changed unseen', async () => {
    const platformOrderNos = ['unseen-1', 'unseen-2'];
    const asked = async () =>
      (
        (await (
          await sync.database.open('sync')
        ).query(`SELECT subject FROM work WHERE kind = 'order' AND subject LIKE '%/unseen-%' ORDER BY subject`)) as {
          subject: string;
        }[]
      ).map(({ subject }) => subject);
    sync.fake.fail('waybill', new PlatformError('transient', 'away', { method: 'waybill' }));
    expect((await take('p8', { platformOrderNos })).status).toBe(503);
    expect(await asked()).toEqual([]);
    sync.fake.fail('waybill', new PlatformError('rejected', 'another receiver', { method: 'waybill' }));
    expect((await take('p8', { platformOrderNos })).body.code).toBe('PLATFORM.REJECTED');
    expect(await asked()).toEqual(platformOrderNos.map((no) => `${shopId}/${no}`));
  });

  it('[O49] tells whether a parcel may leave by the platform’s word, and pulls what may not', async () => {
    const ask = (platformOrderNo: string) => sync.service('POST', '/sync/v1/orders/state', { shopId, platformOrderNo });
    expect((await ask('1')).body).toMatchObject({ platformState: 'paid', mayShip: true, reason: '' });
    expect((await ask('2')).body).toMatchObject({ platformState: 'closed', mayShip: false });
    expect((await ask('3')).body).toMatchObject({ mayShip: false, reason: expect.stringContaining('refund') });
    const missing = await ask('none');
    expect([missing.status, missing.body.code]).toEqual([404, 'PLATFORM.NOT_FOUND']);
    const database = await sync.database.open('sync');
    const work = (await database.query(
      `SELECT subject FROM work WHERE kind = 'order' AND subject LIKE '%/_' ORDER BY subject`,
    )) as {
      subject: string;
    }[];
    expect(work.map(({ subject }) => subject)).toEqual([`${shopId}/2`, `${shopId}/3`]);
  });

  it('[O18] stops the parcel of an order whose receiver changed although its modified time stands still', async () => {
    const ask = () => sync.service('POST', '/sync/v1/orders/state', { shopId, platformOrderNo: 'moved' });
    const receiver = (detail: string) => ({
      cipher: {},
      masked: { name: '李*', phone: '138****0000', province: '浙江', city: '杭州', address: detail },
    });
    const order = { no: 'moved', state: 'paid' as const, placedAt: new Date(0), modifiedAt: new Date(0) };
    sync.fake.orders.set('moved', { ...order, receiver: receiver('文一路*号') });
    sync.neighbours.stored.set('moved', sync.fake.order('moved'));
    expect((await ask()).body).toMatchObject({ mayShip: true });

    sync.fake.orders.set('moved', { ...order, receiver: receiver('文二路*号') });
    expect((await ask()).body).toMatchObject({ mayShip: false, reason: expect.stringContaining('receiver') });
    expect(sync.neighbours.stored.get('moved')!.receiver).toEqual(receiver('文二路*号'));
    expect((await ask()).body).toMatchObject({ mayShip: true });

    const less = { ...order, receiver: receiver('文二路*号'), receiverOfState: receiver('') };
    sync.fake.orders.set('moved', less);
    expect((await ask()).body).toMatchObject({ mayShip: true });
  });

  it('[P12] marks the shop and raises the alarm when the token is refused, and refuses calls afterwards', async () => {
    sync.fake.fail(
      'state',
      new PlatformError('reauthorise', 'session-expired', { method: 'state', platformCode: '27' }),
    );
    const refused = await sync.service('POST', '/sync/v1/orders/state', { shopId, platformOrderNo: '1' });
    expect(refused.body.code).toBe('PLATFORM.REAUTHORISE');
    expect((await sync.call('GET', `/sync/v1/shops/${shopId}`)).body.token.state).toBe('revoked');
    expect((await sync.call('GET', '/sync/v1/alarms?open=true')).body.items).toMatchObject([
      { kind: 'TOKEN_REVOKED', shopId },
    ]);
    expect((await sync.service('POST', '/sync/v1/orders/state', { shopId, platformOrderNo: '1' })).body.code).toBe(
      'SHOP.NOT_AUTHORISED',
    );
    expect((await take('p8')).body.code).toBe('SHOP.NOT_AUTHORISED');
  });
});
