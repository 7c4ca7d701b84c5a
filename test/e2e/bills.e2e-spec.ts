import { Merchant } from '../harness/merchant';
import { SimulatorControl } from '../harness/simulator-control';
import { Topology } from '../harness/topology';
import { until } from '../harness/wait';

interface App {
  shops: {
    platformShopId: string;
    alipay: { appId: string; account: string; privateKey: string; platformPublicKey: string };
  }[];
}

interface BillDay {
  day: string;
  state: string;
  rows: number;
  reason: string;
}

interface TrueMoney {
  platformShopId: string;
  at: string;
  isDropped: boolean;
  isPending: boolean;
}

describe('bills and after-sales from the platform to the services', () => {
  let topology: Topology;
  let simulator: SimulatorControl;
  let merchant: Merchant;

  beforeAll(async () => {
    topology = await Topology.start({ kind: 'all-in-one', storyRate: 600 });
    simulator = new SimulatorControl(topology.simulatorUrl);
    merchant = new Merchant(await topology.client(), simulator);
    await merchant.join();
  }, 180_000);
  afterAll(async () => {
    await topology?.close();
  }, 60_000);

  /** Calendar day in the zone of the platform. */
  const dayOf = (at: Date): string => new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
  const shopPath = () => `/sync/v1/shops/${merchant.shopId}`;
  const alipay = async () => {
    const { items } = await simulator.call<{ items: App[] }>('GET', '/apps');
    return items.flatMap(({ shops }) => shops).find(({ platformShopId }) => platformShopId === merchant.platformShopId)!
      .alipay;
  };
  const setAccount = async (more: object = {}) => {
    const { appId, privateKey, platformPublicKey } = await alipay();
    const { version } = await merchant.api.get<{ version: number }>(shopPath());
    const account = { appId, privateKeyPem: privateKey, platformPublicKeyPem: platformPublicKey };
    return merchant.api.ok('PUT', `${shopPath()}/bill-account`, { ...account, expectedVersion: version, ...more });
  };
  const daysOf = async (): Promise<BillDay[]> => {
    const to = encodeURIComponent((await simulator.story()).toISOString());
    return (await merchant.api.get<{ days: BillDay[] }>(`${shopPath()}/completeness?kind=bills&to=${to}`)).days;
  };
  const alarms = async (kind: string) =>
    (await merchant.api.get<{ items: { kind: string; subject: string }[] }>('/sync/v1/alarms?open=true')).items.filter(
      (alarm) => alarm.kind === kind,
    );
  const bills = async () =>
    (
      await merchant.api.get<{ items: { whole: boolean; rows: number; account: string; coversFrom: string }[] }>(
        `/settlement/v1/bills?shopId=${merchant.shopId}&limit=500`,
      )
    ).items;

  it('[S1] tells at once of keys that Alipay refuses, and fetches when they are right', async () => {
    await simulator.advance(48);
    await setAccount({ appId: '2021009999999999' });
    await until('the alarm is raised', async () => (await alarms('BILL_ACCOUNT_REFUSED')).length === 1, 60_000);
    await setAccount();
    await until('the days are done', async () => (await daysOf()).some(({ state }) => state === 'done'), 60_000);
    expect(await alarms('BILL_ACCOUNT_REFUSED')).toEqual([]);
  }, 150_000);

  it('[S1] brings every row of money of a shop to settlement, over a file that is damaged and one that is late', async () => {
    const order = await simulator.place(merchant.platformShopId, [{ merchantCode: merchant.codes[0]!, quantity: 2 }], {
      paid: true,
    });
    await simulator.act(order.platformOrderNo, 'ship-elsewhere');
    await simulator.act(order.platformOrderNo, 'confirm');
    const paidOn = dayOf(await simulator.story());
    await simulator.faults([
      { kind: 'bill-broken', p: 1, times: 1 },
      { kind: 'bill-not-ready', p: 1, times: 1 },
    ]);
    await simulator.advance(36);
    await until('a file was not whole', async () => (await bills()).some(({ whole }) => !whole), 60_000);
    await until(
      'the day of the payment is done',
      async () => (await daysOf()).some(({ day, state }) => day === paidOn && state === 'done'),
      90_000,
    );
    await until('the alarm is closed', async () => (await alarms('BILL_NOT_WHOLE')).length === 0, 90_000);
    const whole = (await bills()).filter((bill) => bill.whole);
    expect(new Set(whole.map(({ account }) => account))).toEqual(new Set([(await alipay()).account]));
    const covered = new Set(whole.map(({ coversFrom }) => dayOf(new Date(coversFrom))));
    const truth = (await simulator.truth<TrueMoney>('bills')).filter(
      (row) => row.platformShopId === merchant.platformShopId && !row.isDropped && covered.has(dayOf(new Date(row.at))),
    );
    const rows = whole.reduce((sum, bill) => sum + bill.rows, 0);
    expect(rows).toBe(truth.length);
    expect(truth.filter(({ at }) => dayOf(new Date(at)) === paidOn).length).toBeGreaterThan(0);
  }, 240_000);

  it('[O1] brings after-sales with the change pull, message or not', async () => {
    const order = await simulator.place(merchant.platformShopId, [{ merchantCode: merchant.codes[1]!, quantity: 1 }], {
      paid: true,
    });
    await simulator.faults([{ kind: 'push-lost', p: 1 }]);
    await simulator.act(order.platformOrderNo, 'request-refund');
    const found = async () =>
      (
        await merchant.api.get<{ items: { platformOrderNo: string; isOrphan: boolean }[] }>(
          `/orders/v1/after-sales?shopId=${merchant.shopId}&platformOrderNo=${order.platformOrderNo}`,
        )
      ).items;
    await until('the after-sale is stored', async () => (await found()).length === 1, 60_000);
    await until('it has its order', async () => !(await found())[0]!.isOrphan, 60_000);
    expect(await alarms('AFTER_SALE_WITHOUT_ORDER')).toEqual([]);
    const health = await merchant.api.get<{ lastSuccess: object }>(`${shopPath()}/health`);
    expect(health.lastSuccess).toMatchObject({
      orders: expect.any(String),
      'after-sales': expect.any(String),
      bills: expect.any(String),
    });
  }, 150_000);
});
