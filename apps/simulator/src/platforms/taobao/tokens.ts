import { createHash, timingSafeEqual } from 'node:crypto';
import type { Core } from '../../core/core';
import type { LogRecord } from '../../core/event-log';
import { DAY, MINUTE, SECOND } from '../../core/times';
import type { AppStory, ShopStory } from '../../core/story.types';

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

interface Code {
  appKey: string;
  shopId: string;
  expiresAt: number;
}

/** Grants: codes, access and refresh tokens. Wire time throughout. */
export class TokenDesk {
  private readonly codes = new Map<string, Code>();

  constructor(private readonly core: Core) {}

  replay(record: LogRecord): void {
    if (record.k === 'taobao:code') this.codes.set(record.code as string, record.grant as Code);
    if (record.k === 'taobao:code-used') this.codes.delete(record.code as string);
  }

  /** The seller of a shop agrees: a code for the app. */
  giveCode(appKey: string, shopId: string): string {
    const code = createHash('sha256')
      .update(`${appKey}:${shopId}:${this.core.story.nextNumber()}`)
      .digest('base64url')
      .slice(0, 32);
    const grant = { appKey, shopId, expiresAt: this.core.clocks.wire('taobao') + CODE_LIFE_MS };
    this.codes.set(code, grant);
    this.core.log.append({ k: 'taobao:code', code, grant });
    return code;
  }

  /** The app with this key and secret; refuses in equal time. */
  checkApp(appKey: string, secret: string): AppStory {
    const app = this.core.story.app('taobao', appKey);
    const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
    const isRight = timingSafeEqual(digest(app?.appSecret ?? ''), digest(secret));
    if (!app || !isRight) throw new TokenRefused('invalid_client', 'client_secret is invalidate');
    return app;
  }

  useCode(app: AppStory, code: string): Record<string, unknown> {
    const grant = this.codes.get(code);
    this.codes.delete(code);
    this.core.log.append({ k: 'taobao:code-used', code });
    if (!grant || grant.appKey !== app.appKey || grant.expiresAt < this.core.clocks.wire('taobao'))
      throw new TokenRefused('invalid_grant', 'authorize code expire');
    const shop = this.core.story.shop('taobao', grant.shopId);
    if (!shop) throw new TokenRefused('invalid_grant', 'authorize code expire');
    return this.issue({ ...shop, appKey: app.appKey });
  }

  /** A refresh ends the earlier refresh token (Taobao sheet §3.3). */
  refresh(app: AppStory, refreshToken: string): Record<string, unknown> {
    const shop = this.core.story
      .allShops('taobao')
      .find((one) => one.appKey === app.appKey && one.refreshToken === refreshToken);
    if (!shop || shop.tokenState === 'revoked') throw new TokenRefused('invalid_grant', 'refresh token is invalid');
    return this.issue(shop);
  }

  private issue(shop: ShopStory): Record<string, unknown> {
    const mark = (what: string): string =>
      createHash('sha256').update(`${what}:${shop.shopId}:${this.core.story.nextNumber()}`).digest('hex').slice(0, 48);
    const now = this.core.clocks.wire('taobao');
    const { revokedUntil: _ended, ...rest } = shop;
    const fresh: ShopStory = {
      ...rest,
      accessToken: `6200a${mark('access')}`,
      refreshToken: `6202b${mark('refresh')}`,
      tokenState: 'valid',
      tokenExpiresAt: now + TOKEN_LIFE_MS,
    };
    this.core.story.putShop(fresh);
    const seconds = TOKEN_LIFE_MS / SECOND;
    return {
      access_token: fresh.accessToken,
      token_type: 'Bearer',
      expires_in: seconds,
      expire_time: fresh.tokenExpiresAt,
      refresh_token: fresh.refreshToken,
      re_expires_in: seconds,
      refresh_token_valid_time: fresh.tokenExpiresAt,
      r1_expires_in: seconds,
      r1_valid: fresh.tokenExpiresAt,
      r2_expires_in: seconds,
      w1_expires_in: seconds,
      w2_expires_in: seconds,
      taobao_user_id: fresh.shopId,
      taobao_user_nick: encodeURIComponent(fresh.name),
      taobao_open_uid: `AAF${fresh.shopId}`,
      open_uid: `AAF${fresh.shopId}`,
    };
  }
}
