import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString } from 'class-validator';
import { PageQuery } from '@app/shared';

/** Filter of ship notices. */
export class NoticesQuery extends PageQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  shopId?: string;

  @ApiPropertyOptional({ enum: ['pending', 'told', 'failed'] })
  @IsOptional()
  @IsIn(['pending', 'told', 'failed'])
  state?: string;
}

/** A ship notice as callers see it. */
export class NoticeDto {
  @ApiProperty() parcelId!: string;
  @ApiProperty() orderId!: string;
  @ApiProperty() shopId!: string;
  @ApiProperty() platformOrderNo!: string;
  @ApiProperty() carrier!: string;
  @ApiProperty() waybillNo!: string;
  @ApiProperty({ enum: ['pending', 'told', 'failed'] }) state!: string;
  @ApiProperty({ description: 'Why it failed, or how it was told' }) reason!: string;
}
