import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import { SuspenseAnswer, SuspenseQuery } from './suspense.dto';
import { SuspenseService } from './suspense.service';

/** Money that nothing explains yet. */
@ApiTags('suspense')
@ApiBearerAuth()
@Controller('v1/suspense')
export class SuspenseController {
  constructor(private readonly suspense: SuspenseService) {}

  @ApiOperation({
    summary: 'List what is booked to suspense',
    description:
      'Orders whose lines and freight do not add up to what was paid, and bill rows that no rule classifies, with the sum of each. Errors: VALIDATION and CURSOR.INVALID (400), SHOP.NOT_FOUND (404). Scope: settlement:read.',
  })
  @ApiOkResponse({ type: SuspenseAnswer })
  @Scopes('settlement:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: SuspenseQuery): Promise<SuspenseAnswer> {
    return this.suspense.list(caller, query);
  }
}
