import { breaches, Merchant } from '../harness/merchant';
import { SimulatorControl, type TrueStock } from '../harness/simulator-control';
import { Topology } from '../harness/topology';
import { until } from '../harness/wait';

type Shown = TrueStock & { lastTold: { quantity: number } | null };

/** A merchant with a shop on JD, which takes what lies in the warehouse, and one on Taobao, which takes what may be sold. */
describe('a platform that takes on-hand numbers', () => {
  let topology: Topology;
  let jd: Merchant;
  let taobao: Merchant;
  let code: string;

  beforeAll(async () => {
    topology = await Topology.start({ kind: 'all-in-one', storyRate: 600 });
    const api = await topology.client();
    const control = new SimulatorControl(topology.simulatorUrl);
    jd = new Merchant(api, control.on('jd'));
    taobao = new Merchant(api, control.on('taobao'));
    for (const merchant of [jd, taobao]) await merchant.join();
    code = jd.codes.find((one) => taobao.codes.includes(one))!;
  }, 180_000);

  afterAll(async () => {
    await topology?.close();
  }, 60_000);

  const shown = async ({ simulator, platformShopId }: Merchant): Promise<Shown> =>
    (await simulator.truth<Shown>('stock')).find(
      (row) => row.platformShopId === platformShopId && row.merchantCode === code,
    )!;
  /** What both platforms offer to buyers, and the number that JD was told. */
  const offered = async () => {
    const [atJd, atTaobao] = [await shown(jd), await shown(taobao)];
    return { jd: atJd.quantity, taobao: atTaobao.quantity, jdWasTold: atJd.lastTold?.quantity };
  };
  const paid = (merchant: Merchant, quantity: number) =>
    merchant.simulator.place(merchant.platformShopId, [{ merchantCode: code, quantity }], { paid: true });
  const released = (merchant: Merchant, no: string) =>
    merchant.orderWhen(no, 'released', ({ fulfilment }) => fulfilment === 'released', 60_000);
  const becomes = (what: string, wanted: object): Promise<void> =>
    until(
      what,
      async () => {
        const now = await offered();
        if (JSON.stringify(now) === JSON.stringify(wanted)) return true;
        throw new Error(JSON.stringify(now));
      },
      60_000,
      250,
    );

  it('[I37] offers on JD what may be sold while its own orders wait, leave and are told, and less for those of others', async () => {
    for (const { api, shopId } of [jd, taobao])
      await api.post(`/sync/v1/shops/${shopId}/push/enable`, { dryRun: false });
    const { sellable: all } = await jd.stock(code);
    await becomes('both offer everything', { jd: all, taobao: all, jdWasTold: all });

    const own = await released(jd, (await paid(jd, 3)).platformOrderNo);
    expect(await jd.stock(code)).toMatchObject({ sellable: all - 3 });
    await becomes('JD subtracts its own order once', { jd: all - 3, taobao: all - 3, jdWasTold: all });

    await released(taobao, (await paid(taobao, 4)).platformOrderNo);
    await becomes('the order of the other lowers both', { jd: all - 7, taobao: all - 7, jdWasTold: all - 4 });

    const parcel = await jd.takeParcel(own.id);
    expect((await jd.ship(parcel.waybillNo)).status).toBe(200);
    const most: number[] = [];
    await until(
      'JD knows of the parcel',
      async () => {
        most.push((await shown(jd)).quantity);
        return (await jd.order(own.platformOrderNo))?.notice === 'told';
      },
      60_000,
      50,
    );
    expect(Math.max(...most)).toBe(all - 7);
    await becomes('what left is in no number any more', { jd: all - 7, taobao: all - 7, jdWasTold: all - 7 });
    expect(await breaches(jd.api)).toEqual([]);
  }, 240_000);
});
