import { FromCaller, Scopes, type Caller, type Page } from '@app/shared';
import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AnswerDto, InterceptDto, InterceptPage, InterceptQuery } from './intercept.dto';
import { InterceptDesk } from './intercept.desk';

/** Parcels under way that the carrier is asked to bring back. */
@ApiTags('intercepts')
@ApiBearerAuth()
@Controller('v1/intercepts')
export class InterceptController {
  constructor(private readonly desk: InterceptDesk) {}

  @ApiOperation({
    summary: 'Parcels that shall come back',
    description:
      'Made by themselves when a refund is asked for, or given, or an order is cancelled while its parcel is under way; in the order of their making. Scope: logistics:read. Errors: CURSOR.INVALID (400), VALIDATION (400).',
  })
  @ApiOkResponse({ type: InterceptPage })
  @Scopes('logistics:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: InterceptQuery): Promise<Page<InterceptDto>> {
    return this.desk.list(caller, query);
  }

  @ApiOperation({
    summary: 'The carrier brings the parcel back',
    description:
      'The parcel stays expected until it is received as a return. A repeat answers the same. Scope: logistics:write. Errors: INTERCEPT.NOT_FOUND (404), INTERCEPT.VERSION_CONFLICT (409, with the present state), INTERCEPT.STATE_FORBIDS (409, with the present state), IDEMPOTENCY.KEY_REUSED (409), VALIDATION (400).',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiOkResponse({ type: InterceptDto })
  @Scopes('logistics:write')
  @HttpCode(200)
  @Post(':id/caught')
  caught(
    @FromCaller() caller: Caller,
    @Headers('idempotency-key') key: string | undefined,
    @Param('id') id: string,
    @Body() body: AnswerDto,
  ): Promise<InterceptDto> {
    return this.desk.answer(caller, key, id, 'caught', body);
  }

  @ApiOperation({
    summary: 'The carrier cannot bring the parcel back',
    description:
      'It is not expected any more; what the buyer sends back has a number of its own. A repeat answers the same. Scope: logistics:write. Errors: INTERCEPT.NOT_FOUND (404), INTERCEPT.VERSION_CONFLICT (409, with the present state), INTERCEPT.STATE_FORBIDS (409, with the present state), IDEMPOTENCY.KEY_REUSED (409), VALIDATION (400).',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiOkResponse({ type: InterceptDto })
  @Scopes('logistics:write')
  @HttpCode(200)
  @Post(':id/too-late')
  tooLate(
    @FromCaller() caller: Caller,
    @Headers('idempotency-key') key: string | undefined,
    @Param('id') id: string,
    @Body() body: AnswerDto,
  ): Promise<InterceptDto> {
    return this.desk.answer(caller, key, id, 'too_late', body);
  }
}
