import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import { CompletenessDto, CompletenessQuery } from './completeness.dto';
import { CompletenessService } from './completeness.service';

/** Completeness of what was pulled. */
@ApiTags('sync')
@ApiBearerAuth()
@Controller('v1/shops/:id/completeness')
export class CompletenessController {
  constructor(private readonly completeness: CompletenessService) {}

  @ApiOperation({
    summary: 'Prove that nothing is missing',
    description:
      'Orders: the platform’s own list by creation time, compared id by id after an hour and after a day. After-sales: the windows of the change pull, since platforms offer no list by creation time. Bills: each day with its state. Errors: VALIDATION (400), SHOP.NOT_FOUND (404). Scope: sync:read.',
  })
  @ApiOkResponse({ type: CompletenessDto })
  @Scopes('sync:read')
  @Get()
  read(
    @FromCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: CompletenessQuery,
  ): Promise<CompletenessDto> {
    return this.completeness.read(caller, id, query);
  }
}
