import { wireNow } from '../../../core/wire';
import { parseKeepingIds } from '../../../kit/lossless-json';
import type { Simulator } from '../../../simulator.server';
import * as harness from '../../../testing/harness';
import { ControlClient, type Answer } from '../../../testing/harness';
import { simulatorPart } from '../index';
import { computeSign, type SignMethod } from '../sign';

/** The app that exists from the first start on. */
export const APP = simulatorPart.firstApp;
const [first, second] = APP.shops;
/** The two shops of that app; the first deducts on payment, the second on ordering. */
export const FLAGSHIP = { shopId: first!.shopId, token: first!.accessToken };
export const SMALL = { shopId: second!.shopId, token: second!.accessToken };

/** How a call differs from the usual one. */
export interface CallChanges {
  token?: string;
  appKey?: string;
  secret?: string;
  signMethod?: SignMethod | 'absent';
  timestamp?: string;
  path?: string;
  headers?: Record<string, string>;
  /** Query parameters laid over the right ones after signing. */
  query?: Record<string, string>;
}

/** Talks to a running simulator as a program registered at Douyin would. */
export class Client extends ControlClient {
  constructor(port: number) {
    super(port, 'douyin', FLAGSHIP.shopId);
  }

  /** The answer's text; the body is sent as it is given. */
  async raw(method: string, body: string, changes: CallChanges = {}): Promise<Response> {
    const appKey = changes.appKey ?? APP.appKey;
    const timestamp = changes.timestamp ?? String(Math.floor(wireNow() / 1_000));
    const signMethod = changes.signMethod ?? 'hmac-sha256';
    const sign = computeSign(
      { appKey, method, body: Buffer.from(body, 'utf8'), timestamp, version: '2' },
      changes.secret ?? APP.appSecret,
      signMethod === 'absent' ? 'md5' : signMethod,
    );
    const query = new URLSearchParams({
      app_key: appKey,
      method,
      timestamp,
      v: '2',
      sign,
      ...(signMethod === 'absent' ? {} : { sign_method: signMethod }),
      ...(changes.token === '' ? {} : { access_token: changes.token ?? FLAGSHIP.token }),
      ...changes.query,
    });
    for (const [name, value] of Object.entries(changes.query ?? {})) if (value === '') query.delete(name);
    return fetch(`${this.base}/douyin/${changes.path ?? method.replaceAll('.', '/')}?${query.toString()}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-open-no-old-err-code': '1', ...changes.headers },
      body,
    });
  }

  /** A signed call; big numbers come as texts. */
  async call(method: string, params: Answer = {}, changes: CallChanges = {}): Promise<Answer> {
    const response = await this.raw(method, JSON.stringify(params), changes);
    return parseKeepingIds(await response.text()) as Answer;
  }

  /** The `data` of a call that goes well. */
  async data(method: string, params: Answer = {}, changes: CallChanges = {}): Promise<Answer> {
    const answer = await this.call(method, params, changes);
    if (answer.code !== 10000) throw new Error(`${method} was refused: ${JSON.stringify(answer)}`);
    return answer.data as Answer;
  }

  /** The sub code of a call that is refused. */
  async refusal(method: string, params: Answer = {}, changes: CallChanges = {}): Promise<string | undefined> {
    const answer = await this.call(method, params, changes);
    return answer.code === 10000 ? undefined : `${answer.code} ${answer.sub_code}`;
  }

  /** Unix seconds of the story's present, moved by some seconds. */
  async storySeconds(offset = 0): Promise<number> {
    return Math.floor((await this.storyMs()) / 1_000) + offset;
  }
}

/** A simulator in this process, on a free port. */
export async function startHere(
  env: Record<string, string> = {},
): Promise<{ client: Client; simulator: Simulator; folder: string }> {
  const { port, ...rest } = await harness.startHere(env);
  return { client: new Client(port), ...rest };
}
