import { IsInstant, PageQuery } from '@app/shared';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';

/** Query of the list of work. */
export class WorkQuery extends PageQuery {
  @ApiPropertyOptional({ example: 'HZ1' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  warehouse?: string;

  @ApiPropertyOptional({ example: 'ZTO' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  carrier?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Only what was promised to leave before this instant' })
  @IsOptional()
  @IsInstant()
  cutOffBefore?: string;
}

/** Pieces to pick. */
export class WorkLineDto {
  @ApiProperty()
  lineId!: string;
  @ApiProperty()
  orderId!: string;
  @ApiProperty()
  platformOrderNo!: string;
  @ApiProperty({ example: 'TEE-RED-M' })
  skuCode!: string;
  @ApiProperty()
  title!: string;
  @ApiProperty({ description: 'Pieces that are in no parcel yet', example: 1 })
  quantity!: number;
}

/** A released fulfilment that waits for a clerk. */
export class WorkDto {
  @ApiProperty({ example: 'ful_01jd0000000000000000000000' })
  fulfilmentId!: string;
  @ApiProperty({ example: 1 })
  revision!: number;
  @ApiProperty()
  shopId!: string;
  @ApiProperty({ example: 'taobao' })
  platform!: string;
  @ApiProperty({ example: 'HZ1' })
  warehouse!: string;
  @ApiProperty({ type: String, nullable: true, description: 'What the fulfilment asks, else the shop’s default' })
  carrier!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  shipBy!: string | null;
  @ApiProperty()
  isUrgent!: boolean;
  @ApiProperty({ type: [WorkLineDto] })
  lines!: WorkLineDto[];
}

/** A page of work. */
export class WorkPage {
  @ApiProperty({ type: [WorkDto] })
  items!: WorkDto[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}
