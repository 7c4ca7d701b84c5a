import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, Scopes, ServiceOnly, type Caller } from '../auth/caller';
import { ApiPage, type Page } from '../http/page.dto';
import { AcknowledgeDto, ParkedItemDto, ParkedItemsQuery, WholeFactDto } from './facts.dto';
import { FactDesk } from './fact.desk';

/** What every service answers about facts: acknowledgements by their consumers, and items set aside. */
@ApiTags('facts')
@ApiBearerAuth()
@Controller('v1')
export class FactsController {
  constructor(private readonly desk: FactDesk) {}

  @ApiOperation({
    summary: 'Acknowledge facts of this service',
    description:
      'Service clients only. Repeats and unknown ids have no effect. Errors: VALIDATION (400). Scope: facts:ack.',
  })
  @ApiOkResponse({ schema: { type: 'object', properties: { acknowledged: { type: 'integer', example: 1 } } } })
  @ServiceOnly()
  @Scopes('facts:ack')
  @HttpCode(200)
  @Post('outbox/acks')
  acknowledge(@FromCaller() caller: Caller, @Body() body: AcknowledgeDto): Promise<{ acknowledged: number }> {
    return this.desk.acknowledge(caller.companyId, body.consumer, body.eventIds);
  }

  @ApiOperation({
    summary: 'Read a fact of this service',
    description:
      'For consumers of a fact that is too large to travel. Service clients only. Errors: FACT.NOT_FOUND (404). Scope: facts:ack.',
  })
  @ApiOkResponse({ type: WholeFactDto })
  @ServiceOnly()
  @Scopes('facts:ack')
  @Get('outbox/:eventId')
  fact(@FromCaller() caller: Caller, @Param('eventId') eventId: string): Promise<WholeFactDto> {
    return this.desk.wholeFact(caller.companyId, eventId);
  }

  @ApiOperation({
    summary: 'List items set aside',
    description:
      'Items of facts and batches that could not be stored, with cause. Errors: VALIDATION, CURSOR.INVALID (400). Scope: operations:read.',
  })
  @ApiPage(ParkedItemDto)
  @Scopes('operations:read')
  @Get('parked-items')
  parkedItems(@FromCaller() caller: Caller, @Query() query: ParkedItemsQuery): Promise<Page<ParkedItemDto>> {
    return this.desk.parkedItems(caller.companyId, query);
  }

  @ApiOperation({
    summary: 'Apply a parked item again',
    description:
      'By version: without effect when a newer one was applied. Errors: PARKED_ITEM.NOT_FOUND (404), PARKED_ITEM.STILL_WRONG (409). Scope: operations:write.',
  })
  @ApiOkResponse({ type: ParkedItemDto })
  @Scopes('operations:write')
  @HttpCode(200)
  @Post('parked-items/:id/replay')
  replay(@FromCaller() caller: Caller, @Param('id') id: string): Promise<ParkedItemDto> {
    return this.desk.replay(caller.companyId, id);
  }
}
