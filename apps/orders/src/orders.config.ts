import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsInt, Max, Min } from 'class-validator';
import { ServiceConfig } from '@app/shared';

/** Settings of the orders service. */
export class OrdersConfig extends ServiceConfig {
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  ORDERS_PORT = 3002;

  /** A remark of the buyer holds the order until a person has read it. */
  @Transform(({ value }) => (value === 'true' ? true : value === 'false' ? false : (value as unknown)))
  @IsBoolean({ message: 'must be true or false' })
  ORDERS_HOLD_BUYER_REMARK = true;

  /** Up to this many fen an amount that does not add up is flagged and not held. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  ORDERS_AMOUNT_TOLERANCE_FEN = 100;
}
