import { FromCaller, Scopes, type Caller, type Page } from '@app/shared';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { WorkDto, WorkPage, WorkQuery } from './work.dto';
import { WorkService } from './work.service';

/** What waits for a clerk. */
@ApiTags('work')
@ApiBearerAuth()
@Controller('v1/work')
export class WorkController {
  constructor(private readonly work: WorkService) {}

  @ApiOperation({
    summary: 'Released fulfilments that wait for a clerk',
    description:
      'Urgent first, then by promised time. Not listed: what is in parcels already, and what waits for a pull-out. Scope: logistics:read. Errors: VALIDATION (400), CURSOR.INVALID (400).',
  })
  @ApiOkResponse({ type: WorkPage })
  @Scopes('logistics:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: WorkQuery): Promise<Page<WorkDto>> {
    return this.work.list(caller, query);
  }
}
