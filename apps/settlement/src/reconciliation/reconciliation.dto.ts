import { PageQuery } from '@app/shared';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Length, MaxLength, Min } from 'class-validator';

/** What a line can be. */
export const LINE_CLASSES = [
  'matched',
  'not_due',
  'overdue',
  'amount_differs',
  'fee_differs',
  'missing_in_bill',
  'missing_in_orders',
  'duplicate',
  'fee_without_order',
  'payout',
  'deposit',
  'unclassified',
] as const;
/** One of LINE_CLASSES. */
export type LineClass = (typeof LINE_CLASSES)[number];

/** What to reconcile. */
export class ReconcileBody {
  @ApiProperty({ example: 'shp_01jd…' })
  @IsString()
  @Length(1, 64)
  shopId!: string;

  @ApiProperty({
    example: '2026-11-01',
    description: 'Begin, included: an instant, or a day that begins in Asia/Shanghai',
  })
  @IsISO8601({ strict: true })
  from!: string;

  @ApiProperty({ example: '2026-12-01', description: 'End, not included, in the same form' })
  @IsISO8601({ strict: true })
  to!: string;
}

/** Which reconciliations to list. */
export class ReconciliationsQuery extends PageQuery {
  @ApiPropertyOptional({ example: 'shp_01jd…' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  shopId?: string;
}

/** Which lines to list. */
export class LinesQuery extends PageQuery {
  @ApiPropertyOptional({ enum: LINE_CLASSES })
  @IsOptional()
  @IsIn(LINE_CLASSES)
  class?: LineClass;
}

/** In which form to export. */
export class ExportQuery {
  @ApiProperty({ enum: ['csv', 'xlsx'] })
  @IsIn(['csv', 'xlsx'])
  format!: 'csv' | 'xlsx';
}

/** How a difference was settled. */
export class ResolveBody {
  @ApiProperty({ example: 'claimed', description: 'In the merchant’s own words' })
  @IsString()
  @Length(1, 200)
  resolution!: string;

  @ApiPropertyOptional({ type: String, example: 'claim 20261203-17 filed with the platform', default: '' })
  @IsOptional()
  @IsString()
  @MaxLength(2_000)
  note = '';

  @ApiPropertyOptional({ example: 'li.na', description: 'Who looks after it; the caller by default' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  owner?: string;

  @ApiProperty({ example: 1 })
  @IsInt()
  @Min(1)
  expectedVersion!: number;
}

/** Sums in fen. Payouts and deposits are in none of expected, billed and difference. */
export class TotalsAnswer {
  @ApiProperty({ example: 1_000_000, description: 'What orders and fee rules say' })
  expectedFen!: number;
  @ApiProperty({
    example: 998_700,
    description: 'What the bill says about the same orders, and about rows without an order',
  })
  billedFen!: number;
  @ApiProperty({ example: 900_000, description: 'What left the platform’s wallet for the bank, less what came back' })
  paidOutFen!: number;
  @ApiProperty({ example: -1_300, description: 'billedFen − expectedFen; negative = the platform owes it' })
  differenceFen!: number;
  @ApiProperty({ example: 0, description: 'What was paid into the deposit at the platform, less what came back' })
  depositFen!: number;
  @ApiProperty({ type: Number, nullable: true, example: 50_000, description: 'The wallet’s balance at from' })
  openingFen!: number | null;
  @ApiProperty({
    example: 998_700,
    description:
      'What all rows between from and to moved but payouts and deposits: openingFen + earnedFen − paidOutFen − depositFen = closingFen',
  })
  earnedFen!: number;
  @ApiProperty({ type: Number, nullable: true, example: 148_700, description: 'The wallet’s balance at to' })
  closingFen!: number | null;
  @ApiProperty({ example: 98_700, description: 'By how much the rows between from and to changed the wallet' })
  walletChangeFen!: number;
  @ApiProperty({
    type: Number,
    nullable: true,
    example: 0,
    description:
      'What the wallet moved without a row: closingFen − openingFen − walletChangeFen. Not 0 = rows are lacking; null = the bill tells no balances',
  })
  walletGapFen!: number | null;
  @ApiProperty({
    example: ['2026-11-14'],
    description:
      'Days of the span without a whole bill. Nothing is called overdue or missing that may stand in one of them',
  })
  missingDays!: string[];
}

/** A reconciliation. */
export class ReconciliationAnswer {
  @ApiProperty({ example: 'rec_01jd…' })
  id!: string;
  @ApiProperty({ example: 'shp_01jd…' })
  shopId!: string;
  @ApiProperty({ example: '2026-11-01T00:00:00+08:00' })
  from!: string;
  @ApiProperty({ example: '2026-12-01T00:00:00+08:00' })
  to!: string;
  @ApiProperty({ example: '2026-12-01T00:00:00+08:00', description: 'The instant as of which due dates are judged' })
  asOf!: string;
  @ApiProperty({ enum: ['waiting', 'done', 'failed'] })
  state!: string;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why it failed' })
  problem!: string | null;
  @ApiProperty({ type: TotalsAnswer, nullable: true })
  totals!: TotalsAnswer | null;
  @ApiProperty({
    nullable: true,
    type: Object,
    example: {
      matched: 980,
      not_due: 30,
      overdue: 2,
      amount_differs: 5,
      fee_differs: 4,
      missing_in_bill: 1,
      missing_in_orders: 1,
      duplicate: 0,
      fee_without_order: 12,
      payout: 3,
      deposit: 1,
      unclassified: 0,
    },
  })
  classes!: Record<LineClass, number> | null;
}

/** A page of reconciliations. */
export class ReconciliationsAnswer {
  @ApiProperty({ type: [ReconciliationAnswer] })
  items!: ReconciliationAnswer[];
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}

/** Where a row stands. */
export class BillPlace {
  @ApiProperty({ example: '20881234567890120156_20261111.zip' })
  file!: string;
  @ApiProperty({ example: 17 })
  row!: number;
}

/** An order, or a bill row without one. */
export class LineAnswer {
  @ApiProperty({ example: '17' })
  id!: string;
  @ApiProperty({ enum: LINE_CLASSES })
  class!: LineClass;
  @ApiProperty({ type: String, nullable: true, example: '2231958349212345678' })
  platformOrderNo!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'ord_01jd…' })
  orderId!: string | null;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Of a single bill row: what it is about' })
  entryKind!: string | null;
  @ApiProperty({ example: 24_082, description: 'Goods and fees together' })
  expectedFen!: number;
  @ApiProperty({ example: 24_082 })
  billedFen!: number;
  @ApiProperty({ example: 0 })
  differenceFen!: number;
  @ApiProperty({ example: -1_398, description: 'The fees within expectedFen' })
  expectedFeeFen!: number;
  @ApiProperty({ example: -1_398 })
  billedFeeFen!: number;
  @ApiProperty({ type: BillPlace, nullable: true })
  bill!: BillPlace | null;
  @ApiProperty({ type: String, nullable: true, example: '2026-11-21T00:00:00+08:00' })
  dueAt!: string | null;
  @ApiProperty({ type: String, nullable: true, example: null })
  owner!: string | null;
  @ApiProperty({ type: String, nullable: true, example: null })
  resolution!: string | null;
  @ApiProperty({ type: String, nullable: true, example: null })
  note!: string | null;
  @ApiProperty({ example: 1 })
  version!: number;
}

/** A page of lines. */
export class LinesAnswer {
  @ApiProperty({ type: [LineAnswer] })
  items!: LineAnswer[];
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}
