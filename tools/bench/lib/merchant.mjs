import { PlainError, sleep } from '../../lib/say.mjs';

const WAREHOUSE = 'HZ1';
/** Lines of one stock adjustment. */
const LINES_PER_ADJUSTMENT = 100;

/** Waits until something holds; throws with its name when it does not in time. */
export async function until(what, holds, withinMs = 60_000, everyMs = 50) {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new PlainError(`Not within ${withinMs / 1000} s: ${what}`);
    await sleep(everyMs);
  }
}

/** The simulator's control calls. */
export async function control(installation, method, path, body) {
  const response = await fetch(`${installation.urls.simulator}/_control${path}`, {
    method,
    headers: body ? { 'content-type': 'application/json' } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  const text = await response.text();
  if (!response.ok) throw new PlainError(`simulator ${method} ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

/**
 * Joins shops through the public API as any merchant would: seeds their listings in the simulator, adds the shops, pulls
 * and links the listings, opens a warehouse and takes in stock. Answers shops, SKU codes and listing SKUs.
 */
export async function joinMerchant(
  installation,
  { platform = 'taobao', shops: count = 1, listings = 60, stockPerSku = 1_000_000, listed = 200 } = {},
) {
  const shops = await joinShops(installation, { platform, shops: count, listings, listed });
  const api = await installation.caller('gateway');
  const stock = await truth(installation, 'stock', platform);
  const codes = [...new Set(stock.map(({ merchantCode }) => merchantCode).filter(Boolean))].sort();
  await openWarehouse(api);
  await takeStock(api, codes, stockPerSku);
  api.close();
  return { shops, codes, stock };
}

/** Shops of one platform with their listings linked, which went live so many story hours ago; no warehouse, no stock. */
export async function joinShops(installation, { platform, shops: count, listings, listed = 200, liveHours = 1 }) {
  const api = await installation.caller('gateway');
  const { items: apps } = await control(installation, 'GET', '/apps');
  const app = apps.find((one) => one.platform === platform);
  const known = app.shops.slice(0, count);
  for (let n = known.length; n < count; n += 1)
    known.push({ platformShopId: `9${String(n).padStart(8, '0')}`, name: `店铺${n}`, accessToken: `6100bench${n}` });
  await control(installation, 'POST', '/apps', {
    platform: app.platform,
    appKey: app.appKey,
    appSecret: app.appSecret,
    name: app.name,
    shops: known.slice(app.shops.length),
  });
  const shops = [];
  for (const shop of known) shops.push(await joinShop({ installation, api, app, listings, listed, liveHours }, shop));
  api.close();
  return shops;
}

async function joinShop({ installation, api, app, listings, listed, liveHours }, shop) {
  const { platformShopId, name, accessToken } = shop;
  const seed = { platform: app.platform, platformShopId, seed: 7, orders: 0, listings, days: 0, stock: listed };
  await control(installation, 'POST', '/seed', { ...seed, specials: false });
  const { story } = await control(installation, 'GET', '/clock');
  const made = await api.ok('POST', '/sync/v1/shops', {
    platform: app.platform,
    name,
    platformShopId,
    appKey: app.appKey,
    appSecret: app.appSecret,
    accessToken,
    goLiveAt: new Date(Date.parse(story) - liveHours * 3_600_000).toISOString(),
  });
  const span = { from: '2026-01-01T00:00:00+08:00', to: '2027-12-31T00:00:00+08:00' };
  await api.ok('POST', `/sync/v1/shops/${made.id}/pulls`, { kind: 'listings', ...span });
  await until('all listings are pulled', async () => {
    const found = await api.all(`/catalog/v1/listings?shopId=${made.id}`);
    return found.length >= listings;
  });
  await api.ok('POST', '/catalog/v1/listings/import-skus', { shopId: made.id });
  return { shopId: made.id, platformShopId };
}

async function openWarehouse(api) {
  const sender = {
    name: '仓',
    phone: '13800000000',
    province: '浙江省',
    city: '杭州市',
    district: '余杭区',
    address: '1号',
  };
  await api.ok('POST', '/inventory/v1/warehouses', { code: WAREHOUSE, name: '一号仓', priority: 1 });
  await api.ok('PUT', `/logistics/v1/senders/${WAREHOUSE}`, sender);
}

async function takeStock(api, codes, quantity) {
  for (let start = 0; start < codes.length; start += LINES_PER_ADJUSTMENT) {
    const lines = codes
      .slice(start, start + LINES_PER_ADJUSTMENT)
      .map((skuCode) => ({ skuCode, warehouse: WAREHOUSE, quantity, bucket: 'onHand' }));
    const body = { key: `bench-${start}`, cause: 'opening stock', lines };
    await until('inventory knows every SKU', async () => {
      const { status } = await api.send('POST', '/inventory/v1/adjustments', Buffer.from(JSON.stringify(body)));
      return status === 200 || status === 201;
    });
  }
}

/** Every row of one kind that the simulator holds to be true. */
export async function truth(installation, kind, platform = 'taobao') {
  const items = [];
  let cursor = '0';
  while (cursor !== null) {
    const page = await control(
      installation,
      'GET',
      `/truth?platform=${platform}&kind=${kind}&limit=1000&cursor=${cursor}`,
    );
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}
