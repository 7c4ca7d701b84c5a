import { Transform, Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUrl, Matches, Max, Min, MinLength } from 'class-validator';

const URL_RULE = { require_tld: false, require_protocol: true };

/** Settings that every service app shares. Keys are documented in docs/configuration.md. */
export class ServiceConfig {
  @IsIn(['demo', 'production', 'test'])
  HUIDIAN_MODE: 'demo' | 'production' | 'test' = 'production';

  @IsString()
  HOST = '127.0.0.1';

  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'must be a postgres:// address' })
  DATABASE_URL?: string;

  @IsOptional()
  @MinLength(8)
  DATABASE_ROLE_PASSWORD?: string;

  @Type(() => Number)
  @IsInt()
  @Min(2)
  @Max(100)
  DATABASE_POOL_SIZE = 8;

  /** Wire days after which acknowledged facts are removed. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3_650)
  FACTS_KEEP_DAYS = 30;

  /** Wire milliseconds without an acknowledgement after which a fact is sent again; below the 60 s after which `verify` counts a breach. */
  @Type(() => Number)
  @IsInt()
  @Min(1_000)
  @Max(55_000)
  FACTS_RESEND_AFTER_MS = 40_000;

  @Matches(/^rediss?:\/\//, { message: 'must be a redis:// address' })
  REDIS_URL = 'redis://127.0.0.1:6379';

  @Matches(/^[A-Za-z0-9_-]{1,40}$/)
  REDIS_PREFIX = 'huidian';

  @IsUrl(URL_RULE)
  GATEWAY_URL = 'http://127.0.0.1:3000';
  @IsUrl(URL_RULE)
  CATALOG_URL = 'http://127.0.0.1:3001';
  @IsUrl(URL_RULE)
  ORDERS_URL = 'http://127.0.0.1:3002';
  @IsUrl(URL_RULE)
  INVENTORY_URL = 'http://127.0.0.1:3003';
  @IsUrl(URL_RULE)
  LOGISTICS_URL = 'http://127.0.0.1:3004';
  @IsUrl(URL_RULE)
  SETTLEMENT_URL = 'http://127.0.0.1:3005';
  @IsUrl(URL_RULE)
  SYNC_URL = 'http://127.0.0.1:3006';

  @IsString()
  AUTH_ISSUER = 'huidian';

  @IsOptional()
  @IsUrl(URL_RULE)
  AUTH_JWKS_URL?: string;

  @MinLength(16, {
    message: 'must be given: the secret with which services authenticate to each other, at least 16 characters',
  })
  SERVICE_CLIENT_SECRET!: string;

  @IsOptional()
  @IsUrl(URL_RULE)
  HUIDIAN_CLOCK_URL?: string;

  @Transform(({ value }) => value ?? 'info')
  @IsIn(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
  LOG_LEVEL = 'info';
}

/** The services by the name that stands in paths, with their database schema. */
export const SERVICES = {
  catalog: 'catalog',
  orders: 'orders',
  inventory: 'inventory',
  logistics: 'logistics',
  settlement: 'settlement',
  sync: 'sync',
  gateway: 'identity',
} as const;

/** Name of a service as it stands in its paths and in facts. */
export type ServiceName = keyof typeof SERVICES;

/** The database address of a schema: its own key, else DATABASE_URL with the schema's role. */
export function databaseUrlOf(config: ServiceConfig, schema: string, env: NodeJS.ProcessEnv = process.env): string {
  const own = env[`${schema.toUpperCase()}_DATABASE_URL`];
  if (own) return own;
  if (!config.DATABASE_URL || !config.DATABASE_ROLE_PASSWORD) {
    throw new Error(
      `Settings are wrong: give ${schema.toUpperCase()}_DATABASE_URL, or DATABASE_URL together with DATABASE_ROLE_PASSWORD.`,
    );
  }
  const url = new URL(config.DATABASE_URL);
  url.username = `huidian_${schema}`;
  url.password = config.DATABASE_ROLE_PASSWORD;
  return url.toString();
}

/** Where a service answers. */
export function serviceUrl(config: ServiceConfig, service: ServiceName): string {
  return config[`${service.toUpperCase()}_URL` as 'ORDERS_URL'];
}
