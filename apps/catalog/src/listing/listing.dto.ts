import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type as TypeBox } from '@sinclair/typebox';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { AppError, check, PageQuery } from '@app/shared';
import type { StoredListing } from './listing.repository';
import type { ListingSku } from './listing.rules';

const Envelope = TypeBox.Object(
  {
    shopId: TypeBox.String({ minLength: 1, maxLength: 200 }),
    items: TypeBox.Array(TypeBox.Unknown(), { maxItems: 200 }),
  },
  { additionalProperties: false },
);

/** The envelope of a batch of listings; its items are judged one by one. Throws VALIDATION. */
export function checkEnvelope(body: unknown): { shopId: string; items: unknown[] } {
  const checked = check(Envelope, body);
  if (!checked.ok)
    throw new AppError(
      'VALIDATION',
      `The batch has ${checked.errors.length} wrong field(s): ${checked.errors.map(({ field }) => field).join(', ')}.`,
      { errors: checked.errors },
    );
  return checked.value;
}

export class ListingsQuery extends PageQuery {
  @ApiPropertyOptional({ example: 'shp_01j9…' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  shopId?: string;

  @ApiPropertyOptional({
    enum: ['true', 'false'],
    description: 'false: the worklist of listings with a SKU that nobody has linked yet',
  })
  @IsOptional()
  @IsIn(['true', 'false'])
  linked?: 'true' | 'false';
}

export class ComponentDto {
  @ApiProperty({ example: 'TEE-RED-M' })
  @IsString()
  @Length(1, 200)
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  skuCode!: string;

  @ApiProperty({ example: 1, minimum: 1 })
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  quantity!: number;
}

export class LinkDto {
  @ApiProperty({ example: '5012345678901' })
  @IsString()
  @Length(1, 128)
  listingSkuId!: string;

  @ApiProperty({
    type: [ComponentDto],
    description: 'What one sold piece consists of; empty for a listing without goods',
  })
  @IsArray()
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => ComponentDto)
  components: ComponentDto[] = [];

  @ApiPropertyOptional({
    type: Boolean,
    example: false,
    description: 'True for listings without goods (price difference, virtual goods)',
  })
  @IsOptional()
  @IsBoolean()
  noStock = false;

  @ApiPropertyOptional({ example: 3, description: 'The version that was read; another one is refused' })
  @IsOptional()
  @IsInt()
  @Min(1)
  expectedVersion?: number;
}

export class ImportSkusDto {
  @ApiProperty({ example: 'shp_01j9…' })
  @IsString()
  @Length(1, 200)
  shopId!: string;
}

export class ImportRowDto {
  @ApiProperty({ example: '680123456789' })
  listingId!: string;
  @ApiProperty({ example: '5012345678901' })
  listingSkuId!: string;
  @ApiProperty({ example: 'TEE-RED-M', nullable: true, type: String })
  merchantCode!: string | null;
  @ApiProperty({ enum: ['created', 'linked', 'no_code', 'duplicate_code', 'code_too_long'] })
  verdict!: string;
  @ApiPropertyOptional({ example: 'sku_01j9…' })
  skuId?: string;
}

export class LinkedComponentDto {
  @ApiProperty({ example: 'TEE-RED-M' })
  skuCode!: string;
  @ApiProperty({ example: 1 })
  quantity!: number;
}

export class ListingSkuDto {
  @ApiProperty({ example: '5012345678901' })
  listingSkuId!: string;
  @ApiProperty({ example: 'TEE-RED-M', nullable: true, type: String })
  merchantCode!: string | null;
  @ApiProperty({ example: '颜色分类:红;尺码:M', nullable: true, type: String })
  specText!: string | null;
  @ApiProperty({ example: 9900 })
  priceFen!: number;
  @ApiProperty({ example: 12, description: 'What the platform shows' })
  quantity!: number;
  @ApiProperty({ example: 'on_shelf' })
  status!: string;
  @ApiProperty({ example: true })
  isLinked!: boolean;
  @ApiProperty({ example: false })
  noStock!: boolean;
  @ApiProperty({ enum: ['rule', 'person'], nullable: true, type: String })
  linkedBy!: string | null;
  @ApiProperty({ type: [LinkedComponentDto] })
  components!: LinkedComponentDto[];
  @ApiProperty({ example: 2 })
  version!: number;
}

export class ListingDto {
  @ApiProperty({ example: 'lst_01j9…' })
  id!: string;
  @ApiProperty({ example: 'shp_01j9…' })
  shopId!: string;
  @ApiProperty({ example: 'taobao' })
  platform!: string;
  @ApiProperty({ example: '680123456789' })
  listingId!: string;
  @ApiProperty({ example: '纯棉T恤' })
  title!: string;
  @ApiProperty({ example: 'TEE', nullable: true, type: String })
  merchantCode!: string | null;
  @ApiProperty({ example: 'on_shelf' })
  status!: string;
  @ApiProperty({ type: [ListingSkuDto] })
  skus!: ListingSkuDto[];
}

export class ListingsAnswerDto {
  @ApiProperty({ type: [ListingDto] })
  items!: ListingDto[];
  @ApiProperty({ nullable: true, type: String })
  nextCursor!: string | null;
}

export class ImportAnswerDto {
  @ApiProperty({ type: [ImportRowDto] })
  items!: ImportRowDto[];
}

/** A listing's SKU as it is answered. */
export function toListingSku(sku: ListingSku, codes: ReadonlyMap<string, string>): ListingSkuDto {
  const {
    listingSkuId,
    merchantCode,
    specText,
    priceFen,
    quantity,
    status,
    isLinked,
    noStock,
    linkedBy,
    components,
    linkVersion,
  } = sku;
  const shown = components.map((component) => ({
    skuCode: codes.get(component.skuId) ?? component.skuId,
    quantity: component.quantity,
  }));
  return {
    listingSkuId,
    merchantCode,
    specText,
    priceFen,
    quantity,
    status,
    isLinked,
    noStock,
    linkedBy,
    components: shown,
    version: linkVersion,
  };
}

/** A listing as it is answered. */
export function toListing(
  listing: StoredListing,
  skus: readonly ListingSku[],
  codes: ReadonlyMap<string, string>,
): ListingDto {
  const { id, shopId, platform, listingId, title, merchantCode, status } = listing;
  return {
    id,
    shopId,
    platform,
    listingId,
    title,
    merchantCode,
    status,
    skus: skus.map((sku) => toListingSku(sku, codes)),
  };
}
