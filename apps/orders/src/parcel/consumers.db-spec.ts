import { parcelException, shipNoticeFailed, shipNoticeTold, stockReserved } from '@app/contracts';
import { FulfilmentService } from '../fulfilment/fulfilment.service';
import { HoldReleaseJob } from '../hold/hold-release.job';
import { OrderService } from '../order/order.service';
import { CALLER, canonicalOrder, COMPANY, OrdersHarness, SHOP } from '../testing/orders.harness';

describe('facts of other services', () => {
  let orders: OrdersHarness;

  beforeAll(async () => {
    orders = await OrdersHarness.start();
    await orders.tellLinks();
  });
  afterAll(() => orders.close());

  const departed = async () => {
    const orderId = await orders.take(canonicalOrder());
    await orders.tellStock(orderId);
    const fulfilment = (await orders.order(orderId)).fulfilments[0]!;
    await orders.app
      .get(FulfilmentService)
      .depart(CALLER, fulfilment.fulfilmentId, { parcelId: `par_${orderId}`, revision: 1 });
    return { orderId, fulfilment };
  };
  const versionOf = async (orderId: string) => (await orders.order(orderId)).order.version;

  it('change an order once, whether the same event, or an older version of its subject, comes again', async () => {
    const orderId = await orders.take(canonicalOrder());
    const { lines } = await orders.order(orderId);
    const item = (stockRevision: number) => ({
      orderId,
      stockRevision,
      orderVersion: 1,
      state: 'reserved',
      lines: lines.map((line) => ({
        lineId: line.lineId,
        skuId: line.components![0]!.skuId,
        skuCode: 'C',
        warehouse: 'HZ1',
        wanted: line.quantity,
        reserved: line.quantity,
        shippedOut: 0,
        short: 0,
      })),
    });
    const event = await orders.tell(stockReserved as never, [item(1_000_005)]);
    const version = await versionOf(orderId);
    await orders.tell(stockReserved as never, [item(1_000_005)], event);
    await orders.tell(stockReserved as never, [item(1_000_004)]);
    await orders.tell(stockReserved as never, [item(1_000_006)]);
    expect([version, await versionOf(orderId)]).toEqual([2, 2]);
    expect(
      await orders.query(`SELECT 1 FROM outbox WHERE name = 'fulfilment.released' AND items LIKE $1`, [`%${orderId}%`]),
    ).toHaveLength(1);
  });

  it('release nothing on stock that inventory was told to give back, though its answers come late', async () => {
    const item = canonicalOrder();
    const orderId = await orders.take(item);
    await orders.tellStock(orderId);
    const { order: first, lines } = await orders.order(orderId);
    const held = (stockRevision: number, orderVersion: number) =>
      orders.tell(stockReserved as never, [
        {
          orderId,
          stockRevision,
          orderVersion,
          state: 'reserved',
          lines: lines.map((line) => ({
            lineId: line.lineId,
            skuId: line.components![0]!.skuId,
            skuCode: 'C',
            warehouse: 'HZ1',
            wanted: line.quantity,
            reserved: line.quantity,
            shippedOut: 0,
            short: 0,
          })),
        },
      ]);
    const at = (minute: number) => `2026-11-11T02:${minute}:00+08:00`;
    const times = (minute: number) => ({ modifiedAt: at(minute), fetchStartedAt: at(minute), fetchedAt: at(minute) });
    // A line that nobody linked joins the order: inventory is to give everything back. Then it turns out to need no stock.
    const free = { unitPriceFen: 0, discountFen: 0, paidFen: 0, isGift: true };
    const gift = {
      ...item.lines[0]!,
      ...free,
      platformLineNo: `${item.platformOrderNo}-9`,
      listingSkuId: `gift-${orderId}`,
    };
    await orders.take({ ...item, ...times(10), lines: [...item.lines, gift] });
    expect((await orders.facts(orderId)).at(-1)?.item.stock).toBe('none');
    await orders.take({ ...item, ...times(11), lines: [...item.lines, { ...gift, noStock: true }] });
    const again = (await orders.facts(orderId)).at(-1)!.item;
    expect(again.stock).toBe('reserve');

    const states = async () => (await orders.order(orderId)).fulfilments.map(({ state }) => state);
    expect(await states()).toEqual(['stopped']);
    await held(2_000_000, first.version);
    expect(await states()).toEqual(['stopped']);
    await held(2_000_001, again.orderVersion);
    expect(await states()).toEqual(['released']);
  });

  it('are kept when they arrive before what they belong to: a notice before its parcel', async () => {
    const { orderId } = await departed();
    const parcelId = `par_${orderId}`;
    await orders.tell(shipNoticeTold as never, [
      {
        noticeId: `${parcelId}/${orderId}`,
        noticeVersion: 1,
        state: 'told',
        parcelId,
        orderId,
        platformOrderNo: 'x',
        reason: '',
      },
    ]);
    expect((await orders.order(orderId)).order.notice).toBe('told');
    await orders.tellParcel(orderId, parcelId);
    expect((await orders.order(orderId)).order).toMatchObject({ notice: 'told', status: 'shipped' });
    await orders.tellParcel(orderId, 'par_other');
    expect((await orders.order(orderId)).order.notice).toBe('pending');
  });

  it('show a refused ship notice as a hold that does not hide that the order was shipped', async () => {
    const { orderId } = await departed();
    const parcelId = `par_${orderId}`;
    await orders.tellParcel(orderId, parcelId);
    await orders.tell(shipNoticeFailed as never, [
      {
        noticeId: `${parcelId}/${orderId}`,
        noticeVersion: 1,
        state: 'failed',
        parcelId,
        orderId,
        platformOrderNo: 'x',
        reason: 'waybill unknown',
      },
    ]);
    expect(await orders.order(orderId)).toMatchObject({
      order: { notice: 'failed', status: 'shipped' },
      holds: [{ type: 'ship_notice_failed', reason: 'waybill unknown', closedAt: null }],
    });
  });

  it('of parcels of unknown orders are kept and stop nothing', async () => {
    const { orderId, fulfilment } = await departed();
    const { lines } = await orders.order(orderId);
    const part = (of: string, no: number) => ({
      orderId: of,
      platformOrderNo: 'x',
      lineId: lines[no]!.lineId,
      platformLineNo: 'x',
      skuId: lines[no]!.components![0]!.skuId,
      skuCode: 'C',
      quantity: 1,
    });
    await orders.tell(parcelException as never, [
      {
        parcelId: 'par_mixed',
        parcelVersion: 1,
        state: 'exception',
        fulfilmentId: fulfilment.fulfilmentId,
        fulfilmentRevision: 1,
        shopId: SHOP,
        platform: 'taobao',
        warehouse: 'HZ1',
        carrier: 'SF',
        waybillNo: 'W',
        shippedAt: '2026-11-12T00:00:00Z',
        deliveredAt: null,
        lines: [part(orderId, 0), part('ord_unknown', 0)],
      },
    ]);
    expect(await orders.order(orderId)).toMatchObject({
      order: { fulfilment: 'departing' },
      lines: [{ shipped: 1 }, { shipped: 0 }],
    });
    expect(
      await orders.query('SELECT order_id FROM order_parcel WHERE parcel_id = $1 ORDER BY 1', ['par_mixed']),
    ).toHaveLength(2);
  });

  it('never wait for each other for good, though intake, stock, links and people change the same orders at once', async () => {
    const items = Array.from({ length: 30 }, () => canonicalOrder());
    const ids = (await orders.intake(items)).items.map(({ orderId }) => orderId!);
    const newer = (minute: number) =>
      items.map((item) => ({
        ...item,
        sellerMemo: `m${minute}`,
        modifiedAt: `2026-11-12T00:${minute}:00+08:00`,
        fetchStartedAt: `2026-11-12T00:${minute}:00+08:00`,
        fetchedAt: `2026-11-12T00:${minute}:00+08:00`,
      }));
    await Promise.all([
      orders.intake(newer(10)),
      orders.intake(newer(11).reverse()),
      ...ids.map((id) => orders.tellStock(id)),
      orders.tellLinks(),
      ...ids.slice(0, 5).map((id) =>
        orders.app
          .get(OrderService)
          .act(CALLER, undefined, id, 'urgent', { expectedVersion: 1, reason: 'r', isUrgent: true } as never)
          .catch((error: { code: string }) => error.code),
      ),
      orders.app.get(HoldReleaseJob).releaseDue(),
    ]);
    for (const id of ids)
      expect((await orders.order(id)).order).toMatchObject({ status: 'released', sellerMemo: 'm11' });
  });

  it('are released from a hold whose time has come by one of several jobs at once', async () => {
    const orderId = await orders.take(canonicalOrder());
    await orders.app.get(OrderService).act(CALLER, undefined, orderId, 'hold', {
      expectedVersion: 1,
      reason: 'r',
      type: 'manual',
      releaseAt: new Date(Date.now() + 60_000).toISOString(),
    } as never);
    await orders.query(`UPDATE order_hold SET release_at = since WHERE order_id = $1`, [orderId]);
    const changed = await Promise.all(Array.from({ length: 5 }, () => orders.app.get(HoldReleaseJob).releaseDue()));
    expect(changed.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(
      await orders.query('SELECT actor FROM order_log WHERE company_id = $1 AND order_id = $2 ORDER BY version', [
        COMPANY,
        orderId,
      ]),
    ).toEqual([{ actor: 'intake:test' }, { actor: 'client:test' }, { actor: 'job:release-holds' }]);
  });
});
