import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import { ShopHealthDto } from './health.dto';
import { HealthService } from './health.service';

/** The doctor of a shop. */
@ApiTags('shops')
@ApiBearerAuth()
@Controller('v1/shops/:id/health')
export class ShopHealthController {
  constructor(private readonly health: HealthService) {}

  @ApiOperation({
    summary: 'Examine a shop',
    description:
      'Token, permissions, clock, push messages, lag and failures, with advice. Errors: SHOP.NOT_FOUND (404). Scope: sync:read.',
  })
  @ApiOkResponse({ type: ShopHealthDto })
  @Scopes('sync:read')
  @Get()
  examine(@FromCaller() caller: Caller, @Param('id') id: string): Promise<ShopHealthDto> {
    return this.health.examine(caller, id);
  }
}
