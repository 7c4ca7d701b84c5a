import { LogisticsKit } from '../testing/logistics-kit';

describe('labels', () => {
  const kit = new LogisticsKit();
  beforeAll(() => kit.start());
  afterAll(() => kit.stop());

  it('[L4] takes one waybill for a whole fulfilment, which is then no work any more', async () => {
    const item = await kit.release();
    expect((await kit.get('/work')).body.items.map((one: any) => one.fulfilmentId)).toContain(item.fulfilmentId);

    const { status, body } = await kit.post(`/fulfilments/${item.fulfilmentId}/parcels`);

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
    expect((await kit.get('/work')).body.items.map((one: any) => one.fulfilmentId)).not.toContain(item.fulfilmentId);
  });

  it('[L7] counts each print of a label and gives the print data unchanged', async () => {
    const { parcel } = await kit.label();

    const first = await kit.get(`/parcels/${parcel.id}/label`);
    const second = await kit.get(`/parcels/${parcel.id}/label`);

    expect(first.body).toMatchObject({ printCount: 1, printData: `{"waybillCode":"${parcel.waybillNo}"}` });
    expect(second.body.printCount).toBe(2);
  });

  it('[L16] ships a scanned parcel once, and answers a second scan with the same parcel', async () => {
    const { parcel } = await kit.label();

    const first = await kit.post('/parcels/ship', { waybillNo: parcel.waybillNo });
    const second = await kit.post('/parcels/ship', { waybillNo: parcel.waybillNo });

    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ state: 'shipped', departedAt: kit.neighbours.departedAt });
    expect(second.body).toEqual(first.body);
    const facts = await kit.sql(
      `SELECT items FROM outbox WHERE name = 'parcel.shipped' AND items LIKE '%' || $1 || '%'`,
      [parcel.id],
    );
    expect(facts).toHaveLength(1);
  });
});
