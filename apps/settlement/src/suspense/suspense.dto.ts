import { PageQuery } from '@app/shared';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { BillPlace } from '../reconciliation/reconciliation.dto';

/** Whose suspense to list. */
export class SuspenseQuery extends PageQuery {
  @ApiPropertyOptional({ example: 'shp_01jd…' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  shopId?: string;
}

/** Money that nothing explains. */
export class SuspenseItemAnswer {
  @ApiProperty({
    enum: ['order', 'bill'],
    description: 'order: paid is not the sum of lines and freight; bill: a row that no rule classifies',
  })
  source!: string;
  @ApiProperty({ example: 'ord_01jd…', description: 'The order, or the transaction of the row' })
  key!: string;
  @ApiProperty({ example: 'shp_01jd…' })
  shopId!: string;
  @ApiProperty({ type: String, nullable: true, example: '2231958349212345678' })
  platformOrderNo!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'ord_01jd…' })
  orderId!: string | null;
  @ApiProperty({ example: -100, description: 'Paid less what is explained, or what the row moved into the wallet' })
  amountFen!: number;
  @ApiProperty({ example: 'CNY' })
  currency!: string;
  @ApiProperty({ example: '2026-11-01T12:00:00+08:00', description: 'When the order was placed or the row moved' })
  at!: string;
  @ApiProperty({ type: BillPlace, nullable: true })
  bill!: BillPlace | null;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'What the row says' })
  remark!: string | null;
}

/** Sums of all that the query finds, in fen. */
export class SuspenseTotalsAnswer {
  @ApiProperty({ example: -100 })
  ordersFen!: number;
  @ApiProperty({ example: -33 })
  billsFen!: number;
}

/** A page of suspense. */
export class SuspenseAnswer {
  @ApiProperty({ type: [SuspenseItemAnswer] })
  items!: SuspenseItemAnswer[];
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
  @ApiProperty({ type: SuspenseTotalsAnswer })
  totals!: SuspenseTotalsAnswer;
}
