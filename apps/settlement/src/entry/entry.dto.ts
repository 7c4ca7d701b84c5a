import { PageQuery } from '@app/shared';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';
import { BillPlace } from '../reconciliation/reconciliation.dto';

/** Which postings to list. */
export class PostingsQuery extends PageQuery {
  @ApiProperty({ example: 'shp_01jd…' })
  @IsString()
  @Length(1, 64)
  shopId!: string;

  @ApiPropertyOptional({ example: '2026-11', description: 'Month into which they are posted' })
  @IsOptional()
  @Matches(/^\d{4}-(0[1-9]|1[0-2])$/)
  period?: string;

  @ApiPropertyOptional({ example: '2231958349212345678' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  platformOrderNo?: string;

  @ApiPropertyOptional({
    enum: ['true', 'false'],
    description: 'true: only rows that came after their own month was closed; false: only the others',
  })
  @IsOptional()
  @IsIn(['true', 'false'])
  late?: string;
}

/** One side of a posting. */
export class EntryAnswer {
  @ApiProperty({ example: 'wallet' })
  account!: string;
  @ApiProperty({ example: -1_500, description: 'Positive = debit' })
  amountFen!: number;
  @ApiProperty({ example: 'CNY' })
  currency!: string;
}

/** The posting of a bill row. */
export class PostingAnswer {
  @ApiProperty({ example: 'etx_01jd…' })
  id!: string;
  @ApiProperty({ example: '2026-12' })
  period!: string;
  @ApiProperty({
    type: String,
    nullable: true,
    example: '2026-11',
    description: 'The closed month that the row belongs to, when it came too late for it',
  })
  lateFor!: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'etx_01jc…',
    description: 'The payment that a refund takes back',
  })
  reverses!: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    example: '2026-11',
    description: 'The month into which that payment was posted',
  })
  reversesPeriod!: string | null;
  @ApiProperty({ example: 'refund' })
  entryKind!: string;
  @ApiProperty({ type: String, nullable: true, example: '2231958349212345678' })
  platformOrderNo!: string | null;
  @ApiProperty({ example: '2026-12-05T10:00:00+08:00' })
  occurredAt!: string;
  @ApiProperty({ example: '2026-12-06T09:10:00+08:00' })
  postedAt!: string;
  @ApiProperty({ type: BillPlace })
  bill!: BillPlace;
  @ApiProperty({ type: [EntryAnswer], description: 'They add up to zero' })
  entries!: EntryAnswer[];
}

/** A page of postings. */
export class PostingsAnswer {
  @ApiProperty({ type: [PostingAnswer] })
  items!: PostingAnswer[];
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}
