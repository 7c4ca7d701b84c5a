import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';
import { PageQuery } from '@app/shared';

/** Filter of answers that could not be read. */
export class AnswersQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Only of this shop' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  shopId?: string;
}

/** An answer of a platform that could not be read, without its body. */
export class UnreadableAnswerDto {
  @ApiProperty({ example: 'ans_01hx3r8z0g5w0p6q7r8s9t0v1w' }) id!: string;
  @ApiProperty() shopId!: string;
  @ApiProperty({ example: 'taobao' }) platform!: string;
  @ApiProperty({ example: 'taobao.trade.fullinfo.get' }) method!: string;
  @ApiProperty({ example: 200 }) httpStatus!: number;
  @ApiProperty({ description: 'Why it could not be read' }) cause!: string;
  @ApiProperty({ description: 'Bytes as received, before inflation' }) size!: number;
  @ApiProperty({ description: 'True when it was longer than what is kept of it' }) isCut!: boolean;
  @ApiProperty({ description: 'Real time; it is kept for seven days' }) keptAt!: string;
}

/** An answer with its body. */
export class UnreadableAnswerBodyDto extends UnreadableAnswerDto {
  @ApiProperty({ description: 'The bytes as received, in base64' }) body!: string;
}
