import { CANONICAL_ORDER_EXAMPLE } from '@app/contracts';
import { ApiClient } from '../harness/api-client';
import { Merchant, type Parcel, type ShownOrder } from '../harness/merchant';
import { fieldsOf, limitedClient, refusal, type Problem } from '../harness/refusal';
import { SimulatorControl } from '../harness/simulator-control';
import { SERVICE_APPS, Topology } from '../harness/topology';
import { until } from '../harness/wait';

interface Reservation {
  id: string;
  key: string;
  state: string;
  lines: { skuCode: string; quantity: number; warehouse: string }[];
}

const ISO_WITH_OFFSET = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const SERVICES = Object.keys(SERVICE_APPS);

let topology: Topology;
let simulator: SimulatorControl;
let merchant: Merchant;
let api: ApiClient;

async function refused(
  method: string,
  path: string,
  body: unknown,
  status: number,
  code: string,
  by: ApiClient = api,
): Promise<Problem> {
  return refusal(await by.call(method, path, body), status, code);
}

const adjust = (skuCode: string, quantity: number, key: string, more: Record<string, unknown> = {}) =>
  api.call('POST', '/inventory/v1/adjustments', {
    key,
    cause: 'contract',
    lines: [{ skuCode, warehouse: 'HZ1', quantity, bucket: 'onHand' }],
    ...more,
  });

beforeAll(async () => {
  topology = await Topology.start({ kind: 'all-in-one', storyRate: 600 });
  simulator = new SimulatorControl(topology.simulatorUrl);
  api = await topology.client();
  merchant = new Merchant(api, simulator);
  await merchant.join();
}, 180_000);

afterAll(async () => {
  await topology?.close();
}, 60_000);

describe('Start, identity, operation', () => {
  const token = async (form: Record<string, string>, headers: Record<string, string> = {}) => {
    const response = await fetch(`${topology.gatewayUrl}/auth/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers,
    });
    return { status: response.status, body: (await response.json()) as Problem, headers: response.headers };
  };
  const credentials = { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo-secret' };

  it('[P1] gives the demo client a bearer token of ten minutes, with the scopes that were asked for', async () => {
    const all = await token(credentials);
    expect(all.status).toBe(200);
    expect(all.body).toMatchObject({
      token_type: 'Bearer',
      expires_in: 600,
      access_token: expect.stringMatching(/^ey/),
    });
    const some = await token({ ...credentials, scope: 'orders:read inventory:read' });
    expect(some.body.scope).toBe('orders:read inventory:read');
  });

  it('[P1] refuses a wrong secret, an unknown client, another grant and a scope beyond the client’s, and says why', async () => {
    for (const wrong of [{ client_secret: 'wrong' }, { client_id: 'nobody' }])
      refusal(await token({ ...credentials, ...wrong }), 401, 'AUTH.INVALID_CLIENT');
    expect(fieldsOf(refusal(await token({ ...credentials, grant_type: 'password' }), 400, 'VALIDATION'))).toEqual([
      'grant_type',
    ]);
    expect(fieldsOf(refusal(await token({ ...credentials, scope: 'all' }), 400, 'VALIDATION'))).toEqual(['scope']);
  });

  it('[P1] asks for a token, refuses a foreign one and names the scope that is missing', async () => {
    const call = async (authorization?: string) => {
      const response = await fetch(`${topology.gatewayUrl}/orders/v1/orders`, {
        headers: authorization ? { authorization } : {},
      });
      return { status: response.status, body: await response.json(), headers: response.headers };
    };
    expect(refusal(await call(), 401, 'AUTH.MISSING_TOKEN').detail).toContain('/auth/token');
    refusal(await call('Bearer nonsense'), 401, 'AUTH.INVALID_TOKEN');
    const narrow = await token({ ...credentials, scope: 'inventory:read' });
    const answer = await call(`Bearer ${String(narrow.body.access_token)}`);
    expect(refusal(answer, 403, 'AUTH.SCOPE').detail).toContain('orders:read');
  });

  it('[P24] publishes keys, and health, metrics and documentation on every port', async () => {
    const keys = (await (await fetch(`${topology.gatewayUrl}/auth/jwks`)).json()) as {
      keys: Record<string, unknown>[];
    };
    expect(keys.keys[0]).toMatchObject({ kty: 'EC', alg: 'ES256', use: 'sig' });
    expect(keys.keys[0]).not.toHaveProperty('d');
    for (const { url } of Object.values(SERVICE_APPS)) {
      for (const path of ['/health/live', '/health/ready', '/metrics', '/docs', '/docs-json'])
        expect([path, (await fetch(`${topology.env[url]}${path}`)).status]).toEqual([path, 200]);
      expect(await (await fetch(`${topology.env[url]}/health/ready`)).json()).toEqual({ status: 'ready', missing: [] });
    }
  });

  it('[P24] lists alarms, dead letters and parked items, and says of an unknown one that it is not there', async () => {
    expect(await api.get('/sync/v1/alarms?open=true')).toEqual({ items: expect.any(Array), nextCursor: null });
    expect(await api.get('/sync/v1/failed-jobs')).toEqual({ items: [], nextCursor: null });
    await refused('POST', '/sync/v1/failed-jobs/job_none/replay', {}, 404, 'FAILED_JOB.NOT_FOUND');
    for (const service of SERVICES) {
      expect(await api.get(`/${service}/v1/parked-items`)).toEqual({ items: expect.any(Array), nextCursor: null });
      await refused('POST', `/${service}/v1/parked-items/prk_none/replay`, {}, 404, 'PARKED_ITEM.NOT_FOUND');
      expect((await api.get<{ items: unknown[] }>(`/${service}/v1/verify`)).items.length).toBeGreaterThan(0);
    }
  });

  it('[P24] names the bound of a list, refuses a foreign cursor and unknown filters, on every list', async () => {
    const lists = [
      '/catalog/v1/products',
      '/catalog/v1/skus',
      '/catalog/v1/listings',
      '/orders/v1/orders',
      '/orders/v1/fulfilments',
      '/inventory/v1/stock',
      '/inventory/v1/movements',
      '/inventory/v1/warehouses',
      '/logistics/v1/work',
      '/logistics/v1/parcels',
      '/logistics/v1/pull-outs',
      '/settlement/v1/orders',
      '/sync/v1/shops',
      '/sync/v1/alarms',
      '/sync/v1/failed-jobs',
      '/sync/v1/ship-notices',
      ...SERVICES.map((service) => `/${service}/v1/parked-items`),
    ];
    for (const list of lists) {
      const page = await api.get<Record<string, unknown>>(`${list}?limit=500`);
      expect([list, Object.keys(page).sort()]).toEqual([list, ['items', 'nextCursor']]);
      const wrong = await refused('GET', `${list}?limit=501&colour=red`, undefined, 400, 'VALIDATION');
      expect([list, fieldsOf(wrong)]).toEqual([list, ['colour', 'limit']]);
      await refused('GET', `${list}?cursor=nonsense`, undefined, 400, 'CURSOR.INVALID');
    }
  });

  it('[P24] answers a path that does not exist, broken JSON and a body of another type by problems', async () => {
    await refused('GET', '/orders/v1/nothing', undefined, 404, 'NOT_FOUND');
    await refused('GET', '/nothing', undefined, 404, 'NOT_FOUND');
    await refused('POST', '/inventory/v1/reservations', '{"key":', 400, 'VALIDATION');
    const xml = await api.call('POST', '/inventory/v1/reservations', '<x/>', { 'content-type': 'application/xml' });
    refusal(xml, 415, 'UNSUPPORTED_MEDIA_TYPE');
    const large = JSON.stringify({ key: 'k'.repeat(1_100_000), lines: [] });
    await refused('POST', '/inventory/v1/reservations', large, 413, 'BODY_TOO_LARGE');
  });

  it('[P24] acknowledgements are for services alone', async () => {
    for (const service of SERVICES)
      await refused('POST', `/${service}/v1/outbox/acks`, { consumer: 'x', eventIds: ['e'] }, 403, 'AUTH.SCOPE');
  });
});

describe('Shops and sync', () => {
  const shopPath = () => `/sync/v1/shops/${merchant.shopId}`;

  it('[P2] adds a shop, answers the same under the same key and tells another body apart', async () => {
    const keys = { platformShopId: '990001', appKey: '1', appSecret: 'secret' };
    const body = { platform: 'taobao', name: '二店', ...keys, goLiveAt: '2026-11-01T00:00:00+08:00' };
    const headers = { 'idempotency-key': 'shop-2' };
    const first = await api.call('POST', '/sync/v1/shops', body, headers);
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      id: expect.stringMatching(/^shp_/),
      platform: 'taobao',
      name: '二店',
      token: { state: 'missing' },
      pull: 'on',
      push: 'off',
      shipNotice: 'on',
      version: 1,
    });
    expect(JSON.stringify(first.body)).not.toContain('secret');
    expect((await api.call('POST', '/sync/v1/shops', body, headers)).body).toEqual(first.body);
    const other = await api.call('POST', '/sync/v1/shops', { ...body, name: '三店' }, headers);
    refusal(other, 409, 'IDEMPOTENCY.KEY_REUSED');
    await refused('POST', '/sync/v1/shops', body, 409, 'SHOP.EXISTS');
    const id = String(first.body.id);
    expect(await api.get(`/sync/v1/shops/${id}/authorisation`)).toEqual({ url: expect.stringMatching(/^http/) });
    await refused('POST', `/sync/v1/shops/${id}/pulls`, { kind: 'listings' }, 409, 'SHOP.NOT_AUTHORISED');
    await refused('POST', `/sync/v1/shops/${id}/push/enable`, { dryRun: true }, 409, 'PUSH.LISTINGS_NOT_READ');
  });

  it('[P2] names every wrong field of a new shop at once, the platforms that exist among them', async () => {
    const problem = await refused(
      'POST',
      '/sync/v1/shops',
      { platform: '', name: 5, colour: 'red' },
      400,
      'VALIDATION',
    );
    expect(fieldsOf(problem)).toEqual(['appKey', 'appSecret', 'colour', 'name', 'platform', 'platformShopId']);
    const body = { platform: 'ebay', name: 'x', platformShopId: '1', appKey: '1', appSecret: '1' };
    expect((await refused('POST', '/sync/v1/shops', body, 400, 'VALIDATION')).detail).toContain('taobao');
  });

  it('[P3] examines a shop', async () => {
    expect(await api.get(`${shopPath()}/health`)).toMatchObject({
      token: { state: 'valid' },
      scopes: { missing: [] },
      push: { subscribed: expect.any(Boolean) },
      lastSuccess: expect.any(Object),
      lagSeconds: expect.any(Object),
      failures24h: expect.any(Number),
      advice: expect.any(Array),
    });
    await refused('GET', '/sync/v1/shops/shp_none/health', undefined, 404, 'SHOP.NOT_FOUND');
    await refused('GET', '/sync/v1/shops/shp_none/authorisation', undefined, 404, 'SHOP.NOT_FOUND');
    await refused('GET', '/sync/v1/authorisations/callback?code=1', undefined, 400, 'VALIDATION');
    await refused('GET', '/sync/v1/authorisations/callback?code=1&state=x', undefined, 404, 'AUTHORISATION.NOT_FOUND');
  });

  it('[P4] pulls on demand, once per key, and tells what is wrong with a wish', async () => {
    const wish = { kind: 'orders', from: new Date((await simulator.story()).getTime() - 600_000).toISOString() };
    const headers = { 'idempotency-key': 'pull-1' };
    const started = await api.call('POST', `${shopPath()}/pulls`, wish, headers);
    expect([started.status, started.body]).toEqual([202, { jobId: expect.stringMatching(/^pul_/) }]);
    expect((await api.call('POST', `${shopPath()}/pulls`, wish, headers)).body).toEqual(started.body);
    refusal(
      await api.call('POST', `${shopPath()}/pulls`, { ...wish, dryRun: true }, headers),
      409,
      'IDEMPOTENCY.KEY_REUSED',
    );
    const none = await refused('POST', `${shopPath()}/pulls`, { kind: 'orders' }, 400, 'VALIDATION');
    expect(fieldsOf(none)).toEqual(['from']);
    expect(fieldsOf(await refused('POST', `${shopPath()}/pulls`, { kind: 'order' }, 400, 'VALIDATION'))).toEqual([
      'platformOrderNo',
    ]);
    expect(
      fieldsOf(await refused('POST', `${shopPath()}/pulls`, { kind: 'all', from: 'now' }, 400, 'VALIDATION')),
    ).toEqual(['from', 'kind']);
    await refused('GET', `${shopPath()}/pulls/pul_none`, undefined, 404, 'PULL.NOT_FOUND');
  });

  it('[P5] proves completeness by windows and gaps', async () => {
    const answer = await api.get<{ windows: object[] }>(`${shopPath()}/completeness?kind=orders`);
    expect(answer).toEqual({ kind: 'orders', restsOn: 'census', windows: expect.any(Array), gaps: [] });
    const query = 'kind=orders&from=2026-11-02T00:00:00%2B08:00&to=2026-11-01T00:00:00%2B08:00';
    expect(fieldsOf(await refused('GET', `${shopPath()}/completeness?${query}`, undefined, 400, 'VALIDATION'))).toEqual(
      ['to'],
    );
  });

  it('[P6] pauses and resumes by version, once per key', async () => {
    const { version } = await api.get<{ version: number }>(shopPath());
    const body = { what: 'ship-notice', reason: '盘点', expectedVersion: version };
    const headers = { 'idempotency-key': 'pause-1' };
    const paused = await api.call<{ version: number }>('POST', `${shopPath()}/pause`, body, headers);
    expect([paused.status, paused.body]).toEqual([200, expect.objectContaining({ shipNotice: 'paused' })]);
    expect((await api.call('POST', `${shopPath()}/pause`, body, headers)).body).toEqual(paused.body);
    const stale = await refused('POST', `${shopPath()}/resume`, body, 409, 'SHOP.VERSION_CONFLICT');
    expect(stale.version).toBe(paused.body.version);
    const now = { ...body, expectedVersion: paused.body.version };
    expect((await api.call('POST', `${shopPath()}/resume`, now)).body).toMatchObject({ shipNotice: 'on' });
    const { version: last } = await api.get<{ version: number }>(shopPath());
    await refused('POST', `${shopPath()}/pause`, { what: 'push', expectedVersion: last }, 409, 'SHOP.STATE_FORBIDS');
    const all = { what: 'everything', until: 'soon', expectedVersion: 'x' };
    expect(fieldsOf(await refused('POST', `${shopPath()}/pause`, all, 400, 'VALIDATION'))).toEqual([
      'expectedVersion',
      'until',
      'what',
    ]);
  });

  it('[P7] shows what pushing would tell before it is switched on, and what was told per listing', async () => {
    const { items } = await api.post<{ items: object[] }>(`${shopPath()}/push/enable`, { dryRun: true });
    expect(items[0]).toMatchObject({
      listingSkuId: expect.any(String),
      platformNow: expect.any(Number),
      wouldTell: expect.any(Number),
      why: expect.any(Object),
    });
    const told = await api.get<{ items: object[] }>(`/sync/v1/listings?shopId=${merchant.shopId}`);
    expect(told.items[0]).toMatchObject({ lastTold: null, lastToldAt: null, result: 'never', readBack: null });
    expect(fieldsOf(await refused('GET', '/sync/v1/listings', undefined, 400, 'VALIDATION'))).toEqual(['shopId']);
    await refused('POST', '/sync/v1/shops/shp_none/push/enable', {}, 404, 'SHOP.NOT_FOUND');
  });

  it('[P8] keeps platform calls for services, and webhooks for platforms that send any', async () => {
    const order = { shopId: merchant.shopId, platformOrderNo: '1' };
    await refused('POST', '/sync/v1/orders/state', order, 403, 'AUTH.SCOPE');
    await refused('POST', '/sync/v1/waybills', { fulfilmentId: 'f' }, 403, 'AUTH.SCOPE');
    await refused('POST', '/webhooks/ebay/1', {}, 404, 'PLATFORM.UNKNOWN');
    await refused('POST', '/webhooks/taobao/1', {}, 404, 'PLATFORM.NO_WEBHOOK');
  });
});

describe('Catalog', () => {
  const product = (code: string) => ({
    code,
    name: '纯棉T恤',
    skus: [
      {
        code: `${code}-RED-M`,
        spec: { 颜色: '红', 尺码: 'M' },
        barcodes: [`69${code}`],
        weightGrams: 180,
        vatRate: '13',
      },
    ],
  });

  it('[C1] makes products with their SKUs, once per key', async () => {
    const headers = { 'idempotency-key': 'product-1' };
    const made = await api.call('POST', '/catalog/v1/products', product('CT1'), headers);
    expect([made.status, made.body]).toEqual([201, expect.objectContaining({ code: 'CT1', id: expect.any(String) })]);
    expect((await api.call('POST', '/catalog/v1/products', product('CT1'), headers)).body).toEqual(made.body);
    refusal(await api.call('POST', '/catalog/v1/products', product('CT2'), headers), 409, 'IDEMPOTENCY.KEY_REUSED');
    await refused('POST', '/catalog/v1/products', product('CT1'), 409, 'PRODUCT.CODE_TAKEN');
    const { items } = await api.get<{ items: object[] }>('/catalog/v1/skus?code=CT1-RED-M&limit=1');
    expect(items).toEqual([expect.objectContaining({ code: 'CT1-RED-M', vatRate: '13', weightGrams: 180 })]);
  });

  it('[C1] forgets a failure: the key may be used again once the cause is mended', async () => {
    const headers = { 'idempotency-key': 'product-failed' };
    refusal(await api.call('POST', '/catalog/v1/products', product('CT1'), headers), 409, 'PRODUCT.CODE_TAKEN');
    expect((await api.call('POST', '/catalog/v1/products', product('CT3'), headers)).status).toBe(201);
  });

  it('[C1] names all wrong fields of a product at once, in words that say what to change', async () => {
    const wrong = { code: '', name: 'x', skus: [{ code: 'A', weightGrams: -1, vatRate: 'much', colour: 1 }], price: 1 };
    const problem = await refused('POST', '/catalog/v1/products', wrong, 400, 'VALIDATION');
    expect(fieldsOf(problem)).toEqual(['code', 'price', 'skus[0].colour', 'skus[0].vatRate', 'skus[0].weightGrams']);
  });

  it('[C6] links what a listing sells to SKUs, and imports SKUs with a verdict per row', async () => {
    const { items } = await api.get<{ items: { id: string; skus: { listingSkuId: string; version: number }[] }[] }>(
      `/catalog/v1/listings?shopId=${merchant.shopId}`,
    );
    const [listing] = items;
    const listingSkuId = listing!.skus[0]!.listingSkuId;
    const path = `/catalog/v1/listings/${listing!.id}/links`;
    const linkTo = (skuCode: string) => ({ listingSkuId, components: [{ skuCode, quantity: 1 }], noStock: false });
    expect(fieldsOf(await refused('POST', path, linkTo('NO-SUCH'), 404, 'SKU.NOT_FOUND'))).toEqual([
      'components[0].skuCode',
    ]);
    await refused('POST', '/catalog/v1/listings/lst_none/links', linkTo('CT1-RED-M'), 404, 'LISTING.NOT_FOUND');
    const wrong = { listingSkuId, components: [{ skuCode: 'A', quantity: 0 }], noStock: 'no' };
    expect(fieldsOf(await refused('POST', path, wrong, 400, 'VALIDATION'))).toEqual([
      'components[0].quantity',
      'noStock',
    ]);
    const stale = { ...linkTo('CT1-RED-M'), expectedVersion: 999 };
    await refused('POST', path, stale, 409, 'LISTING.VERSION_CONFLICT');
    const imported = await api.post<{ items: unknown[] }>('/catalog/v1/listings/import-skus', {
      shopId: merchant.shopId,
    });
    expect(imported.items).toEqual(expect.any(Array));
    await refused('POST', '/catalog/v1/listings/import-skus', { shopId: 'shp_none' }, 404, 'SHOP.NOT_FOUND');
    await api.get(`/catalog/v1/listings?shopId=${merchant.shopId}&linked=false`);
    expect(fieldsOf(await refused('GET', '/catalog/v1/listings?linked=no', undefined, 400, 'VALIDATION'))).toEqual([
      'linked',
    ]);
  });
});

describe('Orders', () => {
  const item = (platformOrderNo: string, more: Record<string, unknown> = {}) => ({
    ...CANONICAL_ORDER_EXAMPLE,
    platformOrderNo,
    platformState: 'wait_pay',
    buyerMessage: '',
    ...more,
  });
  const put = (items: unknown[], shopId = merchant.shopId) => ({ shopId, items });
  const INTAKE = '/orders/v1/platform-orders';

  it('[O1] stores platform orders with a verdict per item; a bad item stops no other', async () => {
    const first = await api.ok<{ items: { verdict: string; orderId?: string }[] }>('PUT', INTAKE, put([item('70001')]));
    expect(first).toEqual({
      items: [{ platformOrderNo: '70001', verdict: 'stored', orderId: expect.stringMatching(/^ord_/) }],
    });
    const newer = { ...item('70001'), sellerMemo: '改', modifiedAt: '2026-11-11T00:09:00+08:00' };
    const later = { fetchStartedAt: '2026-11-11T00:10:00+08:00', fetchedAt: '2026-11-11T00:10:01+08:00' };
    const bad = { ...item('70002'), lines: 'none', colour: 'red' };
    const { items } = await api.ok<{
      items: { verdict: string; errors?: { field: string }[]; parkedItemId?: string }[];
    }>('PUT', INTAKE, put([item('70001'), { ...newer, ...later }, item('70001'), bad]));
    expect(items.map(({ verdict }) => verdict)).toEqual(['unchanged', 'updated', 'older', 'parked']);
    expect(items[3]!.errors!.map(({ field }) => field)).toContain('lines');
    const parked = await api.get<{ items: { id: string }[] }>('/orders/v1/parked-items');
    expect(parked.items).toEqual([expect.objectContaining({ id: items[3]!.parkedItemId })]);
    await refused(
      'POST',
      `/orders/v1/parked-items/${items[3]!.parkedItemId}/replay`,
      {},
      409,
      'PARKED_ITEM.STILL_WRONG',
    );
  });

  it('[O1] refuses a wrong envelope, too many items and a shop that nobody knows', async () => {
    expect(fieldsOf(await refused('PUT', INTAKE, { items: {}, colour: 1 }, 400, 'VALIDATION'))).toEqual([
      'colour',
      'items',
      'shopId',
    ]);
    const many = Array.from({ length: 501 }, (_, no) => item(`8${no}`));
    expect(fieldsOf(await refused('PUT', INTAKE, put(many), 400, 'VALIDATION'))).toEqual(['items']);
    await refused('PUT', INTAKE, put([item('70003')], 'shp_none'), 404, 'SHOP.NOT_FOUND');
  });

  it('[O3] shows an order in its fixed members, receivers masked, and its raw text to nobody without pii:read', async () => {
    const { items } = await api.get<{ items: ShownOrder[] }>('/orders/v1/orders?platformOrderNo=70001');
    const order = await api.get<ShownOrder & Record<string, unknown>>(`/orders/v1/orders/${items[0]!.id}?include=log`);
    expect(order).toMatchObject({
      id: expect.stringMatching(/^ord_/),
      shopId: merchant.shopId,
      platform: 'taobao',
      platformOrderNo: '70001',
      status: expect.any(String),
      platformState: 'wait_pay',
      review: expect.any(String),
      stock: 'none',
      fulfilment: 'none',
      afterSale: 'none',
      notice: 'none',
      holds: expect.any(Array),
      amounts: { ...CANONICAL_ORDER_EXAMPLE.amounts },
      version: expect.any(Number),
    });
    expect(order.shipBy).toEqual(expect.stringMatching(ISO_WITH_OFFSET));
    expect(order.lines[0]).toMatchObject({
      id: expect.any(String),
      quantity: 1,
      paidFen: 15974,
      reserved: 0,
      shipped: 0,
    });
    expect(JSON.stringify(order)).not.toContain('1Xx8Example');
    await refused('GET', `/orders/v1/orders/${order.id}?include=raw`, undefined, 403, 'AUTH.SCOPE');
    await refused('GET', `/orders/v1/orders/${order.id}?include=everything`, undefined, 400, 'VALIDATION');
    await refused('GET', '/orders/v1/orders/ord_none', undefined, 404, 'ORDER.NOT_FOUND');
    const wrong = '/orders/v1/orders?status=lost&platformState=away&updatedFrom=yesterday';
    expect(fieldsOf(await refused('GET', wrong, undefined, 400, 'VALIDATION'))).toEqual([
      'platformState',
      'status',
      'updatedFrom',
    ]);
    const reader = await limitedClient(topology, 'orders:read pii:read', []);
    const { raw } = await reader.get<{ raw: string }>(`/orders/v1/orders/${order.id}?include=raw`);
    expect(raw).toBe(CANONICAL_ORDER_EXAMPLE.raw);
  });

  it('[O9] acts by version, with a reason, once per key', async () => {
    const placed = await simulator.place(merchant.platformShopId, [{ merchantCode: merchant.codes[2]!, quantity: 1 }]);
    const order = await merchant.orderWhen(placed.platformOrderNo, 'stored', ({ status }) => status === 'wait_pay');
    const path = `/orders/v1/orders/${order.id}`;
    const body = { expectedVersion: order.version, type: 'manual', reason: '问买家' };
    const headers = { 'idempotency-key': 'hold-1' };
    const held = await api.call<ShownOrder>('POST', `${path}/hold`, body, headers);
    expect([held.status, held.body.status]).toEqual([200, 'held']);
    expect((await api.call('POST', `${path}/hold`, body, headers)).body).toEqual(held.body);
    const other = await api.call('POST', `${path}/hold`, { ...body, reason: '别的' }, headers);
    refusal(other, 409, 'IDEMPOTENCY.KEY_REUSED');
    const stale = await refused('POST', `${path}/hold`, body, 409, 'ORDER.VERSION_CONFLICT');
    expect(stale.version).toBe(held.body.version);
    const now = { expectedVersion: held.body.version, reason: '好了' };
    await refused('POST', `${path}/release-hold`, { ...now, holdId: 'hld_none' }, 404, 'HOLD.NOT_FOUND');
    const acts = {
      approve: {},
      'take-back': {},
      hold: { type: 'manual' },
      'release-hold': { holdId: 'hld_none' },
      cancel: {},
      urgent: { isUrgent: true },
    };
    for (const [act, more] of Object.entries(acts)) {
      const problem = await refused('POST', `${path}/${act}`, { expectedVersion: '1', colour: 1 }, 400, 'VALIDATION');
      expect(fieldsOf(problem)).toEqual(expect.arrayContaining(['colour', 'expectedVersion', 'reason']));
      await refused('POST', `/orders/v1/orders/ord_none/${act}`, { ...now, ...more }, 404, 'ORDER.NOT_FOUND');
    }
    const cancelled = await api.post<ShownOrder>(`${path}/cancel`, now);
    expect(cancelled.status).toBe('cancelled');
    const again = { expectedVersion: cancelled.version, reason: 'x' };
    await refused('POST', `${path}/approve`, again, 409, 'ORDER.STATE_FORBIDS');
  });

  it('[O41] keeps departures and receivers to those who may ask', async () => {
    const path = '/orders/v1/fulfilments/ful_none';
    await refused('POST', `${path}/departure`, { parcelId: 'par_1', revision: 1 }, 404, 'FULFILMENT.NOT_FOUND');
    expect(fieldsOf(await refused('POST', `${path}/departure`, { revision: 0 }, 400, 'VALIDATION'))).toEqual([
      'parcelId',
      'revision',
    ]);
    await refused('GET', `${path}/receiver`, undefined, 403, 'AUTH.SCOPE');
    const reader = await limitedClient(topology, 'orders:read pii:read', []);
    await refused('GET', `${path}/receiver`, undefined, 403, 'AUTH.SCOPE', reader);
    await refused('GET', '/orders/v1/fulfilments?state=lost', undefined, 400, 'VALIDATION');
  });
});

describe('Inventory', () => {
  const reserve = (key: string, quantity: unknown, more: Record<string, unknown> = {}) =>
    api.call<Reservation>('POST', '/inventory/v1/reservations', {
      key,
      lines: [{ skuCode: 'CT1-RED-M', quantity, warehouse: 'HZ1' }],
      ...more,
    });

  it('[I4] adjusts stock once per key, never below zero, and explains every change', async () => {
    const made = await adjust('CT1-RED-M', 5, 'contract-1');
    expect([made.status, made.body]).toEqual([201, expect.objectContaining({ key: 'contract-1' })]);
    const again = await adjust('CT1-RED-M', 5, 'contract-1');
    expect(again.body).toEqual(made.body);
    refusal(await adjust('CT1-RED-M', 6, 'contract-1'), 409, 'IDEMPOTENCY.KEY_REUSED');
    const negative = refusal(await adjust('CT1-RED-M', -6, 'contract-2'), 409, 'STOCK.NEGATIVE');
    expect(fieldsOf(negative)).toEqual(['lines[0].quantity']);
    expect((await adjust('CT1-RED-M', -1, 'contract-2')).status).toBe(201);
    refusal(await adjust('NO-SUCH', 1, 'contract-3'), 404, 'SKU.NOT_FOUND');
    const nowhere = [{ skuCode: 'CT1-RED-M', warehouse: 'MOON', quantity: 1 }];
    refusal(await adjust('CT1-RED-M', 1, 'contract-3', { lines: nowhere }), 404, 'WAREHOUSE.NOT_FOUND');
    const wrong = [{ skuCode: 'CT1-RED-M', warehouse: 'HZ1', quantity: 0.5, bucket: 'sold' }];
    expect(fieldsOf(refusal(await adjust('', 1, 'x', { cause: '', lines: wrong }), 400, 'VALIDATION'))).toEqual([
      'cause',
      'lines[0].bucket',
      'lines[0].quantity',
    ]);
    const stock = await api.get<{ items: object[] }>('/inventory/v1/stock?skuCode=CT1-RED-M&warehouse=HZ1');
    const others = { safety: 0, damaged: 0, quarantine: 0, incoming: 0, version: expect.any(Number) };
    const level = { skuCode: 'CT1-RED-M', warehouse: 'HZ1', onHand: 4, reserved: 0, sellable: 4, ...others };
    expect(stock).toEqual({ items: [level], nextCursor: null });
    const { items } = await api.get<{ items: Record<string, unknown>[] }>('/inventory/v1/movements?skuCode=CT1-RED-M');
    expect(items[0]).toMatchObject({
      at: expect.stringMatching(ISO_WITH_OFFSET),
      bucket: 'onHand',
      before: 5,
      after: 4,
      delta: -1,
      cause: { type: 'adjustment', id: expect.any(String), line: '0' },
      actor: expect.any(String),
    });
  });

  it('[I9] reserves once per key and answers the same body afterwards, whatever became of it', async () => {
    const first = await reserve('ext-1', 1);
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      id: expect.stringMatching(/^res_/),
      key: 'ext-1',
      state: 'reserved',
      lines: [{ skuCode: 'CT1-RED-M', quantity: 1, warehouse: 'HZ1' }],
    });
    const again = await reserve('ext-1', 1);
    expect([again.status, again.body]).toEqual([200, first.body]);
    refusal(await reserve('ext-1', 2), 409, 'IDEMPOTENCY.KEY_REUSED');
    const released = await api.call<Reservation>('POST', `/inventory/v1/reservations/${first.body.id}/release`, {});
    expect([released.status, released.body.state]).toEqual([200, 'released']);
    const known = await reserve('ext-1', 1);
    expect([known.status, known.body]).toEqual([200, { ...first.body, state: 'released' }]);
    const out = `/inventory/v1/reservations/${first.body.id}/ship-out`;
    await refused('POST', out, {}, 409, 'RESERVATION.ALREADY_RELEASED');
    const second = await reserve('ext-2', 1);
    const shipped = await api.post<Reservation>(`/inventory/v1/reservations/${second.body.id}/ship-out`);
    expect(shipped.state).toBe('shipped');
    const back = `/inventory/v1/reservations/${second.body.id}/release`;
    await refused('POST', back, {}, 409, 'RESERVATION.ALREADY_SHIPPED');
    expect((await reserve('ext-2', 1)).body).toEqual({ ...second.body, state: 'shipped' });
  });

  it('[I9] keeps nothing of a short reservation and judges its key anew, and ignores an Idempotency-Key beside it', async () => {
    const short = refusal(await reserve('ext-3', 100), 409, 'RESERVATION.SHORT');
    expect([short.title, short.errors]).toEqual([
      'Not enough stock',
      [
        {
          field: 'lines[0].quantity',
          code: 'SHORT',
          message: expect.stringContaining('SKU CT1-RED-M in HZ1: asked 100, free 3 (on hand − reserved)'),
        },
      ],
    ]);
    await adjust('CT1-RED-M', 97, 'contract-4');
    expect((await reserve('ext-3', 100)).status).toBe(201);
    const body = { key: 'ext-4', lines: [{ skuCode: 'CT1-RED-M', quantity: 1 }] };
    const headers = { 'idempotency-key': 'one-for-two' };
    refusal(await api.call('POST', '/inventory/v1/reservations', body, headers), 409, 'RESERVATION.SHORT');
    await adjust('CT1-RED-M', 2, 'contract-5');
    expect((await api.call('POST', '/inventory/v1/reservations', body, headers)).status).toBe(201);
    const other = await api.call('POST', '/inventory/v1/reservations', { ...body, key: 'ext-5' }, headers);
    expect(other.status).toBe(201);
  });

  it('[I9] tells a careless caller which members to change', async () => {
    const body = { key: 5, lines: [{ skuCode: '', quantity: '1' }, { quantity: 0 }], expiresAt: '11.11.', sku: 1 };
    const problem = await refused('POST', '/inventory/v1/reservations', body, 400, 'VALIDATION');
    expect(fieldsOf(problem)).toEqual([
      'expiresAt',
      'key',
      'lines[0].quantity',
      'lines[0].skuCode',
      'lines[1].quantity',
      'lines[1].skuCode',
      'sku',
    ]);
    expect(problem.errors!.every(({ message }) => message.length > 5)).toBe(true);
    expect(
      fieldsOf(refusal(await reserve('p', 1, { expiresAt: '2020-01-01T00:00:00+08:00' }), 400, 'VALIDATION')),
    ).toEqual(['expiresAt']);
    expect(fieldsOf(refusal(await reserve('p', 1, { lines: [] }), 400, 'VALIDATION'))).toEqual(['lines']);
    refusal(await reserve('p', 1, { lines: [{ skuCode: 'NO-SUCH', quantity: 1 }] }), 404, 'SKU.NOT_FOUND');
    await refused('POST', '/inventory/v1/reservations/res_none/release', {}, 404, 'RESERVATION.NOT_FOUND');
    await refused('POST', '/inventory/v1/reservations/res_none/ship-out', {}, 404, 'RESERVATION.NOT_FOUND');
    await refused('GET', '/inventory/v1/movements?from=x&to=y', undefined, 400, 'VALIDATION');
  });

  it('[I5] imports opening stock from a file with a verdict per row', async () => {
    const form = (csv: string) => {
      const data = new FormData();
      data.set('key', 'file-1');
      data.set('file', new Blob([csv]), 'stock.csv');
      return data;
    };
    const send = (body: unknown) => api.call<{ items: object[] }>('POST', '/inventory/v1/adjustments/import', body);
    const answer = await send(
      form('\uFEFFskuCode,warehouse,quantity\nCT1-RED-M,HZ1,1\nNO-SUCH,HZ1,1\nCT1-RED-M,HZ1,many\n'),
    );
    expect(answer.status).toBe(200);
    expect(answer.body.items).toEqual([
      { row: 2, verdict: 'posted' },
      { row: 3, verdict: 'refused', errors: [expect.objectContaining({ field: 'skuCode', code: 'UNKNOWN' })] },
      { row: 4, verdict: 'refused', errors: [expect.objectContaining({ field: 'quantity' })] },
    ]);
    refusal(await send(form('a,b\n1,2\n')), 400, 'ADJUSTMENT_FILE.INVALID');
    refusal(await send({ key: 'file-1' }), 400, 'VALIDATION');
  });
});

describe('Logistics', () => {
  it('[L9] takes a clerk from the work list to a shipped parcel, and answers a second scan the same', async () => {
    const placed = await simulator.place(merchant.platformShopId, [{ merchantCode: merchant.codes[0]!, quantity: 1 }], {
      paid: true,
    });
    const order = await merchant.orderWhen(placed.platformOrderNo, 'released', (one) => one.fulfilment === 'released');
    await until('it is work', async () => (await merchant.workFor(order.id)) !== undefined);
    const { fulfilmentId } = (await merchant.workFor(order.id))!;
    const path = `/logistics/v1/fulfilments/${fulfilmentId}/parcels`;
    const made = await api.call<Parcel & Record<string, unknown>>('POST', path, {});
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      id: expect.any(String),
      waybillNo: expect.any(String),
      carrier: expect.any(String),
      state: 'labelled',
      printCount: 0,
    });
    await refused('POST', path, {}, 409, 'PARCEL.ALREADY_EXISTS');
    const parcel = `/logistics/v1/parcels/${made.body.id}`;
    expect(await api.get(`${parcel}/label`)).toMatchObject({ printCount: 1, printData: expect.any(String) });
    expect(await api.get(`${parcel}/label`)).toMatchObject({ printCount: 2 });
    const shipped = await merchant.ship(made.body.waybillNo);
    expect([shipped.status, shipped.body.state]).toEqual([200, 'shipped']);
    expect((await merchant.ship(made.body.waybillNo)).status).toBe(200);
    await refused('POST', `${parcel}/cancel-waybill`, {}, 409, 'PARCEL.STATE_FORBIDS');
    await refused('GET', `${parcel}/label`, undefined, 409, 'PARCEL.STATE_FORBIDS');
    const { items } = await api.get<{ items: Parcel[] }>(`/logistics/v1/parcels?orderId=${order.id}`);
    expect(items.map(({ id }) => id)).toEqual([made.body.id]);
  });

  it('[L12] stops a parcel of an order on hold and says what to do', async () => {
    const placed = await simulator.place(merchant.platformShopId, [{ merchantCode: merchant.codes[1]!, quantity: 1 }], {
      paid: true,
    });
    const order = await merchant.orderWhen(placed.platformOrderNo, 'released', (one) => one.fulfilment === 'released');
    const parcel = await merchant.takeParcel(order.id);
    const { version } = (await merchant.order(placed.platformOrderNo))!;
    const body = { expectedVersion: version, type: 'manual', reason: '地址不清' };
    await api.post(`/orders/v1/orders/${order.id}/hold`, body);
    const stopped = refusal(await merchant.ship(parcel.waybillNo), 409, 'FULFILMENT.STOPPED');
    expect(stopped).toMatchObject({
      title: 'The parcel must not leave',
      whatToDo: expect.any(String),
      parcelId: parcel.id,
    });
    let pullOutId = '';
    await until('the pull-out is open', async () => {
      const { items } = await api.get<{ items: { id: string; parcelId: string }[] }>(
        '/logistics/v1/pull-outs?state=open',
      );
      pullOutId = items.find(({ parcelId }) => parcelId === parcel.id)?.id ?? '';
      return pullOutId !== '';
    });
    const path = `/logistics/v1/pull-outs/${pullOutId}/acknowledge`;
    expect(fieldsOf(await refused('POST', path, { keepHours: 0, why: 1 }, 400, 'VALIDATION'))).toEqual([
      'keepHours',
      'why',
    ]);
    expect(await api.post(path)).toMatchObject({ id: pullOutId, state: 'acknowledged' });
  });

  it('[L9] names what is wrong with a scan, a wish and an id', async () => {
    await refused('POST', '/logistics/v1/parcels/ship', { waybillNo: 'NONE' }, 404, 'PARCEL.NOT_FOUND');
    expect(fieldsOf(await refused('POST', '/logistics/v1/parcels/ship', { waybill: 1 }, 400, 'VALIDATION'))).toEqual([
      'waybill',
      'waybillNo',
    ]);
    const parcels = '/logistics/v1/fulfilments/ful_none/parcels';
    await refused('POST', parcels, {}, 404, 'FULFILMENT.NOT_FOUND');
    expect(fieldsOf(await refused('POST', parcels, { carrier: '顺丰', lines: [] }, 400, 'VALIDATION'))).toEqual([
      'carrier',
      'lines',
    ]);
    await refused('GET', '/logistics/v1/parcels/pcl_none/label', undefined, 404, 'PARCEL.NOT_FOUND');
    await refused('POST', '/logistics/v1/parcels/pcl_none/cancel-waybill', {}, 404, 'PARCEL.NOT_FOUND');
    const change = '/logistics/v1/parcels/pcl_none/change-waybill';
    await refused('POST', change, { carrier: 'SF' }, 404, 'PARCEL.NOT_FOUND');
    expect(fieldsOf(await refused('POST', change, {}, 400, 'VALIDATION'))).toEqual(['carrier']);
    await refused('POST', '/logistics/v1/pull-outs/pul_none/acknowledge', {}, 404, 'PULL_OUT.NOT_FOUND');
    await refused('GET', '/logistics/v1/work?cutOffBefore=noon', undefined, 400, 'VALIDATION');
  });
});

describe('Limits of a client', () => {
  it('[P24] shops and warehouses outside of a client’s limits do not exist for it', async () => {
    const scopes =
      'orders:read orders:write orders:intake sync:read sync:write catalog:read inventory:read inventory:write settlement:read';
    const shop = await limitedClient(topology, scopes, ['--shops', 'shp_other']);
    const order = (await api.get<{ items: ShownOrder[] }>('/orders/v1/orders?limit=1')).items[0]!;
    for (const list of ['/orders/v1/orders', '/sync/v1/shops', '/catalog/v1/listings', '/settlement/v1/orders'])
      expect([list, (await shop.get<{ items: unknown[] }>(list)).items]).toEqual([list, []]);
    await refused('GET', `/orders/v1/orders/${order.id}`, undefined, 404, 'ORDER.NOT_FOUND', shop);
    const act = { expectedVersion: order.version, reason: 'x' };
    await refused('POST', `/orders/v1/orders/${order.id}/cancel`, act, 404, 'ORDER.NOT_FOUND', shop);
    const batch = { shopId: merchant.shopId, items: [CANONICAL_ORDER_EXAMPLE] };
    await refused('PUT', '/orders/v1/platform-orders', batch, 404, 'SHOP.NOT_FOUND', shop);
    for (const path of ['', '/health', '/authorisation', '/completeness'])
      await refused('GET', `/sync/v1/shops/${merchant.shopId}${path}`, undefined, 404, 'SHOP.NOT_FOUND', shop);
    await refused('GET', `/catalog/v1/listings?shopId=${merchant.shopId}`, undefined, 404, 'SHOP.NOT_FOUND', shop);
    const warehouse = await limitedClient(topology, 'inventory:read inventory:write logistics:read', [
      '--warehouses',
      'SH1',
    ]);
    for (const list of [
      '/inventory/v1/stock',
      '/inventory/v1/movements',
      '/logistics/v1/work',
      '/logistics/v1/parcels',
    ])
      expect([list, (await warehouse.get<{ items: unknown[] }>(list)).items]).toEqual([list, []]);
    await refused('GET', '/inventory/v1/stock?warehouse=HZ1', undefined, 404, 'WAREHOUSE.NOT_FOUND', warehouse);
    const lines = [{ skuCode: 'CT1-RED-M', quantity: 1, warehouse: 'HZ1' }];
    await refused('POST', '/inventory/v1/reservations', { key: 'l', lines }, 404, 'WAREHOUSE.NOT_FOUND', warehouse);
    const free = await warehouse.call('POST', '/inventory/v1/reservations', {
      key: 'l',
      lines: [{ skuCode: 'CT1-RED-M', quantity: 1 }],
    });
    refusal(free, 409, 'RESERVATION.SHORT');
    const change = { key: 'l', cause: 'x', lines };
    await refused('POST', '/inventory/v1/adjustments', change, 404, 'WAREHOUSE.NOT_FOUND', warehouse);
  });
});

describe('Simulator control', () => {
  it('[S1] answers its fixed calls and refuses what it does not know', async () => {
    const { items } = await simulator.call<{ items: object[] }>('GET', '/apps');
    expect(items[0]).toMatchObject({
      platform: 'taobao',
      appKey: expect.any(String),
      appSecret: expect.any(String),
      gatewayPath: '/taobao/router/rest',
      shops: expect.arrayContaining([
        expect.objectContaining({ platformShopId: '2200001', accessToken: expect.any(String) }),
      ]),
    });
    expect(await simulator.call('GET', '/clock')).toMatchObject({
      story: expect.any(String),
      rate: 600,
      wire: { taobao: 'real' },
    });
    await expect(simulator.call('PUT', '/clock', { storyRate: -1 })).rejects.toThrow('400');
    await expect(simulator.call('GET', '/truth?platform=taobao&kind=secrets')).rejects.toThrow('400');
    await expect(simulator.call('PUT', '/faults', { platform: 'taobao', faults: [{ kind: 'fire' }] })).rejects.toThrow(
      '400',
    );
    await expect(simulator.call('POST', '/platforms/taobao/orders/1/pay', {})).rejects.toThrow('404');
    await expect(simulator.call('POST', '/seed', { platform: 'taobao', platformShopId: 'none' })).rejects.toThrow(
      '404',
    );
    expect(await simulator.call('GET', '/faults')).toEqual({ items: expect.any(Array) });
  });
});
