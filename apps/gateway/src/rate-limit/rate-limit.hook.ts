import { createHash } from 'node:crypto';
import { Injectable, Inject } from '@nestjs/common';
import { AppError, SERVICE_CONFIG, TokenVerifier, WIRE_CLOCK, type WireClock } from '@app/shared';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GatewayConfig } from '../gateway.config';
import { sendProblem } from '../proxy/service-proxy';
import { RateLimiter, type Rate } from './rate-limiter';

/** Verified tokens remembered at once; the oldest is forgotten first. */
const REMEMBERED = 5_000;
/** Paths by which the installation watches itself and proves tokens. */
const UNLIMITED = /^\/(health\/|metrics(\?|$)|auth\/jwks(\?|$))/;

/** Counts every request against its client, or against its address while no valid token says who it is. */
@Injectable()
export class RateLimitHook {
  private readonly known = new Map<string, { clientId: string; endsAt: number }>();

  constructor(
    private readonly limiter: RateLimiter,
    private readonly verifier: TokenVerifier,
    @Inject(SERVICE_CONFIG) private readonly config: GatewayConfig,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** Adds the check in front of every route, the proxied ones included. */
  addTo(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', async (request, reply) => {
      if (UNLIMITED.test(request.url)) return;
      const { who, rate } = await this.bucketOf(request);
      const waitMs = await this.limiter.take(who, rate);
      if (waitMs === 0) return;
      const error = new AppError(
        'RATE_LIMITED',
        `Too many requests: at most ${rate.perSecond} per second and ${rate.burst} at once. Try again in ${waitMs} ms.`,
        { retryAfterMs: waitMs },
      );
      sendProblem(reply, error, { 'retry-after': String(Math.ceil(waitMs / 1_000)) });
      return reply;
    });
  }

  private async bucketOf(request: FastifyRequest): Promise<{ who: string; rate: Rate }> {
    if (request.url.startsWith('/auth/token')) {
      return {
        who: `token:${request.ip}`,
        rate: { perSecond: this.config.GATEWAY_TOKEN_RATE_PER_SECOND, burst: this.config.GATEWAY_TOKEN_RATE_BURST },
      };
    }
    const clientId = await this.clientOf(request.headers.authorization);
    return {
      who: clientId ? `client:${clientId}` : `address:${request.ip}`,
      rate: { perSecond: this.config.GATEWAY_RATE_PER_SECOND, burst: this.config.GATEWAY_RATE_BURST },
    };
  }

  /** A token is verified before its client is believed: else anyone could use up another client's calls. */
  private async clientOf(header: string | undefined): Promise<string | undefined> {
    const token = /^Bearer (\S+)$/i.exec(header ?? '')?.[1];
    if (!token) return undefined;
    const key = createHash('sha256').update(token).digest('base64');
    const known = this.known.get(key);
    if (known && known.endsAt > this.wire.now()) return known.clientId;
    const claims = await this.verifier.verify(token).catch((error: unknown) => {
      if (error instanceof AppError) return undefined;
      throw error;
    });
    if (!claims) return undefined;
    const oldest = this.known.keys().next().value;
    if (this.known.size >= REMEMBERED && oldest !== undefined) this.known.delete(oldest);
    this.known.set(key, { clientId: claims.client_id, endsAt: (claims.exp ?? 0) * 1_000 });
    return claims.client_id;
  }
}
