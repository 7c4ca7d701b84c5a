import { ENTRY_KINDS } from '@app/platforms';
import { PageQuery } from '@app/shared';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Length, Matches, Max, Min, ValidateIf } from 'class-validator';

const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

/** From what a due date counts. */
export const DUE_BASES = ['paid', 'shipped', 'delivered', 'completed'] as const;
/** Kinds that are a fee of an order. */
export const FEE_KINDS = ENTRY_KINDS.filter(
  (kind) =>
    !['goods_payment', 'refund', 'subsidy_back', 'deposit', 'split', 'transfer', 'interest', 'unclassified'].includes(
      kind,
    ),
);

class DatedRule {
  @ApiProperty({ example: 'shp_01jd…' })
  @IsString()
  @Length(1, 64)
  shopId!: string;

  @ApiProperty({ example: '2026-11-01', description: 'The rule holds from this day on, until the next one begins' })
  @Matches(DAY)
  @IsISO8601({ strict: true })
  validFrom!: string;
}

/** When the platform owes the money of an order. */
export class DueRuleBody extends DatedRule {
  @ApiProperty({ enum: DUE_BASES, example: 'delivered' })
  @IsIn(DUE_BASES)
  basis!: (typeof DUE_BASES)[number];

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 10,
    description: 'Days after that; null = unset, nothing becomes overdue',
  })
  @ValidateIf(({ days }: DueRuleBody) => days !== null)
  @IsInt()
  @Min(0)
  @Max(400)
  days!: number | null;
}

/** What a fee should be. */
export class FeeRuleBody extends DatedRule {
  @ApiProperty({ enum: FEE_KINDS, example: 'commission' })
  @IsIn(FEE_KINDS)
  entryKind!: string;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 500,
    description: 'In 1/100 percent of what was paid for the goods; null = unset, the fee is not judged',
  })
  @ValidateIf(({ rateBp }: FeeRuleBody) => rateBp !== null)
  @IsInt()
  @Min(0)
  @Max(10_000)
  rateBp!: number | null;

  @ApiPropertyOptional({
    type: Number,
    example: 1,
    default: 1,
    description: 'By how many fen a fee may differ, since platforms round on their own',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(10_000)
  toleranceFen = 1;
}

/** Whose rules to list. */
export class RulesQuery extends PageQuery {
  @ApiProperty({ example: 'shp_01jd…' })
  @IsString()
  @Length(1, 64)
  shopId!: string;
}

/** A rule with who set it. */
export class DueRuleAnswer extends DueRuleBody {
  @ApiProperty({ example: 'cli_finance' })
  setBy!: string;
}

/** A fee rule with who set it. */
export class FeeRuleAnswer extends FeeRuleBody {
  @ApiProperty({ example: 'cli_finance' })
  setBy!: string;
}

/** Due rules of a shop. */
export class DueRulesAnswer {
  @ApiProperty({ type: [DueRuleAnswer] })
  items!: DueRuleAnswer[];
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}

/** Fee rules of a shop. */
export class FeeRulesAnswer {
  @ApiProperty({ type: [FeeRuleAnswer] })
  items!: FeeRuleAnswer[];
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}
