import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiPage, FromCaller, Scopes, type Caller, type Page } from '@app/shared';
import { AlarmDto, AlarmsQuery } from './alarm.dto';
import { AlarmService } from './alarm.service';

/** Alarms of every shop, in one place. */
@ApiTags('operation')
@ApiBearerAuth()
@Controller('v1/alarms')
export class AlarmController {
  constructor(private readonly alarms: AlarmService) {}

  @ApiOperation({
    summary: 'List alarms',
    description: 'Oldest first. Errors: VALIDATION, CURSOR.INVALID (400). Scope: sync:read.',
  })
  @ApiPage(AlarmDto)
  @Scopes('sync:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: AlarmsQuery): Promise<Page<AlarmDto>> {
    return this.alarms.list(caller, query);
  }
}
