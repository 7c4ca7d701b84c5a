import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiPage, FromCaller, PageQuery, Scopes, type Caller, type Page } from '@app/shared';
import { PlatformsAnswer } from './platform-register.dto';
import { PlatformRegisterService } from './platform-register.service';
import { ShopStateDto } from './state.dto';
import { StateService } from './state.service';

/** How synchronisation stands, shop by shop, and what it follows. */
@ApiTags('sync')
@ApiBearerAuth()
@Controller('v1')
export class StateController {
  constructor(
    private readonly states: StateService,
    private readonly register: PlatformRegisterService,
  ) {}

  @ApiOperation({
    summary: 'How every shop stands',
    description:
      'Per shop: lag and last success per kind, work that waits or was given up, how far orders are proven to be stored, what platforms are still to be told, alarms, and a verdict with its reasons. Errors: VALIDATION, CURSOR.INVALID (400). Scope: sync:read.',
  })
  @ApiPage(ShopStateDto)
  @Scopes('sync:read')
  @Get('state')
  list(@FromCaller() caller: Caller, @Query() query: PageQuery): Promise<Page<ShopStateDto>> {
    return this.states.list(caller, query);
  }

  @ApiOperation({
    summary: 'What is known of each platform',
    description:
      'The edition of the platform’s interface that its folder follows, what the platform can do, and every assumption that its documents leave open, with the value in use here and whether it was changed. Scope: sync:read.',
  })
  @ApiOkResponse({ type: PlatformsAnswer })
  @Scopes('sync:read')
  @Get('platforms')
  platforms(): PlatformsAnswer {
    return this.register.list();
  }
}
