import { ApiProperty } from '@nestjs/swagger';
import { toShanghaiIso } from '@app/shared';
import { CauseDto, MovementsQuery } from '../stock/stock.dto';
import type { ShownScrap } from './scrap.repository';

export class ScrapsQuery extends MovementsQuery {}

/** Pieces that were written off. */
export class ScrapDto {
  @ApiProperty({ example: 'TEE-RED-M' })
  skuCode!: string;
  @ApiProperty({ example: 'HZ1' })
  warehouse!: string;
  @ApiProperty({ example: 1 })
  quantity!: number;
  @ApiProperty({ example: 'Came back with grade C.' })
  reason!: string;
  @ApiProperty({ example: '2026-11-01T09:30:00+08:00' })
  at!: string;
  @ApiProperty({ type: CauseDto })
  cause!: CauseDto;
  @ApiProperty({ example: 'service:logistics' })
  actor!: string;
}

/** A scrap as it is answered. */
export function toScrap(scrap: ShownScrap): ScrapDto {
  const { skuCode, warehouse, quantity, reason, at, causeType, causeId, causeLine, actor } = scrap;
  const cause = { type: causeType, id: causeId, line: causeLine };
  return { skuCode, warehouse, quantity, reason, at: toShanghaiIso(at), cause, actor };
}
