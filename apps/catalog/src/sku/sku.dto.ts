import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { SkuItem } from '@app/contracts';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { PageQuery } from '@app/shared';
import type { Sku } from './sku.repository';

export class SkusQuery extends PageQuery {
  @ApiPropertyOptional({ example: 'TEE-RED-M' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  code?: string;
}

export class SkuLookupDto {
  @ApiProperty({ example: ['TEE-RED-M'] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(500)
  @IsString({ each: true })
  codes!: string[];
}

export class SkuChangeDto {
  @ApiProperty({ example: 1 })
  @IsInt()
  @Min(1)
  expectedVersion!: number;

  @ApiPropertyOptional({ example: '纯棉T恤 红 M' })
  @IsOptional()
  @IsString()
  @Length(1, 500)
  name?: string;

  @ApiPropertyOptional({ example: { 颜色: '红', 尺码: 'M' } })
  @IsOptional()
  @IsObject()
  spec?: Record<string, string>;

  @ApiPropertyOptional({ example: 180 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(10_000_000)
  weightGrams?: number;

  @ApiPropertyOptional({ example: '13' })
  @IsOptional()
  @Matches(/^\d{1,2}(\.\d{1,2})?$/)
  vatRate?: string;

  @ApiPropertyOptional({ example: true })
  @IsOptional()
  @IsBoolean()
  isActive?: boolean;
}

export class SkuDto {
  @ApiProperty({ example: 'sku_01j9…' })
  id!: string;
  @ApiProperty({ example: 'prd_01j9…' })
  productId!: string;
  @ApiProperty({ example: 'TEE-RED-M' })
  code!: string;
  @ApiProperty({ example: '纯棉T恤' })
  name!: string;
  @ApiProperty({ example: { 颜色: '红', 尺码: 'M' } })
  spec!: Record<string, string>;
  @ApiProperty({ example: ['6901234567892'] })
  barcodes!: string[];
  @ApiProperty({ example: 180, nullable: true, type: Number })
  weightGrams!: number | null;
  @ApiProperty({ example: '13', nullable: true, type: String })
  vatRate!: string | null;
  @ApiProperty({ example: true })
  isActive!: boolean;
  @ApiProperty({ example: 1 })
  version!: number;
}

export class SkusAnswerDto {
  @ApiProperty({ type: [SkuDto] })
  items!: SkuDto[];
  @ApiProperty({ nullable: true, type: String })
  nextCursor!: string | null;
}

/** A SKU as it is answered. */
export function toSku({
  id,
  productId,
  code,
  name,
  spec,
  barcodes,
  weightGrams,
  vatRate,
  isActive,
  version,
}: Sku): SkuDto {
  return { id, productId, code, name, spec, barcodes, weightGrams, vatRate, isActive, version };
}

/** A SKU as it is told. */
export function skuItem({ id, version, code, name, spec, isActive }: Sku): SkuItem {
  return { skuId: id, skuVersion: version, code, name, spec, isActive };
}
