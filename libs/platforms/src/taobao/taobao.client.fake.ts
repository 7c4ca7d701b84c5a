import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformCall } from '../port';
import { TaobaoAnswer, TaobaoClient, TaobaoRequest, rootKeyOf } from './taobao.client';
import { TAOBAO_CONFIG_KEYS, TaobaoConfig } from './taobao.config';
import { TaobaoFault, toPlatformError } from './taobao.errors';
import { asObject, parseAnswer } from '../kit/answer.json';

/** What a fake call answers: a root object, or a fault. */
export type FakeAnswer = { root: Record<string, unknown> } | { fault: TaobaoFault };

/** A client that answers from a function and remembers its calls; errors are made by the real table. */
export class FakeTaobaoClient {
  readonly calls: TaobaoRequest[] = [];
  constructor(private readonly answer: (request: TaobaoRequest) => FakeAnswer) {}

  async call(_caller: unknown, request: TaobaoRequest): Promise<TaobaoAnswer> {
    this.calls.push(request);
    const answer = this.answer(request);
    if ('fault' in answer)
      throw toPlatformError(answer.fault, { method: request.method, isWrite: request.isWrite === true });
    const text = JSON.stringify({ [rootKeyOf(request.method)]: answer.root });
    return { root: asObject(asObject(parseAnswer(text))[rootKeyOf(request.method)]), text };
  }

  asClient(): TaobaoClient {
    return this as unknown as TaobaoClient;
  }
}

/** Configuration with every default. */
export function fakeConfig(change: Partial<TaobaoConfig> = {}): TaobaoConfig {
  const defaults = TAOBAO_CONFIG_KEYS.map((key) => [
    key.name,
    key.kind === 'integer' ? Number(key.default) : key.default,
  ]);
  return { ...(Object.fromEntries(defaults) as TaobaoConfig), ...change };
}

/** A call at a fixed time. */
export const fakeCall: PlatformCall = {
  shop: { platformShopId: '2200001', appKey: '12345678', appSecret: 'helloworld', accessToken: 'token' },
  wireNow: () => new Date('2026-11-11T00:10:00+08:00'),
  storyNow: () => new Date('2026-11-11T00:10:00+08:00'),
};

/** Text of a fixture. */
export function fixtureText(name: string): string {
  return readFileSync(join(__dirname, 'fixtures', name), 'utf8');
}
