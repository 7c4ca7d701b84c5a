import { CANONICAL_ORDER_EXAMPLE, type CanonicalOrder } from '@app/contracts';
import { permutations } from '../testing/pure-order.harness';
import { wrongBeyondSchema } from './canonical.rules';
import { sortItems } from './intake.rules';
import { judgeVersion, versionOf, type ItemVersion } from './version.rules';

const item = (change: Partial<CanonicalOrder> = {}): CanonicalOrder => ({ ...CANONICAL_ORDER_EXAMPLE, ...change });

describe('the version of a platform order', () => {
  it('is the modified time, clamped to the fetch', () => {
    const future = versionOf(item({ modifiedAt: '2030-01-01T00:00:00Z' }));
    expect([future.modifiedAt, future.statedModifiedAt]).toEqual([
      new Date(CANONICAL_ORDER_EXAMPLE.fetchedAt),
      new Date('2030-01-01T00:00:00Z'),
    ]);
  });

  it('does not depend on when it was fetched or on the order of members', () => {
    const plain = versionOf(item());
    const reversed = Object.fromEntries(
      Object.entries(item({ fetchedAt: '2026-11-12T00:00:00Z' })).reverse(),
    ) as unknown as CanonicalOrder;
    expect(versionOf(reversed).contentHash).toBe(plain.contentHash);
  });

  it('ends with the same winner in every order of arrival', () => {
    const at = (modified: number, started: number, contentHash: string): ItemVersion => ({
      statedModifiedAt: new Date(modified),
      modifiedAt: new Date(modified),
      fetchStartedAt: new Date(started),
      fetchedAt: new Date(started + 1),
      contentHash,
    });
    const versions = [at(1, 5, 'a'), at(2, 3, 'b'), at(2, 4, 'c'), at(2, 4, 'd'), at(1, 9, 'e'), at(2, 4, 'd')];
    const winners = permutations(versions).map(
      (order) => order.reduce((known, next) => (judgeVersion(known, next) === 'newer' ? next : known)).contentHash,
    );
    expect(new Set(winners)).toEqual(new Set(['d']));
  });
});

describe('the items of a batch', () => {
  it('are checked one by one, and every wrong field is named', () => {
    const wrong = { ...item(), platformOrderNo: 12, surprise: true, amounts: { ...item().amounts, paidFen: 0.1 } };
    const { good, bad } = sortItems([item(), wrong, null]);
    expect(good.map(({ no }) => no)).toEqual([0]);
    expect(bad[0]!.errors.map(({ field }) => field).sort()).toEqual(['amounts.paidFen', 'platformOrderNo', 'surprise']);
    expect(bad[1]).toMatchObject({ no: 2, errors: [{ code: 'TYPE' }] });
  });

  it('are refused with impossible times or two lines of one number', () => {
    const line = item().lines[0]!;
    expect(
      wrongBeyondSchema(item({ paidAt: '0001-01-01T00:00:00Z', lines: [line, line] })).map(({ field }) => field),
    ).toEqual(['paidAt', 'lines[1].platformLineNo']);
  });

  it('never become another prototype', () => {
    const { bad } = sortItems([JSON.parse('{"__proto__":{"platformState":"paid"}}')]);
    expect(bad).toHaveLength(1);
    expect(({} as { platformState?: string }).platformState).toBeUndefined();
  });
});
