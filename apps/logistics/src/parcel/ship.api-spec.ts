import { LogisticsKit, orderOf, stopOf } from '../testing/logistics-kit';

let armed = '';
jest.mock('@app/shared/testing/kill-point', () => ({
  killPoint: (name: string) => {
    if (name !== armed) return;
    armed = '';
    throw new Error(`killed at ${name}`);
  },
}));

describe('scan to ship', () => {
  const kit = new LogisticsKit();
  beforeAll(() => kit.start());
  afterAll(() => kit.stop());
  afterEach(async () => {
    const { items } = (await kit.get('/verify')).body;
    expect(items.flatMap((one: any) => one.breaches)).toEqual([]);
  });

  const ship = (waybillNo: string, more: object = {}) => kit.post('/parcels/ship', { waybillNo, ...more });
  const told = (name: string, parcelId: string) =>
    kit.sql(`SELECT items FROM outbox WHERE name = $1 AND items LIKE '%' || $2 || '%'`, [name, parcelId]);

  it('[L16] ships a scanned parcel once, tells it once, and answers a second scan with the same parcel', async () => {
    const { item, parcel } = await kit.label();

    const first = await ship(parcel.waybillNo);
    const second = await ship(parcel.waybillNo);

    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ state: 'shipped', departedAt: kit.neighbours.departedAt });
    expect(second).toEqual(first);
    const facts = await told('parcel.shipped', parcel.id);
    expect(facts).toHaveLength(1);
    expect(JSON.parse(facts[0].items)).toEqual([
      expect.objectContaining({
        parcelId: parcel.id,
        parcelVersion: first.body.version,
        state: 'shipped',
        fulfilmentRevision: 1,
        waybillNo: parcel.waybillNo,
        lines: [expect.objectContaining({ lineId: item.lines[0]!.lineId, quantity: 2 })],
      }),
    ]);
    expect(kit.neighbours.callsTo(`${item.fulfilmentId}/departure`)).toHaveLength(1);
  });

  it('[L16] ships one waybill once when ten scanners read it at once', async () => {
    const { parcel } = await kit.label();

    const answers = await Promise.all(Array.from({ length: 10 }, () => ship(parcel.waybillNo)));

    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(new Set(answers.map(({ body }) => body.shippedAt)).size).toBe(1);
    expect(await told('parcel.shipped', parcel.id)).toHaveLength(1);
  });

  it.each(['ship.after-departure', 'ship.before-commit', 'ship.after-commit'])(
    '[L16] ships once when killed at %s and scanned again',
    async (point) => {
      const { parcel } = await kit.label();
      armed = point;

      const killed = await ship(parcel.waybillNo);
      const again = await ship(parcel.waybillNo);

      expect(killed.status).toBe(500);
      expect(again).toMatchObject({ status: 200, body: { state: 'shipped' } });
      expect(await told('parcel.shipped', parcel.id)).toHaveLength(1);
      expect(kit.neighbours.departed.has(`${parcel.id}@1`)).toBe(true);
    },
  );

  it('[L16] ships at the next scan when the answer of orders was lost or orders was away', async () => {
    const { parcel } = await kit.label();
    kit.neighbours.answerInstead('/departure', { drop: true });
    kit.neighbours.answerInstead('/departure', { status: 503, body: { code: 'DATABASE.UNAVAILABLE', detail: 'away' } });

    expect(await ship(parcel.waybillNo)).toMatchObject({ status: 503, body: { code: 'SERVICE.UNAVAILABLE' } });
    expect(await ship(parcel.waybillNo)).toMatchObject({ status: 503, body: { code: 'SERVICE.UNAVAILABLE' } });
    expect((await kit.get(`/parcels/${parcel.id}`)).body.state).toBe('departing');
    expect((await ship(parcel.waybillNo)).status).toBe(200);
  });

  it('[O18] takes a parcel out that orders does not let go, says what to do, and refuses every further scan', async () => {
    const { item, parcel } = await kit.label();
    kit.neighbours.answerInstead('/departure', {
      status: 409,
      body: { code: 'FULFILMENT.STOPPED', detail: 'A refund is asked.', holds: [{ type: 'refund_requested' }] },
    });

    const refused = await ship(parcel.waybillNo);
    const again = await ship(parcel.waybillNo);

    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: 'FULFILMENT.STOPPED',
        reason: 'A refund is asked.',
        holds: [{ type: 'refund_requested' }],
        parcelId: parcel.id,
      },
    });
    expect(refused.body.whatToDo).toContain(parcel.waybillNo);
    expect(again.body.code).toBe('FULFILMENT.STOPPED');
    expect(await told('parcel.shipped', parcel.id)).toEqual([]);
    expect((await kit.get('/pull-outs?state=open')).body.items).toContainEqual(
      expect.objectContaining({ parcelId: parcel.id, fulfilmentId: item.fulfilmentId }),
    );
    expect((await kit.post(`/fulfilments/${item.fulfilmentId}/parcels`)).body).toMatchObject({
      code: 'FULFILMENT.STOPPED',
    });
  });

  it('[O18] does not ship what was stopped while orders was asked', async () => {
    const { item, parcel } = await kit.label();
    armed = 'ship.after-departure';
    await ship(parcel.waybillNo);
    await kit.tell('fulfilment.stopped', [stopOf(item)]);

    expect(await ship(parcel.waybillNo)).toMatchObject({ status: 409, body: { code: 'FULFILMENT.STOPPED' } });
    expect((await kit.get(`/parcels/${parcel.id}`)).body.state).toBe('pull_out');
  });

  it('[O18] compares a parcel whose revision is stale before it may leave under the new one', async () => {
    const { item, parcel } = await kit.label();
    kit.neighbours.answerInstead('/departure', {
      status: 409,
      body: { code: 'FULFILMENT.STALE_REVISION', detail: 'revision 3 is released' },
    });

    expect(await ship(parcel.waybillNo)).toMatchObject({ status: 409, body: { code: 'FULFILMENT.STALE_REVISION' } });
    kit.neighbours.revisions.set(item.fulfilmentId, 3);
    await kit.tell('fulfilment.released', [{ ...item, fulfilmentRevision: 3 }]);
    await kit.tick();
    const again = await ship(parcel.waybillNo);

    expect(again).toMatchObject({ status: 200, body: { state: 'shipped', revision: 3 } });
    expect(kit.neighbours.departed.has(`${parcel.id}@3`)).toBe(true);
  });

  it('[L16] tells a wrong number, a cancelled parcel and a number of two carriers apart', async () => {
    const cancelled = (await kit.label()).parcel;
    await kit.post(`/parcels/${cancelled.id}/cancel-waybill`);
    const one = await kit.release();
    const two = await kit.release({ carrier: 'SF' });
    for (const [item, carrier] of [
      [one, 'ZTO'],
      [two, 'SF'],
    ] as const) {
      kit.neighbours.answerInstead('/waybills', { body: { waybillNo: 'SAME-1', carrier, printData: '{}' } });
      await kit.post(`/fulfilments/${item.fulfilmentId}/parcels`);
    }

    expect(await ship('00000000')).toMatchObject({ status: 404, body: { code: 'PARCEL.NOT_FOUND' } });
    expect(await ship(cancelled.waybillNo)).toMatchObject({
      status: 409,
      body: { code: 'PARCEL.STATE_FORBIDS', state: 'cancelled' },
    });
    const ambiguous = await ship('SAME-1');
    expect(ambiguous).toMatchObject({ status: 409, body: { code: 'PARCEL.AMBIGUOUS_WAYBILL' } });
    expect(ambiguous.body.candidates.map((candidate: any) => candidate.carrier).sort()).toEqual(['SF', 'ZTO']);
    expect(await ship('SAME-1', { carrier: 'SF' })).toMatchObject({
      status: 200,
      body: { fulfilmentId: two.fulfilmentId },
    });
    expect(await ship('')).toMatchObject({ status: 400, body: { code: 'VALIDATION' } });
  });

  it('[L20] marks a parcel as delivered by a carrier’s word or by the platform’s, and tells it once', async () => {
    const byCarrier = (await kit.label()).parcel;
    const byPlatform = await kit.label();
    expect(await kit.post(`/parcels/${byCarrier.id}/delivered`)).toMatchObject({
      status: 409,
      body: { code: 'PARCEL.STATE_FORBIDS' },
    });
    await ship(byCarrier.waybillNo);
    await ship(byPlatform.parcel.waybillNo);

    const first = await kit.post(`/parcels/${byCarrier.id}/delivered`, { at: '2020-01-01T00:00:00Z' });
    const second = await kit.post(`/parcels/${byCarrier.id}/delivered`);
    await kit.tell('order.completed', [orderOf(byPlatform.item, 'signed', 5)]);
    await kit.tell('order.completed', [orderOf(byPlatform.item, 'completed', 6)]);

    expect(first.body).toMatchObject({ state: 'delivered', deliveredAt: first.body.shippedAt });
    expect(second).toEqual(first);
    expect((await kit.get(`/parcels/${byPlatform.parcel.id}`)).body.state).toBe('delivered');
    expect(await told('parcel.delivered', byCarrier.id)).toHaveLength(1);
    expect(await told('parcel.delivered', byPlatform.parcel.id)).toHaveLength(1);
    expect((await kit.post('/parcels/pcl_none/delivered')).body.code).toBe('PARCEL.NOT_FOUND');
    expect((await kit.post(`/parcels/${byCarrier.id}/delivered`, { at: 'yesterday' })).body.code).toBe('VALIDATION');
  });

  it('[L20] keeps the time at which each buyer got its parcel when several facts come together', async () => {
    const parcels = [await kit.label(), await kit.label()];
    const times: string[] = [];
    const told = [];
    for (const [n, { item, parcel }] of parcels.entries()) {
      const { shippedAt } = (await ship(parcel.waybillNo)).body;
      times.push(new Date(Date.parse(shippedAt) + (n + 1) * 3_600_000).toISOString());
      told.push({ items: [orderOf(item, 'signed', 5)], occurredAt: times[n]! });
    }
    await kit.tellTogether('order.completed', told);
    for (const [n, { parcel }] of parcels.entries()) {
      const { state, deliveredAt } = (await kit.get(`/parcels/${parcel.id}`)).body;
      expect([state, new Date(deliveredAt).toISOString()]).toEqual(['delivered', times[n]]);
    }
  });

  it('[L16] gives a parcel under way the number under which its carrier has it now, and tells that once', async () => {
    const { parcel } = await kit.label();
    const other = (await kit.label()).parcel;
    const wish = { carrier: 'SF', waybillNo: `NEW${parcel.waybillNo}` };
    const change = (more: object = {}) => kit.post(`/parcels/${parcel.id}/change-waybill`, { ...wish, ...more });
    expect((await change()).body.code).toBe('PARCEL.STATE_FORBIDS');
    await ship(parcel.waybillNo);
    expect((await change({ waybillNo: 'no number' })).body.code).toBe('VALIDATION');
    expect((await change({ carrier: other.carrier, waybillNo: other.waybillNo })).body).toMatchObject({
      code: 'WAYBILL.ALREADY_USED',
      parcelId: other.id,
    });
    expect((await change({ waybillNo: parcel.waybillNo })).body.code).toBe('PARCEL.STATE_FORBIDS');

    const first = await change();
    expect(first).toMatchObject({ status: 200, body: { id: parcel.id, state: 'shipped', ...wish } });
    expect((await change()).body).toEqual(first.body);
    const facts = await told('parcel.changed', parcel.id);
    expect(facts).toHaveLength(1);
    expect(JSON.parse(facts[0].items)).toMatchObject([
      { parcelId: parcel.id, parcelVersion: first.body.version, state: 'shipped', ...wish },
    ]);
    expect((await kit.post(`/parcels/${parcel.id}/delivered`)).status).toBe(200);
    expect((await change({ waybillNo: 'LATE1' })).body.code).toBe('PARCEL.STATE_FORBIDS');
    expect((await kit.post('/parcels/pcl_none/change-waybill', wish)).body.code).toBe('PARCEL.NOT_FOUND');
  });

  it('[L4] cancels and changes waybills before shipping alone, and gives numbers back until it is done', async () => {
    const shipped = (await kit.label()).parcel;
    await ship(shipped.waybillNo);
    const { item, parcel } = await kit.label();
    await kit.tick();
    kit.neighbours.answerInstead('/waybills/cancel', {
      status: 503,
      body: { code: 'PLATFORM.UNAVAILABLE', detail: 'away' },
    });

    expect((await kit.post(`/parcels/${shipped.id}/change-waybill`, { carrier: 'SF' })).body.code).toBe(
      'PARCEL.STATE_FORBIDS',
    );
    expect((await kit.post(`/parcels/${shipped.id}/cancel-waybill`)).body.code).toBe('PARCEL.STATE_FORBIDS');
    expect((await kit.post(`/parcels/${parcel.id}/cancel-waybill`, { expectedVersion: 99 })).body).toMatchObject({
      code: 'PARCEL.VERSION_CONFLICT',
      version: parcel.version,
    });
    expect((await kit.post(`/parcels/${parcel.id}/change-waybill`, { carrier: 'DODO' })).body.code).toBe(
      'CARRIER.UNKNOWN',
    );
    const changed = await kit.post(`/parcels/${parcel.id}/change-waybill`, { carrier: 'SF' });
    const again = await kit.post(`/parcels/${parcel.id}/change-waybill`, { carrier: 'SF' });

    expect(changed).toMatchObject({ status: 200, body: { carrier: 'SF', state: 'labelled' } });
    expect(again.body.id).toBe(changed.body.id);
    expect((await kit.get(`/parcels/${parcel.id}`)).body).toMatchObject({
      state: 'cancelled',
      replacedBy: changed.body.id,
      waybillReturn: 'due',
    });
    await kit.tick();
    expect((await kit.get(`/parcels/${parcel.id}`)).body.waybillReturn).toBe('due');
    await kit.sql(
      'UPDATE waybill_cancel SET next_try_at = touched.at FROM (SELECT touched_at AS at FROM parcel WHERE id = $1) touched WHERE parcel_id = $1',
      [parcel.id],
    );
    await kit.tick();
    expect((await kit.get(`/parcels/${parcel.id}`)).body.waybillReturn).toBe('done');
    const gone = await kit.post(`/parcels/${changed.body.id}/cancel-waybill`, { reason: 'box damaged' });
    expect(gone.body).toMatchObject({ state: 'cancelled', reason: 'box damaged' });
    expect((await kit.post(`/parcels/${changed.body.id}/cancel-waybill`)).body.version).toBe(gone.body.version);
    expect((await kit.get('/work?limit=500')).body.items.map((one: any) => one.fulfilmentId)).toContain(
      item.fulfilmentId,
    );
    expect((await kit.post('/parcels/pcl_none/cancel-waybill')).body.code).toBe('PARCEL.NOT_FOUND');
  });

  it('[L4] finds parcels by order, number and state, and keeps carriers and senders', async () => {
    const { item, parcel } = await kit.label();

    expect((await kit.get(`/parcels?orderId=${item.lines[0]!.orderId}`)).body.items).toEqual([
      expect.objectContaining({ id: parcel.id }),
    ]);
    expect((await kit.get(`/parcels?waybillNo=${parcel.waybillNo}&state=labelled`)).body.items).toHaveLength(1);
    expect((await kit.get('/parcels?state=flying')).body.code).toBe('VALIDATION');
    expect((await kit.get('/parcels?cursor=x')).body.code).toBe('CURSOR.INVALID');
    expect((await kit.call('PUT', '/carriers/JNT', { name: '极兔' })).body).toEqual({
      code: 'JNT',
      name: '极兔',
      isActive: true,
    });
    expect((await kit.get('/carriers')).body.items).toContainEqual({ code: 'JNT', name: '极兔', isActive: true });
    expect((await kit.call('PUT', '/carriers/J%20T', { name: '极兔' })).body.code).toBe('VALIDATION');
    const [sender] = (await kit.get('/senders')).body.items;
    const { warehouse, version, ...address } = sender;
    expect((await kit.call('PUT', `/senders/${warehouse}`, address)).body.version).toBe(version);
    expect((await kit.call('PUT', `/senders/${warehouse}`, { ...address, phone: '0571-1' })).body.version).toBe(
      version + 1,
    );
    const limited = await kit.tokenFor({ scopes: ['logistics:write', 'logistics:read'], warehouses: ['GZ1'] });
    expect((await kit.call('PUT', '/senders/HZ1', address, { token: limited })).body.code).toBe('WAREHOUSE.NOT_FOUND');
  });
});
