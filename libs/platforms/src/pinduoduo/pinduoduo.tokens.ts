import { AppAccess, PlatformError, TokenCall, TokenGrant, isPlatformError } from '../port';
import { JsonObject, asInteger, asText } from '../kit/answer.json';
import { PinduoduoClient } from './pinduoduo.client';
import { PinduoduoConfig } from './pinduoduo.config';

const CREATE = 'pdd.pop.auth.token.create';
const REFRESH = 'pdd.pop.auth.token.refresh';
/** Levels of reading and writing, each with an end of its own (Pinduoduo sheet §3.1). */
const CLASSES = ['r1', 'r2', 'w1', 'w2'];

/** Authorising shops by the router's own methods, signed like every other call (Pinduoduo sheet §3). */
export class PinduoduoTokens {
  constructor(
    private readonly client: PinduoduoClient,
    private readonly config: PinduoduoConfig,
  ) {}

  /** Page on which the shop's main account grants access. */
  authorisationUrl(app: Pick<AppAccess, 'appKey'>, request: { redirectUri: string; state: string }): string {
    const url = new URL(this.config.authUrl);
    url.searchParams.set('response_type', 'code');
    url.searchParams.set('client_id', app.appKey);
    url.searchParams.set('redirect_uri', request.redirectUri);
    url.searchParams.set('state', request.state);
    return url.toString();
  }

  /** Code → token; a code lives ten minutes and works once. */
  async exchange(call: TokenCall, request: { code: string }): Promise<TokenGrant> {
    return this.ask(call, CREATE, { code: request.code }, (error) => {
      if (!isAboutGrant(error)) return error;
      return new PlatformError('rejected', `${error.message} Open the authorisation page again for a new code.`, {
        ...error.facts,
        reason: 'state',
      });
    });
  }

  /** Whether the refresh token changes is UNCONFIRMED, so both tokens of the answer are to be stored (Pinduoduo sheet §3.1). */
  async refresh(call: TokenCall, refreshToken: string): Promise<TokenGrant> {
    return this.ask(call, REFRESH, { refresh_token: refreshToken }, (error) => {
      if (!isAboutGrant(error)) return error;
      const message = `${error.message} Ask the owner of the shop's main account to authorise again.`;
      return new PlatformError('reauthorise', message, error.facts);
    });
  }

  private async ask(
    call: TokenCall,
    method: typeof CREATE | typeof REFRESH,
    params: Record<string, string>,
    judge: (error: PlatformError) => PlatformError,
  ): Promise<TokenGrant> {
    const caller = { shop: call.app, wireNow: () => call.wireNow(), ...(call.signal && { signal: call.signal }) };
    try {
      const { root } = await this.client.call(caller, { method, params, isWrite: true, needsSession: false });
      return grantOf(root, method);
    } catch (error) {
      throw isPlatformError(error) ? judge(error) : error;
    }
  }
}

/** The code or the refresh token was refused, rather than the app, its clock or its rate. */
function isAboutGrant(error: PlatformError): boolean {
  if (error.kind === 'reauthorise' || error.kind === 'not-found' || error.kind === 'already-done') return true;
  return error.kind === 'rejected' && error.facts.reason !== 'configuration' && error.facts.reason !== 'permission';
}

/** Only the `*_at` fields are used: `w1_expires_in` carries an instant (Pinduoduo sheet §3.1). */
function grantOf(root: JsonObject, method: string): TokenGrant {
  const accessToken = asText(root['access_token']);
  const expiresAt = endOf(root, 'expires_at');
  if (accessToken === undefined || expiresAt === undefined) {
    const missing = accessToken === undefined ? 'access_token' : 'expires_at';
    throw new PlatformError(
      'transient',
      `Pinduoduo answered ${method} without ${missing}; the token may have been issued all the same.`,
      { platform: 'pinduoduo', method, outcomeUnknown: true },
    );
  }
  const refreshToken = asText(root['refresh_token']);
  const refreshExpiresAt = endOf(root, 'refresh_token_expires_at');
  const platformShopId = asText(root['owner_id']);
  const shopName = asText(root['owner_name']);
  const scope = root['scope'];
  const scopes = Array.isArray(scope) ? scope.map(asText).filter((one) => one !== undefined) : [];
  const classes = CLASSES.flatMap((name) => {
    const end = endOf(root, `${name}_expires_at`);
    return end === undefined ? [] : [[name, end] as const];
  });
  return {
    accessToken,
    expiresAt,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(refreshToken !== undefined && refreshExpiresAt !== undefined && { refreshExpiresAt }),
    ...(platformShopId !== undefined && { platformShopId }),
    ...(shopName !== undefined && { shopName }),
    ...(scopes.length > 0 && { scopes }),
    ...(classes.length > 0 && { classExpiresAt: Object.fromEntries(classes) }),
  };
}

function endOf(root: JsonObject, field: string): Date | undefined {
  const atSeconds = asInteger(root[field]);
  return atSeconds === undefined || atSeconds <= 0 ? undefined : new Date(atSeconds * 1_000);
}
