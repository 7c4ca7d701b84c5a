import { stringify } from 'lossless-json';
import { toShanghaiText } from '@app/shared';
import { JsonObject, asObject, asText, parseAnswer } from '../kit/answer.json';
import { HttpAnswer, HttpRequest, PlatformCaller, PlatformTransport, RequestName } from '../kit/transport';
import { JdConfig } from './jd.config';
import { JdFault, toPlatformError } from './jd.errors';
import { JSON_PARAM, sign, signableParams } from './jd.signer';

/** Who calls and by which clock. */
export type JdCaller = PlatformCaller;

/** One call; `params` become the JSON text that is signed and sent letter by letter. */
export interface JdRequest extends RequestName {
  params: Readonly<Record<string, unknown>>;
  /** The answer may come without its wrapper, told by a member of that name (JD sheet §9.3). */
  bareMember?: string;
}

/** A successful answer: the object within the method's wrapper, the wrapper's key as it was spelt, and the text. */
export interface JdAnswer {
  root: JsonObject;
  key: string;
  text: string;
}

/** Key of the wrapper in JD's own spelling (JD sheet §4); `_response` is read as well. */
export function wrapperOf(method: string): string {
  return `${method.replaceAll('.', '_')}_responce`;
}

/** Transport to the JOS gateway: common parameters, signing, the two outer layers of the envelope. */
export class JdClient {
  private readonly transport: PlatformTransport;

  constructor(private readonly config: JdConfig) {
    const { timeoutMs, maxAnswerBytes } = config;
    this.transport = new PlatformTransport({ platform: 'jd', name: 'JD', timeoutMs, maxAnswerBytes });
  }

  /** Calls a method, with the repeats of PlatformTransport.withRepeats. Inner results are judged by jd.results.ts. */
  call(caller: JdCaller, request: JdRequest): Promise<JdAnswer> {
    return this.transport.withRepeats(caller, request, () => this.callOnce(caller, request));
  }

  /** Asks an address that is no JOS call, e.g. the token endpoint; returns status and text without judging them. */
  async get(
    url: string,
    caller: Pick<JdCaller, 'wireNow' | 'signal'>,
    request: RequestName,
  ): Promise<{ status: number; text: string }> {
    return this.transport.send({ url, verb: 'GET' }, caller, request);
  }

  /** Platform time by the Date header of an unsigned request; undefined when the answer has none. */
  async readPlatformTime(
    caller: Pick<JdCaller, 'wireNow' | 'signal'>,
  ): Promise<{ platformTime: Date; sentAt: Date; receivedAt: Date } | undefined> {
    const { platformTime, sentAt, receivedAt } = await this.transport.send(
      { url: this.config.gatewayUrl, verb: 'GET' },
      caller,
      { method: 'time' },
    );
    return platformTime && { platformTime, sentAt, receivedAt };
  }

  /** A business result that says no, as an error. */
  refusal(request: RequestName, fault: Omit<JdFault, 'layer'>): Error {
    return toPlatformError({ ...fault, layer: 'business' }, callOf(request));
  }

  /** An answer that lacks what every answer of the method has. */
  unreadable(request: RequestName, why: string): Error {
    return this.transport.unreadable(request, why);
  }

  private async callOnce(caller: JdCaller, request: JdRequest): Promise<JdAnswer> {
    this.transport.requireToken(caller, request);
    await caller.admit?.(request.method);
    const answer = await this.transport.send(this.signed(caller, request), caller, request);
    this.transport.learnSkew(answer);
    return this.transport.reading(caller, request, answer, () => this.readEnvelope(answer, request));
  }

  private signed(caller: JdCaller, request: JdRequest): HttpRequest {
    const json = stringify(request.params) ?? '{}';
    const system = signableParams({
      method: request.method,
      app_key: caller.shop.appKey,
      access_token: request.needsSession === false ? undefined : caller.shop.accessToken,
      timestamp: this.timestamp(this.transport.platformNow(caller)),
      v: '2.0',
    });
    const signature = sign({ ...system, [JSON_PARAM]: json }, caller.shop.appSecret);
    return this.place({ ...system, sign: signature }, json);
  }

  /** Where the parameters travel; the sign does not depend on it (JD sheet §1). */
  private place(system: Record<string, string>, json: string): HttpRequest {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' };
    const { gatewayUrl: url, transport } = this.config;
    const body = new URLSearchParams({ [JSON_PARAM]: json });
    const all = new URLSearchParams({ ...system, [JSON_PARAM]: json });
    if (transport === 'get') return { url: `${url}?${all.toString()}`, verb: 'GET' };
    if (transport === 'form') return { url, body: all.toString(), headers };
    return { url: `${url}?${new URLSearchParams(system).toString()}`, body: body.toString(), headers };
  }

  private timestamp(at: Date): string {
    const text = toShanghaiText(at);
    if (this.config.timestampFormat !== 'long') return text;
    return `${text}.${String(at.getMilliseconds()).padStart(3, '0')}+0800`;
  }

  private readEnvelope(answer: HttpAnswer, request: JdRequest): JdAnswer {
    if (answer.status === 429)
      throw toPlatformError({ layer: 'gateway', code: '32', text: 'HTTP 429' }, callOf(request));
    // JD answers errors with 200 as well; anything else is a failure on the way (JD sheet §1).
    if (answer.status !== 200) throw this.transport.unreadable(request, `HTTP ${answer.status}`, answer.text);
    const envelope = this.parseEnvelope(answer, request);
    if (envelope['error_response'] !== undefined)
      throw toPlatformError(gatewayFault(asObject(envelope['error_response'])), callOf(request));
    const { root, key } = this.unwrap(envelope, request, answer.text);
    const code = asText(root['code']);
    if (code !== undefined && code !== '0')
      throw toPlatformError(
        { layer: 'business', code, text: asText(root['error_description']) ?? asText(root['msg']) },
        callOf(request),
      );
    return { root, key, text: answer.text };
  }

  private unwrap(envelope: JsonObject, request: JdRequest, text: string): Pick<JdAnswer, 'root' | 'key'> {
    const spelt = wrapperOf(request.method);
    const key = [spelt, spelt.replace(/_responce$/, '_response')].find((one) => envelope[one] !== undefined);
    if (key !== undefined) return { root: asObject(envelope[key]), key };
    if (request.bareMember !== undefined && envelope[request.bareMember] !== undefined)
      return { root: { resultInfo: envelope }, key: '' };
    throw this.transport.unreadable(request, `the answer lacks ${spelt}`, text);
  }

  private parseEnvelope(answer: HttpAnswer, request: JdRequest): JsonObject {
    try {
      return asObject(parseAnswer(answer.text));
    } catch (error) {
      // RangeError: nesting so deep that the parser ran out of stack.
      if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
      throw this.transport.unreadable(request, `HTTP ${answer.status} with a body that is not JSON`, answer.text);
    }
  }
}

function callOf(request: RequestName): { method: string; isWrite: boolean } {
  return { method: request.method, isWrite: request.isWrite === true };
}

function gatewayFault(stated: JsonObject): JdFault {
  const english = asText(stated['en_desc']);
  return {
    layer: 'gateway',
    code: asText(stated['code']),
    text: asText(stated['zh_desc']) ?? english,
    subCode: asText(stated['sub_code']),
    subText: asText(stated['sub_msg']),
  };
}
