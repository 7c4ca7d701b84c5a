import { toShanghaiText } from '@app/shared';
import { HttpAnswer, PlatformCaller, PlatformTransport, RequestName } from '../kit/transport';
import { JsonObject, asFlag, asObject, asText, parseAnswer } from '../kit/answer.json';
import { TaobaoConfig } from './taobao.config';
import { TaobaoFault, toPlatformError } from './taobao.errors';
import { sign, signableParams } from './taobao.signer';

/** Who calls and by which clock. */
export type TaobaoCaller = PlatformCaller;

/** One call. */
export interface TaobaoRequest extends RequestName {
  params: Readonly<Record<string, string | undefined>>;
}

/** A successful answer: its root object and the text as received. */
export interface TaobaoAnswer {
  root: JsonObject;
  text: string;
}

/** Root key: the method without a leading `taobao.`, dots as underscores, and `_response` (Taobao sheet §4.1). */
export function rootKeyOf(method: string): string {
  return `${method.replace(/^taobao\./, '').replaceAll('.', '_')}_response`;
}

/** Transport to the TOP gateway: common parameters, signing, envelope, error kinds. */
export class TaobaoClient {
  private readonly transport: PlatformTransport;

  constructor(private readonly config: TaobaoConfig) {
    const { timeoutMs, maxAnswerBytes } = config;
    this.transport = new PlatformTransport({ platform: 'taobao', name: 'Taobao', timeoutMs, maxAnswerBytes });
  }

  /** Calls a method, with the repeats of PlatformTransport.withRepeats. */
  async call(caller: TaobaoCaller, request: TaobaoRequest): Promise<TaobaoAnswer> {
    return this.transport.withRepeats(caller, request, () => this.callOnce(caller, request));
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

  private async callOnce(caller: TaobaoCaller, request: TaobaoRequest): Promise<TaobaoAnswer> {
    this.transport.requireToken(caller, request);
    await caller.admit?.(request.method);
    const answer = await this.send(this.config.gatewayUrl, this.signedForm(caller, request), caller, request);
    this.transport.learnSkew(answer);
    return this.transport.reading(caller, request, answer, () => this.readEnvelope(answer, request));
  }

  private signedForm(caller: TaobaoCaller, request: TaobaoRequest): Record<string, string> {
    const form = signableParams({
      ...request.params,
      method: request.method,
      app_key: caller.shop.appKey,
      session: request.needsSession === false ? undefined : caller.shop.accessToken,
      timestamp: toShanghaiText(this.transport.platformNow(caller)),
      format: 'json',
      v: '2.0',
      sign_method: this.config.signMethod,
    });
    return { ...form, sign: sign(form, caller.shop.appSecret) };
  }

  private send(
    url: string,
    form: Record<string, string>,
    caller: Pick<TaobaoCaller, 'wireNow' | 'signal' | 'keepAnswer'>,
    request: RequestName,
  ): Promise<HttpAnswer> {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded;charset=utf-8' };
    return this.transport.send({ url, body: new URLSearchParams(form).toString(), headers }, caller, request);
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
    if (root === undefined) throw this.transport.unreadable(request, 'the answer lacks its root object', answer.text);
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
      throw this.transport.unreadable(request, `HTTP ${answer.status} with a body that is not JSON`, answer.text);
    }
  }
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
