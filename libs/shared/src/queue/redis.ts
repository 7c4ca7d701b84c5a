import { Redis } from 'ioredis';
import { createLogger } from '../logging/logger';

const log = createLogger('redis');

/** A connection that gives up a command quickly when Redis is away: for producers and limits. */
export function createRedis(url: string, name: string): Redis {
  return watch(
    new Redis(url, {
      connectionName: `huidian-${name}`,
      maxRetriesPerRequest: 1,
      enableOfflineQueue: true,
      connectTimeout: 3_000,
      retryStrategy,
    }),
    name,
  );
}

/** A connection for BullMQ workers, which must wait for Redis to come back. */
export function createBlockingRedis(url: string, name: string): Redis {
  return watch(
    new Redis(url, {
      connectionName: `huidian-${name}`,
      maxRetriesPerRequest: null,
      connectTimeout: 3_000,
      retryStrategy,
    }),
    name,
  );
}

function retryStrategy(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 6), 2_000) + Math.random() * 100;
}

function watch(redis: Redis, name: string): Redis {
  let isAway = false;
  redis.on('error', (error: Error) => {
    if (!isAway)
      log.warn({ connection: name, cause: error.message || String(error) }, 'Redis does not answer; trying again');
    isAway = true;
  });
  redis.on('ready', () => {
    if (isAway) log.info({ connection: name }, 'Redis is back');
    isAway = false;
  });
  return redis;
}
