import { createLogger } from '@app/shared/logging/logger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ActRefused } from '../../core/happen';
import { fromPlatformText, MINUTE, toPlatformText } from '../../core/times';
import type { AppStory } from '../../core/story.types';
import { FlowControl } from '../../kit/flow-control';
import { loseAnswer, serveWire, type WireAnswer } from '../../kit/wire-faults';
import { Body, isCanonical } from './body';
import { business, DouyinError, encodeError, encodeSuccess, type Reader } from './envelope';
import type { Call, Method, MethodTable, DouyinState } from './method';
import { computeSign, isSameSign } from './sign';

/** The largest difference between a request's timestamp and the platform's wire clock; UNCONFIRMED in Douyin sheet §1. */
const MOST_SKEW_MS = 10 * MINUTE;

/** Names that were retired and still stand in old programs (Douyin sheet §5.10). */
const RETIRED: readonly string[] = [
  'order.list',
  'order.detail',
  'product.list',
  'trade.refundListSearch',
  'afterSale.orderList',
];

const log = createLogger('simulator.douyin');

const HTML = '<!DOCTYPE html><html><head><title>抖店</title></head><body><h1>系统繁忙，请稍后再试</h1></body></html>';

/** A request as it came. */
interface Incoming {
  path: string;
  origin: string;
  query: ReadonlyMap<string, string>;
  body: Buffer;
}

const common = (code: number, subCode: string, text: string): DouyinError => new DouyinError(code, subCode, text);
const limited = (): DouyinError => common(60000, 'isv.traffic-limited', '调用过于频繁，请稍后再试');

/** The gateway: the path is the method with slashes. */
export class Gateway {
  private readonly flow: FlowControl;
  private requests = 0;

  constructor(
    private readonly state: DouyinState,
    private readonly methods: MethodTable,
  ) {
    this.flow = new FlowControl(state.core, 'douyin', limited);
  }

  /** Serves one request. */
  serve(request: FastifyRequest, reply: FastifyReply, path: string): FastifyReply {
    const incoming = read(request, path);
    return serveWire(request, reply, {
      core: this.state.core,
      platform: 'douyin',
      method: incoming.query.get('method') ?? '',
      html: HTML,
      contentType: 'application/json; charset=utf-8',
      answer: () => this.answer(incoming, request.headers['x-open-no-old-err-code'] === '1'),
    });
  }

  private answer(incoming: Incoming, isNewStyle: boolean): WireAnswer {
    const reader: Reader = { logId: this.logId(), isNewStyle };
    try {
      const { call, method } = this.admit(incoming);
      const data = method.run(call);
      const lost = method.isWrite ? loseAnswer(this.state.core, 'douyin', call.method) : undefined;
      if (lost === 'cut') return { text: '', isLost: true };
      if (lost === 'error') throw common(20001, 'isp.service-error:20001', '系统内部超时');
      return { text: encodeSuccess(data, reader), isLost: false };
    } catch (error) {
      return { text: encodeError(asDouyinError(error), reader), isLost: false };
    }
  }

  private logId(): string {
    this.requests += 1;
    const at = toPlatformText(this.state.core.clocks.wire('douyin')).replace(/\D/g, '');
    return `${at}0102104078${this.requests.toString(16).toUpperCase().padStart(8, '0')}`;
  }

  /** The checks in the order that this folder's README names; Douyin sheet §1 and §4.2 leave it open. */
  private admit(incoming: Incoming): { call: Call; method: Method } {
    const { query } = incoming;
    const name = query.get('method') ?? '';
    const app = this.appOf(query);
    this.checkTimestamp(query.get('timestamp') ?? '');
    checkSign(incoming, app);
    const method = this.methodOf(name, incoming.path);
    const session = method.needsToken ? this.sessionOf(query, app, name) : undefined;
    if (app.forbiddenMethods.includes(name))
      throw common(30001, 'isv.app-permissions-insufficient', `应用没有调用 ${name} 的权限包`);
    this.flow.check(app.appKey, name, query.get('access_token') ?? '');
    const body = Body.parse(incoming.body.length === 0 ? '{}' : incoming.body.toString('utf8'));
    if (!body) throw common(40003, 'isv.parameter-format-invalid', 'param_json 不是合法的 JSON 对象');
    if (this.state.desk.settingsOf(app.appKey).isStrict && !isCanonical(body.fields))
      throw common(40003, 'isv.signature-invalid', 'param_json 的 key 没有按字母序排列');
    const call: Call = {
      ...this.state,
      platform: 'douyin',
      method: name,
      body,
      app,
      session,
      at: this.state.core.now(),
      origin: incoming.origin,
    };
    return { call, method };
  }

  private appOf(query: Incoming['query']): AppStory {
    const appKey = query.get('app_key') ?? '';
    if (appKey === '') throw common(40001, 'isv.app-id-missing', 'app_key 不能为空');
    const app = this.state.core.story.app('douyin', appKey);
    if (!app || !/^\d{19}$/.test(appKey)) throw common(40003, 'isv.app-id-invalid', 'app_key 不存在');
    return app;
  }

  private checkTimestamp(text: string): void {
    if (text === '') throw common(40001, 'isv.parameter-missing', 'timestamp 不能为空');
    const at = /^\d{1,12}$/.test(text) ? Number(text) * 1_000 : fromPlatformText(text);
    if (at === null) throw common(40003, 'isv.timestamp-format-error', 'timestamp 格式错误');
    if (Math.abs(this.state.core.clocks.wire('douyin') - at) > MOST_SKEW_MS)
      throw common(40003, 'isv.timestamp-invalid', 'timestamp 与服务器时间相差超过10分钟');
  }

  private methodOf(name: string, path: string): Method {
    if (name === '') throw common(40001, 'isv.parameter-missing', 'method 不能为空');
    if (name !== path) throw common(40003, 'isv.parameter-invalid', '请求路径与 method 不一致');
    if (RETIRED.includes(name)) throw common(70000, 'isp.api-service-off', `${name} 已下线`);
    const method = Object.hasOwn(this.methods, name) ? this.methods[name] : undefined;
    if (!method) throw common(40003, 'isv.parameter-invalid', `method ${name} 不存在`);
    return method;
  }

  private sessionOf(query: Incoming['query'], app: AppStory, method: string): Call['session'] {
    const token = query.get('access_token') ?? '';
    if (token === '') throw common(40001, 'isv.access-token-missing', 'access_token 不能为空');
    return this.state.tokens.session(app, token, method);
  }
}

/** The body carries `param_json`; a call without a body may carry it in the query (Douyin sheet §1). */
function read(request: FastifyRequest, path: string): Incoming {
  const query = new Map<string, string>();
  for (const [name, value] of Object.entries((request.query ?? {}) as Record<string, unknown>)) {
    const one = Array.isArray(value) ? value[0] : value;
    if (typeof one === 'string') query.set(name, one);
  }
  const sent = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const body = sent.length > 0 ? sent : Buffer.from(query.get('param_json') ?? '', 'utf8');
  const origin = `http://${request.headers.host ?? '127.0.0.1'}`;
  return { path: path.replaceAll('/', '.'), origin, query, body };
}

/** The sign covers the bytes as received; without `sign_method` it is judged as MD5 (Douyin sheet §1, §2.3). */
function checkSign({ query, body }: Incoming, app: AppStory): void {
  const version = query.get('v') ?? '';
  if (version === '') throw common(40001, 'isv.parameter-missing', 'v 不能为空');
  if (version !== '2') throw common(40003, 'isv.parameter-invalid', 'v 只能是 2');
  const sign = query.get('sign') ?? '';
  if (sign === '') throw common(40001, 'isv.signature-missing', 'sign 不能为空');
  const right = computeSign(
    {
      appKey: app.appKey,
      method: query.get('method') ?? '',
      body,
      timestamp: query.get('timestamp') ?? '',
      version,
    },
    app.appSecret,
    query.get('sign_method') === 'hmac-sha256' ? 'hmac-sha256' : 'md5',
  );
  if (!isSameSign(sign, right)) throw common(40003, 'isv.signature-invalid', '签名校验失败');
}

/** A refusal by the story's own rules means the state had moved on. Anything else is a bug and said to be one. */
function asDouyinError(error: unknown): DouyinError {
  if (error instanceof DouyinError) return error;
  if (error instanceof ActRefused) return business(60021, error.message);
  log.error({ err: error }, 'a method of the Douyin part failed');
  return common(20000, 'dop.service-error', `simulator bug: ${String(error)}`);
}
