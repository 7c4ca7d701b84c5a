import { FromCaller, PageQuery, Scopes, type Caller, type Page } from '@app/shared';
import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SenderBody, SenderDto, SenderPage } from './sender.dto';
import { SenderService } from './sender.service';

/** Where parcels of a warehouse are sent from. */
@ApiTags('senders')
@ApiBearerAuth()
@Controller('v1/senders')
export class SenderController {
  constructor(private readonly senders: SenderService) {}

  @ApiOperation({
    summary: 'Sender addresses by warehouse',
    description: 'Scope: logistics:read. Errors: CURSOR.INVALID (400).',
  })
  @ApiOkResponse({ type: SenderPage })
  @Scopes('logistics:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: PageQuery): Promise<Page<SenderDto>> {
    return this.senders.list(caller, query);
  }

  @ApiOperation({
    summary: 'Set a warehouse’s sender address',
    description:
      'Without it no label is made. Scope: logistics:write. Errors: VALIDATION (400), WAREHOUSE.NOT_FOUND (404).',
  })
  @ApiOkResponse({ type: SenderDto })
  @Scopes('logistics:write')
  @Put(':warehouse')
  put(
    @FromCaller() caller: Caller,
    @Param('warehouse') warehouse: string,
    @Body() body: SenderBody,
  ): Promise<SenderDto> {
    return this.senders.put(caller, warehouse, body);
  }
}
