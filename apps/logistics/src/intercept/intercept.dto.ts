import { PageQuery } from '@app/shared';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, MaxLength, Min } from 'class-validator';
import type { InterceptListRow } from './intercept.repository';
import { adviceOf, INTERCEPT_STATES, REFUND_KINDS, reasonOf } from './intercept.rules';

/** Query of the list of intercepts. */
export class InterceptQuery extends PageQuery {
  @ApiPropertyOptional({ enum: INTERCEPT_STATES, description: 'Default: all' })
  @IsOptional()
  @IsIn(INTERCEPT_STATES)
  state?: string;

  @ApiPropertyOptional({ example: 'HZ1' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  warehouse?: string;
}

/** What the carrier answered. */
export class AnswerDto {
  @ApiProperty({ example: 1, minimum: 1, description: 'Version of the intercept that was read' })
  @IsInt()
  @Min(1)
  expectedVersion!: number;

  @ApiPropertyOptional({ example: 'Stopped at the sorting centre.' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  reason?: string;
}

/** A parcel under way that shall come back; times are story times. */
export class InterceptDto {
  @ApiProperty({ example: 'int_01jd0000000000000000000000' })
  id!: string;
  @ApiProperty({ example: 1 })
  version!: number;
  @ApiProperty({ enum: INTERCEPT_STATES })
  state!: string;
  @ApiProperty({ example: 'pcl_01jd0000000000000000000000' })
  parcelId!: string;
  @ApiProperty({ example: 'shipped' })
  parcelState!: string;
  @ApiProperty({ example: '78123456789012' })
  waybillNo!: string;
  @ApiProperty({ example: 'ZTO' })
  carrier!: string;
  @ApiProperty({ example: 'HZ1' })
  warehouse!: string;
  @ApiProperty({ example: 'shp_01jd0000000000000000000000' })
  shopId!: string;
  @ApiProperty({ example: 'taobao' })
  platform!: string;
  @ApiProperty({ description: 'The order that is the cause' })
  orderId!: string;
  @ApiProperty()
  platformOrderNo!: string;
  @ApiProperty({ enum: REFUND_KINDS })
  cause!: string;
  @ApiProperty({ description: 'The cause in words' })
  reason!: string;
  @ApiProperty({ description: 'What the clerk shall do; empty when nothing is left to be done' })
  whatToDo!: string;
  @ApiProperty({ format: 'date-time' })
  askedAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  closedAt!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Client or rule that closed it' })
  closedBy!: string | null;
  @ApiProperty({ description: 'What was said when it was closed' })
  note!: string;
}

/** A page of intercepts. */
export class InterceptPage {
  @ApiProperty({ type: [InterceptDto] })
  items!: InterceptDto[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

/** Presents an intercept. */
export function toInterceptDto(row: InterceptListRow): InterceptDto {
  const { id, version, state, parcelId, parcelState, waybillNo, carrier, warehouse, shopId, platform } = row;
  return {
    id,
    version,
    state,
    parcelId,
    parcelState,
    waybillNo,
    carrier,
    warehouse,
    shopId,
    platform,
    orderId: row.orderId,
    platformOrderNo: row.platformOrderNo,
    cause: row.cause,
    reason: reasonOf(row.cause, row.platformOrderNo),
    whatToDo: adviceOf(state, carrier, waybillNo),
    askedAt: row.askedAt.toISOString(),
    closedAt: row.closedAt?.toISOString() ?? null,
    closedBy: row.closedBy,
    note: row.note,
  };
}
