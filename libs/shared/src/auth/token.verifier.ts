import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import axios from 'axios';
import { AppError } from '../errors/app-error';
import { createLogger } from '../logging/logger';
import type { ServiceOptions } from '../service-options';
import { systemWireClock } from '../time/wire-clock';
import { REDIS, SERVICE_OPTIONS } from '../tokens';

const log = createLogger('auth');
const REFETCH_AFTER_MS = 300_000;
const MIN_REFETCH_MS = 2_000;
/** Tokens whose signature was proven since the keys were read; a client uses its token for thousands of calls. */
const MOST_PROVEN = 1_000;
const TOLERANCE_SECONDS = 5;

/** Claims of a Huidian token beside the registered ones. */
export interface TokenClaims extends JWTPayload {
  client_id: string;
  company: string;
  scope: string;
  kind: 'client' | 'service';
  shops?: string[];
  warehouses?: string[];
}

/** Verifies tokens with cached public keys, so services start and work while the gateway is away. */
@Injectable()
export class TokenVerifier {
  private keys: ReturnType<typeof createLocalJWKSet> | undefined;
  private readonly proven = new Map<string, TokenClaims>();
  private fetchedAt = 0;
  private triedAt = 0;

  constructor(
    @Inject(SERVICE_OPTIONS) private readonly options: ServiceOptions,
    @Inject(REDIS) private readonly redis: Redis,
  ) {}

  /** Returns the claims of a valid token; throws AUTH.INVALID_TOKEN or AUTH.KEYS_UNAVAILABLE. */
  async verify(token: string): Promise<TokenClaims> {
    if (!this.keys || systemWireClock.now() - this.fetchedAt > REFETCH_AFTER_MS) await this.load();
    const known = this.proven.get(token);
    if (known && isInTime(known)) return known;
    this.proven.delete(token);
    try {
      return await this.check(token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw this.invalid(error);
      await this.load();
      return this.check(token).catch((again: unknown) => {
        throw this.invalid(again);
      });
    }
  }

  private async check(token: string): Promise<TokenClaims> {
    if (!this.keys)
      throw new AppError(
        'AUTH.KEYS_UNAVAILABLE',
        'The keys that prove tokens could not be read from the gateway yet; try again soon.',
      );
    const { payload } = await jwtVerify<TokenClaims>(token, this.keys, {
      issuer: this.options.config.AUTH_ISSUER,
      algorithms: ['ES256'],
      clockTolerance: TOLERANCE_SECONDS,
    });
    if (this.proven.size >= MOST_PROVEN) this.proven.clear();
    this.proven.set(token, payload);
    return payload;
  }

  private invalid(error: unknown): AppError {
    if (error instanceof AppError) return error;
    const expired = error instanceof errors.JWTExpired;
    return new AppError(
      'AUTH.INVALID_TOKEN',
      expired
        ? 'The token has expired; get a new one from /auth/token.'
        : 'The token is not valid; get one from /auth/token.',
    );
  }

  private async load(): Promise<void> {
    const now = systemWireClock.now();
    if (this.keys && now - this.triedAt < MIN_REFETCH_MS) return;
    this.triedAt = now;
    const url = this.options.config.AUTH_JWKS_URL ?? `${this.options.config.GATEWAY_URL}/auth/jwks`;
    const cacheKey = `${this.options.config.REDIS_PREFIX}:jwks`;
    try {
      const { data } = await axios.get<JSONWebKeySet>(url, { timeout: 3_000 });
      this.keys = createLocalJWKSet(data);
      this.proven.clear();
      this.fetchedAt = now;
      await this.redis
        .set(cacheKey, JSON.stringify(data))
        .catch((error: Error) => log.debug({ cause: error.message }, 'keys could not be cached'));
    } catch (error) {
      log.warn(
        { url, cause: String((error as Error).message) },
        'token keys could not be read; going on with the known ones',
      );
      if (this.keys) return;
      const cached = await this.redis.get(cacheKey).catch(() => null);
      if (cached) this.keys = createLocalJWKSet(JSON.parse(cached) as JSONWebKeySet);
    }
  }
}

function isInTime({ exp }: TokenClaims): boolean {
  return exp !== undefined && exp + TOLERANCE_SECONDS > systemWireClock.now() / 1_000;
}
