import { LogisticsKit, SENDER, SHOP, stopOf } from '../testing/logistics-kit';
import { RECEIVER } from '../testing/neighbour-servers';

let armed = '';
jest.mock('@app/shared/testing/kill-point', () => ({
  killPoint: (name: string) => {
    if (name !== armed) return;
    armed = '';
    throw new Error(`killed at ${name}`);
  },
}));

describe('labels', () => {
  const kit = new LogisticsKit();
  beforeAll(() => kit.start());
  afterAll(() => kit.stop());
  afterEach(async () => {
    const { items } = (await kit.get('/verify')).body;
    expect(items.flatMap((one: any) => one.breaches)).toEqual([]);
  });

  const post = (id: string, body: unknown = {}, options?: { key?: string; token?: string }) =>
    kit.post(`/fulfilments/${id}/parcels`, body, options);
  const parcelsOf = async (id: string) => (await kit.get(`/parcels?fulfilmentId=${id}`)).body.items;
  const workIds = async () => (await kit.get('/work?limit=500')).body.items.map((one: any) => one.fulfilmentId);

  it('[L4] takes one waybill for a whole fulfilment, which is then no work any more', async () => {
    const item = await kit.release();
    expect(await workIds()).toContain(item.fulfilmentId);

    const { status, body } = await post(item.fulfilmentId);

    expect(status).toBe(201);
    expect(body).toMatchObject({
      state: 'labelled',
      carrier: 'ZTO',
      printCount: 0,
      fulfilmentId: item.fulfilmentId,
      revision: 1,
    });
    expect(body.lines).toEqual([expect.objectContaining({ skuCode: 'TEE-RED-M', quantity: 2 })]);
    expect(kit.neighbours.numbers.get(body.id)).toBe(body.waybillNo);
    expect(await workIds()).not.toContain(item.fulfilmentId);
  });

  it('[L6] hands the receiver on as orders gave it, and keeps no print data in the clear', async () => {
    const { parcel } = await kit.label();

    const asked = kit.neighbours.callsTo('/waybills').find(({ body }) => body.parcelId === parcel.id)!;
    expect(asked.body).toMatchObject({ receiver: RECEIVER, sender: SENDER, shopId: 'shp_1', carrier: 'ZTO' });
    const [stored] = await kit.sql('SELECT print_data FROM waybill WHERE parcel_id = $1', [parcel.id]);
    expect(stored.printData).toMatch(/^v1\./);
    expect(stored.printData).not.toContain(parcel.waybillNo);
  });

  it('[L7] counts each print of a label, gives the print data unchanged, and forbids to print what must not leave', async () => {
    const { item, parcel } = await kit.label();

    const first = await kit.get(`/parcels/${parcel.id}/label`);
    const second = await kit.get(`/parcels/${parcel.id}/label`);
    await kit.tell('fulfilment.stopped', [stopOf(item)]);
    const third = await kit.get(`/parcels/${parcel.id}/label`);

    expect(first.body).toMatchObject({ printCount: 1, printData: `{"waybillCode":"${parcel.waybillNo}"}` });
    expect(second.body.printCount).toBe(2);
    expect(third).toMatchObject({ status: 409, body: { code: 'PARCEL.STATE_FORBIDS' } });
    expect(
      await kit.sql(`SELECT details FROM audit_entry WHERE act = 'parcel.label-printed' AND subject = $1`, [parcel.id]),
    ).toHaveLength(2);
    expect((await kit.get('/parcels/pcl_none/label')).body.code).toBe('PARCEL.NOT_FOUND');
  });

  it('[L15] makes several parcels of one fulfilment, never of more pieces than it has', async () => {
    const item = await kit.release();
    const { lineId } = item.lines[0]!;

    const first = await post(item.fulfilmentId, { lines: [{ lineId, quantity: 1 }] });
    const tooMany = await post(item.fulfilmentId, { lines: [{ lineId, quantity: 2 }] });
    expect(
      (await kit.get('/work?limit=500')).body.items.find((one: any) => one.fulfilmentId === item.fulfilmentId).lines[0]
        .quantity,
    ).toBe(1);
    const second = await post(item.fulfilmentId);
    const third = await post(item.fulfilmentId);

    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.lines[0].quantity).toBe(1);
    expect(second.body.waybillNo).not.toBe(first.body.waybillNo);
    expect(tooMany).toMatchObject({
      status: 409,
      body: { code: 'PARCEL.LINES_EXCEED', errors: [{ field: 'lines[0].quantity', code: 'EXCEEDS' }] },
    });
    expect(third).toMatchObject({ status: 409, body: { code: 'PARCEL.ALREADY_EXISTS', parcelId: second.body.id } });
  });

  it('[L4] goes on with the same parcel and number when the answer of the platform was lost', async () => {
    const item = await kit.release();
    kit.neighbours.answerInstead('/waybills', { drop: true });

    const lost = await post(item.fulfilmentId);
    expect(await workIds()).toContain(item.fulfilmentId);
    const again = await post(item.fulfilmentId);

    expect(lost).toMatchObject({ status: 503, body: { code: 'SERVICE.UNAVAILABLE' } });
    expect(again.status).toBe(201);
    expect(await parcelsOf(item.fulfilmentId)).toHaveLength(1);
    expect(
      new Set(
        kit.neighbours
          .callsTo('/waybills')
          .filter(({ body }) => body.fulfilmentId === item.fulfilmentId)
          .map(({ body }) => body.parcelId),
      ).size,
    ).toBe(1);
  });

  it.each(['parcel.after-reserve', 'parcel.after-waybill', 'parcel.before-commit', 'parcel.after-commit'])(
    '[L4] takes one number when killed at %s and called again',
    async (point) => {
      const item = await kit.release();
      armed = point;

      const killed = await post(item.fulfilmentId, {}, { key: `key-${point}` });
      const again = await post(item.fulfilmentId, {}, { key: `key-${point}` });

      expect(killed.status).toBe(500);
      expect(again).toMatchObject({ status: 201, body: { state: 'labelled' } });
      expect(await parcelsOf(item.fulfilmentId)).toHaveLength(1);
      expect(kit.neighbours.numbers.get(again.body.id)).toBe(again.body.waybillNo);
    },
  );

  it('[L4] takes one number for twelve calls at once', async () => {
    const item = await kit.release();

    const answers = await Promise.all(Array.from({ length: 12 }, () => post(item.fulfilmentId)));

    const numbers = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.waybillNo));
    expect(numbers.size).toBe(1);
    expect(
      answers.filter(({ status }) => status !== 201).every(({ body }) => body.code === 'PARCEL.ALREADY_EXISTS'),
    ).toBe(true);
    expect(await parcelsOf(item.fulfilmentId)).toHaveLength(1);
  });

  it('[L4] answers a repeated Idempotency-Key with the same parcel, and refuses it for another call', async () => {
    const item = await kit.release();
    const other = await kit.release();

    const first = await post(item.fulfilmentId, {}, { key: 'clerk-1' });
    const again = await post(item.fulfilmentId, {}, { key: 'clerk-1' });
    const reused = await post(other.fulfilmentId, {}, { key: 'clerk-1' });

    expect(again).toEqual(first);
    expect(reused.status).toBe(409);
    expect(reused.body.code).toBe('IDEMPOTENCY.KEY_REUSED');
  });

  it('[O18] takes no waybill for what is stopped, here or by the word of the platform', async () => {
    const stopped = await kit.release();
    await kit.tell('fulfilment.stopped', [stopOf(stopped, 'Address changed.')]);
    const forbidden = await kit.release();
    kit.neighbours.answerInstead('/orders/state', {
      body: { mayShip: false, reason: 'A refund of line 1 is requested.', platformState: 'paid' },
    });
    const before = kit.neighbours.callsTo('/waybills').length;

    const here = await post(stopped.fulfilmentId);
    const there = await post(forbidden.fulfilmentId);

    expect(here).toMatchObject({ status: 409, body: { code: 'FULFILMENT.STOPPED', reason: 'Address changed.' } });
    expect(there).toMatchObject({
      status: 409,
      body: { code: 'FULFILMENT.STOPPED', reason: 'A refund of line 1 is requested.' },
    });
    expect(kit.neighbours.callsTo('/waybills')).toHaveLength(before);
    expect(await parcelsOf(forbidden.fulfilmentId)).toEqual([
      expect.objectContaining({ state: 'cancelled', waybillNo: null, waybillReturn: null }),
    ]);
    expect((await post(forbidden.fulfilmentId)).status).toBe(201);
  });

  it('[O18] gives the number back when the fulfilment was stopped while it was asked for', async () => {
    const item = await kit.release();
    armed = 'parcel.after-waybill';
    await post(item.fulfilmentId, {}, { key: 'slow' });
    await kit.tell('fulfilment.stopped', [stopOf(item, 'The buyer asks for a refund.')]);

    const late = await post(item.fulfilmentId, {}, { key: 'slow' });
    await kit.tick();

    expect(late).toMatchObject({ status: 409, body: { code: 'FULFILMENT.STOPPED' } });
    const [parcel] = await parcelsOf(item.fulfilmentId);
    expect(parcel).toMatchObject({ state: 'cancelled', waybillReturn: 'done' });
    expect(kit.neighbours.cancelled).toContain(parcel.waybillNo);
  });

  it('[L4] has a number given back that may have been taken although its answer was lost', async () => {
    const item = await kit.release();
    kit.neighbours.answerInstead('/waybills', { drop: true });
    await post(item.fulfilmentId);
    const [open] = await parcelsOf(item.fulfilmentId);
    expect(open).toMatchObject({ state: 'requesting', waybillNo: null });

    const cancelled = await kit.post(`/parcels/${open.id}/cancel-waybill`);
    await kit.tick();

    expect(cancelled.body.state).toBe('cancelled');
    expect(kit.neighbours.cancelled).toContain(open.id);
    expect((await parcelsOf(item.fulfilmentId))[0]).toMatchObject({ waybillReturn: 'done' });
  });

  it('[L4] gives up a request of a stopped fulfilment that nobody went on with', async () => {
    const item = await kit.release();
    kit.neighbours.answerInstead('/waybills', { drop: true });
    await post(item.fulfilmentId);
    await kit.tell('fulfilment.stopped', [stopOf(item)]);
    await kit.sql(`UPDATE parcel SET touched_at = touched_at - interval '1 hour' WHERE fulfilment_id = $1`, [
      item.fulfilmentId,
    ]);

    await kit.tick();

    expect((await parcelsOf(item.fulfilmentId))[0]).toMatchObject({ state: 'cancelled', waybillReturn: 'done' });
  });

  it('[L4] says in the platform’s words why there is no waybill, and tries anew at the next call', async () => {
    const item = await kit.release();
    kit.neighbours.answerInstead('/waybills', {
      status: 409,
      body: { code: 'PLATFORM.REJECTED', detail: '电子面单余额不足' },
    });

    const refused = await post(item.fulfilmentId);
    const again = await post(item.fulfilmentId);

    expect(refused).toMatchObject({ status: 409, body: { code: 'WAYBILL.REFUSED', cause: 'PLATFORM.REJECTED' } });
    expect(refused.body.detail).toContain('电子面单余额不足');
    expect(again.status).toBe(201);
  });

  it('[L4] forgets the Idempotency-Key of a label that the platform refused', async () => {
    const item = await kit.release();
    kit.neighbours.answerInstead('/waybills', {
      status: 409,
      body: { code: 'PLATFORM.REJECTED', detail: '电子面单余额不足' },
    });

    const refused = await post(item.fulfilmentId, {}, { key: 'clerk-refused' });
    const again = await post(item.fulfilmentId, {}, { key: 'clerk-refused' });

    expect([refused.status, again.status]).toEqual([409, 201]);
    expect(again.body.state).toBe('labelled');
  });

  it('[L4] refuses a number that another parcel bears', async () => {
    const { parcel } = await kit.label();
    const item = await kit.release();
    kit.neighbours.answerInstead('/waybills', {
      body: { waybillNo: parcel.waybillNo, carrier: 'ZTO', printData: '{}' },
    });

    expect(await post(item.fulfilmentId)).toMatchObject({
      status: 409,
      body: { code: 'WAYBILL.ALREADY_USED', parcelId: parcel.id },
    });
  });

  it('[L4] waits while another call asks for the number', async () => {
    const item = await kit.release();
    kit.neighbours.answerInstead('/waybills', {
      status: 409,
      body: { code: 'WAYBILL.IN_PROGRESS', detail: 'in a moment' },
    });

    expect(await post(item.fulfilmentId)).toMatchObject({ status: 503, body: { code: 'SERVICE.UNAVAILABLE' } });
    expect((await post(item.fulfilmentId)).status).toBe(201);
  });

  it('[L1] uses the carrier of the clerk, else of the fulfilment, else of the shop, and only one that is in use', async () => {
    const wished = await kit.release({ carrier: 'SF' });
    const other = await kit.release();
    const strange = await kit.release({ shopId: 'shp_without_carrier' });

    expect((await post(wished.fulfilmentId)).body.carrier).toBe('SF');
    expect(await post(other.fulfilmentId, { carrier: 'DODO' })).toMatchObject({
      status: 404,
      body: { code: 'CARRIER.UNKNOWN' },
    });
    expect((await post(other.fulfilmentId, { carrier: 'YTO' })).body.carrier).toBe('YTO');
    expect(await post(strange.fulfilmentId)).toMatchObject({ status: 409, body: { code: 'CARRIER.MISSING' } });
  });

  it('[L4] names what is missing or wrong', async () => {
    const item = await kit.release();
    const nowhere = await kit.release({ warehouse: 'XX9' });
    const { lineId } = item.lines[0]!;

    expect(await post('ful_none')).toMatchObject({ status: 404, body: { code: 'FULFILMENT.NOT_FOUND' } });
    expect(await post(nowhere.fulfilmentId)).toMatchObject({
      status: 409,
      body: { code: 'SENDER.MISSING', warehouse: 'XX9' },
    });
    expect(await post(item.fulfilmentId, { lines: [{ lineId: 'oln_none', quantity: 1 }] })).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION', errors: [{ field: 'lines[0].lineId' }] },
    });
    expect(
      await post(item.fulfilmentId, {
        lines: [
          { lineId, quantity: 1 },
          { lineId, quantity: 1 },
        ],
      }),
    ).toMatchObject({ status: 400, body: { code: 'VALIDATION' } });
    expect(await post(item.fulfilmentId, { lines: [{ lineId, quantity: 0 }], shipped: true })).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION' },
    });
    kit.neighbours.answerInstead('/receiver', {
      status: 404,
      body: { code: 'FULFILMENT.NOT_FOUND', detail: 'unknown' },
    });
    expect(await post(item.fulfilmentId)).toMatchObject({ status: 404, body: { code: 'FULFILMENT.NOT_FOUND' } });
    kit.neighbours.answerInstead('/receiver', {
      status: 409,
      body: { code: 'FULFILMENT.STATE_FORBIDS', detail: 'stopped' },
    });
    expect(await post(item.fulfilmentId)).toMatchObject({ status: 409, body: { code: 'FULFILMENT.STOPPED' } });
    kit.neighbours.answerInstead('/receiver', { status: 500, body: { code: 'INTERNAL', detail: 'oops' } });
    expect(await post(item.fulfilmentId)).toMatchObject({ status: 503, body: { code: 'SERVICE.UNAVAILABLE' } });
    expect(await post(item.fulfilmentId, { carrier: 'SF' })).toMatchObject({
      status: 409,
      body: { code: 'PARCEL.ALREADY_EXISTS', state: 'requesting' },
    });
  });

  it('[A2] shows and gives a client nothing of other warehouses or shops', async () => {
    const { item, parcel } = await kit.label();
    const open = await kit.release();
    const elsewhere = await kit.tokenFor({ scopes: ['logistics:read', 'logistics:write'], warehouses: ['GZ1'] });
    const otherShop = await kit.tokenFor({ scopes: ['logistics:read', 'logistics:write'], shops: ['shp_9'] });
    const reader = await kit.tokenFor({ scopes: ['logistics:read'] });

    for (const token of [elsewhere, otherShop]) {
      expect((await kit.get('/work?warehouse=HZ1', { token })).body.items).toEqual([]);
      expect((await kit.get(`/parcels?fulfilmentId=${item.fulfilmentId}`, { token })).body.items).toEqual([]);
      expect(await post(open.fulfilmentId, {}, { token })).toMatchObject({
        status: 404,
        body: { code: 'FULFILMENT.NOT_FOUND' },
      });
      expect(await kit.get(`/parcels/${parcel.id}`, { token })).toMatchObject({
        status: 404,
        body: { code: 'PARCEL.NOT_FOUND' },
      });
      expect(await kit.post('/parcels/ship', { waybillNo: parcel.waybillNo }, { token })).toMatchObject({
        status: 404,
        body: { code: 'PARCEL.NOT_FOUND' },
      });
    }
    expect(await post(open.fulfilmentId, {}, { token: reader })).toMatchObject({
      status: 403,
      body: { code: 'AUTH.SCOPE' },
    });
  });

  it('[O11] lists urgent work first, then by promised time, and pages without a gap', async () => {
    await kit.tell('shop.changed', [{ ...SHOP, shopVersion: 2 }]);
    const late = await kit.release({ warehouse: 'W7', shipBy: '2026-11-14T00:00:00.000Z' });
    const early = await kit.release({ warehouse: 'W7', shipBy: '2026-11-12T00:00:00.000Z' });
    const open = await kit.release({ warehouse: 'W7', shipBy: null, carrier: 'SF' });
    const urgent = await kit.release({ warehouse: 'W7', shipBy: '2026-11-15T00:00:00.000Z', isUrgent: true });
    const wanted = [urgent, early, late, open].map((one) => one.fulfilmentId);

    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await kit.get(`/work?warehouse=W7&limit=1${cursor ? `&cursor=${cursor}` : ''}`);
      seen.push(...body.items.map((one: any) => one.fulfilmentId));
      cursor = body.nextCursor;
    } while (cursor);

    expect(seen).toEqual(wanted);
    expect((await kit.get('/work?warehouse=W7&carrier=SF')).body.items.map((one: any) => one.fulfilmentId)).toEqual([
      open.fulfilmentId,
    ]);
    expect(
      (await kit.get('/work?warehouse=W7&cutOffBefore=2026-11-13T00:00:00Z')).body.items.map(
        (one: any) => one.fulfilmentId,
      ),
    ).toEqual([early.fulfilmentId]);
    expect(await kit.get('/work?cursor=nonsense')).toMatchObject({ status: 400, body: { code: 'CURSOR.INVALID' } });
  });

  it('[O18] never puts the pieces of an old revision under a newer one, though they were chosen before it came', async () => {
    const item = await kit.release();
    armed = 'parcel.after-reserve';
    expect((await post(item.fulfilmentId)).status).toBe(500);
    // One of the two pieces was refunded meanwhile: orders and our copy are at revision 2 when the number is asked for.
    const fewer = { ...item, fulfilmentRevision: 2, lines: [{ ...item.lines[0]!, quantity: 1 }] };
    kit.neighbours.revisions.set(item.fulfilmentId, 2);
    await kit.tell('fulfilment.released', [fewer]);

    const { body: parcel } = await post(item.fulfilmentId);
    const scan = await kit.post('/parcels/ship', { waybillNo: parcel.waybillNo });
    await kit.tick();

    expect(scan).toMatchObject({ status: 409, body: { code: 'FULFILMENT.STALE_REVISION' } });
    expect((await kit.get(`/parcels/${parcel.id}`)).body.state).toBe('pull_out');
    expect([...kit.neighbours.departed].filter((one) => one.startsWith(parcel.id))).toEqual([]);
  });

  it('[L4] shows a client of another warehouse nothing of a label that is good again', async () => {
    const { item, parcel } = await kit.label();
    await kit.tell('fulfilment.stopped', [stopOf(item)]);
    kit.neighbours.revisions.set(item.fulfilmentId, 3);
    await kit.tell('fulfilment.released', [{ ...item, fulfilmentRevision: 3 }]);
    const token = await kit.tokenFor({ scopes: ['logistics:read', 'logistics:write'], warehouses: ['GZ1'] });

    const other = await post(item.fulfilmentId, {}, { token });

    expect(other).toMatchObject({ status: 404, body: { code: 'FULFILMENT.NOT_FOUND' } });
    expect((await kit.get(`/parcels/${parcel.id}`)).body.state).toBe('pull_out');
  });
});
