import type { ChildProcess } from 'node:child_process';
import { SECOND } from '../../../core/times';
import { wireNow } from '../../../core/wire';
import { parseKeepingIds } from '../../../kit/lossless-json';
import type { Simulator } from '../../../simulator.server';
import * as harness from '../../../testing/harness';
import { ControlClient, type Answer } from '../../../testing/harness';
import { simulatorPart } from '../index';
import { computeSign } from '../sign';

const [first, second] = simulatorPart.firstApp.shops;

/** The app that exists from the first start on, and its two shops. */
export const APP = { clientId: simulatorPart.firstApp.appKey, clientSecret: simulatorPart.firstApp.appSecret };
export const SHOP = { shopId: first!.shopId, token: first!.accessToken };
export const OTHER = { shopId: second!.shopId, token: second!.accessToken };

/** How a call differs from an ordinary one of the first shop. */
export interface CallOptions {
  token?: string;
  secret?: string;
  clientId?: string;
  timestamp?: string;
}

/** Talks to a running simulator as a program registered at Pinduoduo would. */
export class Client extends ControlClient {
  constructor(port: number) {
    super(port, 'pinduoduo', SHOP.shopId);
  }

  /** The parameters of a signed call. */
  signed(type: string, params: Record<string, string> = {}, more: CallOptions = {}): Record<string, string> {
    const values = new Map<string, string>(
      Object.entries({
        type,
        client_id: more.clientId ?? APP.clientId,
        timestamp: more.timestamp ?? String(Math.floor(wireNow() / SECOND)),
        data_type: 'JSON',
        version: 'V1',
        ...(more.token === '' ? {} : { access_token: more.token ?? SHOP.token }),
        ...params,
      }),
    );
    values.set('sign', computeSign(values, more.secret ?? APP.clientSecret));
    return Object.fromEntries(values);
  }

  async raw(values: Record<string, string>): Promise<string> {
    const response = await fetch(`${this.base}/pinduoduo/api/router`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(values),
    });
    return response.text();
  }

  /** A signed call; big numbers come as texts. */
  async call(type: string, params: Record<string, string> = {}, more: CallOptions = {}): Promise<Answer> {
    return parseKeepingIds(await this.raw(this.signed(type, params, more))) as Answer;
  }

  /** The code and reason of a refusal; undefined when the call was served. */
  async refusal(type: string, params: Record<string, string> = {}, more: CallOptions = {}): Promise<[number, string]> {
    const { error_response: error } = await this.call(type, params, more);
    return error === undefined ? [0, ''] : [error.error_code as number, error.sub_msg as string];
  }

  /** The story's present in epoch seconds, moved by some seconds. */
  async storySeconds(offset = 0): Promise<number> {
    return Math.floor((await this.storyMs()) / SECOND) + offset;
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
