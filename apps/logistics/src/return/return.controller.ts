import { FromCaller, Scopes, type Caller, type Page } from '@app/shared';
import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { MatchService } from './match.service';
import { ReceiveService } from './receive.service';
import { MatchDto, ReceiveDto, ReturnDto, ReturnPage, ReturnQuery } from './return.dto';
import { ReturnReader } from './return.reader';

/** Parcels that come back. */
@ApiTags('returns')
@ApiBearerAuth()
@Controller('v1/returns')
export class ReturnController {
  constructor(
    private readonly reader: ReturnReader,
    private readonly receiving: ReceiveService,
    private readonly matching: MatchService,
  ) {}

  @ApiOperation({
    summary: 'Parcels that come or came back',
    description:
      'Expected ones are known from intercepts and from the numbers that buyers name in after-sales; in the order of their making. Scope: logistics:read. Errors: CURSOR.INVALID (400), VALIDATION (400).',
  })
  @ApiOkResponse({ type: ReturnPage })
  @Scopes('logistics:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: ReturnQuery): Promise<Page<ReturnDto>> {
    return this.reader.list(caller, query);
  }

  @ApiOperation({
    summary: 'Count a parcel that came back',
    description:
      'The number is the key: 201 the first time, 200 with the same answer for the same count once more. Goods that were not expected, or are more than had left, are taken in and flagged. A number that nobody knows is taken in unmatched, and its goods wait in quarantine until an after-sale names it or a person matches it. Scope: logistics:write. ' +
      'Errors: RETURN.ALREADY_RECEIVED (409: another count; names what was counted), RETURN.AMBIGUOUS_WAYBILL (409, with candidates: name the carrier), PARCEL.STATE_FORBIDS (409: the parcel has not left), WAREHOUSE.NOT_FOUND (404), RETURN.NOT_FOUND (404: of a shop outside of the caller’s limits), VALIDATION (400, also for a SKU code that nobody knows), IDEMPOTENCY.KEY_REUSED (409), SERVICE.UNAVAILABLE (503).',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiCreatedResponse({ type: ReturnDto })
  @ApiOkResponse({ type: ReturnDto })
  @Scopes('logistics:write')
  @Post('receive')
  async receive(
    @FromCaller() caller: Caller,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: ReceiveDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReturnDto> {
    const { isNew, answer } = await this.receiving.receive(caller, key, body);
    void reply.status(isNew ? 201 : 200);
    return answer;
  }

  @ApiOperation({
    summary: 'Say whose goods a counted parcel holds',
    description:
      'Its goods leave quarantine to where their grade says. A repeat answers the same. Scope: logistics:write. Errors: RETURN.NOT_FOUND (404), ORDER.NOT_FOUND (404), RETURN.ALREADY_MATCHED (409), RETURN.VERSION_CONFLICT (409), IDEMPOTENCY.KEY_REUSED (409), VALIDATION (400).',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiOkResponse({ type: ReturnDto })
  @Scopes('logistics:write')
  @HttpCode(200)
  @Post(':id/match')
  match(
    @FromCaller() caller: Caller,
    @Headers('idempotency-key') key: string | undefined,
    @Param('id') id: string,
    @Body() body: MatchDto,
  ): Promise<ReturnDto> {
    return this.matching.match(caller, key, id, body);
  }
}
