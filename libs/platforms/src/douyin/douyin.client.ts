import { HttpAnswer, PlatformCaller, PlatformTransport, RequestName } from '../kit/transport';
import { Json, JsonObject, asObject, asText, parseAnswer } from '../kit/answer.json';
import { DouyinConfig } from './douyin.config';
import { DouyinFault, toPlatformError } from './douyin.errors';
import { Param, paramJson, sign } from './douyin.signer';

/** Success; everything else is an error (Douyin sheet §4.1). */
const SUCCESS = '10000';

/** One call. */
export interface DouyinRequest extends RequestName {
  params: { readonly [name: string]: Param };
}

/** A successful answer: its `data`, which may be an object, a list or a number, and the text as received. */
export interface DouyinAnswer {
  data: Json;
  text: string;
}

/** Path of a method: dots become slashes, capitals stay (Douyin sheet §1). */
export function pathOf(method: string): string {
  return `/${method.replaceAll('.', '/')}`;
}

/** Transport to the gateway: common parameters, signing, envelope, error kinds. */
export class DouyinClient {
  private readonly transport: PlatformTransport;

  constructor(private readonly config: DouyinConfig) {
    const { timeoutMs, maxAnswerBytes } = config;
    this.transport = new PlatformTransport({ platform: 'douyin', name: 'Douyin', timeoutMs, maxAnswerBytes });
  }

  /** Calls a method, with the repeats of PlatformTransport.withRepeats. */
  async call(caller: PlatformCaller, request: DouyinRequest): Promise<DouyinAnswer> {
    return this.transport.withRepeats(caller, request, () => this.callOnce(caller, request));
  }

  /** Platform time by the Date header of an unsigned request; undefined when the answer has none. */
  async readPlatformTime(
    caller: Pick<PlatformCaller, 'wireNow' | 'signal'>,
  ): Promise<{ platformTime: Date; sentAt: Date; receivedAt: Date } | undefined> {
    const method = 'order.logisticsCompanyList';
    const { platformTime, sentAt, receivedAt } = await this.send(
      method,
      new URLSearchParams({ method, v: '2' }),
      '{}',
      caller,
      { method },
    );
    return platformTime && { platformTime, sentAt, receivedAt };
  }

  private async callOnce(caller: PlatformCaller, request: DouyinRequest): Promise<DouyinAnswer> {
    this.transport.requireToken(caller, request);
    await caller.admit?.(request.method);
    const body = paramJson(request.params);
    const answer = await this.send(request.method, this.signedQuery(caller, request, body), body, caller, request);
    this.transport.learnSkew(answer);
    return this.transport.reading(caller, request, answer, () => this.readEnvelope(answer, request));
  }

  /** The sign covers the text that is sent; the token is not signed (Douyin sheet §2.1). */
  private signedQuery(caller: PlatformCaller, request: DouyinRequest, body: string): URLSearchParams {
    const signed = {
      app_key: caller.shop.appKey,
      method: request.method,
      timestamp: String(Math.floor(this.transport.platformNow(caller).getTime() / 1_000)),
      v: '2',
      sign_method: this.config.signMethod,
    };
    const query = new URLSearchParams({
      ...signed,
      sign: sign({ ...signed, param_json: body }, caller.shop.appSecret),
    });
    if (request.needsSession !== false && caller.shop.accessToken) query.set('access_token', caller.shop.accessToken);
    return query;
  }

  private send(
    method: string,
    query: URLSearchParams,
    body: string,
    caller: Pick<PlatformCaller, 'wireNow' | 'signal' | 'keepAnswer'>,
    request: RequestName,
  ): Promise<HttpAnswer> {
    const url = `${this.config.gatewayUrl.replace(/\/+$/, '')}${pathOf(method)}?${query.toString()}`;
    // Asks for the newer envelope, without the err_no of older ones (Douyin sheet §1).
    const headers = { 'Content-Type': 'application/json', 'x-open-no-old-err-code': '1' };
    return this.transport.send({ url, body, headers }, caller, request);
  }

  private readEnvelope(answer: HttpAnswer, request: DouyinRequest): DouyinAnswer {
    const call = { method: request.method, isWrite: request.isWrite === true };
    if (answer.status === 429) throw toPlatformError({ code: '60000', msg: 'HTTP 429' }, { ...call, isWrite: false });
    // Business errors come with 200; any other status is a failure on the way (Douyin sheet §1).
    if (answer.status !== 200)
      throw this.transport.unreadable(request, `HTTP ${answer.status}, where only 200 is an answer`, answer.text);
    const envelope = this.parseEnvelope(answer, request);
    const fault = readFault(envelope);
    if (fault.code === undefined) throw this.transport.unreadable(request, 'the answer lacks its code', answer.text);
    if (fault.code !== SUCCESS) throw toPlatformError(fault, call);
    return { data: envelope['data'], text: answer.text };
  }

  private parseEnvelope(answer: HttpAnswer, request: DouyinRequest): JsonObject {
    try {
      return asObject(parseAnswer(answer.text));
    } catch (error) {
      // RangeError: nesting so deep that the parser ran out of stack.
      if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
      throw this.transport.unreadable(request, 'a body that is not JSON', answer.text);
    }
  }
}

/** `err_no` and `message` are the older generation of code and text; 0 is their success (Douyin sheet §4.1). */
function readFault(envelope: JsonObject): DouyinFault {
  const old = asText(envelope['err_no']);
  return {
    code: asText(envelope['code']) ?? (old === '0' ? SUCCESS : old),
    msg: asText(envelope['msg']) ?? asText(envelope['message']),
    subCode: asText(envelope['sub_code']),
    subMsg: asText(envelope['sub_msg']),
    logId: asText(envelope['log_id']),
  };
}
