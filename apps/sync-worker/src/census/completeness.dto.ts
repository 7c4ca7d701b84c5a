import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { IsInstant } from '@app/shared';

const COMPLETENESS_KINDS = ['orders', 'after-sales', 'bills'] as const;
/** One of COMPLETENESS_KINDS. */
export type CompletenessKind = (typeof COMPLETENESS_KINDS)[number];

/** Which part of the proof. */
export class CompletenessQuery {
  @ApiPropertyOptional({ enum: COMPLETENESS_KINDS, default: 'orders' })
  @IsOptional()
  @IsIn(COMPLETENESS_KINDS)
  kind: CompletenessKind = 'orders';

  @ApiPropertyOptional({
    description: 'Windows that end after this (business time); default a day, for bills 31 days, before `to`',
  })
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
  @ApiProperty({
    enum: ['waiting', 'open', 'proven', 'read'],
    description: 'Of after-sales open or read: their windows are those of the change pull',
  })
  state!: string;
  @ApiProperty() listed!: number;
  @ApiProperty() stored!: number;
  @ApiProperty({ type: [String] }) missing!: string[];
  @ApiProperty({ type: [String] }) older!: string[];
  @ApiProperty({ type: String, nullable: true }) checkedAt!: string | null;
  @ApiProperty({ description: 'How often it was listed, over all looks' }) listings!: number;
  @ApiProperty({
    description:
      'Rows hidden at first: a list left them out of its first listing and showed them in a later one of the same look',
  })
  hidden!: number;
  @ApiProperty({
    type: Number,
    nullable: true,
    description:
      'Orders that the platform itself counts, those of several of its lists once; null where it does not count, and before the first look',
  })
  platformTotal!: number | null;
  @ApiProperty({
    description: 'Orders that it counts and never listed; the window is not proven while there are any',
  })
  unlisted!: number;
}

class FoundByDto {
  @ApiProperty({ enum: ['hour', 'day'], description: 'The look of the first hours, or that of the day after' })
  census!: string;
  @ApiProperty({ description: 'Which listing of that look showed it first; above 1 it was hidden at first' })
  listing!: number;
}

class GapDto {
  @ApiProperty() platformOrderNo!: string;
  @ApiProperty({
    enum: ['missing', 'older', 'ahead'],
    description:
      'ahead: missing, and modified after what the change pull had read when it stood still; fetched all the same, no alarm',
  })
  cause!: string;
  @ApiProperty({ type: SpanDto }) window!: SpanDto;
  @ApiProperty() foundAt!: string;
  @ApiProperty({ type: FoundByDto }) foundBy!: FoundByDto;
  @ApiProperty({ type: String, nullable: true }) storedAt!: string | null;
}

class BillDayDto {
  @ApiProperty({ example: '2026-11-11' }) day!: string;
  @ApiProperty({ enum: ['waiting', 'not_ready', 'not_whole', 'refused', 'failed', 'done'] }) state!: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'When it is fetched next (business time); nothing when it is done or given up',
  })
  dueAt!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'When it was fetched last (business time)' })
  fetchedAt!: string | null;
  @ApiProperty({ description: 'Rows of the file' }) rows!: number;
  @ApiProperty({ description: 'Rows that settlement did not have before' }) newRows!: number;
  @ApiProperty({ description: 'Why it is not done; empty when it is' }) reason!: string;
}

/** The proof that nothing is missing, window by window; of bills day by day. */
export class CompletenessDto {
  @ApiProperty({ enum: COMPLETENESS_KINDS }) kind!: string;
  @ApiProperty({
    enum: ['census', 'change-windows', 'bill-files'],
    description:
      'What it rests on: `census`, the platform’s own list by creation time, compared id by id; `change-windows`, the windows of the change pull alone, where the platform offers no list by creation time; `bill-files`, files that prove themselves whole, one per day',
  })
  restsOn!: string;
  @ApiProperty({ type: [CensusWindowDto] }) windows!: CensusWindowDto[];
  @ApiProperty({ type: [GapDto] }) gaps!: GapDto[];
  @ApiPropertyOptional({ type: [BillDayDto], description: 'For bills: every day of the span' }) days?: BillDayDto[];
}
