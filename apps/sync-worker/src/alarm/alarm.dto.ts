import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { PageQuery } from '@app/shared';

/** Filter of alarms. */
export class AlarmsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: ['true', 'false'], description: 'Only open, or only closed ones' })
  @IsOptional()
  @IsIn(['true', 'false'])
  open?: 'true' | 'false';
}

/** An alarm as callers see it. */
export class AlarmDto {
  @ApiProperty({ example: 'alm_01hx3r8z0g5w0p6q7r8s9t0v1w' }) id!: string;
  @ApiProperty({ example: 'TOKEN_REVOKED' }) kind!: string;
  @ApiProperty() subject!: string;
  @ApiProperty({ type: String, nullable: true }) shopId!: string | null;
  @ApiProperty({ description: 'Real time' }) since!: string;
  @ApiProperty({ type: String, nullable: true }) closedAt!: string | null;
  @ApiProperty() message!: string;
  @ApiProperty({ description: 'What to do' }) advice!: string;
}
