import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import axios, { AxiosResponse } from 'axios';
import { sleep } from '@app/shared';
import { PlatformCall, PlatformError, isPlatformError } from '../port';

const inflateAside = promisify(gunzip);
/** Smaller answers are inflated in place: handing them to another thread takes longer than the work. */
const INFLATE_ASIDE_BYTES = 32_768;

/** Bans up to this long are waited for in place; longer ones go to the caller. */
const LONGEST_WAIT_MS = 5_000;
/** Repeats of one call within the client, bans and failed reads together. */
const MOST_REPEATS = 2;
/** The Date header has whole seconds and travels; smaller differences mean nothing. */
const SKEW_FLOOR_MS = 5_000;

/** Who calls and by which clock; a subset of PlatformCall, so calls without a shop token fit too. */
export interface PlatformCaller extends Pick<
  PlatformCall,
  'wireNow' | 'signal' | 'admit' | 'renewToken' | 'keepAnswer'
> {
  shop: { appKey: string; appSecret: string; accessToken?: string };
}

/** What errors and logs call a request by. */
export interface RequestName {
  method: string;
  /** Something is changed there, so a lost answer leaves the outcome unknown. */
  isWrite?: boolean;
  /** False for calls of the app itself, which carry no token of the shop. */
  needsSession?: boolean;
}

/** What is sent. */
export interface HttpRequest {
  url: string;
  /** POST unless stated. */
  verb?: 'GET' | 'POST';
  body?: string;
  headers?: Readonly<Record<string, string>>;
}

/** An answer with its times by our wire clock. */
export interface HttpAnswer {
  status: number;
  headers: Readonly<Record<string, string | undefined>>;
  text: string;
  /** The body as it came, before inflation. */
  bytes: Buffer;
  /** The platform's time by the Date header, where there is one. */
  platformTime?: Date;
  sentAt: Date;
  receivedAt: Date;
}

/** Limits of a transport; `platform` and `name` stand in its errors. */
export interface TransportLimits {
  platform: string;
  name: string;
  timeoutMs: number;
  maxAnswerBytes: number;
}

/** What makes an answer unreadable rather than a refusal. */
export class UnreadableError extends PlatformError {}

/**
 * HTTP to a platform: time-outs, caps, inflation, clock skew, and the repeats that every platform allows. What an answer
 * means is the folder's own business.
 */
export class PlatformTransport {
  /** Platform time − our wire time in ms, learned from Date headers; only signatures may use it. */
  skewMs = 0;
  private readonly httpAgent = new HttpAgent({ keepAlive: true, maxSockets: 64 });
  private readonly httpsAgent = new HttpsAgent({ keepAlive: true, maxSockets: 64 });

  constructor(private readonly limits: TransportLimits) {}

  /**
   * Runs a call; reads are repeated a few times after short bans and transport failures, writes only after bans. A refused
   * token is renewed once where the caller can, so a long reading goes on at the same page.
   */
  async withRepeats<Answer>(
    caller: PlatformCaller,
    request: RequestName,
    once: () => Promise<Answer>,
  ): Promise<Answer> {
    let isRenewed = false;
    for (let repeat = 0; ; repeat += 1) {
      const token = caller.shop.accessToken ?? '';
      try {
        return await once();
      } catch (error) {
        if (isRefusedToken(error, request) && !isRenewed && (await caller.renewToken?.(token))) {
          isRenewed = true;
          continue;
        }
        const wait = repeat < MOST_REPEATS ? waitBeforeRepeat(error, request, repeat) : undefined;
        if (wait === undefined) throw error;
        await sleep(wait, caller.signal);
        if (caller.signal?.aborted) throw error;
      }
    }
  }

  /** Throws `reauthorise` when a call that needs the shop's token has none. */
  requireToken(caller: PlatformCaller, request: RequestName): void {
    if (request.needsSession === false || caller.shop.accessToken) return;
    throw new PlatformError(
      'reauthorise',
      `${this.limits.name} ${request.method} needs a token of the shop and none is stored; authorise the shop.`,
      { platform: this.limits.platform, method: request.method },
    );
  }

  /** Our wire time as the platform would read it from its own clock. */
  platformNow(caller: Pick<PlatformCaller, 'wireNow'>): Date {
    return new Date(caller.wireNow().getTime() + this.skewMs);
  }

  /** Sends once and reads the whole answer; any HTTP status is an answer. Throws `transient` when none came. */
  async send(
    http: HttpRequest,
    caller: Pick<PlatformCaller, 'wireNow' | 'signal' | 'keepAnswer'>,
    request: RequestName,
  ): Promise<HttpAnswer> {
    const sentAt = caller.wireNow();
    const response = await this.exchange(http, caller, request);
    const receivedAt = caller.wireNow();
    const bytes = Buffer.from(response.data);
    const text = await this.decode(response, bytes, caller, request);
    const date = Date.parse(String(response.headers['date'] ?? ''));
    return {
      status: response.status,
      headers: response.headers as Record<string, string | undefined>,
      text,
      bytes,
      sentAt,
      receivedAt,
      platformTime: Number.isNaN(date) ? undefined : new Date(date),
    };
  }

  /** Takes the platform's clock from an answer that is known to come from the platform. */
  learnSkew(answer: HttpAnswer): void {
    if (!answer.platformTime) return;
    const middle = (answer.sentAt.getTime() + answer.receivedAt.getTime()) / 2;
    const measured = answer.platformTime.getTime() + 500 - middle;
    if (Math.abs(measured - this.skewMs) > SKEW_FLOOR_MS)
      this.skewMs = Math.abs(measured) > SKEW_FLOOR_MS ? Math.round(measured) : 0;
  }

  /** Reads an answer's meaning; one that cannot be read is kept for whoever looks into it. */
  async reading<Meaning>(
    caller: Pick<PlatformCaller, 'keepAnswer'>,
    request: RequestName,
    answer: Pick<HttpAnswer, 'status' | 'bytes'>,
    read: () => Meaning,
  ): Promise<Meaning> {
    try {
      return read();
    } catch (error) {
      if (error instanceof UnreadableError) await keep(caller, request, answer.status, answer.bytes, error);
      throw error;
    }
  }

  /** Nothing readable came back: for a read repeat later, for a write read back first. */
  unreadable(request: RequestName, why: string, text?: string): UnreadableError {
    return new UnreadableError('transient', `${this.limits.name} ${request.method}: ${why}.`, {
      platform: this.limits.platform,
      method: request.method,
      retryAfterMs: 2_000,
      outcomeUnknown: request.isWrite === true,
      answerStart: text !== undefined && text.trimStart().startsWith('<') ? text.slice(0, 120) : undefined,
    });
  }

  private async exchange(
    http: HttpRequest,
    caller: Pick<PlatformCaller, 'signal'>,
    request: RequestName,
  ): Promise<AxiosResponse<Buffer>> {
    try {
      return await axios.request<Buffer>({
        url: http.url,
        method: http.verb ?? 'POST',
        data: http.body,
        headers: { 'Accept-Encoding': 'gzip', ...http.headers },
        responseType: 'arraybuffer',
        // Bodies are signed, so they leave exactly as they were made.
        transformRequest: (data: unknown) => data,
        // Inflated here: axios accepts a gzip stream that was cut short.
        decompress: false,
        timeout: this.limits.timeoutMs,
        maxContentLength: this.limits.maxAnswerBytes,
        maxRedirects: 0,
        proxy: false,
        validateStatus: () => true,
        httpAgent: this.httpAgent,
        httpsAgent: this.httpsAgent,
        signal: caller.signal,
      });
    } catch (error) {
      throw this.unreadable(
        request,
        `no usable answer came (${axios.isAxiosError(error) ? (error.code ?? error.message) : String(error)})`,
      );
    }
  }

  private async decode(
    response: AxiosResponse<Buffer>,
    bytes: Buffer,
    caller: Pick<PlatformCaller, 'keepAnswer'>,
    request: RequestName,
  ): Promise<string> {
    if (!/gzip/i.test(String(response.headers['content-encoding'] ?? ''))) return bytes.toString('utf8');
    try {
      const most = { maxOutputLength: this.limits.maxAnswerBytes };
      const plain = bytes.length < INFLATE_ASIDE_BYTES ? gunzipSync(bytes, most) : await inflateAside(bytes, most);
      return plain.toString('utf8');
    } catch (error) {
      const why = this.unreadable(
        request,
        `the compressed answer is broken or too large (${(error as Error).message})`,
      );
      await keep(caller, request, response.status, bytes, why);
      throw why;
    }
  }
}

function waitBeforeRepeat(error: unknown, request: RequestName, repeat: number): number | undefined {
  if (!isPlatformError(error)) return undefined;
  const asked = error.retryAfterMs ?? 0;
  if (error.kind === 'rate-limited') return asked <= LONGEST_WAIT_MS ? asked + jitter(repeat) : undefined;
  if (error.kind === 'transient' && error.facts.reason === 'clock') return repeat === 0 ? 0 : undefined;
  if (error.kind === 'transient' && !request.isWrite) return 200 * 2 ** repeat + jitter(repeat);
  return undefined;
}

/** A token refused by the platform; a call without one was never sent, so there is nothing to repeat. */
function isRefusedToken(error: unknown, request: RequestName): boolean {
  return (
    request.needsSession !== false &&
    isPlatformError(error) &&
    error.kind === 'reauthorise' &&
    error.facts.platformCode !== undefined
  );
}

async function keep(
  caller: Pick<PlatformCaller, 'keepAnswer'>,
  { method }: RequestName,
  status: number,
  bytes: Buffer,
  error: PlatformError,
): Promise<void> {
  await caller.keepAnswer?.({ method, status, cause: error.message, bytes });
}

function jitter(repeat: number): number {
  return Math.floor(Math.random() * 100 * (repeat + 1));
}
