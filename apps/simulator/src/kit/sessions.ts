import type { Core } from '../core/core';
import type { FaultSetting } from '../core/fault-injector';
import { SECOND } from '../core/times';
import { wireNow } from '../core/wire';
import type { AppStory, ShopStory } from '../core/story.types';

/** Why a session does not do: no such token of this app, its time is over, or the seller took it back. */
export type SessionProblem = 'unknown' | 'expired' | 'revoked';

/**
 * The shop of an access token. The fault `revoked` may end the grant here; a revocation of limited length ends here too.
 * `refuse` makes the platform's own refusal.
 */
export function shopOfSession(
  core: Core,
  app: AppStory,
  token: string,
  method: string,
  refuse: (problem: SessionProblem) => Error,
): ShopStory {
  const { platform } = app;
  const shop = core.story.shopOfToken(platform, token);
  if (!shop || shop.appKey !== app.appKey) throw refuse('unknown');
  if (shop.tokenExpiresAt < core.clocks.wire(platform)) throw refuse('expired');
  const fault = shop.tokenState === 'valid' ? core.faults.strikes(platform, 'revoked', method) : undefined;
  const current = fault ? revoke(core, shop, fault) : endRevocation(core, shop);
  if (current.tokenState === 'revoked') throw refuse('revoked');
  return current;
}

function revoke(core: Core, shop: ShopStory, fault: FaultSetting): ShopStory {
  const revoked: ShopStory = {
    ...shop,
    tokenState: 'revoked',
    ...(fault.seconds === undefined ? {} : { revokedUntil: wireNow() + fault.seconds * SECOND }),
  };
  core.story.putShop(revoked);
  return revoked;
}

function endRevocation(core: Core, shop: ShopStory): ShopStory {
  if (shop.tokenState !== 'revoked' || shop.revokedUntil === undefined || wireNow() < shop.revokedUntil) return shop;
  const { revokedUntil: _ended, ...rest } = shop;
  const valid: ShopStory = { ...rest, tokenState: 'valid' };
  core.story.putShop(valid);
  return valid;
}
