import { PageQuery } from '@app/shared';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { pullOutAdvice } from '../parcel/parcel.rules';
import type { PullOutListRow } from './pull-out.repository';

/** Query of the list of pull-outs. */
export class PullOutQuery extends PageQuery {
  @ApiPropertyOptional({ enum: ['open', 'acknowledged', 'resumed'], description: 'Default: all' })
  @IsOptional()
  @IsIn(['open', 'acknowledged', 'resumed'])
  state?: string;

  @ApiPropertyOptional({ example: 'HZ1' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  warehouse?: string;
}

/** What a clerk says when a parcel was taken out. */
export class AcknowledgeDto {
  @ApiPropertyOptional({
    description: 'Keep the waybill in case the order resumes; default: give it back',
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  keepWaybill?: boolean;

  @ApiPropertyOptional({
    description: 'For how many hours it is kept; default: the setting of the installation',
    example: 24,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(720)
  keepHours?: number;
}

/** A parcel that a clerk must take out, or took out. */
export class PullOutDto {
  @ApiProperty({ example: 'pul_01jd0000000000000000000000' })
  id!: string;
  @ApiProperty({ enum: ['open', 'acknowledged', 'resumed'] })
  state!: string;
  @ApiProperty({ example: 'pcl_01jd0000000000000000000000' })
  parcelId!: string;
  @ApiProperty({ example: 'ful_01jd0000000000000000000000' })
  fulfilmentId!: string;
  @ApiProperty({ example: 'HZ1' })
  warehouse!: string;
  @ApiProperty({ example: 'shp_01jd0000000000000000000000' })
  shopId!: string;
  @ApiProperty({ example: '78123456789012' })
  waybillNo!: string;
  @ApiProperty({ example: 'ZTO' })
  carrier!: string;
  @ApiProperty({ description: 'Why it must not leave, in words', example: 'The buyer asks for a refund.' })
  reason!: string;
  @ApiProperty({ description: 'What the clerk shall do; empty when it is done' })
  whatToDo!: string;
  @ApiProperty({ format: 'date-time' })
  openedAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  closedAt!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Client that acknowledged it' })
  closedBy!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Until when the waybill is kept' })
  keptUntil!: string | null;
}

/** A page of pull-outs. */
export class PullOutPage {
  @ApiProperty({ type: [PullOutDto] })
  items!: PullOutDto[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

/** Presents a pull-out. */
export function toPullOutDto(row: PullOutListRow): PullOutDto {
  return {
    id: row.id,
    state: row.state,
    parcelId: row.parcelId,
    fulfilmentId: row.fulfilmentId,
    warehouse: row.warehouse,
    shopId: row.shopId,
    waybillNo: row.waybillNo,
    carrier: row.carrier,
    reason: row.reason,
    whatToDo: row.state === 'open' ? pullOutAdvice(row.waybillNo) : '',
    openedAt: row.openedAt.toISOString(),
    closedAt: row.closedAt?.toISOString() ?? null,
    closedBy: row.closedBy,
    keptUntil: row.keptUntil?.toISOString() ?? null,
  };
}
