import { createLogger } from '@app/shared/logging/logger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ActRefused } from '../../core/happen';
import { fromPlatformText, MINUTE, SECOND } from '../../core/times';
import { wireNow } from '../../core/wire';
import type { AppStory, ShopStory } from '../../core/story.types';
import { FlowControl } from '../../kit/flow-control';
import { shopOfSession, type SessionProblem } from '../../kit/sessions';
import { loseAnswer, readValues, serveWire, type Values, type WireAnswer } from '../../kit/wire-faults';
import { business, encode, encodeError, refuse, rootKey, TopError } from './envelope';
import type { Call, Method, MethodTable, TaobaoState } from './method';
import { Params } from './params';
import { isSigned, SIGN_METHODS } from './sign';

/** The largest difference between a request's timestamp and the platform's wire clock (Taobao sheet §1). */
const MOST_SKEW_MS = 10 * MINUTE;

const log = createLogger('simulator.taobao');

const HTML =
  '<!DOCTYPE html><html><head><title>淘宝网 - 登录</title></head><body><h1>系统繁忙，请稍后再试</h1></body></html>';

/** The gateway: one address, all methods. */
export class Gateway {
  private readonly flow: FlowControl;
  private requests = 0;

  constructor(
    private readonly state: TaobaoState,
    private readonly methods: MethodTable,
  ) {
    this.flow = new FlowControl(state.core, 'taobao', limited);
  }

  /** Serves one request: faults of the wire first, then the checks, the method, and faults of the answer. */
  async serve(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { core } = this.state;
    const values = await readValues(request);
    const method = values.get('method') ?? '';
    return serveWire(request, reply, {
      core,
      platform: 'taobao',
      method,
      html: HTML,
      contentType: 'application/json;charset=UTF-8',
      answer: () => this.answer(values),
    });
  }

  private answer(values: Values): WireAnswer {
    this.requests += 1;
    const requestId = `s${wireNow().toString(36)}${this.requests.toString(36)}`;
    try {
      const { call, method } = this.admit(values);
      const content = method.run(call);
      const lost = method.isWrite ? loseAnswer(this.state.core, 'taobao', call.method) : undefined;
      if (lost === 'cut') return { text: '', isLost: true };
      if (lost === 'error') throw business('isp.remote-service-timeout', '远程服务调用超时');
      const root = { [rootKey(call.method)]: { ...content, request_id: requestId } };
      return { text: encode(root, values.get('simplify') === 'true'), isLost: false };
    } catch (error) {
      return { text: encodeError(asTopError(error), requestId), isLost: false };
    }
  }

  /** The checks, in the order of Taobao sheet Appendix A. */
  private admit(values: Values): { call: Call; method: Method } {
    const name = values.get('method') ?? '';
    if (name === '') throw refuse(21);
    const method = Object.hasOwn(this.methods, name) ? this.methods[name] : undefined;
    if (!method) throw refuse(22, 'isv.invalid-method', `${name} 不存在`);
    const app = this.appOf(values);
    this.checkTimestamp(values);
    if (!values.get('sign')) throw refuse(24);
    const signMethod = values.get('sign_method') ?? '';
    if (!(SIGN_METHODS as readonly string[]).includes(signMethod) || !isSigned(values, app.appSecret)) throw refuse(25);
    checkForm(values);
    const session = this.sessionOf(values, app, method);
    if (app.forbiddenMethods.includes(name))
      throw refuse(11, 'isv.permission-api-package-limit', `应用没有调用 ${name} 的权限包`);
    this.flow.check(app.appKey, name, values.get('session') ?? '');
    const call: Call = {
      ...this.state,
      platform: 'taobao',
      method: name,
      params: new Params(values),
      app,
      session,
      at: this.state.core.now(),
    };
    return { call, method };
  }

  private appOf(values: Values): AppStory {
    const appKey = values.get('app_key') ?? '';
    if (appKey === '') throw refuse(28);
    const app = this.state.core.story.app('taobao', appKey);
    if (!app) throw refuse(29);
    return app;
  }

  private checkTimestamp(values: Values): void {
    const text = values.get('timestamp') ?? '';
    if (text === '') throw refuse(30);
    const at = fromPlatformText(text);
    if (at === null || Math.abs(this.state.core.clocks.wire('taobao') - at) > MOST_SKEW_MS) throw refuse(31);
  }

  private sessionOf(values: Values, app: AppStory, method: Method): ShopStory | undefined {
    const { core } = this.state;
    const token = values.get('session') ?? '';
    if (token === '') {
      if (method.needsSession) throw refuse(26);
      return undefined;
    }
    return shopOfSession(core, app, token, values.get('method') ?? '', badSession);
  }
}

function badSession(problem: SessionProblem): TopError {
  if (problem === 'unknown') return refuse(27, 'isv.invalid-session', 'session 不存在或不属于该应用');
  return refuse(27, 'session-expired', problem === 'expired' ? '授权已过期，请重新授权' : '授权已取消，请重新授权');
}

/** How a ban is told (Taobao sheet §4.5). */
function limited(ms: number): TopError {
  const seconds = Math.max(1, Math.ceil(ms / SECOND));
  const subCode =
    seconds <= 5 ? 'accesscontrol.limited-by-api-access-count' : 'accesscontrol.limited-by-app-access-count';
  return refuse(7, subCode, `This ban will last for ${seconds} more seconds`);
}

function checkForm(values: Values): void {
  const version = values.get('v') ?? '';
  if (version === '') throw refuse(32);
  if (version !== '2.0') throw refuse(version === '1.0' ? 34 : 33);
  // The real default is xml; refusing it shows a caller that forgot to ask for json (Taobao sheet Appendix A).
  if (values.get('format') !== 'json') throw refuse(23, 'isv.invalid-format', '本服务只支持 format=json');
}

/** A refusal by the story's own rules means the state had moved on. Anything else is a bug and said to be one. */
function asTopError(error: unknown): TopError {
  if (error instanceof TopError) return error;
  if (error instanceof ActRefused) return business('isv.trade-status-error', error.message);
  log.error({ err: error }, 'a method of the Taobao part failed');
  return refuse(10, 'isp.service-unavailable', `simulator bug: ${String(error)}`);
}
