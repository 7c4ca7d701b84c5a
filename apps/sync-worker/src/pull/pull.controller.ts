import { Body, Controller, Get, Headers, HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import { PullDto, StartPullDto } from './pull.dto';
import { PullService } from './pull.service';

/** Pulls that a person asks for. */
@ApiTags('sync')
@ApiBearerAuth()
@Controller('v1/shops/:id/pulls')
export class PullController {
  constructor(private readonly pulls: PullService) {}

  @ApiOperation({
    summary: 'Pull now',
    description:
      'Kinds orders and after-sales (modified within the span), order (one), listings (all), bills (the days that the span touches and that are over; fetched anew whatever became of them before). A dry run stores nothing and says what would be stored. Errors: SHOP.NOT_FOUND (404), SHOP.NOT_AUTHORISED, SHOP.PAUSED, PULL.NOT_OFFERED, BILL_ACCOUNT.MISSING, IDEMPOTENCY.KEY_REUSED (409), VALIDATION (400). Scope: sync:write.',
  })
  @ApiAcceptedResponse({
    schema: {
      type: 'object',
      required: ['jobId'],
      properties: { jobId: { type: 'string', example: 'pul_01hx3r8z0g5w0p6q7r8s9t0v1w' } },
    },
  })
  @Scopes('sync:write')
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @HttpCode(202)
  @Post()
  start(
    @FromCaller() caller: Caller,
    @Headers('idempotency-key') key: string | undefined,
    @Param('id') id: string,
    @Body() body: StartPullDto,
  ): Promise<{ jobId: string }> {
    return this.pulls.start(caller, key, id, body);
  }

  @ApiOperation({
    summary: 'How a pull stands',
    description: 'Errors: SHOP.NOT_FOUND, PULL.NOT_FOUND (404). Scope: sync:read.',
  })
  @ApiOkResponse({ type: PullDto })
  @Scopes('sync:read')
  @Get(':jobId')
  one(@FromCaller() caller: Caller, @Param('id') id: string, @Param('jobId') jobId: string): Promise<PullDto> {
    return this.pulls.one(caller, id, jobId);
  }
}
