import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import {
  createLogger,
  REDIS,
  SERVICE_CONFIG,
  sleep,
  STORY_CLOCK,
  WIRE_CLOCK,
  type StoryClock,
  type WireClock,
} from '@app/shared';
import { PlatformError, type MethodLimit, type PlatformManifest } from '@app/platforms';
import type { SyncConfig } from '../sync.config';

const log = createLogger('limits');
/** Longer waits are given back to the schedule instead of holding a worker. */
const LONGEST_WAIT_MS = 3_000;

/**
 * Takes one token from both buckets or from none.
 * KEYS: app bucket, shop bucket, then ban keys. ARGV: now ms, then per bucket its rate per second and its burst.
 * Returns 0 when the request may leave, else the milliseconds to wait. A bucket is a hash {n: tokens, t: time of n};
 * it is forgotten when it must be full again, so an idle shop leaves nothing behind.
 */
const TAKE = `
for i = 3, #KEYS do
  local ttl = redis.call('PTTL', KEYS[i])
  if ttl > 0 then return ttl end
end
local now = tonumber(ARGV[1])
local wait = 0
local left = {}
for i = 1, 2 do
  local rate = tonumber(ARGV[i * 2])
  local burst = tonumber(ARGV[i * 2 + 1])
  local bucket = redis.call('HMGET', KEYS[i], 'n', 't')
  local n = tonumber(bucket[1]) or burst
  local t = tonumber(bucket[2]) or now
  n = math.min(burst, n + math.max(0, now - t) * rate / 1000)
  left[i] = n
  if n < 1 then wait = math.max(wait, math.ceil((1 - n) * 1000 / rate)) end
end
if wait > 0 then return wait end
for i = 1, 2 do
  local rate = tonumber(ARGV[i * 2])
  local burst = tonumber(ARGV[i * 2 + 1])
  redis.call('HSET', KEYS[i], 'n', tostring(left[i] - 1), 't', now)
  redis.call('PEXPIRE', KEYS[i], math.ceil(burst * 1000 / rate) + 1000)
end
return 0
`;

/** Whose request it is. */
export interface BucketOwner {
  platform: string;
  appKey: string;
  shopId: string;
}

/** Token buckets per app, shop and method, shared by all workers through Redis. */
@Injectable()
export class BucketLimiter {
  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(SERVICE_CONFIG) private readonly config: SyncConfig,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** Resolves when the request may leave; throws `rate-limited` when that takes longer than a worker should wait. */
  async admit(manifest: PlatformManifest, owner: BucketOwner, method: string, signal?: AbortSignal): Promise<void> {
    for (let waited = 0; ;) {
      const wait = await this.take(manifest, owner, method);
      if (wait === 0) return;
      if (waited + wait > LONGEST_WAIT_MS || signal?.aborted) {
        throw new PlatformError(
          'rate-limited',
          `${method} of shop ${owner.shopId} has to wait ${wait} ms for its turn.`,
          { platform: owner.platform, method, retryAfterMs: wait },
        );
      }
      waited += wait;
      await sleep(wait, signal);
    }
  }

  /** Remembers a short ban of exactly one (app, method, shop), one method, one shop, or the app. */
  async ban(owner: BucketOwner, scope: { shopId: string; method: string }, ms: number): Promise<void> {
    await this.redis.set(this.banKey(owner, scope.shopId, scope.method), '1', 'PX', Math.max(1, Math.ceil(ms)));
  }

  private async take(manifest: PlatformManifest, owner: BucketOwner, method: string): Promise<number> {
    const limit = manifest.limits[method] ?? manifest.limits['*']!;
    const appRate = limit.appPerSecond * this.speed();
    const shopRate = (limit.shopPerSecond ?? limit.appPerSecond) * this.speed();
    const keys = [
      this.key(owner, `app:${method}`),
      this.key(owner, `shop:${owner.shopId}:${method}`),
      this.banKey(owner, owner.shopId, method),
      this.banKey(owner, owner.shopId, ''),
      this.banKey(owner, '', method),
      this.banKey(owner, '', ''),
    ];
    const values = [this.wire.now(), appRate, burstOf(limit, appRate), shopRate, burstOf(limit, shopRate)];
    try {
      return Number(await this.redis.eval(TAKE, keys.length, ...keys, ...values));
    } catch (error) {
      // Without Redis no job runs; the few calls that a clerk waits for go on, and the platform's own limit guards them.
      log.warn({ method, cause: (error as Error).message }, 'limits cannot be read; the request leaves without them');
      return 0;
    }
  }

  /** A story that runs faster does in a second what else takes minutes, so limits grow with it. */
  private speed(): number {
    return Math.max(1, this.story.rate());
  }

  private key(owner: BucketOwner, rest: string): string {
    return `${this.config.REDIS_PREFIX}:bucket:{${owner.platform}:${owner.appKey}}:${rest}`;
  }

  private banKey(owner: BucketOwner, shopId: string, method: string): string {
    return this.key(owner, `ban:${shopId}:${method}`);
  }
}

function burstOf(limit: MethodLimit, rate: number): number {
  return Math.max(1, limit.burst ?? 1, Math.ceil(rate));
}
