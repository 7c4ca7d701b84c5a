import { createHash } from 'node:crypto';
import { JsonObject, asFlag, asList, asObject, asText, parseAnswer } from '../kit/answer.json';
import { HttpAnswer, PlatformCaller, PlatformTransport, RequestName } from '../kit/transport';
import { PlatformError } from '../port';
import { JdConfig } from './jd.config';
import { toPlatformError } from './jd.errors';

/** A read of the newer gateway. */
export interface SpRequest extends RequestName {
  /** Path under the gateway, e.g. `/sp-finance/v0/bills`. */
  path: string;
  query: Readonly<Record<string, string>>;
}

/** The order call was refused because the app is outside of JD cloud (JD sheet §1). */
const OUTSIDE_OF_CLOUD = '99904030005';

/**
 * Sign of the newer gateway: the three headers and the query, sorted by name, between the secret (JD sheet §14). Values
 * are not URL-encoded; the identity header is not signed.
 */
export function signSp(params: Readonly<Record<string, string>>, secret: string): string {
  const text = Object.keys(params)
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .map((name) => `${name}${params[name]}`)
    .join('');
  return createHash('md5')
    .update(secret + text + secret, 'utf8')
    .digest('hex')
    .toUpperCase();
}

/** Transport to SP-API, as far as bills need it; the token is the one of JOS (JD sheet §14). */
export class JdSpClient {
  private readonly transport: PlatformTransport;

  constructor(private readonly config: JdConfig) {
    const { timeoutMs, maxAnswerBytes } = config;
    this.transport = new PlatformTransport({ platform: 'jd', name: 'JD', timeoutMs, maxAnswerBytes });
  }

  /** Reads once, with the repeats of PlatformTransport.withRepeats; the body stands between `Response` or alone. */
  get(caller: PlatformCaller, request: SpRequest): Promise<{ body: JsonObject; text: string }> {
    return this.transport.withRepeats(caller, request, () => this.once(caller, request));
  }

  private async once(caller: PlatformCaller, request: SpRequest): Promise<{ body: JsonObject; text: string }> {
    this.transport.requireToken(caller, request);
    await caller.admit?.(request.method);
    const identity = {
      'X-JOS-App-Key': caller.shop.appKey,
      'X-JOS-Access-Token': caller.shop.accessToken ?? '',
      'X-JOS-Timestamp': String(this.transport.platformNow(caller).getTime()),
    };
    const sign = signSp({ ...identity, ...request.query }, caller.shop.appSecret);
    const url = `${this.config.spGatewayUrl.replace(/\/+$/, '')}${request.path}?${new URLSearchParams(request.query).toString()}`;
    const headers = { ...identity, 'X-JOS-Sign': sign, 'X-JOS-Request-Identity': 'vender' };
    const answer = await this.transport.send({ url, verb: 'GET', headers }, caller, request);
    this.transport.learnSkew(answer);
    return this.transport.reading(caller, request, answer, () => this.read(answer, request));
  }

  private read(answer: HttpAnswer, request: SpRequest): { body: JsonObject; text: string } {
    const whole = this.parse(answer, request);
    const body = whole['Response'] === undefined ? whole : asObject(whole['Response']);
    if (answer.status === 200 && asFlag(body['success'])) return { body, text: answer.text };
    const error = asList(body['errorList'], 'error')[0];
    if (answer.status >= 500 || (error === undefined && body['success'] === undefined))
      throw this.transport.unreadable(request, `HTTP ${answer.status} without a result`, answer.text);
    throw refusal(answer.status, error ?? {}, request);
  }

  private parse(answer: HttpAnswer, request: SpRequest): JsonObject {
    try {
      return asObject(parseAnswer(answer.text));
    } catch (error) {
      if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
      throw this.transport.unreadable(request, `HTTP ${answer.status} with a body that is not JSON`, answer.text);
    }
  }
}

/** 401, 403 and 429 are prepared for by integrators and were never observed (JD sheet §4). */
const BY_STATUS: Readonly<Record<number, string>> = { 401: '19', 403: '24', 429: '32' };

function refusal(status: number, error: JsonObject, { method }: SpRequest): PlatformError {
  const code = asText(error['code']);
  const text = [asText(error['message']), asText(error['details'])].filter((part) => part).join(' ');
  const known = code === OUTSIDE_OF_CLOUD ? '73' : BY_STATUS[status];
  const call = { method, isWrite: false };
  if (known !== undefined)
    return toPlatformError({ layer: 'gateway', code: known, text, ...(code && { subCode: code }) }, call);
  return toPlatformError({ layer: 'business', ...(code && { code }), text }, call);
}
