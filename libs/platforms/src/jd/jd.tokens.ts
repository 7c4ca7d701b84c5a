import { JsonObject, asInteger, asObject, asText, parseAnswer } from '../kit/answer.json';
import { AppAccess, PlatformError, TokenCall, TokenGrant } from '../port';
import { JdClient } from './jd.client';
import { JdConfig } from './jd.config';

const METHOD = 'oauth2';
const VENDER = 'jingdong.seller.vender.info.get';
/** Scope of merchant data (JD sheet §3). */
const SCOPE = 'snsapi_base';
/** Codes that speak of the app: unknown, not on-line, another address, a wrong secret, a wrong scope (JD sheet §3, §4). */
const OF_THE_APP = ['20', '21', '25', '89', '92', '101', '102', '301', '302', '303', '305', '403', '404', '405'];
/** Codes of an answer that failed on JD's side (JD sheet §4). */
const OF_JD = ['1', '2', '23', '32', '43', '65', '66', '67', '69', '78'];

/** OAuth 2.0 of JOS (JD sheet §3). These calls carry no JOS signature. */
export class JdTokens {
  constructor(
    private readonly client: JdClient,
    private readonly config: JdConfig,
  ) {}

  /** Page on which the merchant grants access. */
  authorisationUrl(app: Pick<AppAccess, 'appKey'>, request: { redirectUri: string; state: string }): string {
    return this.address('to_login', {
      app_key: app.appKey,
      response_type: 'code',
      redirect_uri: request.redirectUri,
      state: request.state,
      scope: SCOPE,
    });
  }

  /**
   * Code → token; a code lives 5 minutes and works once. The grant names no vender, so that is asked with the new token:
   * without it nobody could tell that another shop was authorised.
   */
  async exchange(call: TokenCall, request: { code: string }): Promise<TokenGrant> {
    const grant = await this.ask(call, 'access_token', { grant_type: 'authorization_code', code: request.code });
    return { ...grant, ...(await this.vender(call, grant.accessToken)) };
  }

  /** A new refresh token replaces the one before (JD sheet §3). */
  refresh(call: TokenCall, refreshToken: string): Promise<TokenGrant> {
    return this.ask(call, 'refresh_token', { grant_type: 'refresh_token', refresh_token: refreshToken });
  }

  private async vender(call: TokenCall, accessToken: string): Promise<Pick<TokenGrant, 'platformShopId' | 'shopName'>> {
    const { app, wireNow, signal } = call;
    const caller = { shop: { ...app, accessToken }, wireNow: () => wireNow.call(call), ...(signal && { signal }) };
    const { root } = await this.client.call(caller, { method: VENDER, params: {} });
    const found = asObject(root['vender_info_result']);
    const platformShopId = asText(found['vender_id']);
    const shopName = asText(found['shop_name']);
    return { ...(platformShopId !== undefined && { platformShopId }), ...(shopName !== undefined && { shopName }) };
  }

  private async ask(call: TokenCall, path: string, query: Record<string, string>): Promise<TokenGrant> {
    const secrets = { app_key: call.app.appKey, app_secret: call.app.appSecret };
    const { status, text } = await this.client.get(this.address(path, { ...secrets, ...query }), call, {
      method: METHOD,
      isWrite: true,
    });
    const answer = this.parse(text, status);
    const code = asText(answer['code']) ?? asText(asObject(answer['error_response'])['code']);
    if (status >= 500) throw this.unreadable(`HTTP ${status}`);
    if (code !== undefined && code !== '0') throw refusal(code, saidOf(answer), query['grant_type']!);
    return this.grantOf(answer, call.wireNow());
  }

  private parse(text: string, status: number): JsonObject {
    try {
      return asObject(parseAnswer(text));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw this.unreadable(`HTTP ${status} with a body that is not JSON`);
    }
  }

  private unreadable(why: string): PlatformError {
    return new PlatformError(
      'transient',
      `JD's token endpoint answered ${why}; the token may have been issued all the same.`,
      { platform: 'jd', method: METHOD, outcomeUnknown: true },
    );
  }

  private grantOf(answer: JsonObject, now: Date): TokenGrant {
    const accessToken = asText(answer['access_token']);
    if (accessToken === undefined) throw this.unreadable('without an access_token');
    const refreshToken = asText(answer['refresh_token']);
    // Counted on our clock: `time` is the platform's own.
    const expiresAt = new Date(now.getTime() + (asInteger(answer['expires_in']) ?? 0) * 1_000);
    const refreshExpiresAt = new Date(expiresAt.getTime() + this.config.refreshTokenDays * 86_400_000);
    return {
      accessToken,
      expiresAt,
      ...(refreshToken !== undefined && { refreshToken, refreshExpiresAt }),
    };
  }

  private address(path: string, query: Record<string, string>): string {
    return `${this.config.authUrl.replace(/\/+$/, '')}/${path}?${new URLSearchParams(query).toString()}`;
  }
}

function saidOf(answer: JsonObject): string {
  const inner = asObject(answer['error_response']);
  return asText(answer['msg']) ?? asText(inner['zh_desc']) ?? asText(inner['en_desc']) ?? '';
}

/** What is wrong with the app is configuration; a bad code or refresh token needs the shop's owner (JD sheet §3). */
function refusal(code: string, text: string, grantType: string): PlatformError {
  const facts = { platform: 'jd', method: METHOD, platformCode: code, platformSubCode: text.slice(0, 200) };
  const said = `JD's token endpoint refused ${grantType}: ${code} ${text}`.trim();
  if (OF_JD.includes(code)) return new PlatformError('transient', `${said}.`, { ...facts, outcomeUnknown: true });
  if (OF_THE_APP.includes(code))
    return new PlatformError('rejected', `${said}. Check app key, secret and callback address.`, {
      ...facts,
      reason: 'configuration',
    });
  if (grantType === 'refresh_token')
    return new PlatformError('reauthorise', `${said}. Ask the shop owner to authorise again.`, facts);
  return new PlatformError('rejected', `${said}. Open the authorisation page again for a new code.`, {
    ...facts,
    reason: 'state',
  });
}
