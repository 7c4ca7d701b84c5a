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

/** An after-sale of the order. */
export class OrderAfterSaleAnswer {
  @ApiProperty({ example: 'afs_01jd…' })
  afterSaleId!: string;
  @ApiProperty({ example: '70100012345678' })
  platformAfterSaleNo!: string;
  @ApiProperty({ type: String, nullable: true, example: 'orl_01jd…' })
  lineId!: string | null;
  @ApiProperty({ example: 'refund_only' })
  kind!: string;
  @ApiProperty({ example: 'succeeded' })
  state!: string;
  @ApiProperty({ example: 1_500, description: 'What the platform states' })
  refundFen!: number;
  @ApiProperty({ example: 1_500, description: 'What of it counts' })
  countedFen!: number;
  @ApiProperty({ example: '2026-11-09T10:00:00.000Z' })
  modifiedAt!: string;
}

/** Goods of the order that came back. */
export class OrderReturnAnswer {
  @ApiProperty({ example: 'ret_01jd…' })
  returnId!: string;
  @ApiProperty({ example: 'YT8800000000001' })
  waybillNo!: string;
  @ApiProperty({ example: 'HZ1' })
  warehouse!: string;
  @ApiProperty({ example: '2026-11-10T10:00:00.000Z' })
  receivedAt!: string;
  @ApiProperty({ example: ['70100012345678'] })
  platformAfterSaleNos!: string[];
  @ApiProperty({ example: 'TEE-RED-M' })
  skuCode!: string;
  @ApiProperty({ example: 1 })
  quantity!: number;
  @ApiProperty({ enum: ['A', 'B', 'C'] })
  grade!: string;
}

/** What the bills moved for the order, by kind. */
export class OrderBilledAnswer {
  @ApiProperty({ example: 'commission' })
  entryKind!: string;
  @ApiProperty({ example: 1 })
  rows!: number;
  @ApiProperty({ example: -1_274, description: 'Into the wallet; negative = out of it' })
  netFen!: number;
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
  @ApiProperty({ type: [OrderAfterSaleAnswer] })
  afterSales!: OrderAfterSaleAnswer[];
  @ApiProperty({ type: [OrderReturnAnswer] })
  returns!: OrderReturnAnswer[];
  @ApiProperty({
    example: 0,
    description: 'Booked to suspense: what neither lines nor freight explain of what was paid',
  })
  unexplainedFen!: number;
  @ApiProperty({ type: [OrderBilledAnswer] })
  billed!: OrderBilledAnswer[];
  @ApiProperty({ example: 24_082, description: 'Sum of billed: payments less refunds less fees' })
  settledFen!: number;
}

/** A page of copied orders. */
export class OrdersAnswer {
  @ApiProperty({ type: [OrderAnswer] })
  items!: OrderAnswer[];
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}
