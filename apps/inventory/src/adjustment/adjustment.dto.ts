import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  NotEquals,
  ValidateNested,
} from 'class-validator';

/** Buckets that a person may change. */
export const ADJUSTABLE = ['onHand', 'damaged', 'quarantine', 'incoming'] as const;
export type AdjustableBucket = (typeof ADJUSTABLE)[number];
const MOST = 1_000_000_000;

export class AdjustmentLineDto {
  @ApiProperty({ example: 'TEE-RED-M' })
  @IsString()
  @Length(1, 200)
  skuCode!: string;

  @ApiProperty({ example: 'HZ1' })
  @IsString()
  @Length(1, 64)
  warehouse!: string;

  @ApiProperty({ example: -2, description: 'Pieces to add; negative takes away; not 0' })
  @IsInt()
  @NotEquals(0)
  @Min(-MOST)
  @Max(MOST)
  quantity!: number;

  @ApiPropertyOptional({ enum: ADJUSTABLE, default: 'onHand' })
  @IsOptional()
  @IsIn(ADJUSTABLE)
  bucket: AdjustableBucket = 'onHand';
}

export class AdjustDto {
  @ApiProperty({
    example: 'opening-2026-11-01',
    description: 'Business key; a repeat with the same body changes nothing',
  })
  @IsString()
  @Length(1, 200)
  key!: string;

  @ApiProperty({ example: 'opening stock', description: 'Why, in words' })
  @IsString()
  @Length(1, 500)
  cause!: string;

  @ApiPropertyOptional({
    type: Boolean,
    example: false,
    description:
      'True when goods are gone although they are promised: then less may be on hand than is reserved, never less than 0',
  })
  @IsOptional()
  @IsBoolean()
  belowReserved = false;

  @ApiProperty({ type: [AdjustmentLineDto] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(5_000)
  @ValidateNested({ each: true })
  @Type(() => AdjustmentLineDto)
  lines!: AdjustmentLineDto[];
}

export class AdjustedLineDto extends AdjustmentLineDto {
  @ApiProperty({ example: 10 })
  before!: number;
  @ApiProperty({ example: 8 })
  after!: number;
}

export class AdjustmentDto {
  @ApiProperty({ example: 'adj_01j9…' })
  id!: string;
  @ApiProperty({ example: 'opening-2026-11-01' })
  key!: string;
  @ApiProperty({ example: 'opening stock' })
  cause!: string;
  @ApiProperty({ example: '2026-11-01T09:30:00+08:00' })
  at!: string;
  @ApiProperty({ type: [AdjustedLineDto] })
  lines!: AdjustedLineDto[];
}

export class ImportAnswerDto {
  @ApiProperty({ example: 'opening-2026-11-01' })
  key!: string;
  @ApiProperty({ example: 120 })
  posted!: number;
  @ApiProperty({
    type: 'array',
    items: { type: 'object' },
    example: [
      { row: 2, verdict: 'posted' },
      { row: 3, verdict: 'refused', errors: [{ field: 'skuCode', code: 'UNKNOWN', message: 'There is no SKU X.' }] },
    ],
  })
  items!: { row: number; verdict: 'posted' | 'refused'; errors?: { field: string; code: string; message: string }[] }[];
}
