import { InventoryApp } from '../testing/inventory-app';

describe('the ledger of scraps', () => {
  let app: InventoryApp;
  beforeAll(async () => {
    app = await InventoryApp.start();
    for (const code of ['HZ1', 'SH2']) await app.call('POST', '/v1/warehouses', { code, name: code, priority: 1 });
    await app.query(
      `INSERT INTO sku (company_id, sku_id, code, name, spec, is_active, version) VALUES ('cmp_test', 'sku_1', 'TEE-RED-M', '', '{}', true, 1)`,
    );
    await app.query(
      `INSERT INTO scrap (company_id, sku_id, warehouse, quantity, reason, cause_type, cause_id, cause_line, actor, at)
       SELECT 'cmp_test', CASE WHEN n = 3 THEN 'sku_2' ELSE 'sku_1' END, CASE WHEN n = 2 THEN 'SH2' ELSE 'HZ1' END, n,
              'Came back with grade C.', 'return', 'ret_' || n, '1', 'service:logistics', timestamptz '2026-11-05T00:00:00Z' + n * interval '1 hour'
         FROM generate_series(1, 4) AS n`,
    );
  });
  afterAll(() => app.close());

  const found = async (query: string, claims: object = {}) =>
    (await app.call('GET', `/v1/scraps${query}`, undefined, claims)).body.items.map(
      ({ cause }: { cause: { id: string } }) => cause.id,
    );

  it('[O54] lists scrapped pieces with their cause, newest first, page by page', async () => {
    const first = (await app.call('GET', '/v1/scraps?limit=3')).body;
    const second = (await app.call('GET', `/v1/scraps?limit=3&cursor=${first.nextCursor}`)).body;

    expect(first.items[0]).toEqual({
      skuCode: 'TEE-RED-M',
      warehouse: 'HZ1',
      quantity: 4,
      reason: 'Came back with grade C.',
      at: '2026-11-05T12:00:00+08:00',
      cause: { type: 'return', id: 'ret_4', line: '1' },
      actor: 'service:logistics',
    });
    expect(first.items).toHaveLength(3);
    expect(second.items.map(({ cause }: { cause: { id: string } }) => cause.id)).toEqual(['ret_1']);
    expect(second.nextCursor).toBeNull();
  });

  it('[O54] narrows scraps by SKU, warehouse and time', async () => {
    expect(await found('?skuCode=TEE-RED-M')).toEqual(['ret_4', 'ret_2', 'ret_1']);
    expect(await found('?warehouse=SH2')).toEqual(['ret_2']);
    expect(await found('?skuCode=NOBODY')).toEqual([]);
    expect(await found('?from=2026-11-05T02:00:00Z&to=2026-11-05T04:00:00Z')).toEqual(['ret_3', 'ret_2']);
    expect(await found('', { warehouses: ['SH2'] })).toEqual(['ret_2']);
  });

  it('[O54] refuses other warehouses, wrong times and foreign cursors', async () => {
    const codeOf = async (query: string, claims: object = {}) =>
      (await app.call('GET', `/v1/scraps${query}`, undefined, claims)).body.code;
    expect(await codeOf('?warehouse=HZ1', { warehouses: ['SH2'] })).toBe('WAREHOUSE.NOT_FOUND');
    expect(await codeOf('?from=yesterday')).toBe('VALIDATION');
    expect(await codeOf('?cursor=x')).toBe('CURSOR.INVALID');
    expect(await codeOf('', { scopes: [] })).toBe('AUTH.SCOPE');
  });
});
