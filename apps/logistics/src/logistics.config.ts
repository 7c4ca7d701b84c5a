import { parseSealKeys, ServiceConfig, type SealKeys } from '@app/shared';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';

/** Settings of the logistics service. */
export class LogisticsConfig extends ServiceConfig {
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  LOGISTICS_PORT = 3004;

  /** 32 bytes in base64: the master key under which print data are sealed. */
  @IsOptional()
  @IsString()
  SECRETS_MASTER_KEY?: string;

  /** `k1:<base64>,k2:<base64>` for rotation; the last one seals, all of them open. */
  @IsOptional()
  @IsString()
  SECRETS_MASTER_KEYS?: string;

  /** Story hours for which a pulled parcel keeps its waybill when the clerk asks for it. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(720)
  LOGISTICS_KEEP_WAYBILL_HOURS = 24;

  /** Pause between two looks at due rows, in wire milliseconds. */
  @Type(() => Number)
  @IsInt()
  @Min(20)
  @Max(60_000)
  LOGISTICS_KEEPER_INTERVAL_MS = 1_000;
}

/** Injection token of the keys that seal print data. */
export const SEAL_KEYS = Symbol('SEAL_KEYS');

/** The keys that seal print data; throws at start when none is configured. */
export function sealKeysOf(config: LogisticsConfig): SealKeys {
  const text = config.SECRETS_MASTER_KEYS ?? config.SECRETS_MASTER_KEY;
  if (!text)
    throw new Error(
      'Settings are wrong: give SECRETS_MASTER_KEY (32 bytes in base64), under which print data are sealed.',
    );
  return parseSealKeys(text);
}
