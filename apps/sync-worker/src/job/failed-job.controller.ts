import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiPage, FromCaller, PageQuery, Scopes, type Caller, type Page } from '@app/shared';
import { FailedJobDto } from './failed-job.dto';
import { FailedJobService } from './failed-job.service';

/** Dead letters of every queue. */
@ApiTags('operation')
@ApiBearerAuth()
@Controller('v1/failed-jobs')
export class FailedJobController {
  constructor(private readonly jobs: FailedJobService) {}

  @ApiOperation({
    summary: 'List jobs that were given up',
    description:
      'Of this service and of the facts of every service, with cause and tries. Errors: VALIDATION, CURSOR.INVALID (400). Scope: operations:read.',
  })
  @ApiPage(FailedJobDto)
  @Scopes('operations:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: PageQuery): Promise<Page<FailedJobDto>> {
    return this.jobs.list(caller, query);
  }

  @ApiOperation({
    summary: 'Try a failed job again',
    description: 'Errors: FAILED_JOB.NOT_FOUND (404). Scope: operations:write.',
  })
  @ApiOkResponse({ type: FailedJobDto })
  @Scopes('operations:write')
  @HttpCode(200)
  @Post(':id/replay')
  replay(@FromCaller() caller: Caller, @Param('id') id: string): Promise<FailedJobDto> {
    return this.jobs.replay(caller, id);
  }
}
