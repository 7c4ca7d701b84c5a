import type { CensusPage } from '@app/platforms';
import { CensusListing, MOST_LISTINGS } from './census.listing';

const page = (numbers: string[], more: Partial<CensusPage> = {}): CensusPage => ({
  items: numbers.map((platformOrderNo) => ({ platformOrderNo, modifiedAt: '2026-11-01T08:00:00+08:00' })),
  ...more,
});

/** Lists a window as a look does: on and on until nothing is gained. Answers are given in order, the last one for ever. */
async function look(answers: CensusPage[][]): Promise<CensusListing> {
  const listing = new CensusListing();
  for (let no = 0; !listing.isOver; no += 1) {
    const pages = answers[Math.min(no, answers.length - 1)]!;
    await listing.read(async function* () {
      yield* pages;
    });
  }
  return listing;
}

describe('the listings of a census window', () => {
  it('are over at once when as many orders were seen as the platform counts', async () => {
    const { proof } = await look([[page(['a', 'b'], { total: 3 }), page(['c'], { total: 3 })]]);
    expect(proof).toEqual({ listings: 1, hidden: 0, platformTotal: 3, unlisted: 0, isProven: true });
  });

  it('go on while rows are left out, and tell which listing showed them', async () => {
    const { proof, orders } = await look([
      [page(['a'], { total: 3 })],
      [page(['a', 'b'], { total: 3 })],
      [page(['a', 'c'], { total: 3 })],
    ]);
    expect(proof).toEqual({ listings: 3, hidden: 2, platformTotal: 3, unlisted: 0, isProven: true });
    expect(orders.map(({ platformOrderNo, listing }) => [platformOrderNo, listing])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
  });

  it('are counted list by list, so that a row of two lists hides no missing one', async () => {
    const first = [page(['a', 'edge'], { list: 'first', total: 2 }), page(['edge'], { list: 'second', total: 2 })];
    const second = [
      page(['a', 'edge'], { list: 'first', total: 2 }),
      page(['edge', 'b'], { list: 'second', total: 2 }),
    ];
    const { proof, orders } = await look([first, second]);
    expect(proof).toMatchObject({ listings: 2, hidden: 1, platformTotal: 3, isProven: true });
    expect(orders).toHaveLength(3);
  });

  it('count a row as hidden by the list that left it out, although another list showed it', async () => {
    const first = [page(['a'], { list: 'first', total: 1 }), page([], { list: 'second', total: 1 })];
    const second = [page(['a'], { list: 'first', total: 1 }), page(['a'], { list: 'second', total: 1 })];
    const { proof, orders } = await look([first, second]);
    expect(proof).toEqual({ listings: 2, hidden: 1, platformTotal: 1, unlisted: 0, isProven: true });
    expect(orders).toEqual([expect.objectContaining({ platformOrderNo: 'a', listing: 1 })]);
  });

  it('take a repeated row for one', async () => {
    const { proof } = await look([[page(['a', 'a', 'a'], { total: 2 })], [page(['b'], { total: 2 })]]);
    expect(proof).toMatchObject({ listings: 2, isProven: true });
  });

  it('end unproven at the bound, with the number of orders that never showed', async () => {
    const { proof } = await look([[page(['a'], { total: 2 })]]);
    expect(proof).toEqual({ listings: MOST_LISTINGS, hidden: 0, platformTotal: 2, unlisted: 1, isProven: false });
  });

  it('end after three that added nothing where the platform does not count', async () => {
    const { proof } = await look([[page(['a'])], [page(['b'])], [page([])], [page(['c'])], [page(['a'])]]);
    expect(proof).toEqual({ listings: 7, hidden: 2, platformTotal: null, unlisted: 0, isProven: true });
    expect((await look([[]])).proof).toMatchObject({ listings: 3, isProven: true });
  });

  it('take an empty list that is counted as proven by its count', async () => {
    expect((await look([[page([], { total: 0 })]])).proof).toMatchObject({ listings: 1, isProven: true });
  });

  it('keep the newest modification that any of them told', async () => {
    const { orders } = await look([
      [page(['a'], { total: 2 })],
      [
        {
          total: 2,
          items: [{ platformOrderNo: 'a', modifiedAt: '2026-11-01T09:00:00+08:00' }, { platformOrderNo: 'b' }],
        },
      ],
    ]);
    expect(orders[0]!.modifiedAt).toBe('2026-11-01T09:00:00+08:00');
  });
});
