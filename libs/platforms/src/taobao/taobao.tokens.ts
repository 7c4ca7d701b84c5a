import { AppAccess, PlatformError, TokenCall, TokenGrant } from '../port';
import { TaobaoClient } from './taobao.client';
import { TaobaoConfig } from './taobao.config';
import { JsonObject, asInteger, asObject, asText, parseAnswer } from '../kit/answer.json';

const METHOD = 'oauth.token';
/** Lifetimes per permission class; r2 and w2 can be much shorter than the token (Taobao sheet §3.2). */
const CLASSES = ['r1', 'r2', 'w1', 'w2'];

/** OAuth 2.0 of Taobao (Taobao sheet §3). These calls carry no TOP signature. */
export class TaobaoTokens {
  constructor(
    private readonly client: TaobaoClient,
    private readonly config: TaobaoConfig,
  ) {}

  /** Page on which the seller grants access. */
  authorisationUrl(app: Pick<AppAccess, 'appKey'>, request: { redirectUri: string; state: string }): string {
    const url = new URL(`${trimmed(this.config.authUrl)}/authorize`);
    const query = {
      response_type: 'code',
      client_id: app.appKey,
      redirect_uri: request.redirectUri,
      state: request.state,
      view: 'web',
    };
    url.search = new URLSearchParams(query).toString();
    return url.toString();
  }

  /** Code → token; a code lives 30 minutes and works once. */
  exchange(call: TokenCall, request: { code: string; redirectUri: string }): Promise<TokenGrant> {
    return this.ask(call, { grant_type: 'authorization_code', code: request.code, redirect_uri: request.redirectUri });
  }

  /** A refresh makes the refresh token before it useless (Taobao sheet §3.3). */
  refresh(call: TokenCall, refreshToken: string): Promise<TokenGrant> {
    return this.ask(call, { grant_type: 'refresh_token', refresh_token: refreshToken });
  }

  private async ask(call: TokenCall, form: Record<string, string>): Promise<TokenGrant> {
    const secrets = { client_id: call.app.appKey, client_secret: call.app.appSecret };
    const { status, text } = await this.client.postForm(
      `${trimmed(this.config.authUrl)}/token`,
      { ...form, ...secrets },
      call,
      METHOD,
    );
    const answer = this.parse(text, status);
    const stated = asText(answer['error']);
    if (stated !== undefined)
      throw this.refusal(stated, asText(answer['error_description']) ?? '', form['grant_type']!, status);
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
      `Taobao's token endpoint answered ${why}; the token may have been issued all the same.`,
      {
        platform: 'taobao',
        method: METHOD,
        outcomeUnknown: true,
      },
    );
  }

  /** `client_secret is invalidate` is our configuration; a bad code or refresh token needs the shop owner (Taobao sheet §3.5). */
  private refusal(error: string, description: string, grantType: string, status: number): PlatformError {
    const facts = { platform: 'taobao', method: METHOD, platformCode: error, platformSubCode: description };
    const said = `Taobao's token endpoint refused ${grantType}: ${error} ${description}`.trim();
    if (status >= 500) return new PlatformError('transient', `${said}.`, { ...facts, outcomeUnknown: true });
    if (/client_secret|client_id|redirect_uri|invalid_client/.test(`${error} ${description}`)) {
      return new PlatformError('rejected', `${said}. Check app key, secret and callback address.`, {
        ...facts,
        reason: 'configuration',
      });
    }
    if (grantType === 'refresh_token')
      return new PlatformError('reauthorise', `${said}. Ask the shop owner to authorise again.`, facts);
    return new PlatformError('rejected', `${said}. Open the authorisation page again for a new code.`, {
      ...facts,
      reason: 'state',
    });
  }

  private grantOf(answer: JsonObject, now: Date): TokenGrant {
    const accessToken = asText(answer['access_token']);
    if (accessToken === undefined) throw this.unreadable('without an access_token');
    const inSeconds = (seconds: number): Date => new Date(now.getTime() + seconds * 1_000);
    const expiresIn = asInteger(answer['expires_in']);
    const expireTime = asInteger(answer['expire_time']);
    const refreshSeconds = asInteger(answer['re_expires_in']) ?? 0;
    const classes = CLASSES.map((name) => [name, asInteger(answer[`${name}_expires_in`])] as const);
    const ends = classes.flatMap(([name, seconds]) =>
      seconds === undefined ? [] : [[name, inSeconds(seconds)] as const],
    );
    const refreshToken = asText(answer['refresh_token']);
    const platformShopId = asText(answer['taobao_user_id']);
    return {
      accessToken,
      // Lifetimes are counted on our clock; expire_time is the platform's own and only steps in when they are missing.
      expiresAt:
        expiresIn !== undefined ? inSeconds(expiresIn) : expireTime !== undefined ? new Date(expireTime) : inSeconds(0),
      ...(refreshToken !== undefined && { refreshToken }),
      // 0 means that nothing can be refreshed (Taobao sheet §3.2).
      ...(refreshToken !== undefined && refreshSeconds > 0 && { refreshExpiresAt: inSeconds(refreshSeconds) }),
      ...(platformShopId !== undefined && { platformShopId }),
      ...shopName(asText(answer['taobao_user_nick'])),
      ...(ends.length > 0 && { classExpiresAt: Object.fromEntries(ends) }),
    };
  }
}

/** The nick comes URL-encoded. */
function shopName(nick: string | undefined): { shopName?: string } {
  if (nick === undefined) return {};
  try {
    return { shopName: decodeURIComponent(nick) };
  } catch {
    // Not URL-encoded after all: the text itself is the name.
    return { shopName: nick };
  }
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, '');
}
