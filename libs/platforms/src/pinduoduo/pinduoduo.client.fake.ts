import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asObject, parseAnswer } from '../kit/answer.json';
import { PlatformCall } from '../port';
import { PinduoduoAnswer, PinduoduoClient, PinduoduoRequest } from './pinduoduo.client';
import { PINDUODUO_CONFIG_KEYS, PinduoduoConfig } from './pinduoduo.config';
import { PinduoduoFault, toPlatformError } from './pinduoduo.errors';
import { ROOTS } from './pinduoduo.roots';

/** What a fake call answers: a root object, the text of a whole answer, or a fault. */
export type FakeAnswer = { root: Record<string, unknown> } | { text: string } | { fault: PinduoduoFault };

/** Configuration with every default. */
export function fakeConfig(change: Partial<PinduoduoConfig> = {}): PinduoduoConfig {
  const defaults = PINDUODUO_CONFIG_KEYS.map(({ name, kind, default: text }) => [
    name,
    kind === 'integer' ? Number(text) : kind === 'boolean' ? text === 'true' : text,
  ]);
  return { ...(Object.fromEntries(defaults) as PinduoduoConfig), ...change };
}

/** A call at a fixed time. */
export const fakeCall: PlatformCall = {
  shop: { platformShopId: '100200300', appKey: 'demo-client-0001', appSecret: 'secret', accessToken: 'token' },
  wireNow: () => new Date('2026-11-21T12:30:00+08:00'),
  storyNow: () => new Date('2026-11-21T12:30:00+08:00'),
};

/** A client that answers from a function and remembers its calls; errors are made by the real table. */
export class FakePinduoduoClient {
  readonly calls: PinduoduoRequest[] = [];
  constructor(private readonly answer: (request: PinduoduoRequest) => FakeAnswer) {}

  async call(_caller: unknown, request: PinduoduoRequest): Promise<PinduoduoAnswer> {
    this.calls.push(request);
    const answer = this.answer(request);
    if ('fault' in answer)
      throw toPlatformError(answer.fault, { method: request.method, isWrite: request.isWrite === true }, fakeConfig());
    const rootKey: string | undefined = ROOTS[request.method];
    const whole = 'text' in answer ? undefined : rootKey === undefined ? answer.root : { [rootKey]: answer.root };
    const text = 'text' in answer ? answer.text : JSON.stringify(whole);
    const envelope = asObject(parseAnswer(text));
    const at = fakeCall.wireNow();
    return {
      root: rootKey === undefined ? envelope : asObject(envelope[rootKey]),
      text,
      sentAt: at,
      receivedAt: new Date(at.getTime() + 100),
    };
  }

  /** Methods in the order in which they were called. */
  methods(): string[] {
    return this.calls.map(({ method }) => method);
  }

  platformNow(): Date {
    return fakeCall.wireNow();
  }

  asClient(): PinduoduoClient {
    return this as unknown as PinduoduoClient;
  }
}

/** Text of a fixture. */
export function fixtureText(name: string): string {
  return readFileSync(join(__dirname, 'fixtures', name), 'utf8');
}
