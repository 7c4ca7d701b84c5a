import fc from 'fast-check';
import { CountedPage, PagedList, pagedListOf, readBackwards, slices } from './paging';

/** A list sorted newest first that changes between any two calls. */
class MovingList implements PagedList<number> {
  readonly pageSize = 7;
  calls = 0;
  readonly served: number[] = [];
  constructor(
    private rows: number[],
    private readonly moves: (rows: number[], call: number) => number[],
  ) {}
  async first(): Promise<CountedPage<number>> {
    const now = this.step();
    return { rows: now.slice(0, this.pageSize), total: now.length };
  }
  async count(): Promise<number> {
    return this.step().length;
  }
  async read(page: number): Promise<{ rows: number[]; hasNext: boolean }> {
    const now = this.step();
    const start = (page - 1) * this.pageSize;
    return { rows: now.slice(start, start + this.pageSize), hasNext: start + this.pageSize < now.length };
  }
  left(): number[] {
    return this.rows;
  }
  private step(): number[] {
    const now = this.rows;
    this.calls += 1;
    this.rows = this.moves(now, this.calls);
    return now;
  }
}

async function backwards(list: PagedList<number>): Promise<Set<number>> {
  const seen = new Set<number>();
  for await (const { rows } of readBackwards(list)) for (const row of rows) seen.add(row);
  return seen;
}

async function forwards(list: PagedList<number>): Promise<Set<number>> {
  const seen = new Set<number>();
  for (let page = 1; ; page += 1) {
    const { rows, hasNext } = await list.read(page);
    for (const row of rows) seen.add(row);
    if (!hasNext) return seen;
  }
}

const rows = (count: number): number[] => Array.from({ length: count }, (_, index) => count - index);

describe('reading a closed window backwards', () => {
  it('misses no row that stayed in the window, however rows leave between the calls', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 120 }),
        fc.array(fc.array(fc.nat(200), { maxLength: 4 }), { maxLength: 60 }),
        async (count, leaving) => {
          const list = new MovingList(rows(count), (now, call) =>
            now.filter((row) => !(leaving[call] ?? []).includes(row)),
          );
          const seen = await backwards(list);
          expect(list.left().filter((row) => !seen.has(row))).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('finds rows that a late index adds before the last count', async () => {
    const list = new MovingList(rows(50), (now, call) => (call === 4 ? [1_003, 1_002, 1_001, ...now] : now));
    const seen = await backwards(list);
    expect(list.left().filter((row) => !seen.has(row))).toEqual([]);
  });

  it('reads an empty window with one call', async () => {
    const list = new MovingList([], (now) => now);
    expect((await backwards(list)).size).toBe(0);
    expect(list.calls).toBe(1);
  });

  it('reads a window of less than a page with one call, so that nothing moves in between', async () => {
    const list = new MovingList(rows(6), (now) => now.slice(1));
    expect(await backwards(list)).toEqual(new Set(rows(6)));
    expect(list.calls).toBe(1);
  });

  it.each([
    ['states no count', undefined, 7],
    ['states no count and leaves a row out', undefined, 6],
    ['counts too few', 6, 7],
    ['counts one page exactly', 7, 7],
  ])('reads on behind a first page that %s', async (_, total, shown) => {
    const pageOf = (page: number): number[] => rows(9).slice((page - 1) * 7, page * 7);
    const list: PagedList<number> = {
      pageSize: 7,
      first: async () => ({ rows: pageOf(1).slice(0, shown), total }),
      count: async () => 0,
      read: async (page) => ({ rows: pageOf(page), hasNext: page < 2 }),
    };
    expect((await backwards(list)).size).toBe(9);
  });

  it('takes rows that it was shown even when they are counted as none', async () => {
    const list = pagedListOf(7, async () => ({ rows: [5, 4], total: 0 }));
    expect(await backwards(list)).toEqual(new Set([5, 4]));
  });

  it('tells what a window counts when its only page leaves out every row', async () => {
    const pages = [];
    for await (const page of readBackwards(pagedListOf(7, async () => ({ rows: [], total: 3 })))) pages.push(page);
    expect(pages).toEqual([{ page: 1, total: 3, rows: [] }]);
  });

  it('is needed: reading forwards loses rows under the same movement', async () => {
    const list = new MovingList(rows(50), (now, call) => (call <= 5 ? now.slice(1) : now));
    const seen = await forwards(list);
    expect(list.left().filter((row) => !seen.has(row)).length).toBeGreaterThan(0);
  });

  it('keeps every span within the limit when a window begins and ends between seconds', () => {
    const from = new Date('2026-11-01T00:00:00.700Z');
    const parts = slices({ from, to: new Date('2026-11-02T00:00:00.900Z') }, 86_400);
    expect(parts.map((part) => part.to.getTime() - part.from.getTime())).toEqual([86_400_000, 1_000]);
    expect(parts[0]!.from).toEqual(new Date('2026-11-01T00:00:00Z'));
  });

  it('cuts a window into spans without a hole', () => {
    const from = new Date('2026-11-01T00:00:00Z');
    const to = new Date('2026-11-03T12:00:00Z');
    const parts = slices({ from, to }, 86_400);
    expect(parts).toHaveLength(3);
    expect(parts[0]!.from).toEqual(from);
    expect(parts[2]!.to).toEqual(to);
    expect(parts.slice(1).every((part, index) => part.from.getTime() === parts[index]!.to.getTime())).toBe(true);
  });
});
