import { canRefresh, isInRefreshWindow, stateByDates } from './token.rules';

const RULES = {
  canRefresh: true,
  refreshWindow: { fromSecondsBeforeEnd: 86_400, untilSecondsAfterEnd: 0 },
  refreshRotates: true,
  codeLivesSeconds: 1_800,
};
const end = new Date('2026-11-10T00:00:00Z');
const before = (ms: number) => new Date(end.getTime() - ms);
const shop = { tokenState: 'valid' as const, tokenExpiresAt: end, refreshExpiresAt: end, refreshTokenSealed: 'sealed' };

describe('token rules', () => {
  it('refreshes inside of the platform’s window only', () => {
    expect(isInRefreshWindow(shop, RULES, before(86_400_001))).toBe(false);
    expect(isInRefreshWindow(shop, RULES, before(86_400_000))).toBe(true);
    expect(isInRefreshWindow({ ...shop, refreshExpiresAt: null }, RULES, before(1_000))).toBe(false);
    expect(canRefresh(shop, { ...RULES, canRefresh: false }, before(1_000))).toBe(false);
  });

  it('is expiring in time for its owner, then expired, and a revoked one stays revoked', () => {
    expect(stateByDates(shop, RULES, before(2 * 86_400_000))).toBe('valid');
    expect(stateByDates(shop, RULES, before(1_000))).toBe('expiring');
    expect(stateByDates({ ...shop, refreshExpiresAt: null }, RULES, before(6 * 86_400_000))).toBe('expiring');
    expect(stateByDates(shop, RULES, end)).toBe('expired');
    expect(stateByDates({ ...shop, tokenState: 'revoked' }, RULES, before(1_000))).toBe('revoked');
    expect(stateByDates({ ...shop, tokenExpiresAt: null }, RULES, end)).toBe('valid');
  });
});
