import { breaches, Merchant, type Parcel } from '../harness/merchant';
import { ShelvedListing } from '../harness/shelf';
import { SimulatorControl } from '../harness/simulator-control';
import { Topology, type ServiceKey } from '../harness/topology';
import { until } from '../harness/wait';

type Kill = [ServiceKey, string];

/**
 * Steps of an order's way at which a service is killed; each must be passed by the flow below. One round kills up to
 * four services in the way of one order.
 */
const ROUNDS: Kill[][] = [
  [
    ['sync', 'window.after-page'],
    ['orders', 'intake.before-commit'],
    ['inventory', 'reserve.before-commit'],
    ['logistics', 'parcel.after-reserve'],
  ],
  [
    ['sync', 'window.before-done'],
    ['orders', 'intake.after-commit'],
    ['inventory', 'consumer.after-commit'],
    ['logistics', 'parcel.after-waybill'],
  ],
  [
    ['sync', 'notice.before-send'],
    ['orders', 'relay.after-send'],
    ['inventory', 'ack.before-send'],
    ['logistics', 'parcel.before-commit'],
  ],
  [
    ['sync', 'notice.after-send'],
    ['orders', 'consumer.before-commit'],
    ['logistics', 'parcel.after-commit'],
  ],
  [
    ['orders', 'departure.before-commit'],
    ['logistics', 'ship.after-departure'],
  ],
  [
    ['orders', 'departure.after-commit'],
    ['logistics', 'ship.before-commit'],
  ],
  [['logistics', 'ship.after-commit']],
];

describe('services killed in the middle of an order’s way', () => {
  let topology: Topology;
  let simulator: SimulatorControl;
  let merchant: Merchant;

  beforeAll(async () => {
    // What a killed process left unacknowledged comes again after 5 s instead of 40 s; it must come again either way.
    topology = await Topology.start({
      kind: 'separate',
      storyRate: 600,
      env: { FACTS_RESEND_AFTER_MS: '5000' },
      mortal: ['sync', 'orders', 'inventory', 'logistics'],
    });
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

  /** Has the service die at its step; resolves when it died there and runs again. */
  const arm = async ([service, step]: Kill): Promise<void> => {
    const victim = topology.service(service);
    victim.dieAt(step);
    await victim.ended(120_000);
    await victim.start();
  };

  it.each(ROUNDS.map((kills) => [kills.map((kill) => kill.join(' ')).join(', '), kills] as const))(
    '[A24] %s: each killed there, the order ships once, and every number agrees',
    async (_, kills) => {
      const code = merchant.codes[0]!;
      const before = await merchant.stock(code);
      const revivals = Promise.all(kills.map(arm));
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
      await revivals;
      await until('stock has gone out', async () => (await merchant.stock(code)).onHand === before.onHand - 3, 60_000);
      expect(await merchant.stock(code)).toMatchObject({ onHand: before.onHand - 3, reserved: before.reserved });
      const { items } = await merchant.api.get<{ items: Parcel[] }>(`/logistics/v1/parcels?orderId=${order.id}`);
      expect(items.filter(({ state }) => state !== 'cancelled')).toHaveLength(1);
      expect((await simulator.order(platformOrderNo)).notices).toHaveLength(1);
      // A busy machine stretches the time in which what was not acknowledged is passed on again.
      expect(await breaches(merchant.api, 100_000)).toEqual([]);
    },
    240_000,
  );

  it('[A24] sync push.after-send, sync shelf.after-move: killed there, a listing leaves the shelf, is known to have left, and comes back', async () => {
    const told = arm(['sync', 'push.after-send']);
    const listing = await ShelvedListing.of(merchant);
    await told;
    for (const [act, state] of [
      ['empty', 'off_shelf'],
      ['fill', 'on_sale'],
    ] as const) {
      const moved = arm(['sync', 'shelf.after-move']);
      await listing[act]();
      await moved;
      await listing.stands(state);
    }
    expect(await breaches(merchant.api, 100_000)).toEqual([]);
  }, 240_000);
});
