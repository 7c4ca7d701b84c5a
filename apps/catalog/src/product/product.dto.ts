import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { PageQuery } from '@app/shared';
import { SkuDto } from '../sku/sku.dto';

const trimmed = ({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value);

export class NewSkuDto {
  @ApiProperty({ example: 'TEE-RED-M', description: 'The merchant’s own code, unique in the company' })
  @Transform(trimmed)
  @IsString()
  @Length(1, 200)
  code!: string;

  @ApiPropertyOptional({ example: { 颜色: '红', 尺码: 'M' } })
  @IsOptional()
  @IsObject()
  spec: Record<string, string> = {};

  @ApiPropertyOptional({ example: ['6901234567892'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @IsString({ each: true })
  @Length(1, 128, { each: true })
  barcodes: string[] = [];

  @ApiPropertyOptional({ example: 180, minimum: 0 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(10_000_000)
  weightGrams?: number;

  @ApiPropertyOptional({ example: '13', description: 'Percent' })
  @IsOptional()
  @Matches(/^\d{1,2}(\.\d{1,2})?$/)
  vatRate?: string;
}

export class NewProductDto {
  @ApiProperty({ example: 'TEE' })
  @Transform(trimmed)
  @IsString()
  @Length(1, 200)
  code!: string;

  @ApiProperty({ example: '纯棉T恤' })
  @IsString()
  @Length(1, 500)
  name!: string;

  @ApiPropertyOptional({ example: 'cat-tops' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  categoryId?: string;

  @ApiProperty({ type: [NewSkuDto] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(500)
  @ValidateNested({ each: true })
  @Type(() => NewSkuDto)
  skus!: NewSkuDto[];
}

export class ProductsQuery extends PageQuery {
  @ApiPropertyOptional({ example: 'TEE' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  code?: string;
}

export class ProductDto {
  @ApiProperty({ example: 'prd_01j9…' })
  id!: string;
  @ApiProperty({ example: 'TEE' })
  code!: string;
  @ApiProperty({ example: '纯棉T恤' })
  name!: string;
  @ApiProperty({ example: 'cat-tops', nullable: true, type: String })
  categoryId!: string | null;
  @ApiProperty({ type: [SkuDto] })
  skus!: SkuDto[];
  @ApiProperty({ example: 1 })
  version!: number;
}

export class ProductsAnswerDto {
  @ApiProperty({ type: [ProductDto] })
  items!: ProductDto[];
  @ApiProperty({ nullable: true, type: String })
  nextCursor!: string | null;
}
