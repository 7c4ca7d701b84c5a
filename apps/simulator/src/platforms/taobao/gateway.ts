import { gzipSync } from 'node:zlib';
import { createLogger } from '@app/shared/logging/logger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Core } from '../../core/core';
import { ActRefused } from '../../core/happen';
import type { FaultSetting } from '../../core/fault-injector';
import { fromPlatformText, MINUTE, SECOND } from '../../core/times';
import { wireNow } from '../../core/wire';
import type { AppStory, ShopStory } from '../../core/story.types';
import { business, encode, encodeError, refuse, rootKey, TopError } from './envelope';
import { FlowControl } from './flow-control';
import type { Call, Method, MethodTable, TaobaoState } from './method';
import { Params } from './params';
import { isSigned, SIGN_METHODS } from './sign';

/** The largest difference between a request's timestamp and the platform's wire clock (Taobao sheet §1). */
const MOST_SKEW_MS = 10 * MINUTE;

const log = createLogger('simulator.taobao');

const HTML =
  '<!DOCTYPE html><html><head><title>淘宝网 - 登录</title></head><body><h1>系统繁忙，请稍后再试</h1></body></html>';

type Values = Map<string, string>;

/** Query string and body, merged; files are left out. The body wins. */
export async function readValues(request: FastifyRequest): Promise<Values> {
  const values: Values = new Map();
  const take = (source: unknown): void => {
    for (const [name, value] of Object.entries((source ?? {}) as Record<string, unknown>)) {
      const one = Array.isArray(value) ? value[0] : value;
      if (typeof one === 'string') values.set(name, one);
    }
  };
  take(request.query);
  if (!request.isMultipart()) {
    take(request.body);
    return values;
  }
  for await (const part of request.parts()) {
    if (part.type === 'file') part.file.resume();
    else if (typeof part.value === 'string') values.set(part.fieldname, part.value);
  }
  return values;
}

/** The gateway: one address, all methods. */
export class Gateway {
  private readonly flow: FlowControl;
  private requests = 0;

  constructor(
    private readonly state: TaobaoState,
    private readonly methods: MethodTable,
  ) {
    this.flow = new FlowControl(state.core);
  }

  /** Serves one request: faults of the wire first, then the checks, the method, and faults of the answer. */
  async serve(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { core } = this.state;
    const values = await readValues(request);
    const method = values.get('method') ?? '';
    if (core.faults.strikes('taobao', 'down', method)) return cut(request, reply);
    void reply.header('date', new Date(core.clocks.wire('taobao')).toUTCString());
    if (core.faults.strikes('taobao', 'html-200', method)) return reply.type('text/html;charset=utf-8').send(HTML);
    core.catchUp();
    const { text, isLost } = this.answer(values);
    core.log.flush();
    if (isLost) return cut(request, reply);
    void reply.type('application/json;charset=UTF-8');
    if (core.faults.strikes('taobao', 'broken-gzip', method)) return sendBroken(reply, text);
    const accepts = String(request.headers['accept-encoding'] ?? '').includes('gzip');
    // Small answers gain nothing from compression.
    if (!accepts || text.length < 1_024) return reply.send(text);
    return reply.header('content-encoding', 'gzip').send(gzipSync(text, { level: 1 }));
  }

  private answer(values: Values): { text: string; isLost: boolean } {
    this.requests += 1;
    const requestId = `s${wireNow().toString(36)}${this.requests.toString(36)}`;
    try {
      const { call, method } = this.admit(values);
      const content = method.run(call);
      const lost = method.isWrite ? this.loseAnswer(call.method) : undefined;
      if (lost === 'cut') return { text: '', isLost: true };
      if (lost === 'error') throw business('isp.remote-service-timeout', '远程服务调用超时');
      const root = { [rootKey(call.method)]: { ...content, request_id: requestId } };
      return { text: encode(root, values.get('simplify') === 'true'), isLost: false };
    } catch (error) {
      return { text: encodeError(asTopError(error), requestId), isLost: false };
    }
  }

  /** The write was done, but the caller does not learn it: the connection breaks, or a time-out is told. */
  private loseAnswer(method: string): 'cut' | 'error' | undefined {
    const { faults } = this.state.core;
    if (!faults.strikes('taobao', 'timeout-after-write', method)) return undefined;
    return faults.chance('taobao', 'timeout-after-write').hits(0.5) ? 'cut' : 'error';
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
    const shop = core.story.shopOfToken('taobao', token);
    if (!shop || shop.appKey !== app.appKey) throw refuse(27, 'isv.invalid-session', 'session 不存在或不属于该应用');
    if (shop.tokenExpiresAt < core.clocks.wire('taobao')) throw refuse(27, 'session-expired', '授权已过期，请重新授权');
    const fault =
      shop.tokenState === 'valid' ? core.faults.strikes('taobao', 'revoked', values.get('method')) : undefined;
    const current = fault ? revoke(core, shop, fault) : endRevocation(core, shop);
    if (current.tokenState === 'revoked') throw refuse(27, 'session-expired', '授权已取消，请重新授权');
    return current;
  }
}

function revoke(core: Core, shop: ShopStory, fault: FaultSetting): ShopStory {
  const revoked: ShopStory = {
    ...shop,
    tokenState: 'revoked',
    ...(fault.seconds === undefined ? {} : { revokedUntil: wireNow() + fault.seconds * SECOND }),
  };
  core.story.putShop(revoked);
  return revoked;
}

function endRevocation(core: Core, shop: ShopStory): ShopStory {
  if (shop.tokenState !== 'revoked' || shop.revokedUntil === undefined || wireNow() < shop.revokedUntil) return shop;
  const { revokedUntil: _ended, ...rest } = shop;
  const valid: ShopStory = { ...rest, tokenState: 'valid' };
  core.story.putShop(valid);
  return valid;
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

function cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.hijack();
  request.raw.socket.destroy();
  return reply;
}

/** A gzip body that ends in the middle. */
function sendBroken(reply: FastifyReply, text: string): FastifyReply {
  const packed = gzipSync(text);
  return reply.header('content-encoding', 'gzip').send(packed.subarray(0, Math.max(12, packed.length >> 1)));
}
