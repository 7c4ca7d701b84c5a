import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsInstant, toShanghaiIso } from '@app/shared';
import type { Reservation } from './reservation.repository';

/** Most pieces that one line may ask for. */
export const MAX_QUANTITY = 1_000_000_000;

export class ReserveLineDto {
  @ApiProperty({ example: 'TEE-RED-M' })
  @IsString()
  @Length(1, 200)
  skuCode!: string;

  @ApiProperty({ example: 1, minimum: 1, maximum: MAX_QUANTITY, description: 'Pieces' })
  @IsInt()
  @Min(1)
  @Max(MAX_QUANTITY)
  quantity!: number;

  @ApiPropertyOptional({
    example: 'HZ1',
    description: 'Only this warehouse; without it the warehouses are tried by priority',
  })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  warehouse?: string;
}

export class ReserveDto {
  @ApiProperty({
    example: 'ext-123',
    description: 'Business key of the reservation; a repeat with the same body gets the same answer',
  })
  @IsString()
  @Length(1, 200)
  key!: string;

  @ApiProperty({ type: [ReserveLineDto] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10_000)
  @ValidateNested({ each: true })
  @Type(() => ReserveLineDto)
  lines!: ReserveLineDto[];

  @ApiPropertyOptional({ example: '2026-11-11T23:59:59+08:00', description: 'When it is given back by itself' })
  @IsOptional()
  @IsInstant()
  expiresAt?: string;
}

export class ReservedLineDto {
  @ApiProperty({ example: 'TEE-RED-M' })
  skuCode!: string;
  @ApiProperty({ example: 1 })
  quantity!: number;
  @ApiProperty({ example: 'HZ1' })
  warehouse!: string;
}

export class ReservationDto {
  @ApiProperty({ example: 'res_01j9…' })
  id!: string;
  @ApiProperty({ example: 'ext-123' })
  key!: string;
  @ApiProperty({ enum: ['reserved', 'released', 'shipped'] })
  state!: string;
  @ApiProperty({ type: [ReservedLineDto] })
  lines!: ReservedLineDto[];
  @ApiProperty({ nullable: true, type: String, example: null })
  expiresAt!: string | null;
}

/** A reservation as it is answered. */
export function toReservation({ id, key, state, lines, expiresAt }: Reservation): ReservationDto {
  return { id, key, state, lines, expiresAt: expiresAt ? toShanghaiIso(expiresAt) : null };
}
