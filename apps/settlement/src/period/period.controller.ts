import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { FromCaller, PageQuery, Scopes, type Caller } from '@app/shared';
import { IsString, Length } from 'class-validator';
import { ClosePeriodBody, PeriodAnswer, PeriodsAnswer } from './period.dto';
import { PeriodService } from './period.service';

class PeriodsQuery extends PageQuery {
  @ApiProperty({ example: 'shp_01jd…' })
  @IsString()
  @Length(1, 64)
  shopId!: string;
}

/** Months whose postings are frozen. */
@ApiTags('periods')
@ApiBearerAuth()
@Controller('v1/periods')
export class PeriodController {
  constructor(private readonly periods: PeriodService) {}

  @ApiOperation({
    summary: 'Close a month of a shop',
    description:
      'For good: rows that arrive later for it are posted into the next open month and name this one. Days without a bill are told. Errors: VALIDATION (400), SHOP.NOT_FOUND (404), PERIOD.NOT_OVER and PERIOD.CLOSED (409). Scope: settlement:write.',
  })
  @ApiOkResponse({ type: PeriodAnswer })
  @Scopes('settlement:write')
  @HttpCode(200)
  @Post(':period/close')
  close(
    @FromCaller() caller: Caller,
    @Param('period') period: string,
    @Body() body: ClosePeriodBody,
  ): Promise<PeriodAnswer> {
    return this.periods.close(caller, period, body.shopId);
  }

  @ApiOperation({
    summary: 'List the closed months of a shop',
    description:
      'Newest first. Errors: VALIDATION and CURSOR.INVALID (400), SHOP.NOT_FOUND (404). Scope: settlement:read.',
  })
  @ApiOkResponse({ type: PeriodsAnswer })
  @Scopes('settlement:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: PeriodsQuery): Promise<PeriodsAnswer> {
    return this.periods.list(caller, query.shopId, query);
  }
}
