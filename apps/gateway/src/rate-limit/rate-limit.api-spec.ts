import { createRedis } from '@app/shared';
import { testEnvironment } from '@app/shared/testing/testing.config';
import type { GatewayConfig } from '../gateway.config';
import { startFakeService, startGatewayFixture, freePort } from '../testing/gateway.fixture';
import { RateLimiter } from './rate-limiter';

const configOf = (prefix: string) => ({ REDIS_PREFIX: prefix }) as GatewayConfig;

describe('the token bucket', () => {
  it('grants the burst at once and then the rate, the same for all gateways', async () => {
    const redis = createRedis(testEnvironment().redisUrl, 'rate-test');
    await redis.ping();
    const prefix = `rate-${process.pid}-${Date.now()}`;
    const limiters = [new RateLimiter(redis, configOf(prefix)), new RateLimiter(redis, configOf(prefix))];
    const rate = { perSecond: 2, burst: 10 };
    const waits = await Promise.all(Array.from({ length: 14 }, (_, i) => limiters[i % 2]!.take('client:a', rate)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(10);
    for (const wait of waits.filter((value) => value > 0)) expect(wait).toBeLessThanOrEqual(500);
    expect(await limiters[0]!.take('client:b', rate)).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 550));
    expect([await limiters[0]!.take('client:a', rate), (await limiters[1]!.take('client:a', rate)) > 0]).toEqual([
      0,
      true,
    ]);
    expect(await redis.pttl(`${prefix}:rate:client:a`)).toBeGreaterThan(0);
    redis.disconnect();
  });

  it('limits nobody while Redis is away, without waiting', async () => {
    const redis = createRedis(`redis://127.0.0.1:${await freePort()}`, 'rate-away');
    const limiter = new RateLimiter(redis, configOf('x'));
    const startedAt = Date.now();
    const waits = await Promise.all(
      Array.from({ length: 50 }, () => limiter.take('client:a', { perSecond: 1, burst: 1 })),
    );
    expect(waits.every((wait) => wait === 0)).toBe(true);
    expect(Date.now() - startedAt).toBeLessThan(500);
    redis.disconnect();
  });
});

describe('rate limits over HTTP', () => {
  it('refuses a client beyond its burst with 429 RATE_LIMITED, not the others, the token endpoint by address', async () => {
    const orders = await startFakeService((_, response) => void response.end('ok'));
    const gateway = await startGatewayFixture({
      ORDERS_URL: orders.url,
      GATEWAY_RATE_PER_SECOND: '1',
      GATEWAY_RATE_BURST: '5',
      GATEWAY_TOKEN_RATE_PER_SECOND: '1',
      GATEWAY_TOKEN_RATE_BURST: '3',
    });
    try {
      const tokenOf = async (id: string) =>
        ((await (await gateway.token(id, `${id}-secret`)).json()) as any).access_token as string;
      const [demo, warehouse] = [await tokenOf('demo'), await tokenOf('demo-warehouse')];
      const call = (token: string) =>
        fetch(`${gateway.url}/orders/v1/x`, { headers: { authorization: `Bearer ${token}` } });
      const answers = await Promise.all(Array.from({ length: 8 }, () => call(demo)));
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused).toHaveLength(3);
      expect(refused[0]!.headers.get('retry-after')).toBe('1');
      expect(refused[0]!.headers.get('content-type')).toContain('application/problem+json');
      expect(await refused[0]!.json()).toMatchObject({
        code: 'RATE_LIMITED',
        status: 429,
        retryAfterMs: expect.any(Number),
      });
      expect(orders.seen).toHaveLength(5);
      expect((await call(warehouse)).status).toBe(200);
      // A forged token that names the other client must not use up its calls: it counts against the address.
      const [head, , signature] = warehouse.split('.');
      const forged = `${head}.${Buffer.from('{"client_id":"demo-warehouse","exp":9999999999}').toString('base64url')}.${signature}`;
      await Promise.all(Array.from({ length: 8 }, () => call(forged)));
      expect((await call(warehouse)).status).toBe(200);
      expect((await gateway.token('demo', 'demo-secret')).status).toBe(200);
      expect((await gateway.token('demo', 'demo-secret')).status).toBe(429);
      const health = await Promise.all(Array.from({ length: 20 }, () => fetch(`${gateway.url}/health/live`)));
      expect(health.every(({ status }) => status === 200)).toBe(true);
    } finally {
      await gateway.close();
      await orders.close();
    }
  });
});
