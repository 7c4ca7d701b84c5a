import { ServiceConfig } from '@app/shared';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

/** Settings of settlement. */
export class SettlementConfig extends ServiceConfig {
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  SETTLEMENT_PORT = 3005;
}
