import { Global, Inject, Injectable, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { Audit, AuditSealer } from './audit/audit';
import { AuthGuard } from './auth/auth.guard';
import { TokenVerifier } from './auth/token.verifier';
import { databaseUrlOf, SERVICES, type ServiceConfig } from './config/service.config';
import { createDataSource } from './db/data-source';
import { FactConsumer } from './facts/fact.consumer';
import { FactDesk } from './facts/fact.desk';
import { FactGate } from './facts/fact.gate';
import { FactHost } from './facts/fact.host';
import { FactRegistry } from './facts/fact.registry';
import { FactRelay } from './facts/fact.relay';
import { FactSweeper } from './facts/fact.sweeper';
import { FactsController } from './facts/facts.controller';
import { InboxRepository } from './facts/inbox.repository';
import { Outbox } from './facts/outbox';
import { OutboxBell } from './facts/outbox.bell';
import { OutboxRepository } from './facts/outbox.repository';
import { HealthController, Readiness } from './http/health.controller';
import { ServiceHttp } from './http/service-http';
import { Idempotency } from './idempotency/idempotency';
import { createRedis } from './queue/redis';
import type { ServiceOptions } from './service-options';
import { FollowingStoryClock, realStoryClock, type StoryClock } from './time/story-clock';
import { systemWireClock } from './time/wire-clock';
import { REDIS, SERVICE_CONFIG, SERVICE_OPTIONS, STORY_CLOCK, WIRE_CLOCK } from './tokens';
import { Verification, VerifyController } from './verify/verification';

async function createStoryClock(config: ServiceConfig): Promise<StoryClock> {
  if (!config.HUIDIAN_CLOCK_URL) return realStoryClock;
  if (config.HUIDIAN_MODE === 'production')
    throw new Error('Settings are wrong: in production the story clock is real time; unset HUIDIAN_CLOCK_URL.');
  return new FollowingStoryClock(config.HUIDIAN_CLOCK_URL).start();
}

/** Closes what the module opened, after everything that uses it has stopped. */
@Injectable()
class Closer implements OnApplicationShutdown {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    if (this.story instanceof FollowingStoryClock) await this.story.stop();
    this.redis.disconnect();
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}

const PROVIDERS = [
  OutboxRepository,
  InboxRepository,
  OutboxBell,
  Outbox,
  FactRegistry,
  FactConsumer,
  FactGate,
  FactDesk,
  FactRelay,
  FactHost,
  FactSweeper,
  TokenVerifier,
  ServiceHttp,
  Readiness,
  Idempotency,
  Audit,
  AuditSealer,
  Verification,
];

/** Everything that each service has: database, Redis, clocks, facts, identity, audit, health and verification. */
@Global()
@Module({})
export class ServiceModule {
  static for(options: ServiceOptions): DynamicModule {
    const schema = SERVICES[options.service];
    return {
      module: ServiceModule,
      controllers: [HealthController, VerifyController, FactsController],
      providers: [
        { provide: SERVICE_OPTIONS, useValue: options },
        { provide: SERVICE_CONFIG, useValue: options.config },
        { provide: WIRE_CLOCK, useValue: systemWireClock },
        { provide: STORY_CLOCK, useFactory: () => createStoryClock(options.config) },
        { provide: REDIS, useFactory: () => createRedis(options.config.REDIS_URL, options.service) },
        {
          provide: DataSource,
          useFactory: () =>
            createDataSource({
              url: databaseUrlOf(options.config, schema),
              schema,
              poolSize: options.config.DATABASE_POOL_SIZE,
            }).initialize(),
        },
        { provide: APP_GUARD, useClass: AuthGuard },
        Closer,
        ...PROVIDERS,
      ],
      exports: [SERVICE_OPTIONS, SERVICE_CONFIG, WIRE_CLOCK, STORY_CLOCK, REDIS, DataSource, ...PROVIDERS],
    };
  }
}
