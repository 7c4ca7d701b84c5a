import { createLogger } from '@app/shared/logging/logger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ActRefused } from '../../core/happen';
import { fromPlatformText, MINUTE } from '../../core/times';
import type { AppStory, ShopStory } from '../../core/story.types';
import { FlowControl } from '../../kit/flow-control';
import { parseKeepingIds } from '../../kit/lossless-json';
import { shopOfSession } from '../../kit/sessions';
import { loseAnswer, readValues, serveWire, type Values, type WireAnswer } from '../../kit/wire-faults';
import { encode, encodeError, JosError, MethodRefused, refuse, rootKey } from './envelope';
import { Fields, isObject } from './fields';
import type { Call, JdState, Method, MethodTable } from './method';
import { isSigned } from './sign';

/** The sources name six and ten minutes; the stricter one bites first (JD sheet §1). */
const MOST_SKEW_MS = 6 * MINUTE;

/** A ban up to this length is a burst (code 32), a longer one a used-up quota (code 2). */
const LONGEST_BURST_MS = MINUTE;

const log = createLogger('simulator.jd');

export const HTML =
  '<!DOCTYPE html><html><head><title>京东网上商城</title></head><body><h1>您访问的页面暂时无法打开</h1></body></html>';

/** The gateway: one address, all methods. Always HTTP 200 (JD sheet §4). */
export class Gateway {
  private readonly flow: FlowControl;

  constructor(
    private readonly state: JdState,
    private readonly methods: MethodTable,
  ) {
    this.flow = new FlowControl(state.core, 'jd', limited);
  }

  /** Serves one request; query and body are merged, whichever the caller put a parameter into. */
  async serve(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const values = await readValues(request);
    return serveWire(request, reply, {
      core: this.state.core,
      platform: 'jd',
      method: values.get('method') ?? '',
      html: HTML,
      contentType: 'application/json;charset=UTF-8',
      answer: () => this.answer(values),
    });
  }

  private answer(values: Values): WireAnswer {
    try {
      const { call, method } = this.admit(values);
      const content = runMethod(method, call);
      const lost = method.isWrite ? loseAnswer(this.state.core, 'jd', call.method) : undefined;
      if (lost === 'cut') return { text: '', isLost: true };
      // The write was done; the caller is told of a back end that did not answer (JD sheet §4, codes 65 to 67).
      if (lost === 'error') throw refuse('66');
      return { text: encode({ [rootKey(call.method)]: content }), isLost: false };
    } catch (error) {
      return { text: encodeError(asJosError(error)), isLost: false };
    }
  }

  /** The checks, in the order of JD sheet §15. */
  private admit(values: Values): { call: Call; method: Method } {
    const name = values.get('method') ?? '';
    if (name === '') throw refuse('14');
    const method = Object.hasOwn(this.methods, name) ? this.methods[name] : undefined;
    if (!method) throw refuse('15');
    const version = values.get('v') ?? '';
    if (version === '') throw refuse('4');
    if (version !== '2.0') throw refuse('5');
    const app = this.appOf(values);
    this.checkTimestamp(values);
    if (!values.get('sign')) throw refuse('11');
    if (!isSigned(values, app.appSecret)) throw refuse('12');
    const session = this.sessionOf(values, app, method);
    checkPermission(app, name);
    this.flow.check(app.appKey, name, values.get('access_token') ?? '');
    const fields = fieldsOf(values);
    return {
      call: { ...this.state, platform: 'jd', method: name, fields, app, session, at: this.state.core.now() },
      method,
    };
  }

  private appOf(values: Values): AppStory {
    const appKey = values.get('app_key') ?? '';
    if (appKey === '') throw refuse('20');
    const app = this.state.core.story.app('jd', appKey);
    if (!app) throw refuse('21');
    return app;
  }

  private checkTimestamp(values: Values): void {
    const text = values.get('timestamp') ?? '';
    if (text === '') throw refuse('7');
    const at = instantOf(text);
    if (at === null || Math.abs(this.state.core.clocks.wire('jd') - at) > MOST_SKEW_MS) throw refuse('8');
  }

  private sessionOf(values: Values, app: AppStory, method: Method): ShopStory | undefined {
    const token = values.get('access_token') ?? '';
    if (token === '') {
      if (method.needsSession) throw refuse('18');
      return undefined;
    }
    return shopOfSession(this.state.core, app, token, values.get('method') ?? '', () => refuse('19'));
  }
}

/** `yyyy-MM-dd HH:mm:ss`, or with milliseconds and `+0800`; always +08:00 (JD sheet §1). */
function instantOf(text: string): number | null {
  const match = /^(.{19})(?:\.(\d{3})\+0800)?$/.exec(text);
  const at = match ? fromPlatformText(match[1]!) : null;
  return at === null ? null : at + Number(match![2] ?? 0);
}

/** A forbidden method is refused with 24, or with the code that stands behind it, such as `method=73`. */
function checkPermission(app: AppStory, name: string): void {
  for (const entry of app.forbiddenMethods) {
    const [method, code = '24'] = entry.split('=') as [string, string?];
    if (method === name) throw refuse(code);
  }
}

function fieldsOf(values: Values): Fields {
  const text = values.get('360buy_param_json') ?? '';
  let json: unknown;
  try {
    json = parseKeepingIds(text);
  } catch {
    throw refuse('63');
  }
  if (!isObject(json)) throw refuse('62');
  return new Fields(json);
}

function runMethod(method: Method, call: Call): Record<string, unknown> {
  try {
    return { code: '0', ...method.run(call) };
  } catch (error) {
    if (!(error instanceof MethodRefused)) throw error;
    return { code: error.code, error_description: error.description };
  }
}

/** How a ban is told (JD sheet §4). There is no hint of its end. */
function limited(ms: number): JosError {
  return refuse(ms > LONGEST_BURST_MS ? '2' : '32');
}

/** A refusal by the story's own rules means the state had moved on. Anything else is a bug and said to be one. */
function asJosError(error: unknown): JosError {
  if (error instanceof JosError) return error;
  if (error instanceof ActRefused) return refuse('50', error.message);
  log.error({ err: error }, 'a method of the JD part failed');
  return refuse('43', `simulator bug: ${String(error)}`);
}
