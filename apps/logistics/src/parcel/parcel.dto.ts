import { IsInstant, PageQuery } from '@app/shared';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { INTERCEPT_STATES } from '../intercept/intercept.rules';
import type { ParcelRow } from './parcel.repository';
import { PARCEL_STATES } from './parcel.rules';
import type { WholeParcel } from './parcel.store';

const CODE = /^[A-Za-z0-9_-]{1,64}$/;
const WAYBILL_NO = /^[A-Za-z0-9-]{4,64}$/;

/** Pieces of one line. */
export class LineWishDto {
  @ApiProperty({ example: 'oln_01jd0000000000000000000000' })
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  lineId!: string;

  @ApiPropertyOptional({ example: 'TEE-RED-M', description: 'Needed where a line has several SKUs' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  skuCode?: string;

  @ApiProperty({ example: 1, minimum: 1 })
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  quantity!: number;
}

/** What a parcel shall hold and who carries it. */
export class LabelWish {
  @ApiPropertyOptional({
    example: 'ZTO',
    description: 'Carrier code; default: what the fulfilment asks, else the shop’s',
  })
  @IsOptional()
  @Matches(CODE)
  carrier?: string;

  @ApiPropertyOptional({ type: [LineWishDto], description: 'Default: everything that is left' })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(500)
  @ValidateNested({ each: true })
  @Type(() => LineWishDto)
  lines?: LineWishDto[];
}

/** A scan. */
export class ShipDto {
  @ApiProperty({ example: '78123456789012' })
  @IsString()
  @MinLength(1)
  @MaxLength(64)
  waybillNo!: string;

  @ApiPropertyOptional({ example: 'ZTO', description: 'Needed only where two carriers gave the same number' })
  @IsOptional()
  @Matches(CODE)
  carrier?: string;
}

/** Why a parcel is cancelled. */
export class CancelWaybillDto {
  @ApiPropertyOptional({ example: 'The box was damaged.' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  reason?: string;

  @ApiPropertyOptional({ example: 2 })
  @IsOptional()
  @IsInt()
  @Min(1)
  expectedVersion?: number;
}

/** Who carries the parcel instead. */
export class ChangeWaybillDto {
  @ApiProperty({ example: 'SF' })
  @Matches(CODE)
  carrier!: string;

  @ApiPropertyOptional({
    example: '78123456789013',
    description: 'For a parcel that has left alone: the number under which the carrier has it now',
  })
  @IsOptional()
  @Matches(WAYBILL_NO)
  waybillNo?: string;
}

/** When a parcel was delivered. */
export class DeliveredDto {
  @ApiPropertyOptional({ format: 'date-time', description: 'Default: now' })
  @IsOptional()
  @IsInstant()
  at?: string;
}

/** Query of the list of parcels. */
export class ParcelQuery extends PageQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(200)
  orderId?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(200)
  fulfilmentId?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(64)
  waybillNo?: string;

  @ApiPropertyOptional({ enum: PARCEL_STATES })
  @IsOptional()
  @IsIn(PARCEL_STATES)
  state?: string;

  @ApiPropertyOptional({ example: 'HZ1' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  warehouse?: string;
}

/** Pieces in a parcel. */
export class ParcelLineDto {
  @ApiProperty()
  orderId!: string;
  @ApiProperty()
  platformOrderNo!: string;
  @ApiProperty()
  lineId!: string;
  @ApiProperty({ example: 'TEE-RED-M' })
  skuCode!: string;
  @ApiProperty()
  title!: string;
  @ApiProperty({ example: 1 })
  quantity!: number;
}

/** A parcel; times are story times. */
export class ParcelDto {
  @ApiProperty({ example: 'pcl_01jd0000000000000000000000' })
  id!: string;
  @ApiProperty({ enum: PARCEL_STATES })
  state!: string;
  @ApiProperty({ example: 2 })
  version!: number;
  @ApiProperty({ example: 'ful_01jd0000000000000000000000' })
  fulfilmentId!: string;
  @ApiProperty({ description: 'Revision of the fulfilment under which it may leave', example: 1 })
  revision!: number;
  @ApiProperty()
  shopId!: string;
  @ApiProperty({ example: 'taobao' })
  platform!: string;
  @ApiProperty({ example: 'HZ1' })
  warehouse!: string;
  @ApiProperty({ example: 'ZTO' })
  carrier!: string;
  @ApiProperty({ type: String, nullable: true, example: '78123456789012' })
  waybillNo!: string | null;
  @ApiProperty({ example: 0 })
  printCount!: number;
  @ApiProperty({ description: 'Why it is pulled out or cancelled; else empty' })
  reason!: string;
  @ApiProperty({ type: [ParcelLineDto] })
  lines!: ParcelLineDto[];
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  departedAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  shippedAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  deliveredAt!: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Until when the waybill of a pulled parcel is kept',
  })
  keptUntil!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The parcel that took its place' })
  replacedBy!: string | null;
  @ApiProperty({
    type: String,
    enum: ['due', 'done', 'refused'],
    nullable: true,
    description: 'Whether the number of a cancelled parcel was given back',
  })
  waybillReturn!: string | null;
  @ApiProperty({
    type: String,
    enum: INTERCEPT_STATES,
    nullable: true,
    description: 'Whether the carrier is asked to bring it back, and what became of that',
  })
  intercept!: string | null;
}

/** A page of parcels. */
export class ParcelPage {
  @ApiProperty({ type: [ParcelDto] })
  items!: ParcelDto[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

/** What the print component needs. */
export class LabelDto {
  @ApiProperty()
  parcelId!: string;
  @ApiProperty({ example: 'ZTO' })
  carrier!: string;
  @ApiProperty({ example: '78123456789012' })
  waybillNo!: string;
  @ApiProperty({ description: 'This print included', example: 1 })
  printCount!: number;
  @ApiProperty({ description: 'Text to be handed unchanged to the platform’s print component' })
  printData!: string;
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

/** Presents a parcel. */
export function toParcelDto(parcel: WholeParcel): ParcelDto {
  const {
    id,
    state,
    version,
    fulfilmentId,
    revision,
    shopId,
    platform,
    warehouse,
    carrier,
    waybillNo,
    printCount,
    reason,
    replacedBy,
    waybillReturn,
    intercept,
  } = parcel;
  return {
    id,
    state,
    version,
    fulfilmentId,
    revision,
    shopId,
    platform,
    warehouse,
    carrier,
    waybillNo,
    printCount,
    reason,
    lines: parcel.lines.map(({ orderId, platformOrderNo, lineId, skuCode, title, quantity }) => ({
      orderId,
      platformOrderNo,
      lineId,
      skuCode,
      title,
      quantity,
    })),
    createdAt: parcel.createdAt.toISOString(),
    departedAt: iso(parcel.departedAt),
    shippedAt: iso(parcel.shippedAt),
    deliveredAt: iso(parcel.deliveredAt),
    keptUntil: iso(parcel.keptUntil),
    replacedBy,
    waybillReturn,
    intercept,
  };
}

/** Presents a label. */
export function toLabelDto(parcel: ParcelRow, printData: string): LabelDto {
  return {
    parcelId: parcel.id,
    carrier: parcel.carrier,
    waybillNo: parcel.waybillNo!,
    printCount: parcel.printCount,
    printData,
  };
}
