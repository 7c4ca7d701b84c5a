import { PageQuery } from '@app/shared';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { INTERCEPT_STATES } from '../intercept/intercept.rules';
import { GRADES, RETURN_FLAGS, type Grade } from './return.rules';

const STATES = ['expected', 'received'] as const;

/** Query of the list of returns. */
export class ReturnQuery extends PageQuery {
  @ApiPropertyOptional({ enum: STATES, description: 'Default: all' })
  @IsOptional()
  @IsIn(STATES)
  state?: string;

  @ApiPropertyOptional({ type: Boolean, description: 'false: parcels of which nobody knows whose they are' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  matched?: boolean;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(128)
  waybillNo?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(200)
  orderId?: string;

  @ApiPropertyOptional({ example: 'HZ1' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  warehouse?: string;
}

/** Goods that a clerk counted. */
export class ReceiveLineDto {
  @ApiProperty({ example: 'TEE-RED-M' })
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  skuCode!: string;

  @ApiProperty({ example: 1, minimum: 1 })
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  quantity!: number;

  @ApiProperty({
    enum: GRADES,
    description: 'A: on sale again; B: fit for second-hand sale only; C: scrapped',
  })
  @IsIn(GRADES)
  grade!: Grade;
}

/** A parcel that came back, as it was counted. */
export class ReceiveDto {
  @ApiProperty({ example: '78123456789012', description: 'The number on the parcel; blanks do not count' })
  @IsString()
  @MinLength(1)
  @MaxLength(128)
  waybillNo!: string;

  @ApiPropertyOptional({
    example: 'HZ1',
    description: 'Where the goods are; default: where they left from, else the first warehouse of the caller by code',
  })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  warehouse?: string;

  @ApiPropertyOptional({ example: 'ZTO', description: 'Decides where several parcels come back under one number' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  carrier?: string;

  @ApiProperty({ type: [ReceiveLineDto] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(500)
  @ValidateNested({ each: true })
  @Type(() => ReceiveLineDto)
  lines!: ReceiveLineDto[];
}

/** Whose goods a parcel holds. */
export class MatchDto {
  @ApiProperty({ example: 'ord_01jd0000000000000000000000' })
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  orderId!: string;

  @ApiPropertyOptional({ example: 1, minimum: 1, description: 'Version of the return that was read' })
  @IsOptional()
  @IsInt()
  @Min(1)
  expectedVersion?: number;
}

/** A counted line. */
export class ReturnLineDto {
  @ApiProperty({ example: 1 })
  lineNo!: number;
  @ApiProperty({ example: 'TEE-RED-M' })
  skuCode!: string;
  @ApiProperty({ example: 1 })
  quantity!: number;
  @ApiProperty({ enum: GRADES })
  grade!: string;
  @ApiProperty({ type: String, enum: RETURN_FLAGS, nullable: true, description: 'What does not fit what had left' })
  flag!: string | null;
}

/** Pieces that are waited for. */
export class AwaitedLineDto {
  @ApiProperty({ example: 'TEE-RED-M' })
  skuCode!: string;
  @ApiProperty({ example: 1 })
  quantity!: number;
}

/** A parcel that comes or came back; times are story times. */
export class ReturnDto {
  @ApiProperty({ example: 'ret_01jd0000000000000000000000' })
  id!: string;
  @ApiProperty({ example: 1 })
  version!: number;
  @ApiProperty({ enum: STATES })
  state!: string;
  @ApiProperty({ description: 'Whether it is known whose goods it holds; until then they are in quarantine' })
  isMatched!: boolean;
  @ApiProperty({ example: '78123456789012' })
  waybillNo!: string;
  @ApiProperty({ type: String, nullable: true })
  carrier!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'HZ1' })
  warehouse!: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The parcel that went out and comes back unopened; null when the buyer sends goods back',
  })
  parcelId!: string | null;
  @ApiProperty({ type: String, enum: INTERCEPT_STATES, nullable: true, description: 'Of that parcel' })
  intercept!: string | null;
  @ApiProperty({ type: String, nullable: true })
  orderId!: string | null;
  @ApiProperty({ type: String, nullable: true })
  platformOrderNo!: string | null;
  @ApiProperty({ type: String, nullable: true })
  shopId!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'taobao' })
  platform!: string | null;
  @ApiProperty({ type: [String], description: 'After-sales that it answers' })
  platformAfterSaleNos!: string[];
  @ApiProperty({ enum: RETURN_FLAGS, isArray: true, description: 'What does not fit what had left' })
  flags!: string[];
  @ApiProperty({ type: [AwaitedLineDto], description: 'What is waited for; empty once it was received' })
  awaited!: AwaitedLineDto[];
  @ApiProperty({ type: [ReturnLineDto], description: 'What was counted; empty until it was received' })
  lines!: ReturnLineDto[];
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expectedAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  receivedAt!: string | null;
  @ApiProperty({ type: String, nullable: true })
  receivedBy!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  matchedAt!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Client or rule that said whose goods it holds' })
  matchedBy!: string | null;
}

/** A page of returns. */
export class ReturnPage {
  @ApiProperty({ type: [ReturnDto] })
  items!: ReturnDto[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}
