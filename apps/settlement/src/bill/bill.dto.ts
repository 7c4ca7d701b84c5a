import { PageQuery } from '@app/shared';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsOptional, IsString, Matches, MaxLength } from 'class-validator';

const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

/** Which bill files to list. */
export class BillsQuery extends PageQuery {
  @ApiPropertyOptional({ example: 'shp_01jd…', description: 'With a shop the answer tells its missing days as well' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  shopId?: string;

  @ApiPropertyOptional({
    example: '2026-11-01',
    description: 'First day of the report of missing days; the shop’s go-live by default',
  })
  @IsOptional()
  @Matches(DAY)
  @IsISO8601({ strict: true })
  from?: string;

  @ApiPropertyOptional({
    example: '2026-11-30',
    description: 'Last day of that report; the newest day whose bill can be had by default',
  })
  @IsOptional()
  @Matches(DAY)
  @IsISO8601({ strict: true })
  to?: string;
}

/** Something in which a file contradicts itself or what is stored. */
export class BillProblemAnswer {
  @ApiProperty({ example: 'footer_sum' })
  code!: string;
  @ApiPropertyOptional({ example: 17, description: 'Line of the detail file' })
  row?: number;
  @ApiProperty({ example: '支出合计 states 1648 fen, the rows add up to 1649 fen.' })
  message!: string;
}

/** What became of a file. */
export class BillImportAnswer {
  @ApiProperty({ example: 'bil_01jd…' })
  id!: string;
  @ApiProperty({ example: 1_200, description: 'Rows in the file' })
  rows!: number;
  @ApiProperty({ example: 1_200, description: 'Rows taken in now' })
  new!: number;
  @ApiProperty({ example: 0, description: 'Rows that were there before, from this or another file' })
  duplicate!: number;
  @ApiProperty({ example: true, description: 'Proven whole; of a file that is not, no row is taken in' })
  whole!: boolean;
  @ApiProperty({ type: [BillProblemAnswer] })
  problems!: BillProblemAnswer[];
}

/** A bill file. */
export class BillAnswer extends BillImportAnswer {
  @ApiProperty({ example: 'shp_01jd…' })
  shopId!: string;
  @ApiProperty({ example: 'alipay-signcustomer' })
  format!: string;
  @ApiProperty({ example: '20881234567890120156_20261111.zip' })
  fileName!: string;
  @ApiProperty({ example: '20881234567890120156' })
  account!: string;
  @ApiProperty({ type: String, nullable: true, example: '2026-11-11T00:00:00+08:00' })
  coversFrom!: string | null;
  @ApiProperty({ type: String, nullable: true, example: '2026-11-12T00:00:00+08:00' })
  coversTo!: string | null;
  @ApiProperty({ example: '2026-11-12T09:10:11+08:00' })
  uploadedAt!: string;
  @ApiProperty({ example: 'cli_finance' })
  uploadedBy!: string;
}

/** Which days of a shop no whole file covers. */
export class BillCoverageAnswer {
  @ApiProperty({ example: '2026-11-01' })
  from!: string;
  @ApiProperty({ example: '2026-11-30' })
  to!: string;
  @ApiProperty({ example: ['2026-11-14'] })
  missingDays!: string[];
}

/** A page of bill files. */
export class BillsAnswer {
  @ApiProperty({ type: [BillAnswer] })
  items!: BillAnswer[];
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
  @ApiPropertyOptional({ type: BillCoverageAnswer, description: 'Only when the list is asked for one shop' })
  coverage?: BillCoverageAnswer;
}
