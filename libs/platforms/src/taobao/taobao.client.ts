import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { AxiosResponse } from 'axios';
import { sleep, toShanghaiText } from '@app/shared';
import { PlatformError, UnreadableAnswer, isPlatformError } from '../port';
import { TaobaoConfig } from './taobao.config';
import { TaobaoFault, toPlatformError } from './taobao.errors';
import { JsonObject, asFlag, asObject, asText, parseAnswer } from './taobao.json';
import { sign, signableParams } from './taobao.signer';

const inflate = promisify(gunzip);

/** Bans up to this long are waited for in place; longer ones go to the caller (Taobao sheet §4.5). */
const LONGEST_WAIT_MS = 5_000;
/** Repeats of one call within the client, bans and failed reads together. */
const MOST_REPEATS = 2;
/** The Date header has whole seconds and travels; smaller differences mean nothing. */
const SKEW_FLOOR_MS = 5_000;

/** Who calls and by which clock; a subset of PlatformCall, so calls without a shop token fit too. */
export interface TaobaoCaller {
  shop: { appKey: string; appSecret: string; accessToken?: string };
  wireNow(): Date;
  signal?: AbortSignal;
  admit?(method: string): Promise<void>;
  renewToken?(refused: string): Promise<boolean>;
  keepAnswer?(answer: UnreadableAnswer): Promise<void>;
}

/** One call. */
export interface TaobaoRequest {
  method: string;
  params: Readonly<Record<string, string | undefined>>;
  /** Something is changed there, so a lost answer leaves the outcome unknown. */
  isWrite?: boolean;
  /** False for calls of the app itself, which carry no session. */
  needsSession?: boolean;
}

/** A successful answer: its root object and the text as received. */
export interface TaobaoAnswer {
  root: JsonObject;
  text: string;
}

interface HttpAnswer {
  status: number;
  text: string;
  /** The body as it came, before inflation. */
  bytes: Buffer;
  platformTime?: Date;
  sentAt: Date;
  receivedAt: Date;
}

/** Root key: the method without a leading `taobao.`, dots as underscores, and `_response` (Taobao sheet §4.1). */
export function rootKeyOf(method: string): string {
  return `${method.replace(/^taobao\./, '').replaceAll('.', '_')}_response`;
}

/** Transport to the TOP gateway: common parameters, signing, time-outs, envelope, error kinds, clock skew. */
export class TaobaoClient {
  /** Platform time − our wire time in ms, learned from Date headers; only signatures use it. */
  private skewMs = 0;
  private readonly httpAgent = new HttpAgent({ keepAlive: true, maxSockets: 64 });
  private readonly httpsAgent = new HttpsAgent({ keepAlive: true, maxSockets: 64 });

  constructor(private readonly config: TaobaoConfig) {}

  /**
   * Calls a method; reads are repeated a few times after short bans and transport failures, writes only after bans. A
   * refused token is renewed once where the caller can, so a long reading goes on at the same page.
   */
  async call(caller: TaobaoCaller, request: TaobaoRequest): Promise<TaobaoAnswer> {
    let isRenewed = false;
    for (let repeat = 0; ; repeat += 1) {
      const token = caller.shop.accessToken ?? '';
      try {
        return await this.callOnce(caller, request);
      } catch (error) {
        if (isRefusedToken(error, request) && !isRenewed && (await caller.renewToken?.(token))) {
          isRenewed = true;
          continue;
        }
        const wait = repeat < MOST_REPEATS ? this.waitBeforeRepeat(error, request, repeat) : undefined;
        if (wait === undefined) throw error;
        await sleep(wait, caller.signal);
        if (caller.signal?.aborted) throw error;
      }
    }
  }

  /** Posts a form that is not a TOP call, e.g. to the token endpoint; returns status and text without judging them. */
  async postForm(
    url: string,
    form: Record<string, string>,
    caller: Pick<TaobaoCaller, 'wireNow' | 'signal'>,
    name: string,
  ): Promise<{ status: number; text: string }> {
    return this.send(url, form, caller, { method: name, isWrite: true });
  }

  /** Platform time by the Date header of an unsigned request; undefined when the answer has none. */
  async readPlatformTime(
    caller: Pick<TaobaoCaller, 'wireNow' | 'signal'>,
  ): Promise<{ platformTime: Date; sentAt: Date; receivedAt: Date } | undefined> {
    const answer = await this.send(
      this.config.gatewayUrl,
      { method: 'taobao.time.get', format: 'json', v: '2.0' },
      caller,
      { method: 'taobao.time.get', isWrite: false },
    );
    const { platformTime, sentAt, receivedAt } = answer;
    return platformTime && { platformTime, sentAt, receivedAt };
  }

  private waitBeforeRepeat(error: unknown, request: TaobaoRequest, repeat: number): number | undefined {
    if (!isPlatformError(error)) return undefined;
    const asked = error.retryAfterMs ?? 0;
    if (error.kind === 'rate-limited') return asked <= LONGEST_WAIT_MS ? asked + jitter(repeat) : undefined;
    if (error.kind === 'transient' && error.facts.reason === 'clock') return repeat === 0 ? 0 : undefined;
    if (error.kind === 'transient' && !request.isWrite) return 200 * 2 ** repeat + jitter(repeat);
    return undefined;
  }

  private async callOnce(caller: TaobaoCaller, request: TaobaoRequest): Promise<TaobaoAnswer> {
    if (request.needsSession !== false && !caller.shop.accessToken) {
      throw new PlatformError(
        'reauthorise',
        `Taobao ${request.method} needs a token of the shop and none is stored; authorise the shop.`,
        {
          platform: 'taobao',
          method: request.method,
        },
      );
    }
    await caller.admit?.(request.method);
    const answer = await this.send(this.config.gatewayUrl, this.signedForm(caller, request), caller, request);
    this.learnSkew(answer);
    try {
      return this.readEnvelope(answer, request);
    } catch (error) {
      if (error instanceof Unreadable) await keep(caller, request, answer.status, answer.bytes, error);
      throw error;
    }
  }

  private signedForm(caller: TaobaoCaller, request: TaobaoRequest): Record<string, string> {
    const form = signableParams({
      ...request.params,
      method: request.method,
      app_key: caller.shop.appKey,
      session: request.needsSession === false ? undefined : caller.shop.accessToken,
      timestamp: toShanghaiText(new Date(caller.wireNow().getTime() + this.skewMs)),
      format: 'json',
      v: '2.0',
      sign_method: this.config.signMethod,
    });
    return { ...form, sign: sign(form, caller.shop.appSecret) };
  }

  private async send(
    url: string,
    form: Record<string, string>,
    caller: Pick<TaobaoCaller, 'wireNow' | 'signal' | 'keepAnswer'>,
    request: Pick<TaobaoRequest, 'method' | 'isWrite'>,
  ): Promise<HttpAnswer> {
    const sentAt = caller.wireNow();
    let response: AxiosResponse<Buffer>;
    try {
      response = await axios.post<Buffer>(url, new URLSearchParams(form).toString(), {
        headers: { 'Content-Type': 'application/x-www-form-urlencoded;charset=utf-8', 'Accept-Encoding': 'gzip' },
        responseType: 'arraybuffer',
        // Inflated here: axios accepts a gzip stream that was cut short.
        decompress: false,
        timeout: this.config.timeoutMs,
        maxContentLength: this.config.maxAnswerBytes,
        maxRedirects: 0,
        proxy: false,
        validateStatus: () => true,
        httpAgent: this.httpAgent,
        httpsAgent: this.httpsAgent,
        signal: caller.signal,
      });
    } catch (error) {
      throw unreadable(
        request,
        `no usable answer came (${axios.isAxiosError(error) ? (error.code ?? error.message) : String(error)})`,
      );
    }
    const receivedAt = caller.wireNow();
    const bytes = Buffer.from(response.data);
    const text = await this.decode(response, bytes, caller, request);
    const date = Date.parse(String(response.headers['date'] ?? ''));
    return {
      status: response.status,
      text,
      bytes,
      sentAt,
      receivedAt,
      platformTime: Number.isNaN(date) ? undefined : new Date(date),
    };
  }

  private async decode(
    response: AxiosResponse<Buffer>,
    bytes: Buffer,
    caller: Pick<TaobaoCaller, 'keepAnswer'>,
    request: Pick<TaobaoRequest, 'method' | 'isWrite'>,
  ): Promise<string> {
    if (!/gzip/i.test(String(response.headers['content-encoding'] ?? ''))) return bytes.toString('utf8');
    try {
      return (await inflate(bytes, { maxOutputLength: this.config.maxAnswerBytes })).toString('utf8');
    } catch (error) {
      const why = unreadable(request, `the compressed answer is broken or too large (${(error as Error).message})`);
      await keep(caller, request, response.status, bytes, why);
      throw why;
    }
  }

  private learnSkew(answer: HttpAnswer): void {
    if (!answer.platformTime) return;
    const middle = (answer.sentAt.getTime() + answer.receivedAt.getTime()) / 2;
    const measured = answer.platformTime.getTime() + 500 - middle;
    if (Math.abs(measured - this.skewMs) > SKEW_FLOOR_MS)
      this.skewMs = Math.abs(measured) > SKEW_FLOOR_MS ? Math.round(measured) : 0;
  }

  private readEnvelope(answer: HttpAnswer, request: TaobaoRequest): TaobaoAnswer {
    if (answer.status === 429) {
      throw toPlatformError({ code: '8', msg: 'HTTP 429' }, { method: request.method, isWrite: false });
    }
    const envelope = this.parseEnvelope(answer, request);
    const call = { method: request.method, isWrite: request.isWrite === true };
    const stated = envelope['error_response'];
    if (stated !== undefined) throw toPlatformError(readFault(asObject(stated)), call);
    const root = envelope[rootKeyOf(request.method)];
    if (root === undefined) throw unreadable(request, 'the answer lacks its root object', answer.text);
    const inner = innerFault(asObject(root));
    if (inner) throw toPlatformError(inner, call);
    return { root: asObject(root), text: answer.text };
  }

  private parseEnvelope(answer: HttpAnswer, request: TaobaoRequest): JsonObject {
    try {
      return asObject(parseAnswer(answer.text));
    } catch (error) {
      // RangeError: nesting so deep that the parser ran out of stack.
      if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
      throw unreadable(request, `HTTP ${answer.status} with a body that is not JSON`, answer.text);
    }
  }
}

/** What makes an answer unreadable rather than a refusal. */
class Unreadable extends PlatformError {}

/** A token refused by the platform; a call without one was never sent, so there is nothing to repeat. */
function isRefusedToken(error: unknown, request: TaobaoRequest): boolean {
  return (
    request.needsSession !== false &&
    isPlatformError(error) &&
    error.kind === 'reauthorise' &&
    error.facts.platformCode !== undefined
  );
}

async function keep(
  caller: Pick<TaobaoCaller, 'keepAnswer'>,
  { method }: Pick<TaobaoRequest, 'method'>,
  status: number,
  bytes: Buffer,
  error: PlatformError,
): Promise<void> {
  await caller.keepAnswer?.({ method, status, cause: error.message, bytes });
}

function jitter(repeat: number): number {
  return Math.floor(Math.random() * 100 * (repeat + 1));
}

function readFault(stated: JsonObject): TaobaoFault {
  return {
    code: asText(stated['code']),
    msg: asText(stated['msg']),
    subCode: asText(stated['sub_code']),
    subMsg: asText(stated['sub_msg']),
    requestId: asText(stated['request_id']),
  };
}

/** Some methods answer with success and an inner flag that says the opposite (Taobao sheet §4.2). */
function innerFault(root: JsonObject): TaobaoFault | undefined {
  const result = asObject(root['result']);
  const shipping = asObject(root['shipping']);
  const flags = [
    result['success'],
    result['is_success'],
    shipping['is_success'],
    root['succ'],
    root['is_success'],
    root['success'],
  ];
  if (!flags.some((flag) => flag !== undefined && flag !== null && !asFlag(flag))) return undefined;
  return {
    subCode:
      asText(result['error_code']) ??
      asText(result['sub_code']) ??
      asText(result['msg_code']) ??
      asText(root['error_code']) ??
      asText(root['msg_code']),
    subMsg:
      asText(result['error_msg']) ??
      asText(result['error_message']) ??
      asText(result['message']) ??
      asText(root['message']) ??
      'the inner success flag is false',
    requestId: asText(root['request_id']),
  };
}

/** Nothing readable came back: for a read repeat later, for a write read back first. */
function unreadable(request: Pick<TaobaoRequest, 'method' | 'isWrite'>, why: string, text?: string): PlatformError {
  return new Unreadable('transient', `Taobao ${request.method}: ${why}.`, {
    platform: 'taobao',
    method: request.method,
    retryAfterMs: 2_000,
    outcomeUnknown: request.isWrite === true,
    answerStart: text !== undefined && text.trimStart().startsWith('<') ? text.slice(0, 120) : undefined,
  });
}
