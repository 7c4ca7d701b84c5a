import type { TokenRules } from '@app/platforms';
import type { ShopRow } from '../shop/shop.types';

/** A token that cannot be refreshed is "expiring" this long before its end, so that its owner has time to authorise again. */
export const WARN_BEFORE_MS = 7 * 86_400_000;

/** A token's dates, as far as they decide about it. */
export type TokenDates = Pick<ShopRow, 'tokenState' | 'tokenExpiresAt' | 'refreshExpiresAt' | 'refreshTokenSealed'>;

/** Whether this shop's token can be refreshed at all at an instant. */
export function canRefresh(shop: TokenDates, rules: TokenRules, now: Date): boolean {
  if (!rules.canRefresh || !rules.refreshWindow || !shop.refreshTokenSealed || !shop.refreshExpiresAt) return false;
  return shop.refreshExpiresAt.getTime() > now.getTime();
}

/** Whether an instant lies inside of the platform's own refresh window. */
export function isInRefreshWindow(shop: TokenDates, rules: TokenRules, now: Date): boolean {
  if (!canRefresh(shop, rules, now) || !shop.tokenExpiresAt || !rules.refreshWindow) return false;
  const end = shop.tokenExpiresAt.getTime();
  const from = end - rules.refreshWindow.fromSecondsBeforeEnd * 1_000;
  const until = end + rules.refreshWindow.untilSecondsAfterEnd * 1_000;
  return now.getTime() >= from && now.getTime() <= until;
}

/** State that a token has by its dates alone; a revoked one stays revoked until a new one is stored. */
export function stateByDates(shop: TokenDates, rules: TokenRules, now: Date): ShopRow['tokenState'] {
  if (shop.tokenState === 'missing' || shop.tokenState === 'revoked' || !shop.tokenExpiresAt) return shop.tokenState;
  const left = shop.tokenExpiresAt.getTime() - now.getTime();
  if (left <= 0) return 'expired';
  const warnBefore = canRefresh(shop, rules, now)
    ? (rules.refreshWindow?.fromSecondsBeforeEnd ?? 0) * 1_000
    : WARN_BEFORE_MS;
  return left <= warnBefore ? 'expiring' : 'valid';
}
