import { breaches, Merchant, type Parcel } from '../harness/merchant';
import { SimulatorControl } from '../harness/simulator-control';
import { Topology, type ServiceKey } from '../harness/topology';
import { until } from '../harness/wait';

/** Steps of an order's way at which a service is killed; each must be passed by the flow below. */
const STEPS: [ServiceKey, string][] = [
  ['sync', 'window.after-page'],
  ['sync', 'window.before-done'],
  ['orders', 'intake.before-commit'],
  ['orders', 'intake.after-commit'],
  ['orders', 'relay.after-send'],
  ['inventory', 'reserve.before-commit'],
  ['inventory', 'consumer.after-commit'],
  ['inventory', 'ack.before-send'],
  ['orders', 'consumer.before-commit'],
  ['logistics', 'parcel.after-reserve'],
  ['logistics', 'parcel.after-waybill'],
  ['logistics', 'parcel.before-commit'],
  ['logistics', 'parcel.after-commit'],
  ['orders', 'departure.before-commit'],
  ['orders', 'departure.after-commit'],
  ['logistics', 'ship.after-departure'],
  ['logistics', 'ship.before-commit'],
  ['logistics', 'ship.after-commit'],
  ['sync', 'notice.before-send'],
  ['sync', 'notice.after-send'],
];

describe('services killed in the middle of an order’s way', () => {
  let topology: Topology;
  let simulator: SimulatorControl;
  let merchant: Merchant;

  beforeAll(async () => {
    topology = await Topology.start({ kind: 'separate', storyRate: 600 });
    simulator = new SimulatorControl(topology.simulatorUrl);
    merchant = new Merchant(await topology.client(), simulator);
    await merchant.join(1_000);
  }, 180_000);

  afterAll(async () => {
    await topology?.close();
  }, 60_000);

  /** The clerk tries again when a call fails, as a clerk would. */
  const takeAndShip = async (orderId: string): Promise<Parcel> => {
    let parcel: Parcel | undefined;
    await until(
      `a parcel of ${orderId} is shipped`,
      async () => {
        const { items } = await merchant.api.get<{ items: Parcel[] }>(`/logistics/v1/parcels?orderId=${orderId}`);
        parcel = items.find(({ state }) => state !== 'cancelled');
        if (parcel?.state === 'shipped' || parcel?.state === 'delivered') return true;
        if (parcel?.state === 'labelled' || parcel?.state === 'departing') await merchant.ship(parcel.waybillNo);
        else {
          const work = await merchant.workFor(orderId);
          if (work) await merchant.api.call('POST', `/logistics/v1/fulfilments/${work.fulfilmentId}/parcels`, {});
        }
        return false;
      },
      60_000,
      300,
    );
    return parcel!;
  };

  it.each(STEPS)(
    '[A24] %s killed at %s: the order ships once, and every number agrees',
    async (service, step) => {
      const code = merchant.codes[0]!;
      const before = await merchant.stock(code);
      const victim = topology.service(service);
      await victim.stop();
      victim.setEnv({ HUIDIAN_MODE: 'test', HUIDIAN_KILL_AT: `${step}:1` });
      victim.launch();
      const revival = victim.ended(90_000).then(async () => {
        victim.setEnv({ HUIDIAN_MODE: 'demo', HUIDIAN_KILL_AT: undefined });
        await victim.start();
      });
      const { platformOrderNo } = await simulator.place(
        merchant.platformShopId,
        [{ merchantCode: code, quantity: 3 }],
        {
          paid: true,
        },
      );
      const order = await merchant.orderWhen(
        platformOrderNo,
        'released',
        ({ fulfilment }) => fulfilment === 'released',
        60_000,
      );
      await takeAndShip(order.id);
      await merchant.orderWhen(
        platformOrderNo,
        'noticed',
        ({ notice, status }) => notice === 'told' && status === 'shipped',
        60_000,
      );
      await revival;
      await until('stock has gone out', async () => (await merchant.stock(code)).onHand === before.onHand - 3, 60_000);
      expect(await merchant.stock(code)).toMatchObject({ onHand: before.onHand - 3, reserved: before.reserved });
      const { items } = await merchant.api.get<{ items: Parcel[] }>(`/logistics/v1/parcels?orderId=${order.id}`);
      expect(items.filter(({ state }) => state !== 'cancelled')).toHaveLength(1);
      expect((await simulator.order(platformOrderNo)).notices).toHaveLength(1);
      expect(await breaches(merchant.api)).toEqual([]);
    },
    240_000,
  );
});
