import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { IsInstant, PageQuery, toShanghaiIso } from '@app/shared';
import { sellableOf } from '../level/level.ledger';
import type { ShownLevel, ShownMovement } from './stock.repository';

export class StockQuery extends PageQuery {
  @ApiPropertyOptional({ example: 'TEE-RED-M' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  skuCode?: string;

  @ApiPropertyOptional({ example: 'HZ1' })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  warehouse?: string;
}

export class MovementsQuery extends StockQuery {
  @ApiPropertyOptional({ example: '2026-11-01T00:00:00+08:00', description: 'At or after' })
  @IsOptional()
  @IsInstant()
  from?: string;

  @ApiPropertyOptional({ example: '2026-11-02T00:00:00+08:00', description: 'Before' })
  @IsOptional()
  @IsInstant()
  to?: string;
}

export class SafetyDto {
  @ApiProperty({ example: 'HZ1' })
  @IsString()
  @Length(1, 64)
  warehouse!: string;

  @ApiProperty({ example: 5, minimum: 0, description: 'Pieces that platforms are never told of' })
  @IsInt()
  @Min(0)
  @Max(1_000_000_000)
  safety!: number;

  @ApiProperty({
    example: 41,
    minimum: 0,
    description: 'Version of the stock level; 0 where the SKU was never in the warehouse',
  })
  @IsInt()
  @Min(0)
  expectedVersion!: number;
}

export class StockDto {
  @ApiProperty({ example: 'TEE-RED-M' })
  skuCode!: string;
  @ApiProperty({ example: 'HZ1' })
  warehouse!: string;
  @ApiProperty({ example: 10, description: 'Sound pieces' })
  onHand!: number;
  @ApiProperty({ example: 3, description: 'Promised to orders and other programs' })
  reserved!: number;
  @ApiProperty({ example: 1 })
  safety!: number;
  @ApiProperty({ example: 0 })
  damaged!: number;
  @ApiProperty({ example: 0 })
  quarantine!: number;
  @ApiProperty({ example: 0 })
  incoming!: number;
  @ApiProperty({ example: 6, description: 'onHand − reserved − safety' })
  sellable!: number;
  @ApiProperty({ example: 41 })
  version!: number;
}

export class StockAnswerDto {
  @ApiProperty({ type: [StockDto] })
  items!: StockDto[];
  @ApiProperty({ nullable: true, type: String })
  nextCursor!: string | null;
}

export class CauseDto {
  @ApiProperty({ example: 'order' })
  type!: string;
  @ApiProperty({ example: 'ord_01j9…' })
  id!: string;
  @ApiProperty({ example: 'orl_01j9…' })
  line!: string;
}

export class MovementDto {
  @ApiProperty({ example: 'TEE-RED-M' })
  skuCode!: string;
  @ApiProperty({ example: 'HZ1' })
  warehouse!: string;
  @ApiProperty({ example: '2026-11-01T09:30:00+08:00' })
  at!: string;
  @ApiProperty({ enum: ['onHand', 'reserved', 'damaged', 'quarantine', 'incoming'] })
  bucket!: string;
  @ApiProperty({ example: 10 })
  before!: number;
  @ApiProperty({ example: 8 })
  after!: number;
  @ApiProperty({ example: -2 })
  delta!: number;
  @ApiProperty({ type: CauseDto })
  cause!: CauseDto;
  @ApiProperty({ example: 'demo' })
  actor!: string;
}

export class MovementsAnswerDto {
  @ApiProperty({ type: [MovementDto] })
  items!: MovementDto[];
  @ApiProperty({ nullable: true, type: String })
  nextCursor!: string | null;
}

/** A level as it is answered. */
export function toStock(level: ShownLevel): StockDto {
  const { skuCode, warehouse, onHand, reserved, safety, damaged, quarantine, incoming, version } = level;
  return {
    skuCode,
    warehouse,
    onHand,
    reserved,
    safety,
    damaged,
    quarantine,
    incoming,
    sellable: sellableOf(level),
    version,
  };
}

/** A movement as it is answered. */
export function toMovement(m: ShownMovement): MovementDto {
  const cause = { type: m.causeType, id: m.causeId, line: m.causeLine };
  return {
    skuCode: m.skuCode,
    warehouse: m.warehouse,
    at: toShanghaiIso(m.at),
    bucket: m.bucket,
    before: m.before,
    after: m.after,
    delta: m.delta,
    cause,
    actor: m.actor,
  };
}
