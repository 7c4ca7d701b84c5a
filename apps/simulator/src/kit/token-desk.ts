import { createHash, timingSafeEqual } from 'node:crypto';
import type { Core } from '../core/core';
import type { LogRecord } from '../core/event-log';
import type { AppStory, ShopStory } from '../core/story.types';

/** Why no token is given. `app`: key or secret; `code`: unknown, used, too old; `refresh`: unknown, ended, revoked, too old. */
export type TokenProblem = 'app' | 'code' | 'refresh';

/** The tokens of a grant. Wire milliseconds. */
export type Grant = Pick<ShopStory, 'accessToken' | 'refreshToken' | 'tokenExpiresAt' | 'refreshExpiresAt'>;

/** What a platform has of its own about tokens. */
export interface TokenWords {
  platform: string;
  /** Wire milliseconds. */
  codeLifeMs: number;
  /**
   * The new tokens of a shop. `mark` makes a text of 48 hexadecimal digits that was never given before; the shop
   * still has its earlier tokens, so that a platform may keep one of them.
   */
  renew(shop: ShopStory, by: 'code' | 'refresh', now: number, mark: (what: string) => string): Grant;
  refuse(problem: TokenProblem): Error;
}

interface Code {
  appKey: string;
  shopId: string;
  expiresAt: number;
}

/** Grants: codes that work once, access and refresh tokens. Wire time throughout; survives restarts. */
export class TokenDesk {
  private readonly codes = new Map<string, Code>();

  constructor(
    private readonly core: Core,
    private readonly words: TokenWords,
  ) {}

  replay(record: LogRecord): void {
    const { platform } = this.words;
    if (record.k === `${platform}:code`) this.codes.set(record.code as string, record.grant as Code);
    if (record.k === `${platform}:code-used`) this.codes.delete(record.code as string);
  }

  /** The seller of a shop agrees: a code for the app. */
  giveCode(appKey: string, shopId: string): string {
    const { platform, codeLifeMs } = this.words;
    const code = createHash('sha256')
      .update(`${appKey}:${shopId}:${this.core.story.nextNumber()}`)
      .digest('base64url')
      .slice(0, 32);
    const grant = { appKey, shopId, expiresAt: this.core.clocks.wire(platform) + codeLifeMs };
    this.codes.set(code, grant);
    this.core.log.append({ k: `${platform}:code`, code, grant });
    return code;
  }

  /** The app with this key and secret; refuses in equal time. */
  checkApp(appKey: string, secret: string): AppStory {
    const app = this.core.story.app(this.words.platform, appKey);
    const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
    const isRight = timingSafeEqual(digest(app?.appSecret ?? ''), digest(secret));
    if (!app || !isRight) throw this.words.refuse('app');
    return app;
  }

  /** Turns a code into tokens; a code works once, whatever comes of it. Returns the shop with its new tokens. */
  useCode(app: AppStory, code: string): ShopStory {
    const { platform } = this.words;
    const grant = this.codes.get(code);
    this.codes.delete(code);
    this.core.log.append({ k: `${platform}:code-used`, code });
    if (!grant || grant.appKey !== app.appKey || grant.expiresAt < this.core.clocks.wire(platform))
      throw this.words.refuse('code');
    const shop = this.core.story.shop(platform, grant.shopId);
    if (!shop) throw this.words.refuse('code');
    return this.issue({ ...shop, appKey: app.appKey }, 'code');
  }

  /** Renews the tokens of a refresh token that is still good. */
  refresh(app: AppStory, refreshToken: string): ShopStory {
    const { platform } = this.words;
    const shop = this.core.story
      .allShops(platform)
      .find((one) => one.appKey === app.appKey && one.refreshToken === refreshToken);
    const isOver = shop?.refreshExpiresAt !== undefined && shop.refreshExpiresAt < this.core.clocks.wire(platform);
    if (!shop || shop.tokenState === 'revoked' || isOver) throw this.words.refuse('refresh');
    return this.issue(shop, 'refresh');
  }

  /** Gives a shop new tokens. */
  protected issue(shop: ShopStory, by: 'code' | 'refresh'): ShopStory {
    const mark = (what: string): string =>
      createHash('sha256').update(`${what}:${shop.shopId}:${this.core.story.nextNumber()}`).digest('hex').slice(0, 48);
    const now = this.core.clocks.wire(this.words.platform);
    const { revokedUntil: _ended, ...rest } = shop;
    const fresh: ShopStory = { ...rest, ...this.words.renew(shop, by, now, mark), tokenState: 'valid' };
    this.core.story.putShop(fresh);
    return fresh;
  }
}
