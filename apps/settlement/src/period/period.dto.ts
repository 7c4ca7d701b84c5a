import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';

/** Whose period to close. */
export class ClosePeriodBody {
  @ApiProperty({ example: 'shp_01jd…' })
  @IsString()
  @Length(1, 64)
  shopId!: string;
}

/** A closed period. */
export class PeriodAnswer {
  @ApiProperty({ example: 'shp_01jd…' })
  shopId!: string;
  @ApiProperty({ example: '2026-11' })
  period!: string;
  @ApiProperty({ example: '2026-12-03T10:00:00+08:00' })
  closedAt!: string;
  @ApiProperty({ example: 'cli_finance' })
  closedBy!: string;
  @ApiProperty({ example: 1_200 })
  transactionCount!: number;
  @ApiProperty({ example: 2_540_000, description: 'By how much the wallet changed in the period, fen' })
  walletFen!: number;
  @ApiProperty({
    example: ['2026-11-14'],
    description: 'Days without a bill at the time of closing; their rows will go to the next open period',
  })
  missingDays!: string[];
}

/** The closed periods of a shop. */
export class PeriodsAnswer {
  @ApiProperty({ type: [PeriodAnswer] })
  items!: PeriodAnswer[];
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}
