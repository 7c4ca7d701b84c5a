import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, MaxLength, MinLength } from 'class-validator';

/** What a company says of a carrier. */
export class CarrierBody {
  @ApiProperty({ example: '中通快递' })
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  name!: string;

  @ApiPropertyOptional({ description: 'Default: true', example: true })
  @IsOptional()
  @IsBoolean()
  isActive?: boolean;
}

/** A carrier. */
export class CarrierDto {
  @ApiProperty({ example: 'ZTO' })
  code!: string;
  @ApiProperty({ example: '中通快递' })
  name!: string;
  @ApiProperty({ example: true })
  isActive!: boolean;
}

/** The carriers of a company. */
export class CarrierPage {
  @ApiProperty({ type: [CarrierDto] })
  items!: CarrierDto[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: null;
}
