import { randomUUID } from 'node:crypto';
import type { ApiAnswer, ApiClient } from '../harness/api-client';
import { Merchant, type Parcel, type ShownOrder } from '../harness/merchant';
import { SimulatorControl } from '../harness/simulator-control';
import { SERVICE_APPS, Topology } from '../harness/topology';
import { until } from '../harness/wait';

const HOUR = 3_600_000;

interface Document {
  paths: Record<string, Record<string, { parameters?: { name: string; in: string }[] }>>;
}

/** A call that claims to do nothing twice under one Idempotency-Key. */
interface KeyedCall {
  /** Method and path as documented. */
  operation: string;
  path: string;
  body: Record<string, unknown>;
  /** The same call with other words: another call, so the key must not serve it. */
  otherBody: Record<string, unknown>;
}

describe('calls under an Idempotency-Key', () => {
  let topology: Topology;
  let simulator: SimulatorControl;
  let merchant: Merchant;
  let api: ApiClient;
  const proven = new Set<string>();

  /** Twice at the same time, once more later, and the key for another call. */
  async function once<T>({ operation, path, body, otherBody }: KeyedCall): Promise<T> {
    const headers = { 'idempotency-key': `once-${randomUUID()}` };
    // While the first call still asks the platform, its repeat may be told to try again in a moment.
    const call = async (what: Record<string, unknown>): Promise<ApiAnswer> => {
      let answer = await api.call('POST', path, what, headers);
      await until('the call is answered', async () => {
        if (answer.status === 503) answer = await api.call('POST', path, what, headers);
        return answer.status !== 503;
      });
      return answer;
    };
    const answers = [...(await Promise.all([call(body), call(body)])), await call(body)];
    const [first] = answers as [ApiAnswer];
    // A repeat may say 200 where the first call said 201; what it says of the thing is the same.
    for (const { status, body: said } of answers)
      expect([operation, status < 300, said]).toEqual([operation, true, first.body]);
    const other = await call(otherBody);
    expect([operation, other.status, other.body.code]).toEqual([operation, 409, 'IDEMPOTENCY.KEY_REUSED']);
    proven.add(operation);
    return first.body as T;
  }

  const placed = async (more: Record<string, unknown>, what: string, holds: (order: ShownOrder) => boolean) => {
    const lines = [{ merchantCode: merchant.codes[0]!, quantity: 1 }];
    const { platformOrderNo } = await simulator.place(merchant.platformShopId, lines, more);
    return merchant.orderWhen(platformOrderNo, what, holds);
  };
  const released = () => placed({ paid: true }, 'released', ({ fulfilment }) => fulfilment === 'released');
  const fulfilmentOf = async (order: ShownOrder): Promise<string> => {
    let found: { fulfilmentId: string } | undefined;
    await until('it is work', async () => (found = await merchant.workFor(order.id)) !== undefined, 20_000);
    return found!.fulfilmentId;
  };
  /** The version of an order once nothing that is under way changes it any more. */
  const settledVersion = async (platformOrderNo: string): Promise<number> => {
    let version = -1;
    await until(
      'the order rests',
      async () => {
        const before = version;
        version = (await merchant.order(platformOrderNo))!.version;
        return version === before;
      },
      20_000,
      1_500,
    );
    return version;
  };
  const act = async (order: ShownOrder, name: string, more: Record<string, unknown> = {}): Promise<ShownOrder> => {
    const body = { expectedVersion: await settledVersion(order.platformOrderNo), reason: '问过买家', ...more };
    return once({
      operation: `POST /orders/v1/orders/{id}/${name}`,
      path: `/orders/v1/orders/${order.id}/${name}`,
      body,
      otherBody: { ...body, reason: '别的' },
    });
  };
  const firstOf = async <T>(what: string, path: string, isIt: (item: T) => boolean): Promise<T> => {
    let found: T | undefined;
    await until(what, async () => (found = (await api.all<T>(path)).find(isIt)) !== undefined, 30_000, 200);
    return found!;
  };
  /** A parcel that left, whose buyer then wants the money back. */
  const interceptOf = async (): Promise<{ id: string; version: number }> => {
    const order = await released();
    const parcel = await merchant.takeParcel(order.id);
    expect((await merchant.ship(parcel.waybillNo)).status).toBe(200);
    await merchant.orderWhen(order.platformOrderNo, 'told', ({ notice }) => notice === 'told');
    await simulator.act(order.platformOrderNo, 'request-refund');
    return firstOf<{ id: string; version: number; parcelId: string }>(
      'the intercept is asked',
      '/logistics/v1/intercepts?state=asked',
      ({ parcelId }) => parcelId === parcel.id,
    );
  };

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

  it('[P26] adds, pauses and resumes a shop and starts a pull once', async () => {
    const shop = {
      platform: 'taobao',
      name: '第二家店',
      platformShopId: '990001',
      appKey: 'other-app',
      appSecret: 'other-secret',
      goLiveAt: new Date((await simulator.story()).getTime() - HOUR).toISOString(),
    };
    await once({
      operation: 'POST /sync/v1/shops',
      path: '/sync/v1/shops',
      body: shop,
      otherBody: { ...shop, name: '第三家店' },
    });
    const path = `/sync/v1/shops/${merchant.shopId}`;
    for (const name of ['pause', 'resume']) {
      const { version } = await api.get<{ version: number }>(path);
      const body = { what: 'ship-notice', expectedVersion: version };
      const otherBody = { ...body, what: 'pull' };
      await once({ operation: `POST /sync/v1/shops/{id}/${name}`, path: `${path}/${name}`, body, otherBody });
    }
    const body = { kind: 'listings' };
    const otherBody = { kind: 'order', platformOrderNo: '1' };
    await once({ operation: 'POST /sync/v1/shops/{id}/pulls', path: `${path}/pulls`, body, otherBody });
  });

  it('[P26] makes a product, a link and a warehouse once', async () => {
    const product = { code: 'ONCE', name: '一次', skus: [{ code: 'ONCE-1' }] };
    await once({
      operation: 'POST /catalog/v1/products',
      path: '/catalog/v1/products',
      body: product,
      otherBody: { ...product, name: '两次' },
    });
    const { items } = await api.get<{ items: { id: string; skus: { listingSkuId: string; version: number }[] }[] }>(
      `/catalog/v1/listings?shopId=${merchant.shopId}`,
    );
    const listing = items.at(-1)!;
    const [sku] = listing.skus;
    const link = {
      listingSkuId: sku!.listingSkuId,
      components: [{ skuCode: 'ONCE-1', quantity: 1 }],
      expectedVersion: sku!.version,
    };
    await once({
      operation: 'POST /catalog/v1/listings/{id}/links',
      path: `/catalog/v1/listings/${listing.id}/links`,
      body: link,
      otherBody: { ...link, components: [{ skuCode: 'ONCE-1', quantity: 2 }] },
    });
    const warehouse = { code: 'ONCE1', name: '一次仓', priority: 9 };
    await once({
      operation: 'POST /inventory/v1/warehouses',
      path: '/inventory/v1/warehouses',
      body: warehouse,
      otherBody: { ...warehouse, code: 'ONCE2' },
    });
  });

  it('[P26] acts on an order once', async () => {
    const unpaid = await placed({}, 'stored', ({ status }) => status === 'wait_pay');
    const held = await act(unpaid, 'hold', { type: 'manual' });
    const free = await act(held, 'release-hold', { holdId: held.holds[0]!.id });
    const urgent = await act(free, 'urgent', { isUrgent: true });
    await act(urgent, 'cancel');
    const remarked = await placed(
      { paid: true, buyerMessage: '请改地址到杭州' },
      'held by its remark',
      ({ status }) => status === 'held',
    );
    await act(remarked, 'approve');
    const order = await merchant.orderWhen(
      remarked.platformOrderNo,
      'released',
      ({ fulfilment }) => fulfilment === 'released',
    );
    await act(order, 'take-back');
  }, 90_000);

  it('[P26] takes one parcel, takes a departure back once, and acknowledges a pull-out once', async () => {
    const order = await released();
    const fulfilmentId = await fulfilmentOf(order);
    const parcel = await once<Parcel & { revision: number }>({
      operation: 'POST /logistics/v1/fulfilments/{id}/parcels',
      path: `/logistics/v1/fulfilments/${fulfilmentId}/parcels`,
      body: {},
      otherBody: { carrier: 'SF' },
    });
    await api.post(`/orders/v1/fulfilments/${fulfilmentId}/departure`, {
      parcelId: parcel.id,
      revision: parcel.revision,
    });
    await once({
      operation: 'POST /orders/v1/fulfilments/{id}/departure/take-back',
      path: `/orders/v1/fulfilments/${fulfilmentId}/departure/take-back`,
      body: { reason: '包裹还在仓库' },
      otherBody: { reason: '别的' },
    });
    const hold = { expectedVersion: await settledVersion(order.platformOrderNo), type: 'manual', reason: '地址不清' };
    await api.post(`/orders/v1/orders/${order.id}/hold`, hold);
    const pullOut = await firstOf<{ id: string; parcelId: string }>(
      'the pull-out is open',
      '/logistics/v1/pull-outs?state=open',
      ({ parcelId }) => parcelId === parcel.id,
    );
    await once({
      operation: 'POST /logistics/v1/pull-outs/{id}/acknowledge',
      path: `/logistics/v1/pull-outs/${pullOut.id}/acknowledge`,
      body: {},
      otherBody: { keepWaybill: true },
    });
  }, 90_000);

  it('[P26] answers an intercept once, and receives and matches a return once', async () => {
    for (const name of ['caught', 'too-late']) {
      const { id, version } = await interceptOf();
      const body = { expectedVersion: version, reason: '快递回复' };
      const path = `/logistics/v1/intercepts/${id}/${name}`;
      const otherBody = { ...body, reason: '别的' };
      await once({ operation: `POST /logistics/v1/intercepts/{id}/${name}`, path, body, otherBody });
    }
    const lines = [{ skuCode: merchant.codes[0]!, quantity: 1, grade: 'A' }];
    const body = { waybillNo: 'ONCE-BACK-1', warehouse: 'HZ1', lines };
    const received = await once<{ id?: string; returnId?: string }>({
      operation: 'POST /logistics/v1/returns/receive',
      path: '/logistics/v1/returns/receive',
      body,
      otherBody: { ...body, waybillNo: 'ONCE-BACK-2' },
    });
    const order = await released();
    await once({
      operation: 'POST /logistics/v1/returns/{id}/match',
      path: `/logistics/v1/returns/${received.id ?? received.returnId}/match`,
      body: { orderId: order.id },
      otherBody: { orderId: 'ord_other' },
    });
  }, 150_000);

  it('[P26] compares a month of money once', async () => {
    const story = (await simulator.story()).getTime();
    const at = (hours: number): string => new Date(story - hours * HOUR).toISOString();
    const body = { shopId: merchant.shopId, from: at(48), to: at(0) };
    await once({
      operation: 'POST /settlement/v1/reconciliations',
      path: '/settlement/v1/reconciliations',
      body,
      otherBody: { ...body, to: at(1) },
    });
  });

  it('[P26] leaves out no call of any service that documents an Idempotency-Key', async () => {
    const claiming: string[] = [];
    for (const { url } of Object.values(SERVICE_APPS)) {
      const document = (await (await fetch(`${topology.env[url]}/docs-json`)).json()) as Document;
      for (const [path, item] of Object.entries(document.paths))
        for (const [method, { parameters = [] }] of Object.entries(item))
          if (parameters.some((one) => one.in === 'header' && one.name.toLowerCase() === 'idempotency-key'))
            claiming.push(`${method.toUpperCase()} ${path.replace(/\{\w+\}/, '{id}')}`);
    }
    expect(claiming.length).toBeGreaterThan(15);
    expect([...proven].sort()).toEqual([...new Set(claiming)].sort());
  });
});
