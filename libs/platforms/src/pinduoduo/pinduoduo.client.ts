import { JsonObject, asFlag, asObject, asText, parseAnswer } from '../kit/answer.json';
import { HttpAnswer, PlatformCaller, PlatformTransport, RequestName } from '../kit/transport';
import { PinduoduoConfig } from './pinduoduo.config';
import { PinduoduoFault, toPlatformError } from './pinduoduo.errors';
import { PinduoduoMethod, ROOTS } from './pinduoduo.roots';
import { sign, signableParams } from './pinduoduo.signer';

/** Who calls and by which clock. */
export type PinduoduoCaller = PlatformCaller;

/** One call. */
export interface PinduoduoRequest extends RequestName {
  method: PinduoduoMethod;
  /** Business parameters as they are sent: texts, objects already as JSON text (Pinduoduo sheet §1.1). */
  params: Readonly<Record<string, string | undefined>>;
}

/** A successful answer: its root object and the text as received. */
export interface PinduoduoAnswer {
  root: JsonObject;
  text: string;
  /** When it was asked and answered, by our wire clock. */
  sentAt: Date;
  receivedAt: Date;
}

/** Transport to the router: common parameters, signing, envelope, error kinds. */
export class PinduoduoClient {
  private readonly transport: PlatformTransport;

  constructor(private readonly config: PinduoduoConfig) {
    const { timeoutMs, maxAnswerBytes } = config;
    this.transport = new PlatformTransport({ platform: 'pinduoduo', name: 'Pinduoduo', timeoutMs, maxAnswerBytes });
  }

  /** Calls a method, with the repeats of PlatformTransport.withRepeats. */
  async call(caller: PinduoduoCaller, request: PinduoduoRequest): Promise<PinduoduoAnswer> {
    return this.transport.withRepeats(caller, request, () => this.callOnce(caller, request));
  }

  /** The platform's present time as its own clock shows it, for socket log-ins. */
  platformNow(caller: Pick<PinduoduoCaller, 'wireNow'>): Date {
    return this.transport.platformNow(caller);
  }

  private async callOnce(caller: PinduoduoCaller, request: PinduoduoRequest): Promise<PinduoduoAnswer> {
    this.transport.requireToken(caller, request);
    await caller.admit?.(request.method);
    const body = new URLSearchParams(this.signedForm(caller, request)).toString();
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded;charset=utf-8' };
    const answer = await this.transport.send({ url: this.config.gatewayUrl, body, headers }, caller, request);
    this.transport.learnSkew(answer);
    return this.transport.reading(caller, request, answer, () => this.readEnvelope(answer, request));
  }

  private signedForm(caller: PinduoduoCaller, request: PinduoduoRequest): Record<string, string> {
    const form = signableParams({
      ...request.params,
      type: request.method,
      client_id: caller.shop.appKey,
      access_token: request.needsSession === false ? undefined : caller.shop.accessToken,
      timestamp: String(Math.floor(this.transport.platformNow(caller).getTime() / 1_000)),
      data_type: 'JSON',
      version: 'V1',
    });
    return { ...form, sign: sign(form, caller.shop.appSecret) };
  }

  private readEnvelope(answer: HttpAnswer, request: PinduoduoRequest): PinduoduoAnswer {
    if (answer.status === 429) throw this.refusal({ code: '70031', msg: 'HTTP 429' }, request);
    const envelope = this.parseEnvelope(answer, request);
    const stated = envelope['error_response'];
    if (stated !== undefined) throw this.refusal(readFault(asObject(stated)), request);
    const rootKey: string | undefined = ROOTS[request.method];
    const root = rootKey === undefined ? envelope : envelope[rootKey];
    if (root === undefined || root === null || Object.keys(asObject(root)).length === 0)
      throw this.transport.unreadable(request, 'the answer lacks its root object', answer.text);
    const inner = innerFault(asObject(root));
    if (inner) throw this.refusal(inner, request);
    return { root: asObject(root), text: answer.text, sentAt: answer.sentAt, receivedAt: answer.receivedAt };
  }

  private refusal(fault: PinduoduoFault, { method, isWrite }: PinduoduoRequest): Error {
    return toPlatformError(fault, { method, isWrite: isWrite === true }, this.config);
  }

  private parseEnvelope(answer: HttpAnswer, request: PinduoduoRequest): JsonObject {
    try {
      return asObject(parseAnswer(answer.text));
    } catch (error) {
      // RangeError: nesting so deep that the parser ran out of stack.
      if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
      throw this.transport.unreadable(request, `HTTP ${answer.status} with a body that is not JSON`, answer.text);
    }
  }
}

/** `sub_code` comes as null, number or text (Pinduoduo sheet §4.2). */
function readFault(stated: JsonObject): PinduoduoFault {
  return {
    code: asText(stated['error_code']),
    msg: asText(stated['error_msg']),
    subCode: asText(stated['sub_code']),
    subMsg: asText(stated['sub_msg']),
    requestId: asText(stated['request_id']),
  };
}

const FLAGS = ['is_success', 'success', 'succ'] as const;

/**
 * A root object does not mean success: the outcome may stand in a flag beside it or one level deeper, with an error code
 * of its own (Pinduoduo sheet §4.1). `cancel_result` is read where labels are given back.
 */
function innerFault(root: JsonObject): PinduoduoFault | undefined {
  const levels = [root, asObject(root['result'])];
  const isNo = (level: JsonObject): boolean =>
    FLAGS.some((flag) => level[flag] !== undefined && level[flag] !== null && !asFlag(level[flag]));
  const failed = levels.find(isNo) ?? levels.find((level) => !['', '0'].includes(codeOf(level) ?? ''));
  if (!failed) return undefined;
  const code = codeOf(failed) ?? codeOf(root);
  return {
    code: code === '0' ? undefined : code,
    msg: textOf(failed) ?? textOf(root) ?? 'the inner success flag is false',
    requestId: asText(root['request_id']),
  };
}

const codeOf = (level: JsonObject): string | undefined => asText(level['error_code']) ?? asText(level['errorCode']);
const textOf = (level: JsonObject): string | undefined =>
  asText(level['error_msg']) ?? asText(level['errorMsg']) ?? asText(level['message']) ?? asText(level['msg']);
