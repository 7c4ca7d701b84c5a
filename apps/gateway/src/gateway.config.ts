import { databaseUrlOf, ServiceConfig } from '@app/shared';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, Min, MinLength, ValidateIf } from 'class-validator';

/** Settings of the gateway. */
export class GatewayConfig extends ServiceConfig {
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  GATEWAY_PORT = 3000;

  /** 32 bytes in base64; seals the keys that sign tokens. */
  @ValidateIf((config: GatewayConfig) => !config.SECRETS_MASTER_KEYS)
  @IsString({ message: 'must be given: 32 random bytes in base64, which seal the keys that sign tokens' })
  SECRETS_MASTER_KEY?: string;

  /** `k1:<base64>,k2:<base64>`, the last one seals; in place of SECRETS_MASTER_KEY while keys are rotated. */
  @IsOptional()
  @IsString()
  SECRETS_MASTER_KEYS?: string;

  /** Calls per second that one client may make in the long run. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  GATEWAY_RATE_PER_SECOND = 200;

  /** Calls that one client may make at once after a rest. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  GATEWAY_RATE_BURST = 400;

  /** Token requests per second and address: each costs the time of one password hash. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100_000)
  GATEWAY_TOKEN_RATE_PER_SECOND = 20;

  /** Token requests that one address may make at once after a rest. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100_000)
  GATEWAY_TOKEN_RATE_BURST = 100;

  /** Longest wait for a service to begin its answer. */
  @Type(() => Number)
  @IsInt()
  @Min(100)
  @Max(300_000)
  GATEWAY_PROXY_TIMEOUT_MS = 60_000;
}

/** The master keys that seal what the gateway keeps secret. */
export function masterKeyText(config: Pick<GatewayConfig, 'SECRETS_MASTER_KEY' | 'SECRETS_MASTER_KEYS'>): string {
  return config.SECRETS_MASTER_KEYS ?? config.SECRETS_MASTER_KEY ?? '';
}

/** Settings of the gateway's command line tools: a database, no port and no Redis. */
export class GatewayCliConfig {
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'must be a postgres:// address' })
  IDENTITY_DATABASE_URL?: string;

  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'must be a postgres:// address' })
  DATABASE_URL?: string;

  @IsOptional()
  @MinLength(8)
  DATABASE_ROLE_PASSWORD?: string;

  @IsOptional()
  @IsString()
  SECRETS_MASTER_KEY?: string;

  @IsOptional()
  @IsString()
  SECRETS_MASTER_KEYS?: string;

  @IsString()
  AUTH_ISSUER = 'huidian';
}

/** The address of the identity schema for the command line tools. */
export function identityDatabaseUrl(config: GatewayCliConfig): string {
  return databaseUrlOf(config as GatewayConfig, 'identity', { IDENTITY_DATABASE_URL: config.IDENTITY_DATABASE_URL });
}
