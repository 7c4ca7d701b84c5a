import type { Core } from '../../core/core';
import { DAY, MINUTE, SECOND } from '../../core/times';
import type { ShopStory } from '../../core/story.types';
import { TokenDesk } from '../../kit/token-desk';
import { business, refuse } from './pop-error';

/** A code lives 10 wire minutes and works once (Pinduoduo sheet §3). */
const CODE_LIFE_MS = 10 * MINUTE;
/** Seen in a real answer (Pinduoduo sheet §3.1); the rule behind it is not published. */
const TOKEN_LIFE_MS = 365 * DAY;

/**
 * Grants. Tokens have 40 hexadecimal digits. A new authorisation or refresh ends all earlier tokens of the shop
 * (Pinduoduo sheet §3).
 */
export class PinduoduoTokens extends TokenDesk {
  constructor(core: Core) {
    super(core, {
      platform: 'pinduoduo',
      codeLifeMs: CODE_LIFE_MS,
      renew: (_shop, _by, now, mark) => ({
        accessToken: mark('access').slice(0, 40),
        refreshToken: mark('refresh').slice(0, 40),
        tokenExpiresAt: now + TOKEN_LIFE_MS,
        refreshExpiresAt: now + TOKEN_LIFE_MS,
      }),
      refuse: (problem) => {
        if (problem === 'app') return refuse(10_016);
        return business(problem === 'code' ? 'code已过期或已被使用' : 'refresh_token已失效，请重新授权');
      },
    });
  }
}

/** The answer to a code or a refresh (Pinduoduo sheet §3.1). `w1_expires_in` carries an instant: the platform's own mistake. */
export function tokenView(shop: ShopStory, scope: readonly string[], now: number): Record<string, unknown> {
  const at = Math.floor(shop.tokenExpiresAt / SECOND);
  const left = at - Math.floor(now / SECOND);
  return {
    access_token: shop.accessToken,
    expires_in: left,
    expires_at: at,
    refresh_token: shop.refreshToken,
    refresh_token_expires_in: left,
    refresh_token_expires_at: at,
    owner_id: shop.shopId,
    owner_name: `pdd${shop.shopId}12`,
    scope,
    r1_expires_in: left,
    r1_expires_at: at,
    r2_expires_in: left,
    r2_expires_at: at,
    w1_expires_in: at,
    w1_expires_at: at,
    w2_expires_in: left,
    w2_expires_at: at,
  };
}
