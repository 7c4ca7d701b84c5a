import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, MaxLength, Min, MinLength } from 'class-validator';
import { IsInstant, PageQuery } from '@app/shared';

const STATES = ['released', 'departing', 'shipped', 'stopped'] as const;

/** Filters of the list of fulfilments. */
export class FulfilmentsQuery extends PageQuery {
  @ApiPropertyOptional({ example: 'HZ1' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  warehouse?: string;

  @ApiPropertyOptional({ example: 'SF', description: 'Default carrier of the shop' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  carrier?: string;

  @ApiPropertyOptional({ enum: STATES, description: 'departing: allowed to leave and not yet confirmed as shipped' })
  @IsOptional()
  @IsIn(STATES)
  state?: string;

  @ApiPropertyOptional({ description: 'Promised to leave before this time', example: '2026-11-12T16:00:00+08:00' })
  @IsOptional()
  @IsInstant()
  cutOffBefore?: string;
}

/** Question whether a parcel may leave. */
export class DepartureDto {
  @ApiProperty({ example: 'par_01hx3r8z0g5w0p6q7r8s9t0v1w' })
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  parcelId!: string;

  @ApiProperty({ example: 1, description: 'Revision of the fulfilment that the parcel was packed for' })
  @IsInt()
  @Min(1)
  revision!: number;
}

/** Taking back a departure that was never confirmed. */
export class TakeBackDepartureDto {
  @ApiProperty({ example: '包裹还在仓库' })
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  reason!: string;
}

/** Why receiver data is read. */
export class ReceiverQuery {
  @ApiPropertyOptional({ type: String, default: 'waybill', description: 'Stands in the audit trail' })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  purpose = 'waybill';
}

/** Answer to a departure. */
export class DepartureAnswerDto {
  @ApiProperty({ example: true }) departing!: true;
  @ApiProperty({ example: '2026-11-12T02:00:00.000Z' }) departedAt!: string;
}

/** A line of a fulfilment, in pieces of the SKU. */
export class FulfilmentLineDto {
  @ApiProperty() lineId!: string;
  @ApiProperty() platformLineNo!: string;
  @ApiProperty() skuId!: string;
  @ApiProperty() skuCode!: string;
  @ApiProperty() title!: string;
  @ApiProperty() quantity!: number;
}

/** What one warehouse ships of an order. */
export class FulfilmentDto {
  @ApiProperty({ example: 'ful_01hx3r8z0g5w0p6q7r8s9t0v1w' }) id!: string;
  @ApiProperty() orderId!: string;
  @ApiProperty() platformOrderNo!: string;
  @ApiProperty() platform!: string;
  @ApiProperty() shopId!: string;
  @ApiProperty() warehouse!: string;
  @ApiProperty({ enum: STATES }) state!: string;
  @ApiProperty() revision!: number;
  @ApiProperty({ description: 'Why it was stopped; empty otherwise' }) reason!: string;
  @ApiProperty({ type: String, nullable: true }) shipBy!: string | null;
  @ApiProperty() isUrgent!: boolean;
  @ApiProperty({ type: String, nullable: true }) departedAt!: string | null;
  @ApiProperty({ type: String, nullable: true }) parcelId!: string | null;
  @ApiProperty({ type: [FulfilmentLineDto] }) lines!: FulfilmentLineDto[];
}

/** A page of fulfilments. */
export class FulfilmentPageDto {
  @ApiProperty({ type: [FulfilmentDto] }) items!: FulfilmentDto[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

/** Where the goods of a fulfilment go. */
export class FulfilmentReceiverDto {
  @ApiProperty({ example: 'ful_01hx3r8z0g5w0p6q7r8s9t0v1w' }) fulfilmentId!: string;
  @ApiProperty({ example: 1 }) revision!: number;
  @ApiProperty({ example: 'shp_01hx3r8z0g5w0p6q7r8s9t0v1w' }) shopId!: string;
  @ApiProperty({ example: 'taobao' }) platform!: string;
  @ApiProperty({ example: 'HZ1' }) warehouse!: string;
  @ApiProperty({ type: [String], example: ['2231958349212345678'] }) platformOrderNos!: string[];
  @ApiProperty({ type: Object, description: 'Cipher values as the platform gave them, masked values, merge key' })
  receiver!: object;
}
