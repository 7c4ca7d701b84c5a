import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import { AuditAnswer, AuditQuery } from './audit-trail.dto';
import { AuditTrailService } from './audit-trail.service';

/** The audit trail of identity: who made, disabled and changed clients. */
@ApiTags('identity')
@ApiBearerAuth()
@Controller('auth/audit')
export class AuditTrailController {
  constructor(private readonly trail: AuditTrailService) {}

  @ApiOperation({
    summary: 'Read the audit trail',
    description:
      'Of the caller’s company, newest first. Errors: CURSOR.INVALID, VALIDATION (400). Scope: identity:admin.',
  })
  @ApiOkResponse({ type: AuditAnswer })
  @Scopes('identity:admin')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: AuditQuery): Promise<AuditAnswer> {
    return this.trail.list(caller, query);
  }
}
