import type { Redis } from 'ioredis';
import type { ServiceOptions } from '../service-options';
import { startTestIdentity, type TestIdentity } from '../testing/identity';
import { TokenVerifier } from './token.verifier';

describe('tokens', () => {
  let identity: TestIdentity;
  let foreign: TestIdentity;
  let verifier: TokenVerifier;
  beforeAll(async () => {
    identity = await startTestIdentity();
    foreign = await startTestIdentity();
    const config = { GATEWAY_URL: identity.url, AUTH_ISSUER: 'huidian', REDIS_PREFIX: 'test' };
    const redis = { set: () => Promise.resolve('OK'), get: () => Promise.resolve(null) };
    verifier = new TokenVerifier({ config } as unknown as ServiceOptions, redis as unknown as Redis);
  });
  afterAll(async () => {
    await identity.close();
    await foreign.close();
  });
  const verdictOf = async (token: string) =>
    verifier.verify(token).then(
      ({ company }) => company,
      (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
    );

  it('are good until their end, give or take the seconds by which clocks differ', async () => {
    expect(await verdictOf(await identity.token({ scopes: [], lifetime: 60 }))).toBe('cmp_test');
    const expired = await verdictOf(await identity.token({ scopes: [], lifetime: -60 }));
    expect(expired).toContain('AUTH.INVALID_TOKEN: The token has expired');
  });

  it('that were proven once end as others do', async () => {
    const token = await identity.token({ scopes: [], lifetime: 60 });
    expect(await verdictOf(token)).toBe('cmp_test');
    expect(await verdictOf(token)).toBe('cmp_test');
    const now = Date.now();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setInterval', 'setTimeout'] });
    jest.setSystemTime(now + 70_000);
    try {
      expect(await verdictOf(token)).toContain('AUTH.INVALID_TOKEN: The token has expired');
    } finally {
      jest.useRealTimers();
    }
  });

  it('are worth nothing when somebody else signed them, or when they are no tokens', async () => {
    expect(await verdictOf(await foreign.token({ scopes: [] }))).toContain('AUTH.INVALID_TOKEN');
    expect(await verdictOf('abc')).toContain('AUTH.INVALID_TOKEN');
  });
});
