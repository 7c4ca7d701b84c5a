import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsString, MaxLength, MinLength } from 'class-validator';

/** Question of the census. */
export class KnownOrdersDto {
  @ApiProperty({ example: 'shp_01hx3r8z0g5w0p6q7r8s9t0v1w' })
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  shopId!: string;

  @ApiProperty({ type: [String], example: ['2231958349212345678'], maxItems: 500 })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(500)
  @IsString({ each: true })
  @MaxLength(128, { each: true })
  platformOrderNos!: string[];
}

/** One wrong field of a parked item. */
export class ItemErrorDto {
  @ApiProperty({ example: 'lines[0].quantity' }) field!: string;
  @ApiProperty({ example: 'TYPE' }) code!: string;
  @ApiProperty({ example: 'must be integer' }) message!: string;
}

/** What became of one item. */
export class PlatformOrderVerdictDto {
  @ApiProperty({ example: '2231958349212345678' }) platformOrderNo!: string;
  @ApiProperty({ enum: ['stored', 'updated', 'unchanged', 'older', 'parked'] }) verdict!: string;
  @ApiPropertyOptional({ example: 'ord_01hx3r8z0g5w0p6q7r8s9t0v1w' }) orderId?: string;
  @ApiPropertyOptional({ description: 'See GET /orders/v1/parked-items' }) parkedItemId?: string;
  @ApiPropertyOptional({ type: [ItemErrorDto] }) errors?: ItemErrorDto[];
}

/** Verdicts in the order of the request. */
export class PlatformOrdersAnswerDto {
  @ApiProperty({ type: [PlatformOrderVerdictDto] }) items!: PlatformOrderVerdictDto[];
}

/** A stored order as the census sees it. */
export class KnownOrderDto {
  @ApiProperty() platformOrderNo!: string;
  @ApiProperty() orderId!: string;
  @ApiProperty() platformState!: string;
  @ApiProperty({ description: 'Modified time as the platform stated it' }) modifiedAt!: string;
  @ApiProperty({ description: 'Changes with the receiver; empty without one' }) receiverMark!: string;
  @ApiProperty({ description: 'shipped: nothing of it is left to ship' }) fulfilment!: string;
  @ApiProperty({ type: [String], description: 'Parcels that have left' }) parcelIds!: string[];
}

/** The orders of the question that are stored; the others are missing. */
export class KnownOrdersAnswerDto {
  @ApiProperty({ type: [KnownOrderDto] }) items!: KnownOrderDto[];
}
