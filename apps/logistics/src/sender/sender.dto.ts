import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength, MinLength } from 'class-validator';

/** A sender address, as the carrier account has it on file (Taobao sheet §9.5: it must equal one of the account's). */
export class SenderBody {
  @ApiProperty({ example: '汇店杭州仓' })
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  name!: string;

  @ApiProperty({ example: '0571-88000000' })
  @IsString()
  @MinLength(3)
  @MaxLength(40)
  phone!: string;

  @ApiProperty({ example: '浙江省' })
  @IsString()
  @MinLength(1)
  @MaxLength(64)
  province!: string;

  @ApiProperty({ example: '杭州市' })
  @IsString()
  @MinLength(1)
  @MaxLength(64)
  city!: string;

  @ApiProperty({ example: '余杭区' })
  @IsString()
  @MaxLength(64)
  district!: string;

  @ApiProperty({ example: '仓前街道良睦路 1 号' })
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  address!: string;
}

/** A warehouse's sender address. */
export class SenderDto extends SenderBody {
  @ApiProperty({ example: 'HZ1' })
  warehouse!: string;
  @ApiProperty({ example: 1 })
  version!: number;
}

/** A page of sender addresses. */
export class SenderPage {
  @ApiProperty({ type: [SenderDto] })
  items!: SenderDto[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}
