import { Controller, Get, Inject, Injectable, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { Open } from '../auth/caller';
import { metrics } from '../metrics/metrics';
import { REDIS } from '../tokens';

/** What else an app needs to be ready; apps add their own. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, () => Promise<void>>();
  private isStopping = false;

  constructor(dataSource: DataSource, @Inject(REDIS) redis: Redis) {
    this.add('database', async () => void (await dataSource.query('SELECT 1')));
    this.add('redis', async () => void (await redis.ping()));
  }

  /** Adds a named check that throws while what it stands for is missing. */
  add(name: string, checkIt: () => Promise<void>): void {
    this.checks.set(name, checkIt);
  }

  /** Turns readiness red while the process ends. */
  stop(): void {
    this.isStopping = true;
  }

  /** Names of what is missing, with the cause. */
  async missing(): Promise<{ name: string; cause: string }[]> {
    if (this.isStopping) return [{ name: 'process', cause: 'stopping' }];
    const results = await Promise.all(
      [...this.checks].map(async ([name, checkIt]) => {
        const timeout = AbortSignal.timeout(2_000);
        const late = new Promise<never>((_, reject) =>
          timeout.addEventListener('abort', () => reject(new Error('no answer within 2 s')), { once: true }),
        );
        return Promise.race([checkIt(), late]).then(
          () => undefined,
          (error: unknown) => ({ name, cause: String((error as Error).message || error) }),
        );
      }),
    );
    return results.filter((result) => result !== undefined);
  }
}

/** Health and metrics of an app; open, meant for the local network. */
@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Open()
  @Get('health/live')
  live(): { status: string } {
    return { status: 'live' };
  }

  @Open()
  @Get('health/ready')
  async ready(
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ status: string; missing: { name: string; cause: string }[] }> {
    const missing = await this.readiness.missing();
    void reply.status(missing.length === 0 ? 200 : 503);
    return { status: missing.length === 0 ? 'ready' : 'not ready', missing };
  }

  @Open()
  @Get('metrics')
  async metrics(@Res() reply: FastifyReply): Promise<void> {
    await reply.header('content-type', metrics.contentType).send(await metrics.metrics());
  }
}
