import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { PageQuery } from '../http/page.dto';

/** Acknowledgement of facts by their consumer. */
export class AcknowledgeDto {
  @ApiProperty({ example: 'inventory' })
  @IsString()
  @MaxLength(40)
  consumer!: string;

  @ApiProperty({ type: [String], example: ['evt_01hx3r8z0g5w0p6q7r8s9t0v1w'] })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(1_000)
  @IsString({ each: true })
  eventIds!: string[];
}

/** A fact as its consumers read it. */
export class WholeFactDto {
  @ApiProperty({ type: 'array', items: { type: 'object' } }) items!: unknown[];
}

/** Filter of parked items. */
export class ParkedItemsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: ['open', 'replayed'], description: 'Default: open ones' })
  @IsOptional()
  @IsIn(['open', 'replayed'])
  state: 'open' | 'replayed' = 'open';
}

/** An item set aside, as callers see it. */
export class ParkedItemDto {
  @ApiProperty() id!: string;
  @ApiProperty({ description: 'fact:<name>, or the command that brought the item' }) source!: string;
  @ApiProperty({ description: 'Id of the fact or request' }) reference!: string;
  @ApiProperty() itemNo!: number;
  @ApiProperty() cause!: string;
  @ApiProperty({ type: 'array', items: { type: 'object' } }) errors!: unknown[];
  @ApiProperty() state!: string;
  @ApiProperty() tries!: number;
  @ApiProperty() parkedAt!: string;
}
