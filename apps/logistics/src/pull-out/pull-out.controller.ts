import { FromCaller, Scopes, type Caller, type Page } from '@app/shared';
import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AcknowledgeDto, PullOutDto, PullOutPage, PullOutQuery } from './pull-out.dto';
import { PullOutDesk } from './pull-out.desk';

/** Labelled parcels that must not leave. */
@ApiTags('pull-outs')
@ApiBearerAuth()
@Controller('v1/pull-outs')
export class PullOutController {
  constructor(private readonly desk: PullOutDesk) {}

  @ApiOperation({
    summary: 'Parcels that must be taken out, or were',
    description: 'In order of their opening. Scope: logistics:read. Errors: CURSOR.INVALID (400), VALIDATION (400).',
  })
  @ApiOkResponse({ type: PullOutPage })
  @Scopes('logistics:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: PullOutQuery): Promise<Page<PullOutDto>> {
    return this.desk.list(caller, query);
  }

  @ApiOperation({
    summary: 'Say that a parcel was taken out',
    description:
      'The waybill is then given back, or kept for some hours in case the order resumes. A repeat answers the same. Scope: logistics:write. Errors: PULL_OUT.NOT_FOUND (404), VALIDATION (400), IDEMPOTENCY.KEY_REUSED (409).',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiOkResponse({ type: PullOutDto })
  @Scopes('logistics:write')
  @HttpCode(200)
  @Post(':id/acknowledge')
  acknowledge(
    @FromCaller() caller: Caller,
    @Headers('idempotency-key') key: string | undefined,
    @Param('id') id: string,
    @Body() body: AcknowledgeDto,
  ): Promise<PullOutDto> {
    return this.desk.acknowledge(caller, key, id, body);
  }
}
