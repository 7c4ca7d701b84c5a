import type { FulfilmentFactItem } from '@app/contracts';
import { fulfilment, LogisticsKit, orderOf, stopOf } from '../testing/logistics-kit';

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}

describe('facts of fulfilments and orders', () => {
  const kit = new LogisticsKit();
  beforeAll(() => kit.start());
  afterAll(() => kit.stop());

  const snapshot = async (id: string) => {
    const [row] = await kit.sql(
      'SELECT revision, state, reason, warehouse, is_urgent, open_count FROM fulfilment WHERE fulfilment_id = $1',
      [id],
    );
    const lines = await kit.sql(
      'SELECT sku_code, quantity FROM fulfilment_line WHERE fulfilment_id = $1 ORDER BY sku_code',
      [id],
    );
    return { ...row, lines };
  };

  it('[O18] ends the same for every order of arrival of a fulfilment’s facts, each told twice', async () => {
    const ends = new Set<string>();
    for (const [index] of permutations([0, 1, 2, 3, 4]).entries()) {
      const first = fulfilment({ fulfilmentId: `ful_p${index}` });
      const second = stopOf(first);
      const third: FulfilmentFactItem = {
        ...first,
        fulfilmentRevision: 3,
        isUrgent: true,
        lines: [{ ...first.lines[0]!, quantity: 1 }],
      };
      const placed = orderOf(first, 'paid', 1);
      const done = orderOf(first, 'closed', 2);
      const facts = [
        ['fulfilment.released', first],
        ['fulfilment.stopped', second],
        ['fulfilment.released', third],
        ['order.paid', placed],
        ['order.cancelled', done],
      ] as const;
      const order = permutations([0, 1, 2, 3, 4])[index]!;
      for (const no of order) {
        const [name, item] = facts[no]!;
        const eventId = `evt_p${index}_${no}`;
        await kit.tell(name, [item], eventId);
        await kit.tell(name, [item], eventId);
        await kit.tell(name, [item]);
      }
      const [copy] = await kit.sql('SELECT platform_state FROM order_copy WHERE order_id = $1', [
        first.lines[0]!.orderId,
      ]);
      ends.add(JSON.stringify([await snapshot(first.fulfilmentId), copy]));
    }
    expect([...ends]).toEqual([
      JSON.stringify([
        {
          revision: 3,
          state: 'released',
          reason: '',
          warehouse: 'HZ1',
          isUrgent: true,
          openCount: 1,
          lines: [{ skuCode: 'TEE-RED-M', quantity: 1 }],
        },
        { platformState: 'closed' },
      ]),
    ]);
  }, 60_000);

  it('[O18] remembers a stop that comes before its release', async () => {
    const item = fulfilment();
    await kit.tell('fulfilment.stopped', [stopOf(item)]);
    await kit.tell('fulfilment.released', [item]);

    expect(await snapshot(item.fulfilmentId)).toMatchObject({ state: 'stopped', revision: 2 });
    expect((await kit.get('/work?limit=500')).body.items).toEqual([
      expect.objectContaining({ fulfilmentId: 'ful_p0' }),
      ...Array.from({ length: 119 }, () => expect.anything()),
    ]);
  });

  it('[O18] takes a labelled parcel out once however often its stop is told', async () => {
    const { item, parcel } = await kit.label();
    await kit.tell('fulfilment.stopped', [stopOf(item)], 'evt_twice');
    await kit.tell('fulfilment.stopped', [stopOf(item)], 'evt_twice');
    await kit.tell('fulfilment.stopped', [{ ...stopOf(item, 'Held by hand.'), fulfilmentRevision: 4 }]);

    const pullOuts = await kit.sql('SELECT state, reason FROM pull_out WHERE parcel_id = $1', [parcel.id]);
    expect(pullOuts).toEqual([{ state: 'open', reason: 'Held by hand.' }]);
  });

  it('[L4] adds the pieces of a SKU that a fulfilment names twice in one line', async () => {
    const item = fulfilment();
    await kit.tell('fulfilment.released', [{ ...item, lines: [item.lines[0]!, { ...item.lines[0]!, quantity: 3 }] }]);

    expect(await snapshot(item.fulfilmentId)).toMatchObject({
      openCount: 5,
      lines: [{ skuCode: 'TEE-RED-M', quantity: 5 }],
    });
  });

  it('[O18] stores a batch of 500 in one call and parks the one that cannot be stored', async () => {
    const items = Array.from({ length: 500 }, (_, no) =>
      fulfilment({ fulfilmentId: `ful_batch_${no}`, warehouse: 'B1' }),
    );
    await kit.tell('fulfilment.released', [
      ...items.slice(0, 250),
      { ...items[250]!, warehouse: '' },
      ...items.slice(251),
    ]);

    const [{ count }] = await kit.sql(`SELECT count(*) AS count FROM fulfilment WHERE warehouse = 'B1'`);
    expect(count).toBe(499);
    expect(await kit.sql(`SELECT state FROM parked_item`)).toEqual([{ state: 'open' }]);
  });
});
