import { createLogger } from '@app/shared/logging/logger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ActRefused } from '../../core/happen';
import { MINUTE, SECOND } from '../../core/times';
import { wireNow } from '../../core/wire';
import type { AppStory, ShopStory } from '../../core/story.types';
import { FlowControl } from '../../kit/flow-control';
import { printJson } from '../../kit/lossless-json';
import { shopOfSession, type SessionProblem } from '../../kit/sessions';
import { loseAnswer, readValues, serveWire, type Values, type WireAnswer } from '../../kit/wire-faults';
import type { Call, Method, MethodTable, PinduoduoState } from './method';
import { Params } from './params';
import { business, errorBody, PopError, refuse } from './pop-error';
import { isSigned } from './sign';

/** The largest difference between a request's timestamp and the platform's wire clock (Pinduoduo sheet §1.1). */
const MOST_SKEW_MS = 10 * MINUTE;

const log = createLogger('simulator.pinduoduo');

const HTML = '<!DOCTYPE html><html><head><title>拼多多</title></head><body><h1>系统繁忙，请稍后再试</h1></body></html>';

/**
 * The parameters as texts. A JSON body may bring numbers and booleans, which are signed as they are written, and objects,
 * which are signed as compact JSON (Pinduoduo sheet §2).
 */
async function valuesOf(request: FastifyRequest): Promise<Values> {
  const values = await readValues(request);
  if (!String(request.headers['content-type'] ?? '').includes('json')) return values;
  for (const [name, value] of Object.entries((request.body ?? {}) as Record<string, unknown>)) {
    if (value === null || value === undefined) continue;
    values.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return values;
}

/** The gateway: one address, all methods, always HTTP 200. */
export class Gateway {
  private readonly flow: FlowControl;
  private requests = 0;

  constructor(
    private readonly state: PinduoduoState,
    private readonly methods: MethodTable,
  ) {
    this.flow = new FlowControl(state.core, 'pinduoduo', limited);
  }

  /** Serves one request: faults of the wire first, then the checks, the method, and faults of the answer. */
  async serve(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const values = await valuesOf(request);
    const { core } = this.state;
    return serveWire(request, reply, {
      core,
      platform: 'pinduoduo',
      method: values.get('type') ?? '',
      html: HTML,
      contentType: 'application/json;charset=UTF-8',
      answer: () => this.answer(values, `http://${request.host}`),
    });
  }

  private answer(values: Values, base: string): WireAnswer {
    this.requests += 1;
    // 17 digits (Pinduoduo sheet §4.1).
    const requestId = `1${wireNow()}${String(this.requests % 1_000).padStart(3, '0')}`;
    try {
      const { call, method } = this.admit(values, base);
      const content = { ...method.run(call), request_id: requestId };
      const lost = method.isWrite ? loseAnswer(this.state.core, 'pinduoduo', call.method) : undefined;
      if (lost === 'cut') return { text: '', isLost: true };
      if (lost === 'error') throw refuse(50_000, '调用超时');
      return { text: printJson(method.root === null ? content : { [method.root]: content }), isLost: false };
    } catch (error) {
      return { text: printJson(errorBody(asPopError(error), requestId)), isLost: false };
    }
  }

  /** The checks, in the order of Pinduoduo sheet Appendix A. */
  private admit(values: Values, base: string): { call: Call; method: Method } {
    const name = values.get('type') ?? '';
    if (name === '') throw refuse(10_001, 'type');
    const method = Object.hasOwn(this.methods, name) ? this.methods[name] : undefined;
    if (!method) throw refuse(10_017, name);
    const app = this.state.core.story.app('pinduoduo', values.get('client_id') ?? '');
    if (!app) throw refuse(10_016);
    this.checkTimestamp(values);
    if (!isSigned(values, app.appSecret)) throw refuse(20_004);
    if ((values.get('data_type') || 'JSON') !== 'JSON') throw refuse(10_001, 'data_type，本服务只支持JSON');
    const session = this.sessionOf(values, app, method);
    if (app.forbiddenMethods.includes(name)) throw refuse(20_031, name);
    this.flow.check(app.appKey, name, values.get('access_token') ?? '');
    const params = new Params(values);
    const { core } = this.state;
    const call: Call = {
      ...this.state,
      platform: 'pinduoduo',
      method: name,
      params,
      app,
      session,
      at: core.now(),
      base,
    };
    return { call, method };
  }

  private checkTimestamp(values: Values): void {
    const text = values.get('timestamp') ?? '';
    const skewMs = Math.abs(this.state.core.clocks.wire('pinduoduo') - Number(text) * SECOND);
    if (!/^\d{1,11}$/.test(text) || skewMs > MOST_SKEW_MS) throw refuse(10_001, 'timestamp');
  }

  private sessionOf(values: Values, app: AppStory, method: Method): ShopStory | undefined {
    const token = values.get('access_token') ?? '';
    if (token !== '') return shopOfSession(this.state.core, app, token, values.get('type') ?? '', badToken);
    if (method.needsToken) throw refuse(10_001, 'access_token');
    return undefined;
  }
}

/** A token whose time is over is 10019, every other wrong one 20032 (Pinduoduo sheet §3.1). */
const badToken = (problem: SessionProblem): PopError => refuse(problem === 'expired' ? 10_019 : 20_032);

/** A short ban concerns the method, a longer one the caller; neither tells its length (Pinduoduo sheet §4.4). */
const limited = (ms: number): PopError => refuse(ms <= 5 * SECOND ? 52_101 : 70_031);

/** A refusal by the story's own rules means the state had moved on. Anything else is a bug and said to be one. */
function asPopError(error: unknown): PopError {
  if (error instanceof PopError) return error;
  if (error instanceof ActRefused) return business(error.message);
  log.error({ err: error }, 'a method of the Pinduoduo part failed');
  return refuse(50_000, `simulator bug: ${String(error)}`);
}
