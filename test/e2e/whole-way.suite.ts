import { breaches, Merchant } from '../harness/merchant';
import { SimulatorControl, type TrueStock } from '../harness/simulator-control';
import { Topology } from '../harness/topology';
import { until } from '../harness/wait';

/** The flows that must hold in every way to run the system. */
export function describeWholeWay(kind: 'separate' | 'all-in-one'): void {
  describe(`the whole way, ${kind}`, () => {
    let topology: Topology;
    let simulator: SimulatorControl;
    let merchant: Merchant;

    beforeAll(async () => {
      topology = await Topology.start({ kind, storyRate: 600 });
      simulator = new SimulatorControl(topology.simulatorUrl);
      merchant = new Merchant(await topology.client(), simulator);
      await merchant.join();
    }, 180_000);

    afterAll(async () => {
      await topology?.close();
    }, 60_000);

    afterEach(async () => {
      expect(await breaches(merchant.api)).toEqual([]);
    }, 90_000);

    const placed = (code: number, quantity: number, more: Record<string, unknown> = {}) =>
      simulator.place(merchant.platformShopId, [{ merchantCode: merchant.codes[code]!, quantity }], more);

    it('[O2] a paid order is stored once, reserved, shipped by the clerk, noticed, signed and completed', async () => {
      const code = merchant.codes[0]!;
      const before = await merchant.stock(code);
      const order = await placed(0, 2);
      const unpaid = await merchant.orderWhen(
        order.platformOrderNo,
        'waiting for payment',
        ({ status }) => status === 'wait_pay',
      );
      expect(unpaid.stock).toBe('none');
      await simulator.act(order.platformOrderNo, 'pay');
      const released = await merchant.orderWhen(
        order.platformOrderNo,
        'released',
        ({ fulfilment }) => fulfilment === 'released',
      );
      expect(released).toMatchObject({ status: 'released', stock: 'reserved', review: 'approved', holds: [] });
      expect(await merchant.stock(code)).toMatchObject({ onHand: before.onHand, reserved: before.reserved + 2 });
      const parcel = await merchant.takeParcel(released.id);
      const label = await merchant.api.get<{ printCount: number }>(`/logistics/v1/parcels/${parcel.id}/label`);
      expect(label.printCount).toBe(1);
      expect((await merchant.ship(parcel.waybillNo)).status).toBe(200);
      await merchant.orderWhen(
        order.platformOrderNo,
        'noticed',
        ({ notice, status }) => notice === 'told' && status === 'shipped',
      );
      expect(await merchant.stock(code)).toMatchObject({ onHand: before.onHand - 2, reserved: before.reserved });
      const truth = await simulator.order(order.platformOrderNo);
      expect(truth.notices).toEqual([expect.objectContaining({ waybillNo: parcel.waybillNo })]);
      await simulator.act(order.platformOrderNo, 'sign');
      await simulator.act(order.platformOrderNo, 'confirm');
      const done = await merchant.orderWhen(order.platformOrderNo, 'completed', ({ status }) => status === 'completed');
      expect(done.amounts.paidFen).toBe(truth.paidFen);
      expect((await merchant.ship(parcel.waybillNo)).status).toBe(200);
      const { items } = await merchant.api.get<{ items: unknown[] }>(
        `/orders/v1/orders?platformOrderNo=${order.platformOrderNo}`,
      );
      expect(items).toHaveLength(1);
      expect((await simulator.order(order.platformOrderNo)).notices).toHaveLength(1);
    }, 120_000);

    it('[O49] a refund asked before shipping refuses the departure, pulls the parcel and frees the stock', async () => {
      const code = merchant.codes[1]!;
      const before = await merchant.stock(code);
      const order = await placed(1, 1, { paid: true });
      const released = await merchant.orderWhen(
        order.platformOrderNo,
        'released',
        ({ fulfilment }) => fulfilment === 'released',
      );
      const parcel = await merchant.takeParcel(released.id);
      await simulator.act(order.platformOrderNo, 'request-refund');
      await merchant.orderWhen(order.platformOrderNo, 'held for the refund', ({ holds }) =>
        holds.some(({ type }) => type === 'refund_requested'),
      );
      const refused = await merchant.ship(parcel.waybillNo);
      expect([refused.status, refused.body.code]).toEqual([409, 'FULFILMENT.STOPPED']);
      let pullOut: { id: string; parcelId: string } | undefined;
      await until('a pull-out is open', async () => {
        const { items } = await merchant.api.get<{ items: { id: string; parcelId: string }[] }>(
          '/logistics/v1/pull-outs',
        );
        pullOut = items.find(({ parcelId }) => parcelId === parcel.id);
        return pullOut !== undefined;
      });
      await merchant.api.post(`/logistics/v1/pull-outs/${pullOut!.id}/acknowledge`, {});
      await simulator.act(order.platformOrderNo, 'grant-refund');
      await merchant.orderWhen(
        order.platformOrderNo,
        'cancelled',
        ({ status, stock }) => status === 'cancelled' && stock === 'released',
      );
      expect(await merchant.stock(code)).toMatchObject({ onHand: before.onHand, reserved: before.reserved });
      expect((await simulator.order(order.platformOrderNo)).notices).toEqual([]);
    }, 120_000);

    it('[O18] a refund withdrawn lets the order go on under a new revision', async () => {
      const order = await placed(2, 1, { paid: true });
      const released = await merchant.orderWhen(
        order.platformOrderNo,
        'released',
        ({ fulfilment }) => fulfilment === 'released',
      );
      await simulator.act(order.platformOrderNo, 'request-refund');
      await merchant.orderWhen(order.platformOrderNo, 'held', ({ status }) => status === 'held');
      await simulator.act(order.platformOrderNo, 'withdraw-refund');
      await merchant.orderWhen(
        order.platformOrderNo,
        'released again',
        ({ fulfilment, holds }) => fulfilment === 'released' && holds.length === 0,
      );
      const parcel = await merchant.takeParcel(released.id);
      expect((await merchant.ship(parcel.waybillNo)).status).toBe(200);
      await merchant.orderWhen(order.platformOrderNo, 'noticed', ({ notice }) => notice === 'told');
    }, 120_000);

    it('[O4] an unpaid order that is cancelled never held stock', async () => {
      const before = await merchant.stock(merchant.codes[3]!);
      const order = await placed(3, 1);
      await merchant.orderWhen(order.platformOrderNo, 'waiting for payment', ({ status }) => status === 'wait_pay');
      await simulator.act(order.platformOrderNo, 'cancel');
      await merchant.orderWhen(
        order.platformOrderNo,
        'cancelled',
        ({ status, platformState }) => status === 'cancelled' && platformState === 'cancelled',
      );
      expect(await merchant.stock(merchant.codes[3]!)).toEqual(
        expect.objectContaining({ onHand: before.onHand, reserved: before.reserved }),
      );
    }, 60_000);

    it('[O42] an order that stock cannot fill is short, is named so, and goes on when goods arrive', async () => {
      const code = merchant.codes[4]!;
      const { onHand, reserved } = await merchant.stock(code);
      const order = await placed(4, onHand - reserved + 1, { paid: true });
      await merchant.orderWhen(
        order.platformOrderNo,
        'short',
        ({ stock, holds }) => stock === 'short' && holds.some(({ type }) => type === 'short_stock'),
      );
      await merchant.api.post('/inventory/v1/adjustments', {
        key: `receipt-${kind}`,
        cause: 'receipt',
        lines: [{ skuCode: code, warehouse: merchant.warehouse, quantity: 5, bucket: 'onHand' }],
      });
      await merchant.orderWhen(
        order.platformOrderNo,
        'reserved',
        ({ stock, holds }) => stock === 'reserved' && holds.length === 0,
      );
    }, 60_000);

    it('[O7] a buyer’s remark waits for a person, whose approval releases the order', async () => {
      const order = await placed(0, 1, { paid: true, buyerMessage: '请发顺丰，谢谢🎁' });
      const held = await merchant.orderWhen(
        order.platformOrderNo,
        'held for its remark',
        ({ holds, stock }) => stock === 'reserved' && holds.some(({ type }) => type === 'buyer_remark'),
      );
      const hold = held.holds.find(({ type }) => type === 'buyer_remark')!;
      const stale = await merchant.api.call<{ code: string }>('POST', `/orders/v1/orders/${held.id}/release-hold`, {
        expectedVersion: held.version - 1,
        holdId: hold.id,
        reason: 'read',
      });
      expect([stale.status, stale.body.code]).toEqual([409, 'ORDER.VERSION_CONFLICT']);
      await merchant.api.post(`/orders/v1/orders/${held.id}/release-hold`, {
        expectedVersion: held.version,
        holdId: hold.id,
        reason: 'read',
      });
      await merchant.orderWhen(order.platformOrderNo, 'released', ({ fulfilment }) => fulfilment === 'released');
    }, 60_000);

    it('[A24] a trace id travels through HTTP, facts and jobs', async () => {
      const order = await placed(0, 1, { paid: true });
      const stored = await merchant.orderWhen(
        order.platformOrderNo,
        'released',
        ({ fulfilment }) => fulfilment === 'released',
      );
      const traceId = `trace-of-${kind}`;
      const answer = await merchant.api.call(
        'POST',
        `/orders/v1/orders/${stored.id}/hold`,
        { expectedVersion: stored.version, type: 'manual', reason: 'ask the buyer' },
        { 'x-trace-id': traceId },
      );
      expect([answer.status, answer.headers.get('x-trace-id')]).toEqual([200, traceId]);
      await until('logistics has the stop under the same trace', async () => {
        const { rows } = await topology.admin.query<{ n: number }>(
          `SELECT count(*) AS n FROM orders.outbox WHERE trace_id = $1 AND name = 'fulfilment.stopped'`,
          [traceId],
        );
        return Number(rows[0]!.n) === 1;
      });
      const held = await merchant.orderWhen(order.platformOrderNo, 'held', ({ status }) => status === 'held');
      const hold = held.holds.find(({ type }) => type === 'manual')!;
      await merchant.api.post(`/orders/v1/orders/${held.id}/release-hold`, {
        expectedVersion: held.version,
        holdId: hold.id,
        reason: 'answered',
      });
    }, 60_000);

    it('[O1] a platform away for a while costs nothing but the while', async () => {
      const first = await placed(5, 1, { paid: true });
      await simulator.faults([{ kind: 'down', p: 1, seconds: 600 }]);
      const during = await placed(5, 1, { paid: true });
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      await simulator.faults([]);
      for (const { platformOrderNo } of [first, during])
        await merchant.orderWhen(platformOrderNo, 'released', ({ fulfilment }) => fulfilment === 'released', 90_000);
    }, 150_000);

    it('[I37] stock is told only after a dry run switched it on; lower at once, and the number agrees', async () => {
      const { items } = await merchant.api.post<{
        items: { listingSkuId: string; platformNow: number; wouldTell: number }[];
      }>(`/sync/v1/shops/${merchant.shopId}/push/enable`, { dryRun: true });
      expect(items.length).toBeGreaterThan(0);
      const told = async (code: string) =>
        (await simulator.truth<TrueStock & { lastTold: { quantity: number } | null }>('stock')).find(
          (row) => row.merchantCode === code,
        )!;
      expect((await told(merchant.codes[0]!)).lastTold).toBeNull();
      await merchant.api.post(`/sync/v1/shops/${merchant.shopId}/push/enable`, { dryRun: false });
      await until(
        'the platform shows what may be sold',
        async () => {
          const { sellable } = await merchant.stock(merchant.codes[0]!);
          const shown = await told(merchant.codes[0]!);
          return shown.lastTold !== null && shown.quantity === sellable;
        },
        60_000,
        500,
      );
      await merchant.api.post('/inventory/v1/adjustments', {
        key: `loss-${kind}`,
        cause: 'loss',
        lines: [{ skuCode: merchant.codes[0]!, warehouse: merchant.warehouse, quantity: -30, bucket: 'onHand' }],
      });
      const { sellable } = await merchant.stock(merchant.codes[0]!);
      await until(
        'the lower number is told',
        async () => (await told(merchant.codes[0]!)).quantity === sellable,
        20_000,
        250,
      );
    }, 150_000);
  });
}
