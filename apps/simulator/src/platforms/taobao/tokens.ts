import type { Core } from '../../core/core';
import { DAY, MINUTE, SECOND } from '../../core/times';
import type { AppStory, ShopStory } from '../../core/story.types';
import { TokenDesk, type TokenProblem } from '../../kit/token-desk';

/** An authorisation code lives 30 wire minutes and is used once (Taobao sheet §3.1). */
const CODE_LIFE_MS = 30 * MINUTE;
const TOKEN_LIFE_MS = 365 * DAY;

/** Why no token was given; `error` and `error_description` of the token endpoint. */
export class TokenRefused extends Error {
  constructor(
    readonly error: string,
    readonly description: string,
  ) {
    super(`${error}: ${description}`);
  }
}

const REFUSALS: Readonly<Record<TokenProblem, readonly [string, string]>> = {
  app: ['invalid_client', 'client_secret is invalidate'],
  code: ['invalid_grant', 'authorize code expire'],
  refresh: ['invalid_grant', 'refresh token is invalid'],
};

/** Grants in Taobao's words. A refresh ends the earlier refresh token (Taobao sheet §3.3). */
export class TaobaoTokens extends TokenDesk {
  constructor(core: Core) {
    super(core, {
      platform: 'taobao',
      codeLifeMs: CODE_LIFE_MS,
      renew: (_shop, _by, now, mark) => ({
        accessToken: `6200a${mark('access')}`,
        refreshToken: `6202b${mark('refresh')}`,
        tokenExpiresAt: now + TOKEN_LIFE_MS,
      }),
      refuse: (problem) => new TokenRefused(...REFUSALS[problem]),
    });
  }

  /** The answer to a code. */
  answerCode(app: AppStory, code: string): Record<string, unknown> {
    return tokenView(this.useCode(app, code));
  }

  /** The answer to a refresh. */
  answerRefresh(app: AppStory, refreshToken: string): Record<string, unknown> {
    return tokenView(this.refresh(app, refreshToken));
  }
}

function tokenView(shop: ShopStory): Record<string, unknown> {
  const seconds = TOKEN_LIFE_MS / SECOND;
  return {
    access_token: shop.accessToken,
    token_type: 'Bearer',
    expires_in: seconds,
    expire_time: shop.tokenExpiresAt,
    refresh_token: shop.refreshToken,
    re_expires_in: seconds,
    refresh_token_valid_time: shop.tokenExpiresAt,
    r1_expires_in: seconds,
    r1_valid: shop.tokenExpiresAt,
    r2_expires_in: seconds,
    w1_expires_in: seconds,
    w2_expires_in: seconds,
    taobao_user_id: shop.shopId,
    taobao_user_nick: encodeURIComponent(shop.name),
    taobao_open_uid: `AAF${shop.shopId}`,
    open_uid: `AAF${shop.shopId}`,
  };
}
