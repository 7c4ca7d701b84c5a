import { toPlatformText } from '../../../core/times';
import { wireNow } from '../../../core/wire';
import { parseKeepingIds } from '../../../kit/lossless-json';
import type { Simulator } from '../../../simulator.server';
import * as harness from '../../../testing/harness';
import { ControlClient, type Answer } from '../../../testing/harness';
import { computeSign } from '../sign';

/** The app that exists from the first start on. */
export const APP = { appKey: '0A1B2C3D4E5F60718293A4B5C6D7E8F9', appSecret: 'demo0secret0of0jd0app00000000000' };
/** The shops of that app. */
export const FLAGSHIP = { shopId: '10706', token: 'demo0000000000000000000000010706nlmd' };
export const SECOND_SHOP = { shopId: '10707', token: 'demo0000000000000000000000010707nlmd' };

/** What every asc call must say. */
export const OPERATOR = { buId: FLAGSHIP.shopId, operatePin: 'huidian', operateNick: 'huidian' };

/** What a call differs in. */
export interface CallOptions {
  token?: string;
  secret?: string;
  timestamp?: string;
  v?: string;
  appKey?: string;
}

/** Talks to a running simulator as a program registered at JD would. */
export class Client extends ControlClient {
  constructor(port: number) {
    super(port, 'jd', FLAGSHIP.shopId);
  }

  /** The parameters of a signed call. An empty token is left out. */
  signed(method: string, params: Answer = {}, more: CallOptions = {}): Record<string, string> {
    const values = new Map<string, string>(
      Object.entries({
        method,
        app_key: more.appKey ?? APP.appKey,
        timestamp: more.timestamp ?? toPlatformText(wireNow()),
        v: more.v ?? '2.0',
        '360buy_param_json': JSON.stringify(params),
        ...(more.token === '' ? {} : { access_token: more.token ?? FLAGSHIP.token }),
      }),
    );
    values.set('sign', computeSign(values, more.secret ?? APP.appSecret));
    return Object.fromEntries(values);
  }

  async raw(values: Record<string, string>): Promise<string> {
    const response = await fetch(`${this.base}/jd/routerjson`, { method: 'POST', body: new URLSearchParams(values) });
    return response.text();
  }

  /** A signed call: the whole answer; big numbers come as texts. */
  async call(method: string, params: Answer = {}, more: CallOptions = {}): Promise<Answer> {
    return parseKeepingIds(await this.raw(this.signed(method, params, more))) as Answer;
  }

  /** What stands in the wrapper of an answer that is no gateway refusal. */
  async inner(method: string, params: Answer = {}, more: CallOptions = {}): Promise<Answer> {
    const answer = await this.call(method, params, more);
    if (answer.error_response) throw new Error(`${method}: ${JSON.stringify(answer.error_response)}`);
    return Object.values(answer)[0] as Answer;
  }

  /** The code of a gateway refusal; undefined when there is none. */
  async refusal(method: string, params: Answer = {}, more: CallOptions = {}): Promise<string | undefined> {
    return (await this.call(method, params, more)).error_response?.code as string | undefined;
  }

  /** An instant of the story as the platform writes it, moved by some milliseconds. */
  async storyText(offsetMs = 0): Promise<string> {
    return toPlatformText((await this.storyMs()) + offsetMs);
  }
}

/** A simulator in this process, on a free port. */
export async function startHere(
  env: Record<string, string> = {},
): Promise<{ client: Client; simulator: Simulator; folder: string }> {
  const { port, ...rest } = await harness.startHere(env);
  return { client: new Client(port), ...rest };
}
