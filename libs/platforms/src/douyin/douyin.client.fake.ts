import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformCall } from '../port';
import { asObject, parseAnswer } from '../kit/answer.json';
import { DouyinAnswer, DouyinClient, DouyinRequest } from './douyin.client';
import { DOUYIN_CONFIG_KEYS, DouyinConfig } from './douyin.config';
import { DouyinFault, toPlatformError } from './douyin.errors';
import { paramJson } from './douyin.signer';

/** What a fake call answers: `data` as a value or as JSON text, or a fault. */
export type FakeAnswer = { data: unknown } | { text: string } | { fault: DouyinFault };

/** A client that answers from a function and remembers its calls; errors are made by the real table. */
export class FakeDouyinClient {
  readonly calls: DouyinRequest[] = [];
  constructor(private readonly answer: (request: DouyinRequest) => FakeAnswer) {}

  async call(_caller: unknown, request: DouyinRequest): Promise<DouyinAnswer> {
    this.calls.push(request);
    const answer = this.answer(request);
    if ('fault' in answer)
      throw toPlatformError(answer.fault, { method: request.method, isWrite: request.isWrite === true });
    const text = 'text' in answer ? answer.text : JSON.stringify({ code: 10000, data: answer.data });
    return { data: asObject(parseAnswer(text))['data'], text };
  }

  /** Parameters of a call as the text that would be sent. */
  sent(index: number): unknown {
    return JSON.parse(paramJson(this.calls[index]!.params));
  }

  asClient(): DouyinClient {
    return this as unknown as DouyinClient;
  }
}

/** Configuration with every default. */
export function fakeConfig(change: Partial<DouyinConfig> = {}): DouyinConfig {
  const defaults = DOUYIN_CONFIG_KEYS.map(({ name, kind, default: text }) => [
    name,
    kind === 'integer' ? Number(text) : kind === 'boolean' ? text === 'true' : text,
  ]);
  return { ...(Object.fromEntries(defaults) as DouyinConfig), ...change };
}

/** A call at a fixed time. */
export const fakeCall: PlatformCall = {
  shop: {
    platformShopId: '4463798',
    appKey: '7000000000000000001',
    appSecret: '0b1f5e2a-6c3d-4f7e-9a10-2b3c4d5e6f70',
    accessToken: 'token',
  },
  wireNow: () => new Date('2025-09-25T10:00:00+08:00'),
  storyNow: () => new Date('2025-09-25T10:00:00+08:00'),
};

/** Text of a fixture. */
export function fixtureText(name: string): string {
  return readFileSync(join(__dirname, 'fixtures', name), 'utf8');
}
