import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import type { Warehouse } from './warehouse.repository';

export class NewWarehouseDto {
  @ApiProperty({ example: 'HZ1', description: 'Unique in the company; never changes' })
  @Matches(/^[A-Za-z0-9_-]{1,64}$/, { message: 'has 1 to 64 letters, digits, _ or -' })
  code!: string;

  @ApiProperty({ example: '杭州一仓' })
  @IsString()
  @Length(1, 100)
  name!: string;

  @ApiPropertyOptional({ type: Number, example: 1, default: 100, description: 'Routing tries lower numbers first' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  priority = 100;
}

export class WarehouseChangeDto {
  @ApiProperty({ example: 1 })
  @IsInt()
  @Min(1)
  expectedVersion!: number;

  @ApiPropertyOptional({ example: '杭州一仓' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  name?: string;

  @ApiPropertyOptional({ example: 2 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  priority?: number;

  @ApiPropertyOptional({ example: true, description: 'Routing passes over warehouses that are not active' })
  @IsOptional()
  @IsBoolean()
  isActive?: boolean;
}

export class WarehouseDto {
  @ApiProperty({ example: 'HZ1' })
  code!: string;
  @ApiProperty({ example: '杭州一仓' })
  name!: string;
  @ApiProperty({ example: 1 })
  priority!: number;
  @ApiProperty({ example: true })
  isActive!: boolean;
  @ApiProperty({ example: false, description: 'Whether stock may turn negative; no warehouse may at present' })
  allowsNegative!: boolean;
  @ApiProperty({ example: 1 })
  version!: number;
}

export class WarehousesAnswerDto {
  @ApiProperty({ type: [WarehouseDto] })
  items!: WarehouseDto[];
  @ApiProperty({ nullable: true, type: String })
  nextCursor!: string | null;
}

/** A warehouse as it is answered. */
export function toWarehouse({ code, name, priority, isActive, allowsNegative, version }: Warehouse): WarehouseDto {
  return { code, name, priority, isActive, allowsNegative, version };
}
