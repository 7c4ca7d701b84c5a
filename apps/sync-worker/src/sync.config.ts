import { Transform, Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, IsUrl, Max, Min } from 'class-validator';
import { ServiceConfig } from '@app/shared';

const URL_RULE = { require_tld: false, require_protocol: true };
const DEMO_PULL_MS = 2_000;
const PRODUCTION_PULL_MS = 30_000;
const DEMO_LISTINGS_MS = 60_000;
const PRODUCTION_LISTINGS_MS = 3_600_000;

/** Settings of sync-worker beside those of every service. */
export class SyncConfig extends ServiceConfig {
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  SYNC_PORT = 3006;

  /** Key by which platform secrets are sealed: 32 bytes in base64. */
  @IsOptional()
  @IsString()
  SECRETS_MASTER_KEY?: string;

  /** Several keys, `k1:base64,k2:base64`; the last one seals. Wins over SECRETS_MASTER_KEY. */
  @IsOptional()
  @IsString()
  SECRETS_MASTER_KEYS?: string;

  /** Wire milliseconds between two change pulls of a shop; default 2 000 in demo and tests, 30 000 in production. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(200)
  SYNC_PULL_INTERVAL_MS?: number;

  /** Wire milliseconds between two reads of a shop's listings; default a minute in demo and tests, an hour in production. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1_000)
  SYNC_LISTINGS_INTERVAL_MS?: number;

  /** Wire milliseconds by which the change pull may lag when a stock number is raised. */
  @Type(() => Number)
  @IsInt()
  @Min(1_000)
  SYNC_PUSH_PULL_LAG_MS = 15_000;

  /** Jobs that one process works on at a time, per platform and lane. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(64)
  SYNC_CONCURRENCY = 8;

  /** False: this process answers calls but works on no jobs and keeps no schedule. */
  @Transform(({ value }) => value === undefined || value === true || value === 'true' || value === '1')
  SYNC_WORKS = true;

  /** Address under which platforms send the merchant's browser back; default GATEWAY_URL. */
  @IsOptional()
  @IsUrl(URL_RULE)
  SYNC_PUBLIC_URL?: string;

  get pullIntervalMs(): number {
    return this.SYNC_PULL_INTERVAL_MS ?? (this.HUIDIAN_MODE === 'production' ? PRODUCTION_PULL_MS : DEMO_PULL_MS);
  }

  get listingsIntervalMs(): number {
    return (
      this.SYNC_LISTINGS_INTERVAL_MS ?? (this.HUIDIAN_MODE === 'production' ? PRODUCTION_LISTINGS_MS : DEMO_LISTINGS_MS)
    );
  }
}
