import { receiverMarkOf } from '@app/contracts';
import { canonicalOrder, COMPANY, SHOP } from './testing/orders.harness';
import { OrdersApi, type Answer } from './testing/orders-api.harness';

const code = ({ status, body }: Answer) => [status, body.code as string];

describe('the orders API', () => {
  let api: OrdersApi;

  beforeAll(async () => {
    api = await OrdersApi.start();
  });
  afterAll(() => api.close());

  const stored = async (change: Parameters<typeof canonicalOrder>[0] = {}) => {
    const { body } = await api.intake([canonicalOrder(change)]);
    return body.items[0].orderId as string;
  };
  const released = async (change: Parameters<typeof canonicalOrder>[0] = {}) => {
    const orderId = await stored(change);
    await api.harness.tellStock(orderId);
    const { body } = await api.call('GET', `/v1/orders/${orderId}`);
    return { orderId, fulfilmentId: body.fulfilments[0].id as string, version: body.version as number };
  };

  describe('intake', () => {
    it('[O2] stores a batch with a verdict per item, and says unchanged when it comes again', async () => {
      const item = canonicalOrder();
      const first = await api.intake([item, { ...item, platformOrderNo: '' }]);
      expect(first).toMatchObject({
        status: 200,
        body: {
          items: [
            { platformOrderNo: item.platformOrderNo, verdict: 'stored' },
            { verdict: 'parked', errors: [{ field: 'platformOrderNo' }] },
          ],
        },
      });
      expect((await api.intake([item])).body).toEqual({ items: [{ ...first.body.items[0], verdict: 'unchanged' }] });
      const parked = await api.call('GET', '/v1/parked-items');
      expect(parked.body.items).toMatchObject([{ id: first.body.items[1].parkedItemId, source: 'platform-orders' }]);
      expect(code(await api.call('POST', `/v1/parked-items/${first.body.items[1].parkedItemId}/replay`))).toEqual([
        409,
        'PARKED_ITEM.STILL_WRONG',
      ]);
    });

    it('[O2] refuses a wrong envelope as a whole and stores nothing of it', async () => {
      const item = canonicalOrder();
      const wrong = [
        { items: [item] },
        { shopId: SHOP, items: [] },
        { shopId: SHOP, items: Array.from({ length: 501 }, () => item) },
        { shopId: SHOP, items: [item], companyId: 'other' },
        [item],
        null,
      ];
      for (const body of wrong)
        expect(code(await api.call('PUT', '/v1/platform-orders', body))).toEqual([400, 'VALIDATION']);
      const { body } = await api.call('GET', `/v1/orders?platformOrderNo=${item.platformOrderNo}`);
      expect(body.items).toEqual([]);
    });

    it('[O2] asks the owner for a shop that it has not heard of, and says when there is none or nobody answers', async () => {
      expect(await api.intake([canonicalOrder()], 'shp_asked')).toMatchObject({
        status: 200,
        body: { items: [{ verdict: 'stored' }] },
      });
      expect(code(await api.intake([canonicalOrder()], 'shp_none'))).toEqual([404, 'SHOP.NOT_FOUND']);
      expect(code(await api.intake([canonicalOrder()], 'shp_down'))).toEqual([503, 'SERVICE.UNAVAILABLE']);
    });

    it('[O2] keeps a client limited to other shops out', async () => {
      const answer = await api.call(
        'PUT',
        '/v1/platform-orders',
        { shopId: SHOP, items: [canonicalOrder()] },
        { shops: ['shp_other'] },
      );
      expect(code(answer)).toEqual([404, 'SHOP.NOT_FOUND']);
    });

    it('[O2] needs the scope of intake and a token', async () => {
      expect(code(await api.call('PUT', '/v1/platform-orders', {}, { scopes: ['orders:read'] }))).toEqual([
        403,
        'AUTH.SCOPE',
      ]);
      expect(code(await api.call('PUT', '/v1/platform-orders', {}, {}, { authorization: '' }))).toEqual([
        401,
        'AUTH.MISSING_TOKEN',
      ]);
    });

    it('[O2] tells the census which orders are stored, and only services', async () => {
      const item = canonicalOrder();
      await api.intake([item]);
      const body = { shopId: SHOP, platformOrderNos: [item.platformOrderNo, 'missing'] };
      const answer = await api.call('POST', '/v1/platform-orders/known', body, { kind: 'service' });
      expect(answer).toMatchObject({
        status: 200,
        body: {
          items: [
            {
              platformOrderNo: item.platformOrderNo,
              platformState: 'paid',
              modifiedAt: new Date(item.modifiedAt).toISOString(),
              receiverMark: receiverMarkOf(item.receiver),
              fulfilment: 'none',
              parcelIds: [],
            },
          ],
        },
      });
      expect(code(await api.call('POST', '/v1/platform-orders/known', body))).toEqual([403, 'AUTH.SCOPE']);
      expect(
        code(
          await api.call(
            'POST',
            '/v1/platform-orders/known',
            { shopId: SHOP, platformOrderNos: [] },
            { kind: 'service' },
          ),
        ),
      ).toEqual([400, 'VALIDATION']);
    });
  });

  describe('reads', () => {
    it('[O41] finds orders by number, state, status, hold and change, page by page', async () => {
      const orderId = await stored({ buyerMessage: 'please hurry' });
      const { body: order } = await api.call('GET', `/v1/orders/${orderId}`);
      for (const filter of [
        `platformOrderNo=${order.platformOrderNo}`,
        `hold=buyer_remark`,
        `hold=any&status=held`,
        `shopId=${SHOP}&platformState=paid`,
        `updatedFrom=${encodeURIComponent(order.updatedAt)}`,
      ]) {
        const { body } = await api.call('GET', `/v1/orders?${filter}&limit=500`);
        expect(body.items.map(({ id }: { id: string }) => id)).toContain(orderId);
      }
      const ids: string[] = [];
      for (let cursor = ''; ;) {
        const { body } = await api.call('GET', `/v1/orders?updatedFrom=2020-01-01T00:00:00Z&limit=2${cursor}`);
        ids.push(...body.items.map(({ id }: { id: string }) => id));
        if (!body.nextCursor) break;
        cursor = `&cursor=${body.nextCursor}`;
      }
      const [{ count }] = (await api.harness.query<{ count: number }>(
        'SELECT count(*) AS count FROM working_order',
      )) as [{ count: number }];
      expect([ids.length, new Set(ids).size]).toEqual([count, count]);
    });

    it('[O41] refuses a wrong filter, a foreign cursor and unknown members', async () => {
      for (const query of ['status=nonsense', 'limit=501', 'updatedFrom=yesterday', 'surprise=1'])
        expect(code(await api.call('GET', `/v1/orders?${query}`))).toEqual([400, 'VALIDATION']);
      expect(code(await api.call('GET', '/v1/orders?cursor=abc'))).toEqual([400, 'CURSOR.INVALID']);
      expect(code(await api.call('GET', '/v1/fulfilments?cursor=abc'))).toEqual([400, 'CURSOR.INVALID']);
      expect(code(await api.call('GET', '/v1/fulfilments?state=nonsense'))).toEqual([400, 'VALIDATION']);
    });

    it('[O41] shows a limited client nothing of other shops or companies', async () => {
      const { orderId, fulfilmentId } = await released();
      const limits = { shops: ['shp_other'] };
      expect((await api.call('GET', '/v1/orders', undefined, limits)).body.items).toEqual([]);
      expect((await api.call('GET', '/v1/orders/summary', undefined, limits)).body).toEqual({ items: [], holds: [] });
      const foreign = { companyId: 'cmp_other' };
      expect((await api.call('GET', '/v1/orders', undefined, foreign)).body.items).toEqual([]);
      expect((await api.call('GET', '/v1/orders/summary', undefined, foreign)).body).toEqual({ items: [], holds: [] });
      expect((await api.call('GET', '/v1/fulfilments', undefined, foreign)).body.items).toEqual([]);
      expect((await api.call('GET', '/v1/fulfilments', undefined, { warehouses: ['SH9'] })).body.items).toEqual([]);
      expect(code(await api.call('GET', `/v1/orders/${orderId}`, undefined, limits))).toEqual([404, 'ORDER.NOT_FOUND']);
      expect(code(await api.call('GET', `/v1/orders/${orderId}`, undefined, { companyId: 'cmp_other' }))).toEqual([
        404,
        'ORDER.NOT_FOUND',
      ]);
      expect(
        code(await api.call('POST', `/v1/orders/${orderId}/urgent`, { expectedVersion: 1, reason: 'r' }, limits)),
      ).toEqual([404, 'ORDER.NOT_FOUND']);
      expect(
        code(
          await api.call(
            'POST',
            `/v1/fulfilments/${fulfilmentId}/departure`,
            { parcelId: 'p', revision: 1 },
            { warehouses: ['SH9'] },
          ),
        ),
      ).toEqual([404, 'FULFILMENT.NOT_FOUND']);
    });

    it('[O38] shows the log, and the raw text only to those who may see receivers, with an audit entry', async () => {
      const item = canonicalOrder();
      const { body } = await api.intake([item]);
      const path = `/v1/orders/${body.items[0].orderId}`;
      const plain = await api.call('GET', `${path}?include=log`);
      expect(plain.body.log).toMatchObject([
        { version: 1, actor: 'intake:test-client', changes: ['stored as paid, status approved'] },
      ]);
      expect(JSON.stringify(plain.body)).not.toContain(item.receiver!.cipher.oaid);
      expect(plain.body.receiver).toEqual(item.receiver!.masked);
      expect(code(await api.call('GET', `${path}?include=raw`))).toEqual([403, 'AUTH.SCOPE']);
      const raw = await api.call('GET', `${path}?include=raw,log`, undefined, { scopes: ['orders:read', 'pii:read'] });
      expect(raw.body.raw).toBe(item.raw);
      expect(await api.harness.query(`SELECT act, subject FROM audit_entry WHERE act = 'order.raw.read'`)).toEqual([
        { act: 'order.raw.read', subject: body.items[0].orderId },
      ]);
      expect(code(await api.call('GET', `${path}?include=all`))).toEqual([400, 'VALIDATION']);
      expect(code(await api.call('GET', '/v1/orders/ord_none'))).toEqual([404, 'ORDER.NOT_FOUND']);
    });

    it('[O41] counts orders per status and holds per type', async () => {
      const { body } = await api.call('GET', '/v1/orders/summary');
      const orders = await api.harness.query(
        'SELECT status, count(*) AS count FROM working_order GROUP BY status ORDER BY status',
      );
      const holds = await api.harness.query(
        'SELECT type, count(*) AS count FROM order_hold WHERE closed_at IS NULL GROUP BY type ORDER BY type',
      );
      expect(body).toEqual({ items: orders, holds });
      expect(holds).toContainEqual({ type: 'buyer_remark', count: 1 });
    });

    it('[O2] gives services an order as its facts carry it', async () => {
      const orderId = await stored();
      expect(await api.call('GET', `/v1/facts/orders/${orderId}`, undefined, { kind: 'service' })).toMatchObject({
        status: 200,
        body: { orderId, orderVersion: 1, stock: 'reserve' },
      });
      expect(code(await api.call('GET', `/v1/facts/orders/ord_none`, undefined, { kind: 'service' }))).toEqual([
        404,
        'ORDER.NOT_FOUND',
      ]);
    });
  });

  describe('acts', () => {
    it('[O7] approves an order that a remark held, once per idempotency key', async () => {
      const orderId = await stored({ buyerMessage: '送贺卡' });
      const approve = (reason: string) =>
        api.call(
          'POST',
          `/v1/orders/${orderId}/approve`,
          { expectedVersion: 1, reason },
          {},
          { 'idempotency-key': `k-${orderId}` },
        );
      const first = await approve('read');
      expect(first).toMatchObject({
        status: 200,
        body: { status: 'approved', review: 'approved', holds: [], version: 2 },
      });
      expect((await approve('read')).body).toEqual(first.body);
      expect(code(await approve('other'))).toEqual([409, 'IDEMPOTENCY.KEY_REUSED']);
    });

    it('[O10] takes an approval back, and refuses an act on a version that is gone with the present one', async () => {
      const { orderId, version } = await released();
      const answer = await api.call('POST', `/v1/orders/${orderId}/take-back`, {
        expectedVersion: version,
        reason: 'wrong size',
      });
      expect(answer).toMatchObject({
        status: 200,
        body: { review: 'taken_back', fulfilments: [{ state: 'stopped' }] },
      });
      const late = await api.call('POST', `/v1/orders/${orderId}/approve`, { expectedVersion: version, reason: 'r' });
      expect([...code(late), late.body.version]).toEqual([409, 'ORDER.VERSION_CONFLICT', version + 1]);
    });

    it('[O15] holds with owner and release time, and releases the hold', async () => {
      const { orderId, version } = await released();
      const path = `/v1/orders/${orderId}`;
      const held = await api.call('POST', `${path}/hold`, {
        expectedVersion: version,
        reason: 'call the buyer',
        type: 'call_back',
        owner: '小王',
        releaseAt: '2100-01-01T00:00:00+08:00',
      });
      expect(held).toMatchObject({
        status: 200,
        body: { status: 'held', holds: [{ type: 'call_back', owner: '小王', releaseAt: '2099-12-31T16:00:00.000Z' }] },
      });
      expect(
        code(
          await api.call('POST', `${path}/release-hold`, {
            expectedVersion: version + 1,
            reason: 'r',
            holdId: 'hld_none',
          }),
        ),
      ).toEqual([404, 'HOLD.NOT_FOUND']);
      const free = await api.call('POST', `${path}/release-hold`, {
        expectedVersion: version + 1,
        reason: 'r',
        holdId: held.body.holds[0].id,
      });
      expect(free).toMatchObject({ status: 200, body: { status: 'released', holds: [] } });
    });

    it('[O15] releases a hold by itself when its time has come', async () => {
      const { orderId, version } = await released();
      await api.call('POST', `/v1/orders/${orderId}/hold`, {
        expectedVersion: version,
        reason: 'a moment',
        releaseAt: new Date(Date.now() + 1_500).toISOString(),
      });
      let status = '';
      for (let look = 0; look < 40 && status !== 'released'; look += 1) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        status = (await api.call('GET', `/v1/orders/${orderId}`)).body.status;
      }
      const { body } = await api.call('GET', `/v1/orders/${orderId}?include=log`);
      expect([status, body.log[body.log.length - 1].actor]).toEqual(['released', 'job:release-holds']);
    });

    it('[O11] marks orders as urgent', async () => {
      const orderId = await stored();
      expect(
        (await api.call('POST', `/v1/orders/${orderId}/urgent`, { expectedVersion: 1, reason: 'r' })).body,
      ).toMatchObject({ isUrgent: true, version: 2 });
    });

    it('[O18] cancels before departure alone', async () => {
      const { orderId, version } = await released();
      expect(
        (await api.call('POST', `/v1/orders/${orderId}/cancel`, { expectedVersion: version, reason: 'fraud' })).body
          .status,
      ).toBe('cancelled');
      expect(
        code(await api.call('POST', `/v1/orders/${orderId}/cancel`, { expectedVersion: version + 1, reason: 'again' })),
      ).toEqual([409, 'ORDER.STATE_FORBIDS']);
      const gone = await released();
      await api.call('POST', `/v1/fulfilments/${gone.fulfilmentId}/departure`, { parcelId: 'p1', revision: 1 });
      for (const act of ['cancel', 'take-back', 'urgent'])
        expect(
          code(
            await api.call('POST', `/v1/orders/${gone.orderId}/${act}`, {
              expectedVersion: gone.version + 1,
              reason: 'late',
            }),
          ),
        ).toEqual([409, 'ORDER.STATE_FORBIDS']);
    });

    it('[O7] refuses acts without reason or version, on unknown orders, and those that are not built', async () => {
      const orderId = await stored();
      const wrong = await api.call('POST', `/v1/orders/${orderId}/approve`, { version: 1, status: 'released' });
      expect([
        ...code(wrong),
        [...new Set(wrong.body.errors.map(({ field }: { field: string }) => field))].sort(),
      ]).toEqual([400, 'VALIDATION', ['expectedVersion', 'reason', 'status', 'version']]);
      for (const act of ['approve', 'take-back', 'cancel', 'urgent', 'hold'])
        expect(code(await api.call('POST', `/v1/orders/ord_none/${act}`, { expectedVersion: 1, reason: 'r' }))).toEqual(
          [404, 'ORDER.NOT_FOUND'],
        );
      expect((await api.call('POST', `/v1/orders/${orderId}/split`, {})).status).toBe(404);
    });
  });

  describe('departure', () => {
    it('[O49] lets a parcel leave once, and lists it until it is confirmed', async () => {
      const { fulfilmentId } = await released();
      const ask = () => api.call('POST', `/v1/fulfilments/${fulfilmentId}/departure`, { parcelId: 'p1', revision: 1 });
      const first = await ask();
      expect(first).toMatchObject({ status: 200, body: { departing: true } });
      expect((await ask()).body).toEqual(first.body);
      const { body } = await api.call('GET', '/v1/fulfilments?state=departing&warehouse=HZ1&carrier=SF&limit=500');
      expect(body.items).toContainEqual(
        expect.objectContaining({
          id: fulfilmentId,
          parcelId: 'p1',
          state: 'departing',
          lines: [expect.objectContaining({ quantity: 1 }), expect.objectContaining({ quantity: 2 })],
        }),
      );
      const before = await api.call('GET', '/v1/fulfilments?cutOffBefore=2020-01-01T00:00:00Z');
      expect(before.body.items).toEqual([]);
    });

    it('[O49] refuses with the holds when the order is stopped, and with the revision when the parcel is of an older one', async () => {
      const { orderId, fulfilmentId, version } = await released();
      const ask = (revision: number) =>
        api.call('POST', `/v1/fulfilments/${fulfilmentId}/departure`, { parcelId: 'p2', revision });
      const held = await api.call('POST', `/v1/orders/${orderId}/hold`, { expectedVersion: version, reason: 'wait' });
      const stopped = await ask(1);
      expect([...code(stopped), stopped.body.holds]).toEqual([
        409,
        'FULFILMENT.STOPPED',
        [expect.objectContaining({ type: 'manual', reason: 'wait' })],
      ]);
      await api.call('POST', `/v1/orders/${orderId}/release-hold`, {
        expectedVersion: version + 1,
        reason: 'go',
        holdId: held.body.holds[0].id,
      });
      const stale = await ask(1);
      expect([...code(stale), stale.body.revision]).toEqual([409, 'FULFILMENT.STALE_REVISION', 3]);
      expect((await ask(3)).status).toBe(200);
      expect(
        code(await api.call('POST', '/v1/fulfilments/ful_none/departure', { parcelId: 'p', revision: 1 })),
      ).toEqual([404, 'FULFILMENT.NOT_FOUND']);
      expect(code(await api.call('POST', `/v1/fulfilments/${fulfilmentId}/departure`, { parcelId: 'p' }))).toEqual([
        400,
        'VALIDATION',
      ]);
    });

    it('[O49] takes an unconfirmed departure back, and no other', async () => {
      const { fulfilmentId } = await released();
      const back = () =>
        api.call('POST', `/v1/fulfilments/${fulfilmentId}/departure/take-back`, { reason: 'still here' });
      expect(code(await back())).toEqual([409, 'FULFILMENT.STATE_FORBIDS']);
      await api.call('POST', `/v1/fulfilments/${fulfilmentId}/departure`, { parcelId: 'p3', revision: 1 });
      expect(await back()).toMatchObject({ status: 200, body: { state: 'released', revision: 2 } });
    });

    it('[L6] shows the receiver to services for the label alone, and logs the purpose', async () => {
      const { orderId, fulfilmentId, version } = await released();
      const read = (scopes: string[], kind: 'client' | 'service') =>
        api.call('GET', `/v1/fulfilments/${fulfilmentId}/receiver?purpose=label`, undefined, { scopes, kind });
      expect(code(await read(['orders:read'], 'service'))).toEqual([403, 'AUTH.SCOPE']);
      expect(code(await read(['pii:read'], 'client'))).toEqual([403, 'AUTH.SCOPE']);
      expect(await read(['pii:read'], 'service')).toMatchObject({
        status: 200,
        body: { fulfilmentId, revision: 1, warehouse: 'HZ1', receiver: { cipher: { oaid: '1Xx8Example' } } },
      });
      expect(
        await api.harness.query('SELECT purpose, company_id FROM audit_entry WHERE subject = $1', [fulfilmentId]),
      ).toEqual([{ purpose: 'label', companyId: COMPANY }]);
      await api.call('POST', `/v1/orders/${orderId}/hold`, { expectedVersion: version, reason: 'wait' });
      expect(code(await read(['pii:read'], 'service'))).toEqual([409, 'FULFILMENT.STOPPED']);
      const bare = await released({ receiver: undefined });
      expect(
        code(
          await api.call('GET', `/v1/fulfilments/${bare.fulfilmentId}/receiver`, undefined, {
            scopes: ['pii:read'],
            kind: 'service',
          }),
        ),
      ).toEqual([409, 'FULFILMENT.NO_RECEIVER']);
      expect(
        code(
          await api.call('GET', '/v1/fulfilments/ful_none/receiver', undefined, {
            scopes: ['pii:read'],
            kind: 'service',
          }),
        ),
      ).toEqual([404, 'FULFILMENT.NOT_FOUND']);
    });

    it('[O38] passes its own verification', async () => {
      const { body } = await api.call('GET', '/v1/verify');
      const breaches = body.items
        .filter(({ invariant }: { invariant: string }) => !invariant.startsWith('6'))
        .flatMap((item: { breaches: string[] }) => item.breaches);
      expect([body.items.length, breaches]).toEqual([11, []]);
    });
  });
});
