import { InventoryApp, type Seen } from './testing/inventory-app';

describe('inventory over HTTP', () => {
  let app: InventoryApp;
  beforeAll(async () => {
    app = await InventoryApp.start();
  });
  afterAll(() => app.close());
  beforeEach(async () => {
    await app.query(
      'TRUNCATE stock_level, stock_movement, adjustment, reservation, reservation_line, warehouse, sku, idempotency_key, outbox, outbox_delivery',
    );
    for (const [index, code] of ['HZ1', 'SH2'].entries())
      await app.call('POST', '/v1/warehouses', { code, name: code, priority: index + 1 });
  });
  afterEach(async () => {
    const { body } = await app.call('GET', '/v1/verify');
    expect(body.items.flatMap((one: any) => one.breaches)).toEqual([]);
  });

  const adjust = (lines: object[], more: object = {}, claims = {}): Promise<Seen> =>
    app.call(
      'POST',
      '/v1/adjustments',
      { key: `k${JSON.stringify(lines)}`, cause: 'opening stock', lines, ...more },
      claims,
    );
  const open = (skuCode: string, warehouse: string, quantity: number) => adjust([{ skuCode, warehouse, quantity }]);
  const stock = async (query = '', claims = {}) => (await app.call('GET', `/v1/stock${query}`, undefined, claims)).body;
  const reserve = (key: string, lines: object[], more: object = {}, claims = {}) =>
    app.call('POST', '/v1/reservations', { key, lines, ...more }, claims);
  const codeOf = ({ status, body }: Seen) => [status, body.code];

  it('[I1] makes, lists, reads and changes warehouses', async () => {
    const made = await app.call('POST', '/v1/warehouses', { code: 'GZ3', name: '广州仓' });
    expect(made).toEqual({
      status: 201,
      body: {
        code: 'GZ3',
        name: '广州仓',
        priority: 100,
        isActive: true,
        allowsNegative: false,
        version: 1,
      },
    });
    expect((await app.call('GET', '/v1/warehouses')).body.items.map((one: any) => one.code)).toEqual([
      'GZ3',
      'HZ1',
      'SH2',
    ]);
    expect((await app.call('GET', '/v1/warehouses/GZ3')).body).toEqual(made.body);
    const changed = await app.call('PATCH', '/v1/warehouses/GZ3', { expectedVersion: 1, isActive: false, priority: 0 });
    expect([changed.status, changed.body.version, changed.body.isActive, changed.body.name]).toEqual([
      200,
      2,
      false,
      '广州仓',
    ]);
    const stale = await app.call('PATCH', '/v1/warehouses/GZ3', { expectedVersion: 1, name: 'x' });
    expect([...codeOf(stale), stale.body.version]).toEqual([409, 'WAREHOUSE.VERSION_CONFLICT', 2]);
    expect(codeOf(await app.call('POST', '/v1/warehouses', { code: 'HZ1', name: 'x' }))).toEqual([
      409,
      'WAREHOUSE.CODE_TAKEN',
    ]);
    expect(codeOf(await app.call('GET', '/v1/warehouses/NO'))).toEqual([404, 'WAREHOUSE.NOT_FOUND']);
    expect(codeOf(await app.call('PATCH', '/v1/warehouses/NO', { expectedVersion: 1 }))).toEqual([
      404,
      'WAREHOUSE.NOT_FOUND',
    ]);
    const wrong = await app.call('POST', '/v1/warehouses', { code: 'a b', sender: {}, allowsNegative: true });
    expect(codeOf(wrong)).toEqual([400, 'VALIDATION']);
    expect(wrong.body.errors.map((one: any) => one.field)).toEqual(
      expect.arrayContaining(['code', 'name', 'sender', 'allowsNegative']),
    );
  });

  it('[I2] shows stock with its parts, and sellable by its formula', async () => {
    await open('NEW-A', 'HZ1', 10);
    await reserve('r1', [{ skuCode: 'NEW-A', quantity: 3 }]);
    const [level] = (await stock()).items;
    const set = await app.call('PUT', '/v1/stock/NEW-A/safety', {
      warehouse: 'HZ1',
      safety: 1,
      expectedVersion: level.version,
    });
    expect(set.body).toEqual({
      skuCode: 'NEW-A',
      warehouse: 'HZ1',
      onHand: 10,
      reserved: 3,
      safety: 1,
      damaged: 0,
      quarantine: 0,
      incoming: 0,
      sellable: 6,
      version: level.version + 1,
    });
    expect(await stock('?skuCode=NEW-A&warehouse=HZ1')).toEqual({ items: [set.body], nextCursor: null });
    expect(await stock('?skuCode=NO')).toEqual({ items: [], nextCursor: null });
  });

  it('[I10] refuses a safety stock for what is unknown or read at another version', async () => {
    await open('NEW-A', 'HZ1', 10);
    const put = (sku: string, body: object, claims = {}) =>
      app.call('PUT', `/v1/stock/${sku}/safety`, { warehouse: 'HZ1', safety: 1, expectedVersion: 1, ...body }, claims);
    const stale = await put('NEW-A', { expectedVersion: 9 });
    expect([...codeOf(stale), stale.body.version]).toEqual([409, 'STOCK.VERSION_CONFLICT', 1]);
    expect(codeOf(await put('NO', {}))).toEqual([404, 'SKU.NOT_FOUND']);
    expect(codeOf(await put('NEW-A', { warehouse: 'NO' }))).toEqual([404, 'WAREHOUSE.NOT_FOUND']);
    expect(codeOf(await put('NEW-A', {}, { warehouses: ['SH2'] }))).toEqual([404, 'WAREHOUSE.NOT_FOUND']);
    expect(codeOf(await put('NEW-A', { safety: -1 }))).toEqual([400, 'VALIDATION']);
    expect((await put('NEW-A', { warehouse: 'SH2', expectedVersion: 0, safety: 4 })).body).toMatchObject({
      onHand: 0,
      safety: 4,
      sellable: -4,
    });
  });

  it('[I3] reserves all lines or none, and answers a known key with what it stands for', async () => {
    await open('NEW-A', 'HZ1', 4);
    await open('NEW-B', 'SH2', 1);
    const lines = [
      { skuCode: 'NEW-A', quantity: 3 },
      { skuCode: 'NEW-B', quantity: 1, warehouse: 'SH2' },
    ];
    const made = await reserve('ext-1', lines);
    expect(made).toEqual({
      status: 201,
      body: {
        id: made.body.id,
        key: 'ext-1',
        state: 'reserved',
        lines: [
          { skuCode: 'NEW-A', quantity: 3, warehouse: 'HZ1' },
          { skuCode: 'NEW-B', quantity: 1, warehouse: 'SH2' },
        ],
        expiresAt: null,
      },
    });
    expect(await reserve('ext-1', lines)).toEqual({ status: 200, body: made.body });
    expect(codeOf(await reserve('ext-1', [{ skuCode: 'NEW-A', quantity: 1 }]))).toEqual([
      409,
      'IDEMPOTENCY.KEY_REUSED',
    ]);
    const short = await reserve('ext-2', [
      { skuCode: 'NEW-A', quantity: 1 },
      { skuCode: 'NEW-B', quantity: 3, warehouse: 'SH2' },
    ]);
    expect(codeOf(short)).toEqual([409, 'RESERVATION.SHORT']);
    expect(short.body.detail).toBe('SKU NEW-B in SH2: asked 3, free 0 (on hand − reserved)');
    expect(short.body.errors).toEqual([{ field: 'lines[1].quantity', code: 'SHORT', message: short.body.detail }]);
    expect((await stock()).items.map((one: any) => one.reserved)).toEqual([3, 1]);
    await adjust([{ skuCode: 'NEW-B', warehouse: 'SH2', quantity: 9 }]);
    expect((await reserve('ext-2', [{ skuCode: 'NEW-B', quantity: 3, warehouse: 'SH2' }])).status).toBe(201);
  });

  it('[I3] ignores an Idempotency-Key beside the business key', async () => {
    await open('NEW-A', 'HZ1', 4);
    const body = (key: string) => ({ key, lines: [{ skuCode: 'NEW-A', quantity: 1 }] });
    const both = [
      await app.call('POST', '/v1/reservations', body('x1'), {}, { 'idempotency-key': 'same' }),
      await app.call('POST', '/v1/reservations', body('x2'), {}, { 'idempotency-key': 'same' }),
    ];
    expect(both.map(({ status }) => status)).toEqual([201, 201]);
  });

  it('[I3] gives back and ships out once; what conflicts is refused, a repeat is a success', async () => {
    await open('NEW-A', 'HZ1', 10);
    const make = async (key: string) => (await reserve(key, [{ skuCode: 'NEW-A', quantity: 2 }])).body.id as string;
    const act = (id: string, verb: string, claims = {}) =>
      app.call('POST', `/v1/reservations/${id}/${verb}`, undefined, claims);
    const given = await make('r1');
    expect([(await act(given, 'release')).body.state, (await act(given, 'release')).status]).toEqual(['released', 200]);
    expect(codeOf(await act(given, 'ship-out'))).toEqual([409, 'RESERVATION.ALREADY_RELEASED']);
    const shipped = await make('r2');
    expect([(await act(shipped, 'ship-out')).body.state, (await act(shipped, 'ship-out')).status]).toEqual([
      'shipped',
      200,
    ]);
    expect(codeOf(await act(shipped, 'release'))).toEqual([409, 'RESERVATION.ALREADY_SHIPPED']);
    expect((await stock()).items[0]).toMatchObject({ onHand: 8, reserved: 0 });
    expect((await reserve('r2', [{ skuCode: 'NEW-A', quantity: 2 }])).body).toMatchObject({
      id: shipped,
      state: 'shipped',
    });
    expect((await app.call('GET', `/v1/reservations/${shipped}`)).body.state).toBe('shipped');
    for (const verb of ['release', 'ship-out'])
      expect(codeOf(await act('res_none', verb))).toEqual([404, 'RESERVATION.NOT_FOUND']);
    expect(codeOf(await act(await make('r3'), 'release', { warehouses: ['SH2'] }))).toEqual([
      404,
      'RESERVATION.NOT_FOUND',
    ]);
    expect(codeOf(await app.call('GET', '/v1/reservations/res_none'))).toEqual([404, 'RESERVATION.NOT_FOUND']);
  });

  it('[I6] gives an expired reservation back by itself, and refuses an expiry in the past', async () => {
    await open('NEW-A', 'HZ1', 1);
    const soon = new Date(Date.now() + 400).toISOString();
    const { body } = await reserve('r1', [{ skuCode: 'NEW-A', quantity: 1 }], { expiresAt: soon });
    expect(body.state).toBe('reserved');
    const deadline = Date.now() + 5_000;
    let state = 'reserved';
    while (state === 'reserved' && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      state = (await app.call('GET', `/v1/reservations/${body.id}`)).body.state;
    }
    expect(state).toBe('released');
    const past = await reserve('r2', [{ skuCode: 'NEW-A', quantity: 1 }], { expiresAt: '2020-01-01T00:00:00+08:00' });
    expect([...codeOf(past), past.body.errors[0].field]).toEqual([400, 'VALIDATION', 'expiresAt']);
  });

  it('[I4] names all wrong fields of a reservation, unknown SKUs and warehouses', async () => {
    await open('NEW-A', 'HZ1', 1);
    const wrong = await reserve('', [{ skuCode: 'NEW-A', quantity: 0, reserved: 1 }, { quantity: 1.5 }], {
      expiresAt: 'soon',
    });
    expect(codeOf(wrong)).toEqual([400, 'VALIDATION']);
    expect(wrong.body.errors.map((one: any) => one.field)).toEqual(
      expect.arrayContaining([
        'key',
        'lines[0].quantity',
        'lines[0].reserved',
        'lines[1].skuCode',
        'lines[1].quantity',
        'expiresAt',
      ]),
    );
    expect(codeOf(await reserve('k', []))).toEqual([400, 'VALIDATION']);
    expect(codeOf(await reserve('k', [{ skuCode: 'NEW-A', quantity: 1_000_000_000_000 }]))).toEqual([
      400,
      'VALIDATION',
    ]);
    const sku = await reserve('k', [
      { skuCode: 'NEW-A', quantity: 1 },
      { skuCode: 'NO', quantity: 1 },
    ]);
    expect([...codeOf(sku), sku.body.errors[0].field]).toEqual([404, 'SKU.NOT_FOUND', 'lines[1].skuCode']);
    const warehouse = await reserve('k', [{ skuCode: 'NEW-A', quantity: 1, warehouse: 'NO' }]);
    expect([...codeOf(warehouse), warehouse.body.errors[0].field]).toEqual([
      404,
      'WAREHOUSE.NOT_FOUND',
      'lines[0].warehouse',
    ]);
  });

  it('[I4] sells 10 pieces to exactly 10 of 60 parallel callers', async () => {
    await open('NEW-A', 'HZ1', 10);
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => reserve(`p${index}`, [{ skuCode: 'NEW-A', quantity: 1 }])),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(answers.filter(({ body }) => body.code === 'RESERVATION.SHORT')).toHaveLength(50);
    expect((await stock()).items[0]).toMatchObject({ onHand: 10, reserved: 10 });
  });

  it('[I4] routes a caller limited to some warehouses only there', async () => {
    await open('NEW-A', 'HZ1', 5);
    await open('NEW-A', 'SH2', 1);
    const limited = { warehouses: ['SH2'] };
    expect((await reserve('k1', [{ skuCode: 'NEW-A', quantity: 1 }], {}, limited)).body.lines[0].warehouse).toBe('SH2');
    expect(codeOf(await reserve('k2', [{ skuCode: 'NEW-A', quantity: 1 }], {}, limited))).toEqual([
      409,
      'RESERVATION.SHORT',
    ]);
    expect(codeOf(await reserve('k3', [{ skuCode: 'NEW-A', quantity: 1, warehouse: 'HZ1' }], {}, limited))).toEqual([
      404,
      'WAREHOUSE.NOT_FOUND',
    ]);
    expect((await stock('', limited)).items.map((one: any) => one.warehouse)).toEqual(['SH2']);
    expect(codeOf(await app.call('GET', '/v1/stock?warehouse=HZ1', undefined, limited))).toEqual([
      404,
      'WAREHOUSE.NOT_FOUND',
    ]);
    expect(codeOf(await app.call('GET', '/v1/movements?warehouse=HZ1', undefined, limited))).toEqual([
      404,
      'WAREHOUSE.NOT_FOUND',
    ]);
    expect(
      (await app.call('GET', '/v1/warehouses', undefined, limited)).body.items.map((one: any) => one.code),
    ).toEqual(['SH2']);
    expect(codeOf(await adjust([{ skuCode: 'NEW-A', warehouse: 'HZ1', quantity: 1 }], { key: 'z' }, limited))).toEqual([
      404,
      'WAREHOUSE.NOT_FOUND',
    ]);
    expect(await stock('', { companyId: 'cmp_other' })).toEqual({ items: [], nextCursor: null });
    expect(codeOf(await app.call('GET', '/v1/stock', undefined, { scopes: [] }))).toEqual([403, 'AUTH.SCOPE']);
  });

  it('[I18] adjusts whole documents, once per key, and shows each movement with its cause', async () => {
    const lines = [
      { skuCode: 'NEW-A', warehouse: 'HZ1', quantity: 10 },
      { skuCode: 'NEW-A', warehouse: 'HZ1', quantity: 2, bucket: 'damaged' },
      { skuCode: 'NEW-A', warehouse: 'HZ1', quantity: -4 },
    ];
    const made = await adjust(lines, { key: 'doc' });
    expect([made.status, made.body.lines.map((one: any) => [one.bucket, one.before, one.after])]).toEqual([
      201,
      [
        ['onHand', 0, 10],
        ['damaged', 0, 2],
        ['onHand', 10, 6],
      ],
    ]);
    expect(await adjust(lines, { key: 'doc' })).toEqual({ status: 200, body: made.body });
    expect(codeOf(await adjust(lines.slice(1), { key: 'doc' }))).toEqual([409, 'IDEMPOTENCY.KEY_REUSED']);
    const { items } = (await app.call('GET', '/v1/movements?skuCode=NEW-A&warehouse=HZ1')).body;
    expect(items.map((one: any) => [one.bucket, one.before, one.after, one.delta, one.cause])).toEqual([
      ['onHand', 10, 6, -4, { type: 'adjustment', id: made.body.id, line: '2' }],
      ['damaged', 0, 2, 2, { type: 'adjustment', id: made.body.id, line: '1' }],
      ['onHand', 0, 10, 10, { type: 'adjustment', id: made.body.id, line: '0' }],
    ]);
    expect([items[0].actor, items[0].skuCode]).toEqual(['test-client', 'NEW-A']);
    expect(
      (await app.call('GET', '/v1/movements?from=2001-01-01T00:00:00Z&to=2002-01-01T00:00:00Z')).body.items,
    ).toEqual([]);
    const page = (await app.call('GET', '/v1/movements?limit=2')).body;
    expect((await app.call('GET', `/v1/movements?limit=2&cursor=${page.nextCursor}`)).body.items).toEqual([items[2]]);
    expect(codeOf(await app.call('GET', '/v1/movements?cursor=junk'))).toEqual([400, 'CURSOR.INVALID']);
    expect(codeOf(await app.call('GET', '/v1/movements?from=yesterday'))).toEqual([400, 'VALIDATION']);
  });

  it('[I32] never lets stock turn negative or fall below what is promised, and names the line', async () => {
    await open('NEW-A', 'HZ1', 5);
    await reserve('r1', [{ skuCode: 'NEW-A', quantity: 3 }]);
    const over = await adjust(
      [
        { skuCode: 'NEW-A', warehouse: 'HZ1', quantity: -1 },
        { skuCode: 'NEW-A', warehouse: 'HZ1', quantity: -2 },
      ],
      { key: 'a1' },
    );
    expect(codeOf(over)).toEqual([409, 'STOCK.NEGATIVE']);
    expect(over.body.errors.map((one: any) => one.field)).toEqual(['lines[1].quantity']);
    expect((await stock()).items[0].onHand).toBe(5);
    expect(
      codeOf(await adjust([{ skuCode: 'NEW-A', warehouse: 'HZ1', quantity: -1, bucket: 'damaged' }], { key: 'a2' })),
    ).toEqual([409, 'STOCK.NEGATIVE']);
    const lost = await adjust([{ skuCode: 'NEW-A', warehouse: 'HZ1', quantity: -3 }], {
      key: 'a3',
      belowReserved: true,
    });
    expect([lost.status, (await stock()).items[0].sellable]).toEqual([201, -1]);
    expect(
      codeOf(await adjust([{ skuCode: 'NEW-A', warehouse: 'HZ1', quantity: -3 }], { key: 'a4', belowReserved: true })),
    ).toEqual([409, 'STOCK.NEGATIVE']);
  });

  it('[I18] refuses wrong adjustments with all fields named', async () => {
    const wrong = await adjust(
      [
        { skuCode: 'NEW-A', warehouse: 'HZ1', quantity: 0 },
        { skuCode: 'NEW-A', warehouse: 'HZ1', quantity: 1, bucket: 'reserved' },
      ],
      { key: 'w' },
    );
    expect([...codeOf(wrong), wrong.body.errors.map((one: any) => one.field)]).toEqual([
      400,
      'VALIDATION',
      ['lines[0].quantity', 'lines[1].bucket'],
    ]);
    const sku = await adjust([{ skuCode: 'NO', warehouse: 'HZ1', quantity: 1 }], { key: 'w' });
    expect([...codeOf(sku), sku.body.errors[0].field]).toEqual([404, 'SKU.NOT_FOUND', 'lines[0].skuCode']);
    const warehouse = await adjust([{ skuCode: 'NEW-A', warehouse: 'NO', quantity: 1 }], { key: 'w' });
    expect([...codeOf(warehouse), warehouse.body.errors[0].field]).toEqual([
      404,
      'WAREHOUSE.NOT_FOUND',
      'lines[0].warehouse',
    ]);
  });

  it('[I18] imports a file with a verdict per row; bad rows stop no good ones, and the file posts once', async () => {
    const send = (text: string, key = 'file-1', name = 'stock.csv') => {
      const form = new FormData();
      form.set('key', key);
      form.set('file', new Blob([text]), name);
      return app.call('POST', '/v1/adjustments/import', form);
    };
    const csv =
      'skuCode,warehouse,quantity\nNEW-A,HZ1,5\nNO,HZ1,5\nNEW-B,XX,1\nNEW-B,HZ1,-1\nNEW-B,SH2,two\nNEW-C,SH2,7\n';
    const answer = await send(csv);
    expect(answer.body.items.map((one: any) => [one.row, one.verdict, one.errors?.[0].field])).toEqual([
      [2, 'posted', undefined],
      [3, 'refused', 'skuCode'],
      [4, 'refused', 'warehouse'],
      [5, 'refused', 'quantity'],
      [6, 'refused', 'quantity'],
      [7, 'posted', undefined],
    ]);
    expect([answer.status, answer.body.posted]).toEqual([200, 2]);
    expect((await send(csv)).body).toEqual(answer.body);
    expect((await stock()).items.map((one: any) => one.onHand)).toEqual(expect.arrayContaining([5, 7]));
    expect(codeOf(await send('skuCode,warehouse,quantity\nNEW-A,HZ1,6\n'))).toEqual([409, 'IDEMPOTENCY.KEY_REUSED']);
    expect(codeOf(await send('a,b\n1,2', 'file-2'))).toEqual([400, 'ADJUSTMENT_FILE.INVALID']);
    expect(codeOf(await send('PK\u0003\u0004', 'file-3', 'stock.xlsx'))).toEqual([400, 'ADJUSTMENT_FILE.INVALID']);
    expect(codeOf(await send(csv, ''))).toEqual([400, 'VALIDATION']);
    expect(codeOf(await app.call('POST', '/v1/adjustments/import', {}))).toEqual([400, 'VALIDATION']);
  });
});
