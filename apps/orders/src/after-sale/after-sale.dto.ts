import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { AFTER_SALE_KINDS, AFTER_SALE_STATES } from '@app/contracts';
import { IsInstant, PageQuery } from '@app/shared';
import { ItemErrorDto } from '../intake/intake.dto';
import type { AfterSale } from '../order/order.types';

/** Filters of the list of after-sales. */
export class AfterSalesQuery extends PageQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(200)
  shopId?: string;

  @ApiPropertyOptional({ example: '2231958349212345678' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  platformOrderNo?: string;

  @ApiPropertyOptional({ example: '273645192837465123' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  platformAfterSaleNo?: string;

  @ApiPropertyOptional({ enum: AFTER_SALE_STATES })
  @IsOptional()
  @IsIn(AFTER_SALE_STATES)
  state?: string;

  @ApiPropertyOptional({ enum: AFTER_SALE_KINDS })
  @IsOptional()
  @IsIn(AFTER_SALE_KINDS)
  kind?: string;

  @ApiPropertyOptional({ type: Boolean, description: 'true: those whose order is not known yet; false: the others' })
  @IsOptional()
  @Transform(({ value }) => (value === 'true' ? true : value === 'false' ? false : (value as unknown)))
  @IsBoolean()
  orphan?: boolean;

  @ApiPropertyOptional({
    description: 'After-sales changed at or after this time, oldest change first',
    example: '2026-11-11T00:00:00+08:00',
  })
  @IsOptional()
  @IsInstant()
  updatedFrom?: string;
}

/** What became of one item. */
export class PlatformAfterSaleVerdictDto {
  @ApiProperty({ example: '273645192837465123' }) platformAfterSaleNo!: string;
  @ApiProperty({ example: '2231958349212345678' }) platformOrderNo!: string;
  @ApiProperty({ enum: ['stored', 'updated', 'unchanged', 'older', 'parked'] }) verdict!: string;
  @ApiPropertyOptional({ example: 'afs_01hx3r8z0g5w0p6q7r8s9t0v1w' }) afterSaleId?: string;
  @ApiProperty({ description: 'Stored, but its order is not known yet; it takes effect when the order arrives' })
  isOrphan!: boolean;
  @ApiPropertyOptional({ description: 'See GET /orders/v1/parked-items' }) parkedItemId?: string;
  @ApiPropertyOptional({ type: [ItemErrorDto] }) errors?: ItemErrorDto[];
}

/** Verdicts in the order of the request. */
export class PlatformAfterSalesAnswerDto {
  @ApiProperty({ type: [PlatformAfterSaleVerdictDto] }) items!: PlatformAfterSaleVerdictDto[];
}

/** Pieces that came back. */
export class ReturnedGoodsDto {
  @ApiProperty() skuId!: string;
  @ApiProperty() skuCode!: string;
  @ApiProperty() quantity!: number;
  @ApiProperty({ enum: ['A', 'B', 'C'], description: 'A: on sale again, B: second-hand sale only, C: scrapped' })
  grade!: string;
}

/** An after-sale as people and programs see it. Amounts in fen. */
export class AfterSaleDto {
  @ApiProperty({ example: 'afs_01hx3r8z0g5w0p6q7r8s9t0v1w' }) id!: string;
  @ApiProperty() shopId!: string;
  @ApiProperty({ example: 'taobao' }) platform!: string;
  @ApiProperty({ example: '273645192837465123' }) platformAfterSaleNo!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Null while the order is not known' }) orderId!:
    string | null;
  @ApiProperty() platformOrderNo!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Null when it speaks of the whole order or of freight' })
  lineId!: string | null;
  @ApiProperty({ type: String, nullable: true }) platformLineNo!: string | null;
  @ApiProperty({ enum: AFTER_SALE_KINDS }) kind!: string;
  @ApiProperty({ enum: AFTER_SALE_STATES }) state!: string;
  @ApiProperty({ type: String, nullable: true, description: 'State as the platform states it' }) rawStatus!:
    string | null;
  @ApiProperty({ type: String, nullable: true, enum: ['before_completion', 'after_completion'] }) phase!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'To be sent back to the platform unchanged' })
  platformVersion!: string | null;
  @ApiProperty({ description: 'What the platform states' }) refundFen!: number;
  @ApiProperty({ description: 'What of it counts: 0 until it succeeded, never more than was paid' })
  countedFen!: number;
  @ApiProperty({ description: 'What was given back above what was paid' }) excessFen!: number;
  @ApiProperty() currency!: string;
  @ApiProperty({ type: Number, nullable: true, description: 'Pieces concerned' }) quantity!: number | null;
  @ApiProperty() goodsComeBack!: boolean;
  @ApiProperty() reason!: string;
  @ApiProperty() description!: string;
  @ApiProperty({ type: String, nullable: true }) returnWaybillNo!: string | null;
  @ApiProperty({ type: String, nullable: true }) returnCarrier!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'When its goods came back' }) goodsReceivedAt!:
    string | null;
  @ApiProperty({ type: [ReturnedGoodsDto] }) returned!: ReturnedGoodsDto[];
  @ApiProperty({ description: 'When the buyer asked' }) createdAt!: string;
  @ApiProperty({ description: 'Changed on the platform, never later than it was fetched' }) modifiedAt!: string;
  @ApiProperty({ type: String, nullable: true, description: 'The platform decides by itself after this time' })
  deadlineAt!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'What the platform forbids' }) forbids!: string | null;
  @ApiProperty() isOrphan!: boolean;
  @ApiProperty({ description: 'Changed here' }) updatedAt!: string;
  @ApiProperty() version!: number;
}

/** What callers see of an after-sale. */
export function afterSaleDto(afterSale: AfterSale): AfterSaleDto {
  const {
    companyId: _companyId,
    afterSaleId,
    counted: _counted,
    fetchStartedAt: _fetchStartedAt,
    createdAt: _storedAt,
    askedAt,
    modifiedAt,
    deadlineAt,
    goodsReceivedAt,
    updatedAt,
    ...shown
  } = afterSale;
  return {
    id: afterSaleId,
    ...shown,
    isOrphan: shown.orderId === null,
    createdAt: askedAt.toISOString(),
    modifiedAt: modifiedAt.toISOString(),
    deadlineAt: deadlineAt?.toISOString() ?? null,
    goodsReceivedAt: goodsReceivedAt?.toISOString() ?? null,
    updatedAt: updatedAt.toISOString(),
  };
}
