import type { Core } from '../../core/core';
import { DAY, MINUTE, SECOND } from '../../core/times';
import type { ShopStory } from '../../core/story.types';
import { TokenDesk, type TokenProblem } from '../../kit/token-desk';

/** A code lives five wire minutes and is used once (JD sheet §3). */
const CODE_LIFE_MS = 5 * MINUTE;
/** An access token lives 30 days (JD sheet §3). */
export const TOKEN_LIFE_MS = 30 * DAY;
/** Left open by the sheet. */
const REFRESH_LIFE_MS = 60 * DAY;

/** Why no token was given; `code` and `msg` of the token endpoint. */
export class TokenRefused extends Error {
  constructor(
    readonly code: number,
    readonly msg: string,
  ) {
    super(`${code}: ${msg}`);
  }
}

/** Codes of the list of 2014 (JD sheet §3). */
const REFUSALS: Readonly<Record<TokenProblem, readonly [number, string]>> = {
  app: [404, 'invalid app_key or app_secret'],
  code: [402, 'invalid or expired code'],
  refresh: [402, 'invalid or expired refresh_token'],
};

/** Grants in JD's words. A refresh gives two new tokens and ends both old ones at once. */
export class JdTokens extends TokenDesk {
  constructor(private readonly heart: Core) {
    super(heart, {
      platform: 'jd',
      codeLifeMs: CODE_LIFE_MS,
      renew: (_shop, _by, now, mark) => ({
        accessToken: `${mark('access').slice(0, 32)}nlmd`,
        refreshToken: `${mark('refresh').slice(0, 32)}ote2`,
        tokenExpiresAt: now + TOKEN_LIFE_MS,
        refreshExpiresAt: now + REFRESH_LIFE_MS,
      }),
      refuse: (problem) => new TokenRefused(...REFUSALS[problem]),
    });
  }

  /** The answer of the token endpoint. */
  view(shop: ShopStory): Record<string, unknown> {
    const now = this.heart.clocks.wire('jd');
    return {
      access_token: shop.accessToken,
      expires_in: Math.floor((shop.tokenExpiresAt - now) / SECOND),
      refresh_token: shop.refreshToken,
      scope: 'snsapi_base',
      open_id: `oGx${shop.shopId}`,
      uid: `9${shop.shopId.padStart(9, '0')}`,
      user_nick: shop.name,
      token_type: 'bearer',
      time: now,
      code: 0,
    };
  }
}
