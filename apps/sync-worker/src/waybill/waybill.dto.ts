import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Min,
  ValidateNested,
} from 'class-validator';
import type { CanonicalReceiver, WaybillRequest } from '@app/contracts';

/** Where a parcel is sent from. */
export class SenderDto {
  @ApiProperty() @IsString() @Length(1, 100) name!: string;
  @ApiProperty() @IsString() @Length(1, 40) phone!: string;
  @ApiProperty() @IsString() @Length(1, 64) province!: string;
  @ApiProperty() @IsString() @Length(0, 64) city!: string;
  @ApiProperty() @IsString() @Length(0, 64) district!: string;
  @ApiProperty() @IsString() @Length(1, 300) address!: string;
}

/** A line in a parcel. */
export class WaybillLineDto {
  @ApiProperty() @IsString() @Length(1, 128) platformOrderNo!: string;
  @ApiProperty() @IsString() @Length(1, 128) platformLineNo!: string;
  @ApiProperty() @IsString() @Length(0, 1_024) title!: string;
  @ApiProperty() @IsInt() @Min(1) quantity!: number;
}

/** A number wanted for a parcel. */
export class TakeWaybillDto implements WaybillRequest {
  @ApiProperty() @IsString() @Length(1, 100) shopId!: string;
  @ApiProperty() @IsString() @Length(1, 100) fulfilmentId!: string;
  @ApiProperty({ description: 'A repeat with the same parcel gives the same number' })
  @IsString()
  @Length(1, 100)
  parcelId!: string;
  @ApiProperty({ example: 'ZTO' }) @IsString() @Length(1, 40) carrier!: string;

  @ApiProperty({ type: SenderDto })
  @ValidateNested()
  @Type(() => SenderDto)
  sender!: SenderDto;

  @ApiProperty({
    type: Object,
    description: 'Cipher and masked values as the order has them; never plain receiver data',
  })
  @IsObject()
  receiver!: CanonicalReceiver;

  @ApiProperty({ type: [String] })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  platformOrderNos!: string[];

  @ApiProperty({ type: [WaybillLineDto] })
  @IsArray()
  @ArrayMaxSize(20_000)
  @ValidateNested({ each: true })
  @Type(() => WaybillLineDto)
  lines!: WaybillLineDto[];
}

/** A number to be given back. */
export class CancelWaybillDto {
  @ApiProperty() @IsString() @Length(1, 100) shopId!: string;
  @ApiProperty() @IsString() @Length(1, 100) parcelId!: string;
  @ApiProperty() @IsString() @Length(1, 40) carrier!: string;
  @ApiPropertyOptional({
    description: 'Left out when the answer that named it was lost: then the number of the parcel',
  })
  @IsOptional()
  @IsString()
  @Length(1, 128)
  waybillNo?: string;
}

/** An order whose state is wanted. */
export class OrderStateDto {
  @ApiProperty() @IsString() @Length(1, 100) shopId!: string;
  @ApiProperty() @IsString() @Length(1, 128) platformOrderNo!: string;
}
