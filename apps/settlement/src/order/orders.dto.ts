import { PageQuery } from '@app/shared';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsOptional, IsString, MaxLength } from 'class-validator';

/** Which copied orders to list. */
export class OrdersQuery extends PageQuery {
  @ApiPropertyOptional({ example: 'shp_01jd…' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  shopId?: string;

  @ApiPropertyOptional({ example: '2700012345678901234' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  platformOrderNo?: string;

  @ApiPropertyOptional({ example: '2026-11-01T00:00:00+08:00', description: 'Placed at or after' })
  @IsOptional()
  @IsISO8601({ strict: true })
  placedFrom?: string;

  @ApiPropertyOptional({ example: '2026-12-01T00:00:00+08:00', description: 'Placed before' })
  @IsOptional()
  @IsISO8601({ strict: true })
  placedTo?: string;
}

/** A line of a copied order. */
export class OrderLineAnswer {
  @ApiProperty({ example: 'orl_01jd…' })
  lineId!: string;
  @ApiProperty({ example: '2700012345678901235' })
  platformLineNo!: string;
  @ApiProperty({ example: 2 })
  quantity!: number;
  @ApiProperty({ example: 12_800 })
  paidFen!: number;
  @ApiProperty({ example: 0 })
  refundedFen!: number;
  @ApiProperty({ enum: ['none', 'requested', 'refunded'] })
  refund!: string;
}

/** A parcel that holds something of the order. */
export class OrderParcelAnswer {
  @ApiProperty({ example: 'pcl_01jd…' })
  parcelId!: string;
  @ApiProperty({ enum: ['shipped', 'delivered', 'exception'] })
  state!: string;
  @ApiProperty({ example: 'YTO' })
  carrier!: string;
  @ApiProperty({ example: 'YT8800000000001' })
  waybillNo!: string;
  @ApiProperty({ example: '2026-11-02T10:00:00.000Z' })
  shippedAt!: string;
  @ApiProperty({ type: String, nullable: true, example: null })
  deliveredAt!: string | null;
}

/** An order as settlement knows it. */
export class OrderAnswer {
  @ApiProperty({ example: 'ord_01jd…' })
  orderId!: string;
  @ApiProperty({ example: 7, description: 'The version that orders told last' })
  version!: number;
  @ApiProperty({ example: 'shp_01jd…' })
  shopId!: string;
  @ApiProperty({ example: 'taobao' })
  platform!: string;
  @ApiProperty({ example: '2700012345678901234' })
  platformOrderNo!: string;
  @ApiProperty({ example: 'shipped' })
  platformState!: string;
  @ApiProperty({ example: 'shipped' })
  status!: string;
  @ApiProperty({ example: '2026-11-01T12:00:00.000Z' })
  placedAt!: string;
  @ApiProperty({ type: String, nullable: true, example: '2026-11-01T12:01:00.000Z' })
  paidAt!: string | null;
  @ApiProperty({ example: 'CNY' })
  currency!: string;
  @ApiProperty({
    example: {
      goodsFen: 25_600,
      freightFen: 0,
      shopDiscountFen: 0,
      platformDiscountFen: 0,
      payableFen: 25_600,
      paidFen: 25_600,
    },
  })
  amounts!: {
    goodsFen: number;
    freightFen: number;
    shopDiscountFen: number;
    platformDiscountFen: number;
    payableFen: number;
    paidFen: number;
  };
  @ApiProperty({ type: [OrderLineAnswer] })
  lines!: OrderLineAnswer[];
  @ApiProperty({ type: [OrderParcelAnswer] })
  parcels!: OrderParcelAnswer[];
}

/** A page of copied orders. */
export class OrdersAnswer {
  @ApiProperty({ type: [OrderAnswer] })
  items!: OrderAnswer[];
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}
