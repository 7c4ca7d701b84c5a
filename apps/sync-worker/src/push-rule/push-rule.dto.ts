import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsBoolean,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsInstant, PageQuery } from '@app/shared';

const MOST_PIECES = 1_000_000_000;

/** Why and how long a listing SKU is told nothing. */
export class PushPauseDto {
  @ApiPropertyOptional({ description: 'End of the pause (business time); without it until the rule is set again' })
  @IsOptional()
  @IsInstant()
  until?: string;

  @ApiProperty({ example: '双11 campaign: the platform locks the number' })
  @IsString()
  @Length(1, 200)
  reason!: string;
}

/** Which rule. */
export class PushRuleKeyQuery {
  @ApiPropertyOptional({ description: 'A listing SKU; without it the rule of the whole shop' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  listingSkuId?: string;
}

/** Page of rules. */
export class PushRulesQuery extends PageQuery {}

/** A rule as a whole: what is left out follows the shop's rule, and that the plain rule (all of it). */
export class PutPushRuleDto {
  @ApiPropertyOptional({ description: 'The listing SKU that the rule is for; without it the whole shop' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  listingSkuId?: string;

  @ApiPropertyOptional({ description: 'Share of what may be sold, 0 to 100; 0 shows nothing for sale' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(100)
  percent?: number;

  @ApiPropertyOptional({ description: 'Pieces held back before the percentage is taken' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST_PIECES)
  safety?: number;

  @ApiPropertyOptional({ description: 'Never fewer than this, even when there is less: it may be sold twice' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST_PIECES)
  floor?: number;

  @ApiPropertyOptional({ description: 'Never more than this' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST_PIECES)
  ceiling?: number;

  @ApiPropertyOptional({
    description:
      'Listings with a weight divide each SKU among themselves by it, over all shops; those without show all of it',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000)
  weight?: number;

  @ApiPropertyOptional({ type: [String], description: 'Only stock of these warehouses counts' })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsString({ each: true })
  @Length(1, 40, { each: true })
  warehouses?: string[];

  @ApiPropertyOptional({
    description:
      'True: a listing is taken off the shelf once it shows nothing for sale, and put back once it shows something again. Every SKU of the listing that is for sale has to follow such a rule; a SKU that is not linked keeps it where it is',
  })
  @IsOptional()
  @IsBoolean()
  autoShelf?: boolean;

  @ApiPropertyOptional({ type: PushPauseDto, description: 'The listing SKU is told nothing; not for a whole shop' })
  @IsOptional()
  @ValidateNested()
  @Type(() => PushPauseDto)
  pause?: PushPauseDto;

  @ApiPropertyOptional({ default: false, description: 'Only show which numbers would change' })
  @IsOptional()
  @IsBoolean()
  dryRun?: boolean;
}

/** A rule as it stands. */
export class PushRuleDto {
  @ApiProperty({ type: String, nullable: true, description: 'null: the whole shop' }) listingSkuId!: string | null;
  @ApiProperty({ type: Number, nullable: true }) percent!: number | null;
  @ApiProperty({ type: Number, nullable: true }) safety!: number | null;
  @ApiProperty({ type: Number, nullable: true }) floor!: number | null;
  @ApiProperty({ type: Number, nullable: true }) ceiling!: number | null;
  @ApiProperty({ type: Number, nullable: true }) weight!: number | null;
  @ApiProperty({ type: [String], nullable: true }) warehouses!: string[] | null;
  @ApiProperty({ type: Boolean, nullable: true }) autoShelf!: boolean | null;
  @ApiProperty({ type: Object, nullable: true, example: { until: null, reason: 'campaign' } }) pause!: {
    until: string | null;
    reason: string | null;
  } | null;
}

class ChangedNumberDto {
  @ApiProperty() shopId!: string;
  @ApiProperty() listingSkuId!: string;
  @ApiProperty() title!: string;
  @ApiProperty({ type: Number, nullable: true }) before!: number | null;
  @ApiProperty({ type: Number, nullable: true, description: 'null: nothing is told' }) after!: number | null;
}

/** What a rule does, or would do. */
export class PushRuleAnswer {
  @ApiProperty({ description: 'False for a dry run' }) saved!: boolean;
  @ApiProperty({ description: 'Numbers that change' }) changedCount!: number;
  @ApiProperty({ type: [ChangedNumberDto], description: 'The first 500 of them' }) changed!: ChangedNumberDto[];
}
