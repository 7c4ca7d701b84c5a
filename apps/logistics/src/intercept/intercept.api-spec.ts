import type { FulfilmentFactItem } from '@app/contracts';
import { LogisticsKit, orderOf, refundOf, stopOf } from '../testing/logistics-kit';

let armed = '';
jest.mock('@app/shared/testing/kill-point', () => ({
  killPoint: (name: string) => {
    if (name !== armed) return;
    armed = '';
    throw new Error(`killed at ${name}`);
  },
}));

describe('intercepts', () => {
  const kit = new LogisticsKit();
  beforeAll(() => kit.start());
  afterAll(() => kit.stop());
  afterEach(async () => {
    expect(await kit.breaches()).toEqual([]);
  });

  const answer = (id: string, act: 'caught' | 'too-late', body: object, options?: { token?: string; key?: string }) =>
    kit.post(`/intercepts/${id}/${act}`, body, options);
  const asked = async (change: Partial<FulfilmentFactItem> = {}) => {
    const shipped = await kit.ship(change);
    await kit.refund(shipped.item, 2, 'requested');
    return { ...shipped, intercept: await kit.interceptOf(shipped.parcel.id) };
  };

  it('[O50] asks the carrier for a parcel under way as soon as a refund is asked, and expects it back', async () => {
    const { item, parcel, intercept } = await asked();

    expect(intercept).toMatchObject({
      state: 'asked',
      version: 1,
      cause: 'requested',
      waybillNo: parcel.waybillNo,
      carrier: 'ZTO',
      warehouse: 'HZ1',
      orderId: item.lines[0]!.orderId,
      closedAt: null,
    });
    expect(intercept.reason).toContain(item.lines[0]!.platformOrderNo);
    expect(intercept.whatToDo).toContain(parcel.waybillNo);
    expect((await kit.get(`/parcels?waybillNo=${parcel.waybillNo}`)).body.items[0].intercept).toBe('asked');
    expect(await kit.returnsOf(parcel.waybillNo)).toEqual([
      expect.objectContaining({
        state: 'expected',
        parcelId: parcel.id,
        intercept: 'asked',
        warehouse: 'HZ1',
        awaited: [{ skuCode: 'TEE-RED-M', quantity: 2 }],
      }),
    ]);
    await kit.refund(item, 3, 'refunded');
    expect(await kit.interceptOf(parcel.id)).toMatchObject({ state: 'asked', version: 1, cause: 'refunded' });
  });

  it('[O50] asks for nothing where a part was refunded, nothing left, or the buyer has the goods', async () => {
    const partly = await kit.ship();
    await kit.tell('refund.succeeded', [refundOf(partly.item, 2, 'none', 40)]);
    const labelled = await kit.label();
    await kit.tell('fulfilment.stopped', [stopOf(labelled.item)]);
    await kit.refund(labelled.item, 2, 'requested');
    const delivered = await kit.ship();
    await kit.post(`/parcels/${delivered.parcel.id}/delivered`);
    await kit.refund(delivered.item, 2, 'requested');

    for (const { parcel } of [partly, labelled, delivered]) {
      expect(await kit.interceptOf(parcel.id)).toBeUndefined();
      expect(await kit.returnsOf(parcel.waybillNo)).toEqual([]);
    }
  });

  it('[O50] catches a parcel that left while the refund was on its way, whichever is known first', async () => {
    const { item, parcel } = await kit.label();
    armed = 'ship.after-departure';
    expect((await kit.post('/parcels/ship', { waybillNo: parcel.waybillNo })).status).toBe(500);
    await kit.refund(item, 2, 'requested');
    expect(await kit.interceptOf(parcel.id)).toBeUndefined();

    const shipped = await kit.post('/parcels/ship', { waybillNo: parcel.waybillNo });

    expect(shipped).toMatchObject({ status: 200, body: { state: 'shipped', intercept: 'asked' } });
    expect(await kit.interceptOf(parcel.id)).toMatchObject({ state: 'asked' });
  });

  it('[O50] misses no parcel when scans and refunds run at the same time', async () => {
    const all = [];
    for (let no = 0; no < 12; no += 1) all.push(await kit.label());

    await Promise.all(
      all.flatMap(({ item, parcel }) => [
        kit.post('/parcels/ship', { waybillNo: parcel.waybillNo }),
        kit.refund(item, 2, 'requested'),
      ]),
    );

    for (const { parcel } of all) expect(await kit.interceptOf(parcel.id)).toMatchObject({ state: 'asked' });
  });

  it('[O50] enters the carrier’s answer once, and keeps waiting for a parcel that was caught', async () => {
    const { parcel, intercept } = await asked();
    const body = { expectedVersion: intercept.version, reason: '中转站已拦截' };

    const caught = await answer(intercept.id, 'caught', body, { key: `caught-${intercept.id}` });
    const keyed = await answer(intercept.id, 'caught', body, { key: `caught-${intercept.id}` });
    const again = await answer(intercept.id, 'caught', body);

    expect(caught).toMatchObject({
      status: 200,
      body: { state: 'caught', version: 2, closedBy: 'test-client', note: '中转站已拦截' },
    });
    expect(keyed).toEqual(caught);
    expect(again.body).toEqual(caught.body);
    expect(await answer(intercept.id, 'too-late', { expectedVersion: 2 })).toMatchObject({
      status: 409,
      body: { code: 'INTERCEPT.STATE_FORBIDS', state: 'caught', version: 2 },
    });
    expect(await kit.returnsOf(parcel.waybillNo)).toEqual([
      expect.objectContaining({ state: 'expected', intercept: 'caught' }),
    ]);
  });

  it('[O50] waits no more for a parcel that the carrier cannot bring back', async () => {
    const { parcel, intercept } = await asked();

    const late = await answer(intercept.id, 'too-late', { expectedVersion: 1 });

    expect(late).toMatchObject({ status: 200, body: { state: 'too_late', whatToDo: '' } });
    expect(await kit.returnsOf(parcel.waybillNo)).toEqual([]);
  });

  it('[O50] lets one of ten clerks win who answer at once, and tells the others how it stands', async () => {
    const { intercept } = await asked();

    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, no) =>
        answer(intercept.id, no % 2 ? 'caught' : 'too-late', { expectedVersion: 1 }),
      ),
    );

    const [{ state, version }] = await kit.sql('SELECT state, version FROM intercept WHERE id = $1', [intercept.id]);
    expect(version).toBe(2);
    for (const { status, body } of answers) {
      if (status === 200) expect(body.state).toBe(state);
      else expect(body).toMatchObject({ code: 'INTERCEPT.STATE_FORBIDS', state });
    }
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
  });

  it('[O50] withdraws an intercept that nobody answered when the refund is withdrawn, and asks again when it comes back', async () => {
    const { item, parcel, intercept } = await asked();

    await kit.refund(item, 3, 'none');
    const withdrawn = await kit.interceptOf(parcel.id);
    const late = await answer(intercept.id, 'caught', { expectedVersion: 1 });
    await kit.tell('order.cancelled', [orderOf(item, 'closed', 4)]);

    expect(withdrawn).toMatchObject({ state: 'withdrawn', version: 2, closedBy: 'rule:intercept' });
    expect(late).toMatchObject({ status: 409, body: { code: 'INTERCEPT.STATE_FORBIDS', state: 'withdrawn' } });
    expect(await kit.interceptOf(parcel.id)).toMatchObject({
      id: intercept.id,
      state: 'asked',
      version: 3,
      cause: 'closed',
      note: '',
    });
    expect(await answer(intercept.id, 'caught', { expectedVersion: 1 })).toMatchObject({
      status: 409,
      body: { code: 'INTERCEPT.VERSION_CONFLICT', version: 3 },
    });
    expect(await kit.returnsOf(parcel.waybillNo)).toEqual([expect.objectContaining({ state: 'expected' })]);
  });

  it('[O50] lets the carrier’s answer stand when the refund is withdrawn after it', async () => {
    const { item, parcel, intercept } = await asked();
    await answer(intercept.id, 'caught', { expectedVersion: 1 });
    await kit.refund(item, 3, 'none');

    expect(await kit.interceptOf(parcel.id)).toMatchObject({ state: 'caught' });
    expect(await kit.returnsOf(parcel.waybillNo)).toEqual([expect.objectContaining({ state: 'expected' })]);
  });

  it.each(['carrier', 'platform'])(
    '[O50] is too late by itself when the %s says that the buyer has the parcel before anybody answered',
    async (who) => {
      const { item, parcel } = await asked();

      if (who === 'carrier') await kit.post(`/parcels/${parcel.id}/delivered`);
      else await kit.tell('order.changed', [{ ...refundOf(item, 3, 'requested'), platformState: 'signed' }]);

      expect(await kit.interceptOf(parcel.id)).toMatchObject({ state: 'too_late', closedBy: 'rule:intercept' });
      expect(await kit.returnsOf(parcel.waybillNo)).toEqual([]);
      expect((await kit.get(`/parcels/${parcel.id}`)).body).toMatchObject({
        state: 'delivered',
        intercept: 'too_late',
      });
    },
  );

  it('[O50] answers as before when the process died before the answer was kept', async () => {
    const { intercept, parcel } = await asked();
    armed = 'intercept.before-commit';

    const killed = await answer(intercept.id, 'caught', { expectedVersion: 1 }, { key: 'killed-answer' });
    const before = await kit.interceptOf(parcel.id);
    const again = await answer(intercept.id, 'caught', { expectedVersion: 1 }, { key: 'killed-answer' });

    expect(killed.status).toBe(500);
    expect(before.state).toBe('asked');
    expect(again).toMatchObject({ status: 200, body: { state: 'caught', version: 2 } });
  });

  it('[O50] shows and answers nothing of other warehouses and shops, and refuses what it does not understand', async () => {
    const { intercept } = await asked();
    const scopes = ['logistics:read', 'logistics:write'];
    for (const limits of [{ warehouses: ['GZ1'] }, { shops: ['shp_other'] }]) {
      const token = await kit.tokenFor({ scopes, ...limits });
      expect((await kit.get('/intercepts', { token })).body.items).toEqual([]);
      expect(await answer(intercept.id, 'caught', { expectedVersion: 1 }, { token })).toMatchObject({
        status: 404,
        body: { code: 'INTERCEPT.NOT_FOUND' },
      });
    }
    const reader = await kit.tokenFor({ scopes: ['logistics:read'] });
    expect((await answer(intercept.id, 'caught', { expectedVersion: 1 }, { token: reader })).status).toBe(403);
    expect((await answer(intercept.id, 'caught', {})).body.code).toBe('VALIDATION');
    expect((await kit.get('/intercepts?state=flying')).body.code).toBe('VALIDATION');
    expect((await kit.get('/intercepts?cursor=x')).body.code).toBe('CURSOR.INVALID');
    const first = (await kit.get('/intercepts?state=asked&warehouse=HZ1&limit=1')).body;
    const second = (await kit.get(`/intercepts?state=asked&limit=1&cursor=${first.nextCursor}`)).body;
    expect(second.items[0].id > first.items[0].id).toBe(true);
  });
});
