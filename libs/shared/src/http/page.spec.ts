import fc from 'fast-check';
import { pageOf, readCursor } from './page.dto';

describe('pages', () => {
  it('lead through a list without loss or repetition, whatever its length and the limit', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.integer({ min: 1, max: 20 }), (length, limit) => {
        const all = Array.from({ length }, (_, id) => ({ id }));
        const seen: number[] = [];
        let cursor: string | undefined;
        do {
          const after = (readCursor(cursor, 1)?.[0] as number | undefined) ?? -1;
          const page = pageOf(
            all.filter(({ id }) => id > after).slice(0, limit + 1),
            limit,
            ({ id }) => [id],
            ({ id }) => id,
          );
          expect(page.items.length).toBeLessThanOrEqual(limit);
          seen.push(...page.items);
          cursor = page.nextCursor ?? undefined;
        } while (cursor);
        expect(seen).toEqual(all.map(({ id }) => id));
      }),
    );
  });

  it('begin without a cursor', () => {
    expect(readCursor(undefined, 2)).toBeUndefined();
    expect(readCursor('', 2)).toBeUndefined();
  });

  it.each([
    'nonsense',
    Buffer.from('[1]').toString('base64url'),
    Buffer.from('[1,{}]').toString('base64url'),
    Buffer.from('{"a":1}').toString('base64url'),
  ])('refuse the foreign cursor %s with CURSOR.INVALID', (cursor) => {
    expect(() => readCursor(cursor, 2)).toThrow(expect.objectContaining({ code: 'CURSOR.INVALID' }));
  });
});
