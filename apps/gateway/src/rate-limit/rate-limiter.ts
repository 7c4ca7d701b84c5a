import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { createLogger, REDIS, SERVICE_CONFIG } from '@app/shared';
import type { Redis } from 'ioredis';
import type { GatewayConfig } from '../gateway.config';

const log = createLogger('rate-limit');
/** Longer than any healthy Redis takes; a request waits no longer for its permission. */
const ANSWER_WITHIN_MS = 100;

/**
 * Token bucket in one hash {tokens, at}. KEYS[1] the bucket; ARGV[1] tokens per second, ARGV[2] burst.
 * Takes one token and returns 0, or returns the milliseconds until the next one. Time is that of Redis, so all gateways agree.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local rate = tonumber(ARGV[1])
local burst = tonumber(ARGV[2])
local known = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(known[1]) or burst
local at = tonumber(known[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate / 1000)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = math.ceil((1 - tokens) * 1000 / rate) end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil(burst * 1000 / rate) + 1000)
return wait
`;

const TAKE_NAME = createHash('sha1').update(TAKE).digest('hex');

/** A number of calls per second, and how many may come at once. */
export interface Rate {
  perSecond: number;
  burst: number;
}

/** Limits how often someone may call. While Redis is away nobody is limited: a missing limit is better than a closed door. */
@Injectable()
export class RateLimiter {
  private isOpen = false;

  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(SERVICE_CONFIG) private readonly config: GatewayConfig,
  ) {}

  /** Takes one call out of the bucket of `who`; returns 0 when it may go on, else the milliseconds to wait. */
  async take(who: string, rate: Rate): Promise<number> {
    try {
      const wait = await this.ask(`${this.config.REDIS_PREFIX}:rate:${who}`, rate);
      if (this.isOpen) log.info('rates are limited again');
      this.isOpen = false;
      return wait;
    } catch (error) {
      if (!this.isOpen)
        log.warn(
          { cause: String((error as Error).message) },
          'Redis does not answer; rates are not limited until it is back',
        );
      this.isOpen = true;
      return 0;
    }
  }

  private async ask(key: string, { perSecond, burst }: Rate): Promise<number> {
    if (this.redis.status !== 'ready') throw new Error(`the connection is ${this.redis.status}`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, ANSWER_WITHIN_MS, undefined);
    });
    try {
      const wait = await Promise.race([this.run(key, perSecond, burst), late]);
      if (wait === undefined) throw new Error(`no answer within ${ANSWER_WITHIN_MS} ms`);
      return wait;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Redis knows the script by its name once it has seen it, until it starts anew. */
  private async run(key: string, ...rate: [number, number]): Promise<number> {
    try {
      return (await this.redis.evalsha(TAKE_NAME, 1, key, ...rate)) as number;
    } catch (error) {
      if (!String((error as Error).message).startsWith('NOSCRIPT')) throw error;
      return (await this.redis.eval(TAKE, 1, key, ...rate)) as number;
    }
  }
}
