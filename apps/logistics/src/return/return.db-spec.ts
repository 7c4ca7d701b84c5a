import { afterSaleOf, LogisticsKit, refundOf } from '../testing/logistics-kit';

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}

let armed = '';
jest.mock('@app/shared/testing/kill-point', () => ({
  killPoint: (name: string) => {
    if (name !== armed) return;
    armed = '';
    throw new Error(`killed at ${name}`);
  },
}));

describe('facts of refunds and after-sales', () => {
  const kit = new LogisticsKit();
  beforeAll(() => kit.start());
  afterAll(() => kit.stop());
  afterEach(async () => {
    expect(await kit.breaches()).toEqual([]);
  });

  const intercepts = (parcelId: string) =>
    kit.sql('SELECT version, state, cause FROM intercept WHERE parcel_id = $1', [parcelId]);
  const returns = (parcelId: string, waybillNo = '') =>
    kit.sql(
      `SELECT state, version, is_matched, warehouse, cardinality(platform_after_sale_nos) AS numbers
         FROM return_parcel WHERE parcel_id = $1 OR waybill_no = $2 ORDER BY waybill_no`,
      [parcelId, waybillNo],
    );

  it('[O50] leaves the same intercept for every order of arrival of an order’s facts and the scan, each told twice', async () => {
    const ends = new Set<string>();
    for (const order of permutations(['requested', 'refunded', 'after-sale', 'scan'])) {
      const { item, parcel } = await kit.label();
      const facts: Record<string, [string, unknown]> = {
        requested: ['refund.requested', refundOf(item, 2, 'requested')],
        refunded: ['refund.succeeded', refundOf(item, 3, 'refunded')],
        'after-sale': ['after-sale.changed', afterSaleOf(item, 1, { kind: 'refund_only', state: 'succeeded' })],
      };
      for (const step of order) {
        if (step === 'scan') await kit.post('/parcels/ship', { waybillNo: parcel.waybillNo });
        const [name, fact] = facts[step] ?? [];
        if (!name) continue;
        const eventId = `evt-${item.fulfilmentId}-${step}`;
        await kit.tell(name, [fact], eventId);
        await kit.tell(name, [fact], eventId);
        await kit.tell(name, [fact]);
      }
      ends.add(JSON.stringify([await intercepts(parcel.id), await returns(parcel.id)]));
    }
    expect([...ends]).toEqual([
      JSON.stringify([
        [{ version: 1, state: 'asked', cause: 'refunded' }],
        [{ state: 'expected', version: 1, isMatched: true, warehouse: 'HZ1', numbers: 1 }],
      ]),
    ]);
  }, 120_000);

  it('[O52] leaves the same expected return for every order of arrival of an after-sale’s versions, each told twice', async () => {
    const ends = new Set<string>();
    for (const [no, order] of permutations([1, 2, 3, 4]).entries()) {
      const { item, parcel } = await kit.ship();
      await kit.post(`/parcels/${parcel.id}/delivered`);
      const versions = [
        afterSaleOf(item, 1, { state: 'wait_return' }),
        afterSaleOf(item, 2, { returnWaybillNo: `WRONG-${no}` }),
        afterSaleOf(item, 3, { returnWaybillNo: `RIGHT-${no}` }),
        afterSaleOf(item, 4, { returnWaybillNo: `RIGHT-${no}`, state: 'succeeded' }),
      ];
      for (const version of order) {
        await kit.tell('after-sale.changed', [versions[version - 1]], `evt-as-${no}-${version}`);
        await kit.tell('after-sale.changed', [versions[version - 1]], `evt-as-${no}-${version}`);
        await kit.tell('after-sale.changed', [versions[version - 1]]);
      }
      expect(await kit.returnsOf(`WRONG-${no}`)).toEqual([]);
      ends.add(JSON.stringify(await returns('', `RIGHT-${no}`)));
    }
    expect([...ends]).toEqual([
      JSON.stringify([{ state: 'expected', version: 1, isMatched: true, warehouse: 'HZ1', numbers: 1 }]),
    ]);
  }, 120_000);

  it('[O53] matches a parcel whether it was counted before, between or after what its after-sale says', async () => {
    const ends = new Set<string>();
    for (const [no, order] of permutations(['scan', 'names', 'done']).entries()) {
      const { item } = await kit.ship();
      const waybillNo = `ANY-${no}`;
      for (const step of order) {
        if (step === 'scan')
          await kit.post('/returns/receive', { waybillNo, lines: [{ skuCode: 'NEW-1', quantity: 1, grade: 'A' }] });
        else
          await kit.tell('after-sale.changed', [
            afterSaleOf(item, step === 'names' ? 1 : 2, {
              returnWaybillNo: waybillNo,
              state: step === 'names' ? 'return_sent' : 'succeeded',
            }),
          ]);
      }
      const [{ state, isMatched, orderId, platformAfterSaleNos, flags }] = await kit.returnsOf(waybillNo);
      ends.add(
        JSON.stringify([state, isMatched, orderId === item.lines[0]!.orderId, platformAfterSaleNos.length, flags]),
      );
    }
    expect([...ends]).toEqual([JSON.stringify(['received', true, true, 1, ['unexpected_sku']])]);
  });

  it('[O50] derives the intercept of a refund once when the consumer was killed before its commit', async () => {
    const { item, parcel } = await kit.ship();
    armed = 'consumer.before-commit';

    await expect(kit.tell('refund.requested', [refundOf(item, 2, 'requested')], 'evt-killed')).rejects.toThrow(
      'killed',
    );
    expect(await intercepts(parcel.id)).toEqual([]);
    await kit.tell('refund.requested', [refundOf(item, 2, 'requested')], 'evt-killed');

    expect(await intercepts(parcel.id)).toEqual([{ version: 1, state: 'asked', cause: 'requested' }]);
  });

  it('[O52] expects one box when parallel consumers get the after-sales that name it while a clerk scans it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const waybillNo = `RACE-${round}`;
      const { item } = await kit.ship();
      const sales = Array.from({ length: 6 }, (_, no) =>
        afterSaleOf(item, 1, {
          afterSaleId: `afs_race_${round}_${no}`,
          platformAfterSaleNo: `9race${round}${no}`,
          returnWaybillNo: waybillNo,
        }),
      );
      await Promise.all([
        ...sales.map((sale) => kit.tell('after-sale.changed', [sale])),
        kit.post('/returns/receive', { waybillNo, lines: [{ skuCode: 'NEW-1', quantity: 1, grade: 'A' }] }),
      ]);

      const found = await kit.returnsOf(waybillNo);
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({ state: 'received', isMatched: true });
      expect(found[0].platformAfterSaleNos).toHaveLength(6);
    }
  });

  it('[O50] derives intercepts for a batch of 500 orders in one call', async () => {
    const shipped: Awaited<ReturnType<typeof kit.ship>>[] = [];
    for (let no = 0; no < 5; no += 1) shipped.push(await kit.ship());
    const strangers = Array.from({ length: 495 }, (_, no) => ({
      ...refundOf(shipped[0]!.item, 2, 'requested'),
      orderId: `ord_stranger_${no}`,
    }));

    await kit.tell('refund.requested', [...strangers, ...shipped.map(({ item }) => refundOf(item, 2, 'requested'))]);

    for (const { parcel } of shipped) expect(await intercepts(parcel.id)).toMatchObject([{ state: 'asked' }]);
  });

  it('[O50] says so when a parcel under way is not asked back though its order is refunded', async () => {
    const { item, parcel } = await kit.ship();
    await kit.refund(item, 2, 'requested');
    await kit.sql('DELETE FROM intercept WHERE parcel_id = $1', [parcel.id]);
    expect(await kit.breaches()).toEqual([
      expect.stringContaining(parcel.id),
      expect.stringContaining('nobody waits for it'),
    ]);

    await kit.refund(item, 3, 'refunded');
    expect(await intercepts(parcel.id)).toMatchObject([{ state: 'asked' }]);
  });
});
