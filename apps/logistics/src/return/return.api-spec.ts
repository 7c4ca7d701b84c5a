import type { FulfilmentFactItem } from '@app/contracts';
import { afterSaleOf, LogisticsKit, orderOf } from '../testing/logistics-kit';

let armed = '';
jest.mock('@app/shared/testing/kill-point', () => ({
  killPoint: (name: string) => {
    if (name !== armed) return;
    armed = '';
    throw new Error(`killed at ${name}`);
  },
}));

const ONE_A = [{ skuCode: 'TEE-RED-M', quantity: 1, grade: 'A' }];
const TWO_A = [{ skuCode: 'TEE-RED-M', quantity: 2, grade: 'A' }];

describe('returns', () => {
  const kit = new LogisticsKit();
  beforeAll(async () => {
    await kit.start();
    for (const [skuId, code] of [
      ['sku_1', 'TEE-RED-M'],
      ['sku_2', 'CAP-BLUE'],
    ])
      await kit.tell('sku.changed', [{ skuId, skuVersion: 1, code, name: code, spec: {}, isActive: true }]);
  });
  afterAll(() => kit.stop());
  afterEach(async () => {
    expect(await kit.breaches()).toEqual([]);
  });

  const receive = (body: object, options?: { token?: string; key?: string }) =>
    kit.post('/returns/receive', body, options);
  const told = async (id: string) =>
    (await kit.sql(`SELECT items FROM outbox WHERE name = 'return.received' ORDER BY recorded_at, event_id`))
      .flatMap(({ items }) => JSON.parse(items))
      .filter(({ returnId }: { returnId: string }) => returnId === id);
  const sentBack = async (waybillNo: string, change: Partial<FulfilmentFactItem> = {}) => {
    const { item, parcel } = await kit.ship(change);
    await kit.post(`/parcels/${parcel.id}/delivered`);
    await kit.tell('after-sale.changed', [
      afterSaleOf(item, 1, { returnWaybillNo: waybillNo, returnCarrier: '圆通速递' }),
    ]);
    return { item, parcel };
  };

  it('[O52] receives an intercepted parcel under its own number, once, and closes its intercept', async () => {
    const { item, parcel } = await kit.ship();
    await kit.refund(item, 2, 'requested');

    const first = await receive({ waybillNo: ` ${parcel.waybillNo} `, lines: TWO_A });
    const second = await receive({ waybillNo: parcel.waybillNo, warehouse: 'HZ1', lines: [...ONE_A, ...ONE_A] });

    expect(first).toMatchObject({
      status: 201,
      body: {
        state: 'received',
        isMatched: true,
        parcelId: parcel.id,
        intercept: 'caught',
        warehouse: 'HZ1',
        orderId: item.lines[0]!.orderId,
        flags: [],
        awaited: [],
        lines: [{ lineNo: 1, skuCode: 'TEE-RED-M', quantity: 2, grade: 'A', flag: null }],
        receivedBy: 'test-client',
      },
    });
    expect(second).toEqual({ status: 200, body: first.body });
    expect(await told(first.body.id)).toEqual([
      {
        returnId: first.body.id,
        returnVersion: 2,
        isMatched: true,
        shopId: 'shp_1',
        platform: 'taobao',
        warehouse: 'HZ1',
        waybillNo: parcel.waybillNo,
        parcelId: parcel.id,
        orderId: item.lines[0]!.orderId,
        platformOrderNo: item.lines[0]!.platformOrderNo,
        platformAfterSaleNos: [],
        receivedAt: first.body.receivedAt,
        lines: [{ lineNo: 1, skuId: 'sku_1', skuCode: 'TEE-RED-M', quantity: 2, grade: 'A' }],
      },
    ]);
    expect(await kit.interceptOf(parcel.id)).toMatchObject({ state: 'caught', closedBy: 'rule:intercept' });
    await kit.refund(item, 3, 'refunded');
    expect(await kit.interceptOf(parcel.id)).toMatchObject({ state: 'caught', version: 2 });
  });

  it('[O52] receives a parcel that came back though nobody asked for it, and asks for nothing afterwards', async () => {
    const { item, parcel } = await kit.ship();

    const received = await receive({ waybillNo: parcel.waybillNo, lines: ONE_A });
    await kit.refund(item, 2, 'requested');

    expect(received).toMatchObject({ status: 201, body: { isMatched: true, flags: ['fewer_than_left'] } });
    expect(await kit.interceptOf(parcel.id)).toBeUndefined();
  });

  it('[O52] expects the parcel that a buyer names in an after-sale, and receives it by its number', async () => {
    const { item } = await sentBack('YT8001');
    const [expected] = await kit.returnsOf('YT8001');

    expect(expected).toMatchObject({
      state: 'expected',
      isMatched: true,
      parcelId: null,
      carrier: '圆通速递',
      warehouse: 'HZ1',
      orderId: item.lines[0]!.orderId,
      platformAfterSaleNos: [`9${item.lines[0]!.platformOrderNo}`],
      awaited: [{ skuCode: 'TEE-RED-M', quantity: 2 }],
    });
    expect((await kit.get('/returns?state=expected&limit=500')).body.items).toContainEqual(expected);
    expect((await kit.get(`/returns?orderId=${item.lines[0]!.orderId}`)).body.items).toEqual([expected]);
    const received = await receive({ waybillNo: 'YT8001', lines: ONE_A });
    expect(received).toMatchObject({ status: 201, body: { id: expected.id, state: 'received', flags: [] } });
    expect((await told(expected.id))[0]).toMatchObject({
      platformAfterSaleNos: [`9${item.lines[0]!.platformOrderNo}`],
      isMatched: true,
    });
  });

  it('[O52] expects one box for the after-sales that name it, and none once they are withdrawn or name another', async () => {
    const { item } = await sentBack('YT8101');
    const second = afterSaleOf(item, 1, {
      afterSaleId: 'afs_second',
      platformAfterSaleNo: '9second',
      returnWaybillNo: 'YT 8101',
    });
    await kit.tell('after-sale.changed', [second]);
    const [both, ...more] = await kit.returnsOf('YT8101');
    await kit.tell('after-sale.changed', [{ ...second, afterSaleVersion: 2, state: 'withdrawn' }]);
    const [one] = await kit.returnsOf('YT8101');
    await kit.tell('after-sale.changed', [afterSaleOf(item, 2, { returnWaybillNo: 'YT8102' })]);

    expect(more).toEqual([]);
    expect(both.platformAfterSaleNos).toHaveLength(2);
    expect(one.platformAfterSaleNos).toHaveLength(1);
    expect(await kit.returnsOf('YT8101')).toEqual([]);
    expect(await kit.returnsOf('YT8102')).toEqual([expect.objectContaining({ state: 'expected' })]);
  });

  it('[O52] takes the outward number that a buyer names for the parcel that left under it', async () => {
    const { item, parcel } = await kit.ship();
    await kit.tell('after-sale.changed', [afterSaleOf(item, 1, { returnWaybillNo: parcel.waybillNo })]);

    expect(await kit.returnsOf(parcel.waybillNo)).toEqual([
      expect.objectContaining({ parcelId: parcel.id, state: 'expected' }),
    ]);
    expect((await receive({ waybillNo: parcel.waybillNo, lines: TWO_A })).body).toMatchObject({
      parcelId: parcel.id,
      platformAfterSaleNos: [`9${item.lines[0]!.platformOrderNo}`],
    });
  });

  it('[O54] takes in what was not expected or is more than had left, and flags it', async () => {
    await sentBack('YT8201');

    const { body } = await receive({
      waybillNo: 'YT8201',
      lines: [
        { skuCode: 'TEE-RED-M', quantity: 2, grade: 'A' },
        { skuCode: 'TEE-RED-M', quantity: 1, grade: 'C' },
        { skuCode: 'NEW-CAP', quantity: 1, grade: 'B' },
      ],
    });

    expect(body.flags).toEqual(['unexpected_sku', 'more_than_left']);
    expect(body.lines.map(({ grade, flag }: any) => [grade, flag])).toEqual([
      ['A', 'more_than_left'],
      ['C', 'more_than_left'],
      ['B', 'unexpected_sku'],
    ]);
  });

  it('[O54] counts what came back before against what had left', async () => {
    const { item } = await sentBack('YT8301');
    await receive({ waybillNo: 'YT8301', lines: TWO_A });
    await kit.tell('after-sale.changed', [
      afterSaleOf(item, 1, { afterSaleId: 'afs_later', platformAfterSaleNo: '9later', returnWaybillNo: 'YT8302' }),
    ]);

    expect((await receive({ waybillNo: 'YT8302', lines: ONE_A })).body.flags).toEqual(['more_than_left']);
  });

  it('[O52] refuses another count of a parcel and says what was counted', async () => {
    const { parcel } = await kit.ship();
    const first = await receive({ waybillNo: parcel.waybillNo, lines: TWO_A });

    const other = await receive({ waybillNo: parcel.waybillNo, lines: [{ ...TWO_A[0], grade: 'B' }] });

    expect(other).toMatchObject({
      status: 409,
      body: { code: 'RETURN.ALREADY_RECEIVED', returnId: first.body.id, lines: first.body.lines, warehouse: 'HZ1' },
    });
    expect(other.body.detail).toContain('2 × TEE-RED-M A');
    expect(await told(first.body.id)).toHaveLength(1);
  });

  it('[O52] has one effect when ten clerks scan one parcel at once, known or unknown', async () => {
    await sentBack('YT8401');
    for (const waybillNo of ['YT8401', 'STRANGE-8401']) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => receive({ waybillNo, warehouse: 'HZ1', lines: ONE_A })),
      );

      expect(answers.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 9 }, () => 200), 201]);
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(await told(answers[0]!.body.id)).toHaveLength(1);
    }
  });

  it.each(['return.before-commit', 'return.after-commit'])(
    '[O52] counts once when killed at %s and scanned again',
    async (point) => {
      const { parcel } = await kit.ship();
      const body = { waybillNo: parcel.waybillNo, lines: TWO_A };
      armed = point;

      const killed = await receive(body, { key: point });
      const again = await receive(body, { key: point });

      expect(killed.status).toBe(500);
      expect(again.status).toBe(point === 'return.before-commit' ? 201 : 200);
      expect(await told(again.body.id)).toHaveLength(1);
      expect((await receive({ ...body, lines: ONE_A }, { key: point })).body.code).toBe('IDEMPOTENCY.KEY_REUSED');
    },
  );

  it('[O53] takes in a parcel that nobody knows, and matches it when an after-sale names its number', async () => {
    const unknown = await receive({ waybillNo: 'YT8501', lines: ONE_A });
    expect(unknown).toMatchObject({
      status: 201,
      body: { isMatched: false, version: 1, warehouse: 'HZ1', orderId: null, shopId: null, flags: [] },
    });
    expect((await kit.get('/returns?matched=false&limit=500')).body.items).toContainEqual(unknown.body);

    const { item } = await sentBack('YT8501');

    const [matched] = await kit.returnsOf('YT8501');
    expect(matched).toMatchObject({
      id: unknown.body.id,
      isMatched: true,
      version: 2,
      matchedBy: 'rule:returns',
      orderId: item.lines[0]!.orderId,
      receivedAt: unknown.body.receivedAt,
    });
    expect(
      (await told(unknown.body.id)).map(({ returnVersion, isMatched }: any) => [returnVersion, isMatched]),
    ).toEqual([
      [1, false],
      [2, true],
    ]);
    expect((await receive({ waybillNo: 'YT8501', lines: ONE_A })).body).toEqual(matched);
  });

  it('[O53] matches a parcel by hand, once, and says what does not fit then', async () => {
    const { item } = await kit.ship();
    await kit.tell('order.paid', [orderOf(item, 'shipped', 1)]);
    const other = await kit.ship();
    await kit.tell('order.paid', [orderOf(other.item, 'shipped', 1)]);
    const { body: unknown } = await receive({
      waybillNo: 'YT8601',
      lines: [{ skuCode: 'CAP-BLUE', quantity: 1, grade: 'A' }],
    });
    const match = (body: object, options?: { token?: string; key?: string }) =>
      kit.post(`/returns/${unknown.id}/match`, body, options);
    const orderId = item.lines[0]!.orderId;

    expect((await match({ orderId: 'ord_none' })).body.code).toBe('ORDER.NOT_FOUND');
    expect((await match({ orderId, expectedVersion: 7 })).body).toMatchObject({
      code: 'RETURN.VERSION_CONFLICT',
      version: 1,
    });
    expect((await match({})).body.code).toBe('VALIDATION');
    expect((await kit.post('/returns/ret_none/match', { orderId })).body.code).toBe('RETURN.NOT_FOUND');
    const answers = await Promise.all(Array.from({ length: 5 }, () => match({ orderId, expectedVersion: 1 })));

    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body).toMatchObject({ isMatched: true, orderId, version: 2, flags: ['unexpected_sku'] });
    }
    expect(await match({ orderId: other.item.lines[0]!.orderId })).toMatchObject({
      status: 409,
      body: { code: 'RETURN.ALREADY_MATCHED', orderId },
    });
    expect(await told(unknown.id)).toHaveLength(2);
  });

  it('[O52] asks for the carrier where two parcels come back under one number', async () => {
    const parcels = [];
    for (const carrier of ['ZTO', 'SF']) {
      const item = await kit.release({ carrier });
      kit.neighbours.answerInstead('/waybills', { body: { waybillNo: 'SAME-9', carrier, printData: '{}' } });
      await kit.post(`/fulfilments/${item.fulfilmentId}/parcels`);
      parcels.push((await kit.post('/parcels/ship', { waybillNo: 'SAME-9', carrier })).body);
    }

    expect(await receive({ waybillNo: 'SAME-9', lines: TWO_A })).toMatchObject({
      status: 409,
      body: {
        code: 'RETURN.AMBIGUOUS_WAYBILL',
        candidates: [expect.objectContaining({ carrier: 'ZTO' }), expect.objectContaining({ carrier: 'SF' })],
      },
    });
    expect(await receive({ waybillNo: 'SAME-9', carrier: 'SF', lines: TWO_A })).toMatchObject({
      status: 201,
      body: { parcelId: parcels[1].id },
    });
  });

  it('[O52] takes a number that one carrier gave twice for the parcel that is waited for', async () => {
    const old = await kit.ship();
    await kit.post(`/parcels/${old.parcel.id}/delivered`);
    const { waybillNo } = old.parcel;
    const { item } = await sentBack('YT8611');
    await kit.tell('after-sale.changed', [
      afterSaleOf(item, 2, { returnWaybillNo: waybillNo, returnCarrier: old.parcel.carrier }),
    ]);

    const first = await receive({ waybillNo, lines: TWO_A });
    const again = await receive({ waybillNo, carrier: old.parcel.carrier, lines: TWO_A });

    expect(first).toMatchObject({ status: 201, body: { parcelId: null, orderId: item.lines[0]!.orderId } });
    expect(again).toEqual({ status: 200, body: first.body });
  });

  it('[O53] leaves a parcel with the order that a person named, also when an after-sale of another order names its number', async () => {
    const { item } = await kit.ship();
    await kit.tell('order.paid', [orderOf(item, 'shipped', 1)]);
    const { orderId } = item.lines[0]!;
    const { body: unknown } = await receive({ waybillNo: 'YT8621', lines: ONE_A });
    await kit.post(`/returns/${unknown.id}/match`, { orderId });

    await sentBack('YT8621');

    expect(await kit.returnsOf('YT8621')).toEqual([expect.objectContaining({ orderId, platformAfterSaleNos: [] })]);
    expect(await told(unknown.id)).toHaveLength(2);
  });

  it('[O52] tells nothing of a parcel that was counted in a warehouse out of the caller’s limits', async () => {
    const { parcel } = await kit.ship();
    await receive({ waybillNo: parcel.waybillNo, lines: TWO_A });
    const token = await kit.tokenFor({ scopes: ['logistics:write'], warehouses: ['GZ1'] });

    for (const lines of [TWO_A, ONE_A])
      expect(await receive({ waybillNo: parcel.waybillNo, lines }, { token })).toMatchObject({
        status: 404,
        body: { code: 'RETURN.NOT_FOUND' },
      });
  });

  it('[O52] refuses a parcel that has not left, goods and places that nobody knows, and what is not counted rightly', async () => {
    const { parcel } = await kit.label();

    expect(await receive({ waybillNo: parcel.waybillNo, lines: TWO_A })).toMatchObject({
      status: 409,
      body: { code: 'PARCEL.STATE_FORBIDS', state: 'labelled' },
    });
    expect(await receive({ waybillNo: 'X1', lines: [...ONE_A, { ...ONE_A[0], skuCode: 'NOBODY' }] })).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION', errors: [expect.objectContaining({ field: 'lines[1].skuCode' })] },
    });
    expect(await receive({ waybillNo: 'X1', warehouse: 'NOWHERE', lines: ONE_A })).toMatchObject({
      status: 404,
      body: { code: 'WAREHOUSE.NOT_FOUND' },
    });
    for (const wrong of [
      { waybillNo: 'X1', lines: [] },
      { waybillNo: '  ', lines: ONE_A },
      { waybillNo: 'X1', lines: [{ ...ONE_A[0], grade: 'D' }] },
      { waybillNo: 'X1', lines: [{ ...ONE_A[0], quantity: 0 }] },
    ])
      expect(await receive(wrong)).toMatchObject({ status: 400, body: { code: 'VALIDATION' } });
    expect(await kit.returnsOf('X1')).toEqual([]);
  });

  it('[O52] shows and takes in nothing of other shops and warehouses', async () => {
    const { item } = await sentBack('YT8701');
    const scopes = ['logistics:read', 'logistics:write'];
    const otherShop = await kit.tokenFor({ scopes, shops: ['shp_other'] });
    const otherPlace = await kit.tokenFor({ scopes, warehouses: ['GZ1'] });

    expect((await kit.get('/returns?limit=500', { token: otherShop })).body.items).toEqual([]);
    expect((await kit.get('/returns?limit=500', { token: otherPlace })).body.items).toEqual([]);
    expect(await receive({ waybillNo: 'YT8701', lines: ONE_A }, { token: otherShop })).toMatchObject({
      status: 404,
      body: { code: 'RETURN.NOT_FOUND' },
    });
    expect(await receive({ waybillNo: 'YT8701', warehouse: 'HZ1', lines: ONE_A }, { token: otherPlace })).toMatchObject(
      { status: 404, body: { code: 'WAREHOUSE.NOT_FOUND' } },
    );
    const [row] = await kit.returnsOf('YT8701');
    expect(
      await kit.post(`/returns/${row.id}/match`, { orderId: item.lines[0]!.orderId }, { token: otherPlace }),
    ).toMatchObject({ status: 404, body: { code: 'RETURN.NOT_FOUND' } });
    expect((await kit.get('/returns?cursor=x')).body.code).toBe('CURSOR.INVALID');
    expect((await kit.get('/returns?matched=perhaps')).body.code).toBe('VALIDATION');
  });
});
