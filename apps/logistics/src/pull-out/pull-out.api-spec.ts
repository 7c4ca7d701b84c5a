import type { FulfilmentFactItem } from '@app/contracts';
import { LogisticsKit, stopOf } from '../testing/logistics-kit';
import { RECEIVER } from '../testing/neighbour-servers';

describe('pull-outs', () => {
  const kit = new LogisticsKit();
  beforeAll(() => kit.start());
  afterAll(() => kit.stop());
  afterEach(async () => {
    const { items } = (await kit.get('/verify')).body;
    expect(items.flatMap((one: any) => one.breaches)).toEqual([]);
  });

  const stop = async (item: FulfilmentFactItem) => kit.tell('fulfilment.stopped', [stopOf(item)]);
  const releaseAgain = async (item: FulfilmentFactItem, change: Partial<FulfilmentFactItem> = {}) => {
    kit.neighbours.revisions.set(item.fulfilmentId, 3);
    await kit.tell('fulfilment.released', [{ ...item, fulfilmentRevision: 3, ...change }]);
  };
  const openOf = async (parcelId: string) =>
    (await kit.get('/pull-outs?state=open&limit=500')).body.items.find((one: any) => one.parcelId === parcelId);
  const parcelOf = async (id: string) => (await kit.get(`/parcels/${id}`)).body;
  const workIds = async () => (await kit.get('/work?limit=500')).body.items.map((one: any) => one.fulfilmentId);

  it('[O18] asks a clerk to take a labelled parcel out when its order is stopped, and gives the number back', async () => {
    const { item, parcel } = await kit.label();
    await stop(item);

    const open = await openOf(parcel.id);
    expect(open).toMatchObject({ reason: 'The buyer asks for a refund.', waybillNo: parcel.waybillNo });
    expect(open.whatToDo).toContain(parcel.waybillNo);
    expect(await kit.post('/parcels/ship', { waybillNo: parcel.waybillNo })).toMatchObject({
      status: 409,
      body: { code: 'FULFILMENT.STOPPED', reason: 'The buyer asks for a refund.' },
    });
    expect((await kit.post(`/parcels/${parcel.id}/cancel-waybill`)).body.code).toBe('PARCEL.STATE_FORBIDS');

    const acknowledged = await kit.post(`/pull-outs/${open.id}/acknowledge`, {}, { key: 'ack-1' });
    const again = await kit.post(`/pull-outs/${open.id}/acknowledge`, {}, { key: 'ack-1' });
    const plain = await kit.post(`/pull-outs/${open.id}/acknowledge`);
    await kit.tick();

    expect(acknowledged).toMatchObject({
      status: 200,
      body: { state: 'acknowledged', closedBy: 'test-client', keptUntil: null },
    });
    expect(again).toEqual(acknowledged);
    expect(plain.body).toEqual(acknowledged.body);
    expect(await parcelOf(parcel.id)).toMatchObject({ state: 'cancelled', waybillReturn: 'done' });
    expect(kit.neighbours.cancelled).toContain(parcel.waybillNo);
  });

  it('[O18] uses a kept waybill again when the order resumes with the same contents and receiver', async () => {
    const { item, parcel } = await kit.label();
    await stop(item);
    const open = await openOf(parcel.id);
    expect(
      (await kit.post(`/pull-outs/${open.id}/acknowledge`, { keepWaybill: true, keepHours: 48 })).body.keptUntil,
    ).not.toBeNull();

    await releaseAgain(item);
    await kit.tick();

    expect(await parcelOf(parcel.id)).toMatchObject({
      state: 'labelled',
      revision: 3,
      waybillNo: parcel.waybillNo,
      keptUntil: null,
    });
    expect(await workIds()).not.toContain(item.fulfilmentId);
    expect((await kit.post('/parcels/ship', { waybillNo: parcel.waybillNo })).status).toBe(200);
    expect(kit.neighbours.departed.has(`${parcel.id}@3`)).toBe(true);
  });

  it('[O18] resumes a pull-out that nobody acknowledged yet', async () => {
    const { item, parcel } = await kit.label();
    await stop(item);
    await releaseAgain(item);

    await kit.tick();

    expect((await parcelOf(parcel.id)).state).toBe('labelled');
    expect(await openOf(parcel.id)).toBeUndefined();
    expect((await kit.get('/pull-outs?state=resumed')).body.items).toContainEqual(
      expect.objectContaining({ parcelId: parcel.id }),
    );
  });

  it('[O18] gives the kept parcel back to a clerk who asks for a label before it was compared', async () => {
    const { item, parcel } = await kit.label();
    await stop(item);
    await kit.post(`/pull-outs/${(await openOf(parcel.id)).id}/acknowledge`, { keepWaybill: true });
    await releaseAgain(item);

    const answer = await kit.post(`/fulfilments/${item.fulfilmentId}/parcels`);

    expect(answer).toMatchObject({ status: 201, body: { id: parcel.id, waybillNo: parcel.waybillNo, revision: 3 } });
  });

  it.each([
    ['receiver', { receiver: true }],
    ['contents', { lines: true }],
  ])('[O18] cancels a kept waybill when the %s changed, and the fulfilment is work again', async (_, what) => {
    const { item, parcel } = await kit.label();
    await stop(item);
    await kit.post(`/pull-outs/${(await openOf(parcel.id)).id}/acknowledge`, { keepWaybill: true });
    if ('receiver' in what)
      kit.neighbours.receivers.set(item.fulfilmentId, {
        ...RECEIVER,
        masked: { ...RECEIVER.masked, address: '国贸**' },
        mergeKey: 'other',
      });
    await releaseAgain(item, 'lines' in what ? { lines: [{ ...item.lines[0]!, quantity: 1 }] } : {});

    await kit.tick();

    expect(await parcelOf(parcel.id)).toMatchObject({ state: 'cancelled', waybillReturn: 'done' });
    expect(await workIds()).toContain(item.fulfilmentId);
    expect((await kit.post(`/fulfilments/${item.fulfilmentId}/parcels`)).body.waybillNo).not.toBe(parcel.waybillNo);
  });

  it('[O18] asks to take out a label whose address changed while its stop was never seen', async () => {
    const { item, parcel } = await kit.label();
    kit.neighbours.receivers.set(item.fulfilmentId, { ...RECEIVER, mergeKey: 'other' });
    await releaseAgain(item);
    expect(await kit.post('/parcels/ship', { waybillNo: parcel.waybillNo })).toMatchObject({
      status: 409,
      body: { code: 'FULFILMENT.STALE_REVISION' },
    });

    await kit.tick();

    expect(await openOf(parcel.id)).toMatchObject({ reason: expect.stringContaining('changed') });
    expect(await workIds()).not.toContain(item.fulfilmentId);
    await kit.post(`/pull-outs/${(await openOf(parcel.id)).id}/acknowledge`);
    expect(await workIds()).toContain(item.fulfilmentId);
  });

  it('[O18] gives a kept waybill back when its time is over', async () => {
    const { item, parcel } = await kit.label();
    await stop(item);
    await kit.post(`/pull-outs/${(await openOf(parcel.id)).id}/acknowledge`, { keepWaybill: true });
    await kit.sql('UPDATE parcel SET kept_until = created_at WHERE id = $1', [parcel.id]);

    await kit.tick();

    expect(await parcelOf(parcel.id)).toMatchObject({ state: 'cancelled', waybillReturn: 'done' });
  });

  it('[O18] waits with a comparison while orders is away', async () => {
    const { item, parcel } = await kit.label();
    await stop(item);
    await releaseAgain(item);
    kit.neighbours.answerInstead('/receiver', { status: 503, body: { code: 'DATABASE.UNAVAILABLE', detail: 'away' } });

    await kit.tick();
    expect((await parcelOf(parcel.id)).state).toBe('pull_out');
    await kit.sql('UPDATE parcel SET resume_due_at = created_at WHERE id = $1', [parcel.id]);
    await kit.tick();
    expect((await parcelOf(parcel.id)).state).toBe('labelled');
  });

  it('[O18] shows and closes nothing of other warehouses', async () => {
    const { item, parcel } = await kit.label();
    await stop(item);
    const open = await openOf(parcel.id);
    const elsewhere = await kit.tokenFor({ scopes: ['logistics:read', 'logistics:write'], warehouses: ['GZ1'] });

    expect((await kit.get('/pull-outs', { token: elsewhere })).body.items).toEqual([]);
    expect(await kit.post(`/pull-outs/${open.id}/acknowledge`, {}, { token: elsewhere })).toMatchObject({
      status: 404,
      body: { code: 'PULL_OUT.NOT_FOUND' },
    });
    expect(await kit.post('/pull-outs/pul_none/acknowledge')).toMatchObject({
      status: 404,
      body: { code: 'PULL_OUT.NOT_FOUND' },
    });
    expect(await kit.post(`/pull-outs/${open.id}/acknowledge`, { keepHours: 0 })).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION' },
    });
  });
});
