import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'lossless-json';
import { asObject, parseAnswer } from '../kit/answer.json';
import { PlatformCall, PlatformError } from '../port';
import { JdAnswer, JdClient, JdRequest, wrapperOf } from './jd.client';
import { JD_CONFIG_KEYS, JdConfig } from './jd.config';
import { JdFault, toPlatformError } from './jd.errors';

/** What a fake call answers: the object within the wrapper, the whole text, or a fault of the gateway. */
export type FakeAnswer = { root: Record<string, unknown> } | { text: string } | { fault: string };

/** A call as the fake saw it: parameters read back from the JSON text that would have been sent. */
export interface SeenCall {
  method: string;
  json: string;
  params: Record<string, unknown>;
  isWrite: boolean;
}

/** A client that answers from a function and remembers its calls; errors are made by the real table. */
export class FakeJdClient {
  readonly calls: SeenCall[] = [];
  constructor(private readonly answer: (call: SeenCall) => FakeAnswer) {}

  async call(_caller: unknown, request: JdRequest): Promise<JdAnswer> {
    const json = stringify(request.params) ?? '{}';
    const params = asObject(parseAnswer(json));
    const seen = { method: request.method, json, params, isWrite: request.isWrite === true };
    this.calls.push(seen);
    const answer = this.answer(seen);
    if ('fault' in answer) throw toPlatformError({ layer: 'gateway', code: answer.fault }, seen);
    const key = wrapperOf(request.method);
    const text = 'text' in answer ? answer.text : JSON.stringify({ [key]: { code: '0', ...answer.root } });
    return { root: asObject(asObject(parseAnswer(text))[key]), key, text };
  }

  refusal(request: JdRequest, fault: Omit<JdFault, 'layer'>): Error {
    return toPlatformError(
      { ...fault, layer: 'business' },
      { method: request.method, isWrite: request.isWrite === true },
    );
  }

  unreadable(request: JdRequest, why: string): Error {
    return new PlatformError('transient', why, { method: request.method, outcomeUnknown: request.isWrite === true });
  }

  /** Calls of one method. */
  of(method: string): SeenCall[] {
    return this.calls.filter((call) => call.method === method);
  }

  asClient(): JdClient {
    return this as unknown as JdClient;
  }
}

/** Configuration with every default. */
export function fakeConfig(change: Partial<JdConfig> = {}): JdConfig {
  const defaults = JD_CONFIG_KEYS.map((key) => [
    key.name,
    key.kind === 'integer' ? Number(key.default) : key.kind === 'boolean' ? key.default === 'true' : key.default,
  ]);
  return { ...(Object.fromEntries(defaults) as JdConfig), ...change };
}

/** A call at a fixed time. */
export const fakeCall: PlatformCall = {
  shop: {
    platformShopId: '10706',
    appKey: 'F0E1D2C3B4A5968778695A4B3C2D1E0F',
    appSecret: '0123456789abcdeffedcba9876543210',
    accessToken: '11112222-3333-4444-5555-666677778888',
  },
  wireNow: () => new Date('2026-11-22T06:58:04+08:00'),
  storyNow: () => new Date('2024-03-08T12:00:00+08:00'),
};

/** Text of a fixture. */
export function fixtureText(name: string): string {
  return readFileSync(join(__dirname, 'fixtures', name), 'utf8');
}

/** The recorded requests. */
export interface JdVectors {
  appSecret: string;
  accessToken: string;
  appKey: string;
  vectors: {
    id: string;
    http: { method: string; rawQuery: string; rawBody: string };
    params: Record<string, string>;
    sign: string;
    stringToSign: string;
  }[];
  officialVector: { appSecret: string; params: Record<string, string>; sign: string };
  tde: {
    keyIdBase64: string;
    keyStringBase64: string;
    keyDigestBase64: string;
    samples: { plain: string; cipherBase64: string }[];
  };
}

/** Vectors recorded from real SDKs. */
export const vectors = JSON.parse(fixtureText('vectors.json')) as JdVectors;

/** The failure of an act, which must be a platform's. */
export async function failureOf(act: Promise<unknown>): Promise<PlatformError> {
  const error = await act.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(PlatformError);
  return error as PlatformError;
}
