import { AppAccess, PlatformError, TokenCall, TokenGrant, isPlatformError } from '../port';
import { asInteger, asObject, asText } from '../kit/answer.json';
import { DouyinClient } from './douyin.client';
import { DouyinConfig } from './douyin.config';
import { numberOf } from './douyin.errors';
import { Param } from './douyin.signer';

const CREATE = 'token.create';
const REFRESH = 'token.refresh';
const DAY_SECONDS = 86_400;
/** A refresh token lives 14 days, seven more than the access token beside it (Douyin sheet §3.3). */
export const REFRESH_SECONDS_MORE = 7 * DAY_SECONDS;
/** The field is called a time stamp and is a duration; smaller values are one (Douyin sheet §3.2). */
const FIRST_TIMESTAMP = 1_000_000_000;
/** Two refreshes met; the platform wants the call once more (Douyin sheet §3.3). */
const CONCURRENT = '31012';
/** Stands for the code of an app that needs no page: the callback wants one, and the platform wants none. */
export const SELF_USE_CODE = 'self-use';

/**
 * Tokens (Douyin sheet §3). An app of the tool kind sends the merchant to a page; an app that a merchant made for itself
 * (credential `selfUseShopId`) gets its token without one, so its "page" is the callback.
 */
export class DouyinTokens {
  constructor(
    private readonly client: DouyinClient,
    private readonly config: DouyinConfig,
  ) {}

  /** Page on which the merchant grants access. Throws `rejected` when the shop's credentials name neither kind of app. */
  authorisationUrl(
    app: Pick<AppAccess, 'appKey' | 'credentials'>,
    request: { redirectUri: string; state: string },
  ): string {
    if (app.credentials?.['selfUseShopId'] !== undefined) {
      const url = new URL(request.redirectUri);
      url.searchParams.set('code', SELF_USE_CODE);
      url.searchParams.set('state', request.state);
      return url.toString();
    }
    const serviceId = app.credentials?.['serviceId'];
    if (serviceId === undefined)
      throw new PlatformError(
        'rejected',
        'A Douyin shop needs the credential serviceId (app of the service market) or selfUseShopId (own app); set one.',
        { platform: 'douyin', method: 'authorize', reason: 'configuration' },
      );
    const url = new URL(`${this.config.authUrl.replace(/\/+$/, '')}/authorize`);
    url.search = new URLSearchParams({ service_id: serviceId, state: request.state }).toString();
    return url.toString();
  }

  /** Code → token; a code lives ten minutes. */
  exchange(call: TokenCall, request: { code: string; redirectUri: string }): Promise<TokenGrant> {
    const shop_id = call.app.credentials?.['selfUseShopId'];
    const test = this.config.testShop ? { test_shop: '1' } : {};
    if (shop_id !== undefined)
      return this.ask(call, CREATE, { code: '', grant_type: 'authorization_self', shop_id, ...test });
    return this.ask(call, CREATE, { code: request.code, grant_type: 'authorization_code', ...test });
  }

  /**
   * More than an hour before the end the same pair comes back and nothing is gained; within the last hour and after it a
   * new one (Douyin sheet §3.3).
   */
  async refresh(call: TokenCall, refreshToken: string): Promise<TokenGrant> {
    const params = { grant_type: 'refresh_token', refresh_token: refreshToken };
    try {
      return await this.ask(call, REFRESH, params);
    } catch (error) {
      if (!isPlatformError(error) || numberOf(error.facts.platformSubCode) !== CONCURRENT) throw error;
      return this.ask(call, REFRESH, params);
    }
  }

  private async ask(call: TokenCall, method: string, params: { [name: string]: Param }): Promise<TokenGrant> {
    const caller = { shop: call.app, wireNow: () => call.wireNow(), signal: call.signal };
    const { data } = await this.client.call(caller, { method, params, isWrite: true, needsSession: false });
    const answer = asObject(data);
    const accessToken = asText(answer['access_token']);
    const expiresIn = asInteger(answer['expires_in']);
    if (accessToken === undefined || expiresIn === undefined)
      throw new PlatformError('transient', `Douyin answered ${method} without a token; it may have been issued.`, {
        platform: 'douyin',
        method,
        outcomeUnknown: true,
      });
    const now = Math.floor(call.wireNow().getTime() / 1_000);
    const end = expiresIn < FIRST_TIMESTAMP ? now + expiresIn : expiresIn;
    const refreshToken = asText(answer['refresh_token']);
    const platformShopId = asText(answer['shop_id']) ?? asText(answer['authority_id']);
    const shopName = asText(answer['shop_name']);
    const scopes = (asText(answer['scope']) ?? '').split(/[\s,]+/).filter((scope) => scope !== '');
    return {
      accessToken,
      expiresAt: new Date(end * 1_000),
      ...(refreshToken !== undefined && {
        refreshToken,
        refreshExpiresAt: new Date((end + REFRESH_SECONDS_MORE) * 1_000),
      }),
      ...(platformShopId !== undefined && { platformShopId }),
      ...(shopName !== undefined && { shopName }),
      ...(scopes.length > 0 && { scopes }),
    };
  }
}
