import type { Core } from '../../core/core';
import type { LogRecord } from '../../core/event-log';
import { DAY, HOUR, MINUTE, SECOND } from '../../core/times';
import type { AppStory, ShopStory } from '../../core/story.types';
import { shopOfSession, type SessionProblem } from '../../kit/sessions';
import { TokenDesk, type TokenProblem } from '../../kit/token-desk';
import type { Body } from './body';
import { business, DouyinError, id, missing } from './envelope';

/** Lives in wire milliseconds (Douyin sheet §3.1, §3.3). */
export const TOKEN_LIFE_MS = 7 * DAY;
const REFRESH_LIFE_MS = 14 * DAY;
const CODE_LIFE_MS = 10 * MINUTE;
/** From this long before its end on a token is renewed, and this long the earlier pair goes on to work. */
const RENEW_WITHIN_MS = HOUR;
/** A second refresh of the same pair so soon after the first counts as simultaneous. */
const CLASH_MS = SECOND;

const tokenFailed = (what: string, text: string): DouyinError =>
  new DouyinError(50001, `dop.token-generate-failed:${what}`, text);

const PROBLEMS: Readonly<Record<TokenProblem, DouyinError>> = {
  app: tokenFailed('app-secret-invalid', 'app secret 不正确'),
  code: tokenFailed('code-invalid', 'code 不存在、已使用或已过期'),
  refresh: tokenFailed('token-invalid', 'refresh_token 不存在'),
};

interface OldPair {
  appKey: string;
  shopId: string;
  accessToken: string;
  refreshToken: string;
  renewedAt: number;
  until: number;
  isClashTold: boolean;
}

/** Tokens in Douyin's words: a life of 7 and 14 days, three cases of refreshing, and clashes (Douyin sheet §3). */
export class DouyinTokens extends TokenDesk {
  private readonly oldByAccess = new Map<string, OldPair>();
  private readonly oldByRefresh = new Map<string, OldPair>();

  constructor(private readonly heart: Core) {
    super(heart, {
      platform: 'douyin',
      codeLifeMs: CODE_LIFE_MS,
      renew: (_shop, _by, now, mark) => ({
        accessToken: uuidLike(mark('access')),
        refreshToken: uuidLike(mark('refresh')),
        tokenExpiresAt: now + TOKEN_LIFE_MS,
        refreshExpiresAt: now + REFRESH_LIFE_MS,
      }),
      refuse: (problem) => PROBLEMS[problem],
    });
  }

  override replay(record: LogRecord): void {
    super.replay(record);
    if (record.k === 'douyin:old-pair') this.putOld(record.pair as OldPair);
  }

  /** `token.create` (Douyin sheet §3.2). A running token is given again. */
  create(app: AppStory, body: Body): Record<string, unknown> {
    const grantType = body.required('grant_type');
    if (grantType === 'authorization_code') return this.view(this.useCode(app, body.required('code')));
    if (grantType !== 'authorization_self') throw tokenFailed('grant-type-invalid', 'grant_type 不正确');
    if (typeof body.fields.code !== 'string') throw missing('code');
    const shops = this.heart.story.allShops('douyin').filter((shop) => shop.appKey === app.appKey);
    const wanted = body.text('shop_id') ?? body.text('auth_id');
    const shop = wanted === undefined ? shops[0] : shops.find((one) => one.shopId === wanted);
    if (!shop) throw tokenFailed('no-authorization', '店铺未授权该应用');
    refuseRevoked(shop);
    return this.view(shop.tokenExpiresAt > this.now() ? shop : this.issue(shop, 'code'));
  }

  /** `token.refresh` (Douyin sheet §3.3). */
  answerRefresh(app: AppStory, body: Body): Record<string, unknown> {
    if (body.required('grant_type') !== 'refresh_token') throw tokenFailed('grant-type-invalid', 'grant_type 不正确');
    return this.view(this.refresh(app, body.required('refresh_token')));
  }

  override refresh(app: AppStory, refreshToken: string): ShopStory {
    const now = this.now();
    const { story } = this.heart;
    const old = this.oldByRefresh.get(refreshToken);
    const renewed = old && story.shop('douyin', old.shopId);
    if (old && renewed && old.appKey === app.appKey && now < old.until) {
      if (now - old.renewedAt >= CLASH_MS || old.isClashTold) return renewed;
      old.isClashTold = true;
      throw business(31012, '并发刷新 token，请重试');
    }
    const shop = story.allShops('douyin').find((one) => one.appKey === app.appKey && one.refreshToken === refreshToken);
    if (!shop) throw PROBLEMS.refresh;
    refuseRevoked(shop);
    if ((shop.refreshExpiresAt ?? shop.tokenExpiresAt + REFRESH_LIFE_MS - TOKEN_LIFE_MS) < now)
      throw tokenFailed('token-expired', 'refresh_token 已过期，请重新授权');
    if (shop.tokenExpiresAt - now > RENEW_WITHIN_MS) return shop;
    const fresh = this.issue(shop, 'refresh');
    // A pair that had ended already dies at once.
    if (shop.tokenExpiresAt > now) this.keepOld(shop, now);
    return fresh;
  }

  /** The shop of a call's token; refuses in the words of Douyin sheet §3.4. */
  session(app: AppStory, token: string, method: string): ShopStory {
    const { story } = this.heart;
    const old = this.oldByAccess.get(token);
    const renewed = old && this.now() < old.until ? story.shop('douyin', old.shopId) : undefined;
    const current = renewed?.accessToken ?? token;
    return shopOfSession(this.heart, app, current, method, (problem) =>
      badToken(problem, story.shopOfToken('douyin', current)),
    );
  }

  private now(): number {
    return this.heart.clocks.wire('douyin');
  }

  private keepOld(shop: ShopStory, now: number): void {
    const { appKey, shopId, accessToken, refreshToken } = shop;
    const until = now + RENEW_WITHIN_MS;
    const pair: OldPair = { appKey, shopId, accessToken, refreshToken, renewedAt: now, until, isClashTold: false };
    this.putOld(pair);
    this.heart.log.append({ k: 'douyin:old-pair', pair });
  }

  private putOld(pair: OldPair): void {
    this.oldByAccess.set(pair.accessToken, pair);
    this.oldByRefresh.set(pair.refreshToken, pair);
  }

  private view(shop: ShopStory): Record<string, unknown> {
    return {
      access_token: shop.accessToken,
      expires_in: Math.floor((shop.tokenExpiresAt - this.now()) / SECOND),
      refresh_token: shop.refreshToken,
      scope: 'SCOPE',
      shop_id: id(shop.shopId),
      shop_name: shop.name,
      authority_id: shop.shopId,
      auth_subject_type: '',
      encrypt_operator: '',
      operator_name: '',
      shop_biz_type: 0,
    };
  }
}

function refuseRevoked(shop: ShopStory): void {
  if (shop.tokenState === 'revoked') throw new DouyinError(30001, 'dop.authorization-closed', '商家已关闭授权');
}

/** A token that the platform took back for a while is not the newest one; one that the merchant switched off is closed. */
function badToken(problem: SessionProblem, shop: ShopStory | undefined): DouyinError {
  if (problem === 'expired') return new DouyinError(40003, 'isv.access-token-expired', 'access_token 已过期');
  if (problem === 'revoked' && shop?.revokedUntil === undefined)
    return new DouyinError(30001, 'dop.authorization-closed', '商家已关闭授权');
  if (problem === 'unknown' && shop)
    return new DouyinError(40003, 'isv.access-token-invalid', 'access_token 与 app_key 不匹配');
  return new DouyinError(40003, 'isv.access-token-no-existed', 'access_token 不存在，请使用最新的 access_token');
}

function uuidLike(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
