import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { IsInstant } from '@app/shared';

/** Which part of the proof. */
export class CompletenessQuery {
  @ApiPropertyOptional({ enum: ['orders'], default: 'orders' })
  @IsOptional()
  @IsIn(['orders'])
  kind = 'orders' as const;

  @ApiPropertyOptional({ description: 'Windows that end after this (business time); default a day ago' })
  @IsOptional()
  @IsInstant()
  from?: string;

  @ApiPropertyOptional({ description: 'Windows that begin before this; default now' })
  @IsOptional()
  @IsInstant()
  to?: string;
}

class SpanDto {
  @ApiProperty() from!: string;
  @ApiProperty() to!: string;
}

class CensusWindowDto extends SpanDto {
  @ApiProperty({ enum: ['waiting', 'open', 'proven'] }) state!: string;
  @ApiProperty() listed!: number;
  @ApiProperty() stored!: number;
  @ApiProperty({ type: [String] }) missing!: string[];
  @ApiProperty({ type: [String] }) older!: string[];
  @ApiProperty({ type: String, nullable: true }) checkedAt!: string | null;
}

class GapDto {
  @ApiProperty() platformOrderNo!: string;
  @ApiProperty({ enum: ['missing', 'older'] }) cause!: string;
  @ApiProperty({ type: SpanDto }) window!: SpanDto;
  @ApiProperty() foundAt!: string;
  @ApiProperty({ type: String, nullable: true }) storedAt!: string | null;
}

/** The proof that no order is missing, window by window. */
export class CompletenessDto {
  @ApiProperty() kind!: string;
  @ApiProperty({ type: [CensusWindowDto] }) windows!: CensusWindowDto[];
  @ApiProperty({ type: [GapDto] }) gaps!: GapDto[];
}
