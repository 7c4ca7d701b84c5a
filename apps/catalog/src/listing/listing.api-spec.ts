import type { ListingLinkItem, SkuItem } from '@app/contracts';
import { CatalogApp, listing, SHOP } from '../testing/catalog-app';

describe('listings and their links', () => {
  let app: CatalogApp;
  beforeAll(async () => {
    app = await CatalogApp.start();
  });
  afterAll(() => app.close());
  beforeEach(() =>
    app.query(
      'TRUNCATE listing_sku, listing, barcode, sku, product, outbox, outbox_delivery, parked_item, idempotency_key',
    ),
  );

  const product = (code: string, ...skus: string[]) =>
    app.call('POST', '/v1/products', { code, name: '纯棉T恤', skus: skus.map((sku) => ({ code: sku })) });
  const links = () => app.told<ListingLinkItem>('listing.changed');
  const listings = async (query = '', claims = {}) =>
    (await app.call('GET', `/v1/listings${query}`, undefined, claims)).body.items;

  it('[C6] stores a page of listings and links them by the exact, trimmed merchant code', async () => {
    await product('TEE', 'TEE-RED', 'TEE-BLUE');
    const answer = await app.put([
      listing('l1', [
        ['s1', ' TEE-RED '],
        ['s2', 'tee-blue'],
        ['s3', undefined],
      ]),
    ]);
    expect(answer).toEqual({ status: 200, body: { items: [{ listingId: 'l1', verdict: 'stored' }] } });
    expect(
      (await links()).map(({ linkId, linkVersion, isLinked, isOnShelf, components }) => [
        linkId,
        linkVersion,
        isLinked,
        isOnShelf,
        components.map(({ skuCode }) => skuCode),
      ]),
    ).toEqual([
      [`${SHOP}/s1`, 1, true, true, ['TEE-RED']],
      [`${SHOP}/s2`, 1, false, true, []],
      [`${SHOP}/s3`, 1, false, true, []],
    ]);
    const worklist = await listings(`?shopId=${SHOP}&linked=false`);
    expect(worklist.map((one: any) => one.skus.map((sku: any) => sku.listingSkuId))).toEqual([['s2', 's3']]);
  });

  it('[C6] writes nothing for an unchanged listing and ignores an older one', async () => {
    await app.put([listing('l1', [['s1', 'X']])]);
    const before = await app.query(
      `SELECT l.xmin AS listing_xmin, k.xmin AS sku_xmin, l.*, k.* FROM listing l, listing_sku k`,
    );
    const again = await app.put([listing('l1', [['s1', 'X']], { fetchedAt: '2026-11-01T11:00:00+08:00' })]);
    const older = await app.put([
      listing('l1', [['s1', 'Y']], { modifiedAt: '2026-10-01T10:00:00+08:00', fetchedAt: '2026-11-01T12:00:00+08:00' }),
    ]);
    expect([again.body.items[0].verdict, older.body.items[0].verdict]).toEqual(['unchanged', 'older']);
    expect(
      await app.query(`SELECT l.xmin AS listing_xmin, k.xmin AS sku_xmin, l.*, k.* FROM listing l, listing_sku k`),
    ).toEqual(before);
    expect(await links()).toHaveLength(1);
  });

  it('[C6] sets a bad listing aside alone, and takes it in again when it is replayed', async () => {
    const bad = { ...listing('bad', [['s9', 'X']]), currency: 'yuan' };
    const answer = await app.put([
      listing('l1', [['s1', 'X']]),
      bad,
      listing('l2', [
        ['s2', 'X'],
        ['s2', 'X'],
      ]),
      listing('l3', [['s1', 'X']]),
    ]);
    expect(answer.body.items.map((one: any) => one.verdict)).toEqual(['stored', 'parked', 'parked', 'parked']);
    expect(answer.body.items[1].errors[0].field).toBe('currency');
    const parked = (await app.call('GET', '/v1/parked-items')).body.items;
    expect(parked).toHaveLength(3);
    const replay = await app.call('POST', `/v1/parked-items/${answer.body.items[1].parkedItemId}/replay`);
    expect([replay.status, replay.body.code]).toEqual([409, 'PARKED_ITEM.STILL_WRONG']);
  });

  it('[C6] refuses a wrong envelope and an unknown shop', async () => {
    const wrong = await app.call('PUT', '/v1/platform-listings', { shopId: SHOP, items: 'none', more: 1 });
    expect([wrong.status, wrong.body.code, wrong.body.errors.map((one: any) => one.field).sort()]).toEqual([
      400,
      'VALIDATION',
      ['items', 'more'],
    ]);
    const many = await app.put(Array.from({ length: 201 }, () => ({})));
    expect([many.status, many.body.code]).toEqual([400, 'VALIDATION']);
    const unknown = await app.put([], 'shp_9');
    expect([unknown.status, unknown.body.code]).toEqual([404, 'SHOP.NOT_FOUND']);
  });

  it('[C6] links waiting listings of all shops when a SKU with their code is made', async () => {
    await app.put([listing('l1', [['s1', 'NEW']])]);
    await app.put([listing('l2', [['s2', 'NEW']])], 'shp_2');
    await product('NEW', 'NEW');
    const told = await links();
    expect(told.slice(2).map(({ linkId, linkVersion, isLinked }) => [linkId, linkVersion, isLinked])).toEqual([
      [`${SHOP}/s1`, 2, true],
      ['shp_2/s2', 2, true],
    ]);
  });

  it('[C34] never overwrites a person’s link, neither by a pull nor by the rule', async () => {
    await product('P', 'A', 'B');
    await app.put([listing('l1', [['s1', 'A']])]);
    const [one] = await listings();
    const linked = await app.call('POST', `/v1/listings/${one.id}/links`, {
      listingSkuId: 's1',
      components: [
        { skuCode: 'A', quantity: 2 },
        { skuCode: 'B', quantity: 1 },
      ],
    });
    expect([linked.status, linked.body.linkedBy, linked.body.version, linked.body.components]).toEqual([
      200,
      'person',
      2,
      [
        { skuCode: 'A', quantity: 2 },
        { skuCode: 'B', quantity: 1 },
      ],
    ]);
    await app.put([listing('l1', [['s1', 'B']], { title: '新标题', modifiedAt: '2026-11-02T10:00:00+08:00' })]);
    const told = await links();
    expect(told[told.length - 1]).toMatchObject({
      linkVersion: 3,
      title: '新标题',
      merchantCode: 'B',
      components: [
        { skuCode: 'A', quantity: 2 },
        { skuCode: 'B', quantity: 1 },
      ],
    });
  });

  it('[C6] follows the code of a link that the rule made, and shows a SKU that went away as off the shelf', async () => {
    await product('P', 'A', 'B');
    await app.put([
      listing('l1', [
        ['s1', 'A'],
        ['s2', 'B'],
      ]),
    ]);
    await app.put([listing('l1', [['s1', 'B']], { modifiedAt: '2026-11-02T10:00:00+08:00' })]);
    const newest = new Map((await links()).map((item) => [item.linkId, item]));
    expect(newest.get(`${SHOP}/s1`)).toMatchObject({ linkVersion: 2, components: [{ skuCode: 'B' }] });
    expect(newest.get(`${SHOP}/s2`)).toMatchObject({ linkVersion: 2, isOnShelf: false, isLinked: true });
  });

  it('[C33] links a listing without goods', async () => {
    await app.put([listing('l1', [['s1', '补差价']])]);
    const [one] = await listings();
    const linked = await app.call('POST', `/v1/listings/${one.id}/links`, {
      listingSkuId: 's1',
      components: [],
      noStock: true,
    });
    expect(linked.body).toMatchObject({ isLinked: true, noStock: true, components: [] });
  });

  it('[C6] refuses links that name nothing, and names each unknown code', async () => {
    await product('P', 'A');
    await app.put([listing('l1', [['s1', 'Q']])]);
    const [one] = await listings();
    const post = (body: object, id = one.id, claims = {}) =>
      app.call('POST', `/v1/listings/${id}/links`, { listingSkuId: 's1', ...body }, claims);
    const unknown = await post({
      components: [
        { skuCode: 'A', quantity: 1 },
        { skuCode: 'NO', quantity: 1 },
      ],
    });
    expect([unknown.status, unknown.body.code, unknown.body.errors[0].field]).toEqual([
      404,
      'SKU.NOT_FOUND',
      'components[1].skuCode',
    ]);
    const none = await post({ components: [] });
    expect([none.status, none.body.code]).toEqual([400, 'VALIDATION']);
    const foreign = await post({ components: [{ skuCode: 'A', quantity: 1 }] }, one.id, { shops: ['shp_2'] });
    expect([foreign.status, foreign.body.code]).toEqual([404, 'LISTING.NOT_FOUND']);
    const missing = await post({ components: [{ skuCode: 'A', quantity: 1 }] }, 'lst_none');
    expect([missing.status, missing.body.code]).toEqual([404, 'LISTING.NOT_FOUND']);
    const otherSku = await post({ listingSkuId: 's9', components: [{ skuCode: 'A', quantity: 1 }] });
    expect([otherSku.status, otherSku.body.code]).toEqual([404, 'LISTING.NOT_FOUND']);
    const stale = await post({ components: [{ skuCode: 'A', quantity: 1 }], expectedVersion: 7 });
    expect([stale.status, stale.body.code, stale.body.version]).toEqual([409, 'LISTING.VERSION_CONFLICT', 1]);
    const unknownField = await post({ components: [{ skuCode: 'A', quantity: 1 }], role: 'admin' });
    expect([unknownField.status, unknownField.body.code, unknownField.body.errors[0].field]).toEqual([
      400,
      'VALIDATION',
      'role',
    ]);
  });

  it('[C6] imports SKUs by merchant code with a verdict per row, and a repeat makes nothing twice', async () => {
    await product('P', 'OLD');
    await app.put([
      listing(
        'l1',
        [
          ['s1', 'N1'],
          ['s2', 'N2'],
          ['s3', undefined],
        ],
        { merchantCode: 'SPU' },
      ),
      listing('l2', [
        ['s4', 'N1'],
        ['s5', 'DUP'],
        ['s6', 'DUP'],
      ]),
    ]);
    const answer = await app.call('POST', '/v1/listings/import-skus', { shopId: SHOP });
    expect(answer.body.items.map((row: any) => [row.listingSkuId, row.verdict])).toEqual([
      ['s1', 'linked'],
      ['s2', 'created'],
      ['s3', 'no_code'],
      ['s4', 'created'],
      ['s5', 'duplicate_code'],
      ['s6', 'duplicate_code'],
    ]);
    expect((await app.told<SkuItem>('sku.changed')).map(({ code }) => code)).toEqual(['OLD', 'N1', 'N2']);
    const again = await app.call('POST', '/v1/listings/import-skus', { shopId: SHOP });
    expect(again.body.items.map((row: any) => row.verdict)).toEqual(['no_code', 'duplicate_code', 'duplicate_code']);
    expect((await app.call('GET', '/v1/skus')).body.items).toHaveLength(3);
  });

  it('[C6] shows and touches nothing outside of the caller’s shops and company', async () => {
    await app.put([listing('l1', [['s1', 'A']])]);
    await app.put([listing('l2', [['s2', 'A']])], 'shp_2');
    expect((await listings('', { shops: ['shp_2'] })).map((one: any) => one.listingId)).toEqual(['l2']);
    expect((await app.call('GET', `/v1/listings?shopId=${SHOP}`, undefined, { shops: ['shp_2'] })).body.code).toBe(
      'SHOP.NOT_FOUND',
    );
    expect((await app.call('POST', '/v1/listings/import-skus', { shopId: SHOP }, { shops: ['shp_2'] })).status).toBe(
      404,
    );
    expect(await listings('', { companyId: 'cmp_other' })).toEqual([]);
    expect((await app.call('GET', '/v1/listings', undefined, { scopes: [] })).body.code).toBe('AUTH.SCOPE');
  });

  it('[C6] pages through listings without loss', async () => {
    await app.put(['a', 'b', 'c'].map((id) => listing(id, [[`s${id}`, undefined]])));
    const first = (await app.call('GET', '/v1/listings?limit=2')).body;
    const second = (await app.call('GET', `/v1/listings?limit=2&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...second.items].map((one: any) => one.listingId)).toEqual(['a', 'b', 'c']);
    expect(second.nextCursor).toBeNull();
    expect((await app.call('GET', '/v1/listings?cursor=junk')).body.code).toBe('CURSOR.INVALID');
    expect((await app.call('GET', '/v1/verify')).body.items.every((one: any) => one.breaches.length === 0)).toBe(true);
  });
});

describe('products and SKUs', () => {
  let app: CatalogApp;
  beforeAll(async () => {
    app = await CatalogApp.start();
  });
  afterAll(() => app.close());
  beforeEach(() =>
    app.query('TRUNCATE listing_sku, listing, barcode, sku, product, outbox, outbox_delivery, idempotency_key'),
  );

  const TEE = {
    code: 'TEE',
    name: '纯棉T恤',
    skus: [
      { code: 'TEE-RED-M', spec: { 颜色: '红', 尺码: 'M' }, barcodes: ['690123'], weightGrams: 180, vatRate: '13' },
    ],
  };

  it('[C1] makes a product with SKUs and tells them', async () => {
    const made = await app.call('POST', '/v1/products', TEE);
    expect([made.status, made.body.skus[0].code, made.body.version]).toEqual([201, 'TEE-RED-M', 1]);
    expect(await app.told<SkuItem>('sku.changed')).toEqual([
      {
        skuId: made.body.skus[0].id,
        skuVersion: 1,
        code: 'TEE-RED-M',
        name: '纯棉T恤',
        spec: { 颜色: '红', 尺码: 'M' },
        isActive: true,
      },
    ]);
    expect((await app.call('GET', '/v1/skus?code=TEE-RED-M')).body.items).toEqual([made.body.skus[0]]);
    expect((await app.call('GET', '/v1/products?code=TEE')).body.items).toEqual([made.body]);
    expect((await app.call('POST', '/v1/skus/lookup', { codes: ['TEE-RED-M', 'NO'] })).body.items).toHaveLength(1);
  });

  it('[C1] refuses codes that are taken and keeps nothing then', async () => {
    await app.call('POST', '/v1/products', TEE);
    const same = await app.call('POST', '/v1/products', TEE);
    expect([same.status, same.body.code]).toEqual([409, 'PRODUCT.CODE_TAKEN']);
    const sku = await app.call('POST', '/v1/products', { ...TEE, code: 'T2' });
    expect([sku.status, sku.body.code, sku.body.errors[0].field]).toEqual([409, 'SKU.CODE_TAKEN', 'skus[0].code']);
    const barcode = await app.call('POST', '/v1/products', {
      ...TEE,
      code: 'T3',
      skus: [{ code: 'X', barcodes: ['690123'] }],
    });
    expect([barcode.status, barcode.body.code]).toEqual([409, 'BARCODE.TAKEN']);
    expect((await app.call('GET', '/v1/products')).body.items).toHaveLength(1);
    expect(await app.told('sku.changed')).toHaveLength(1);
  });

  it('[C1] names all wrong fields at once', async () => {
    const wrong = await app.call('POST', '/v1/products', {
      code: ' ',
      name: 'x',
      tenantId: 'other',
      skus: [{ code: 'A', weightGrams: -1, spec: { a: 1 } }],
    });
    expect([wrong.status, wrong.body.code]).toEqual([400, 'VALIDATION']);
    expect(wrong.body.errors.map((one: any) => one.field)).toEqual(
      expect.arrayContaining(['code', 'tenantId', 'skus[0].weightGrams']),
    );
    const twice = await app.call('POST', '/v1/products', {
      code: 'P',
      name: 'x',
      skus: [{ code: 'A', spec: { a: 1 } }, { code: 'A' }],
    });
    expect(twice.body.errors.map((one: any) => one.code)).toEqual(['TEXTS', 'TWICE']);
  });

  it('[C1] answers a repeat with the same Idempotency-Key once, and refuses the key for another body', async () => {
    const key = { 'idempotency-key': 'k1' };
    const first = await app.call('POST', '/v1/products', TEE, {}, key);
    const second = await app.call('POST', '/v1/products', TEE, {}, key);
    expect(second.body).toEqual(first.body);
    const other = await app.call('POST', '/v1/products', { ...TEE, name: 'other' }, {}, key);
    expect([other.status, other.body.code]).toEqual([409, 'IDEMPOTENCY.KEY_REUSED']);
  });

  it('[C1] changes a SKU by version and tells it with a higher one', async () => {
    const { body } = await app.call('POST', '/v1/products', TEE);
    const id = body.skus[0].id as string;
    const changed = await app.call('PATCH', `/v1/skus/${id}`, { expectedVersion: 1, isActive: false });
    expect([changed.status, changed.body.version, changed.body.isActive]).toEqual([200, 2, false]);
    expect((await app.told<SkuItem>('sku.changed')).map(({ skuVersion }) => skuVersion)).toEqual([1, 2]);
    const stale = await app.call('PATCH', `/v1/skus/${id}`, { expectedVersion: 1, isActive: true });
    expect([stale.status, stale.body.code, stale.body.version]).toEqual([409, 'SKU.VERSION_CONFLICT', 2]);
    expect((await app.call('PATCH', '/v1/skus/sku_none', { expectedVersion: 1 })).body.code).toBe('SKU.NOT_FOUND');
  });

  it('[C1] lets one of 20 parallel makers of a code win', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        app.call('POST', '/v1/products', { ...TEE, code: `P${index}`, skus: [{ code: 'ONE' }] }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 409 && body.code === 'SKU.CODE_TAKEN')).toHaveLength(19);
  });
});
