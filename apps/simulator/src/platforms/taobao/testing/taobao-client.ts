import type { ChildProcess } from 'node:child_process';
import { toPlatformText } from '../../../core/times';
import { wireNow } from '../../../core/wire';
import { parseKeepingIds } from '../../../kit/lossless-json';
import type { Simulator } from '../../../simulator.server';
import * as harness from '../../../testing/harness';
import { ControlClient, type Answer } from '../../../testing/harness';
import { computeSign } from '../sign';

/** The app that exists from the first start on. */
export const APP = { appKey: '12345678', appSecret: 'demo0secret0of0taobao0app12345678' };
/** The Tmall shop and the Taobao shop of that app. */
export const MALL = { shopId: '2200001', token: '6100ademo2200001' };
export const MARKET = { shopId: '2200002', token: '6100ademo2200002' };

/** Talks to a running simulator as a program registered at Taobao would. */
export class Client extends ControlClient {
  constructor(port: number) {
    super(port, 'taobao', MALL.shopId);
  }

  /** The parameters of a signed call. */
  signed(
    method: string,
    params: Record<string, string> = {},
    more: { token?: string; secret?: string; signMethod?: string; timestamp?: string } = {},
  ): Record<string, string> {
    const values = new Map<string, string>(
      Object.entries({
        method,
        app_key: APP.appKey,
        timestamp: more.timestamp ?? toPlatformText(wireNow()),
        format: 'json',
        v: '2.0',
        sign_method: more.signMethod ?? 'md5',
        ...(more.token === '' ? {} : { session: more.token ?? MALL.token }),
        ...params,
      }),
    );
    values.set('sign', computeSign(values, more.secret ?? APP.appSecret, more.signMethod ?? 'md5'));
    return Object.fromEntries(values);
  }

  async raw(values: Record<string, string>): Promise<string> {
    const response = await fetch(`${this.base}/taobao/router/rest`, {
      method: 'POST',
      body: new URLSearchParams(values),
    });
    return response.text();
  }

  /** A signed call; big numbers come as texts. */
  async call(
    method: string,
    params: Record<string, string> = {},
    more: Parameters<Client['signed']>[2] = {},
  ): Promise<Answer> {
    return parseKeepingIds(await this.raw(this.signed(method, params, more))) as Answer;
  }

  /** The story's present as the platform writes it, moved by some milliseconds. */
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

/** A simulator in a process of its own; resolves when it is ready. */
export async function spawnSimulator(
  main: string,
  env: Record<string, string>,
): Promise<{ client: Client; child: ChildProcess; kill(signal: NodeJS.Signals): Promise<void> }> {
  const { port, ...rest } = await harness.spawnSimulator(main, env);
  return { client: new Client(port), ...rest };
}
