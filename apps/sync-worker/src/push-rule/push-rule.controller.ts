import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiPage, FromCaller, Scopes, type Caller, type Page } from '@app/shared';
import { PushRuleAnswer, PushRuleDto, PushRuleKeyQuery, PushRulesQuery, PutPushRuleDto } from './push-rule.dto';
import { PushRuleService } from './push-rule.service';

/** Rules of what platforms are told of stock. */
@ApiTags('sync')
@ApiBearerAuth()
@Controller('v1/shops/:id/push-rules')
export class PushRuleController {
  constructor(private readonly rules: PushRuleService) {}

  @ApiOperation({
    summary: 'List the rules of a shop',
    description:
      'The rule of the whole shop first, then those of listing SKUs. Errors: VALIDATION, CURSOR.INVALID (400), SHOP.NOT_FOUND (404). Scope: sync:read.',
  })
  @ApiPage(PushRuleDto)
  @Scopes('sync:read')
  @Get()
  list(
    @FromCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: PushRulesQuery,
  ): Promise<Page<PushRuleDto>> {
    return this.rules.list(caller, id, query);
  }

  @ApiOperation({
    summary: 'Set a rule, or show what it would change',
    description:
      'Replaces the rule as a whole: what is left out follows the rule of the shop. Number told = whole bundles of the share that the listing has, less safety, times percent, not above ceiling, not below floor. A repeat changes nothing. Errors: VALIDATION (400), SHOP.NOT_FOUND, LISTING_SKU.NOT_FOUND (404). Scope: sync:write.',
  })
  @ApiOkResponse({ type: PushRuleAnswer })
  @Scopes('sync:write')
  @Put()
  put(@FromCaller() caller: Caller, @Param('id') id: string, @Body() body: PutPushRuleDto): Promise<PushRuleAnswer> {
    return this.rules.put(caller, id, body);
  }

  @ApiOperation({
    summary: 'Take a rule away',
    description:
      'A rule that is not there is no error. Errors: VALIDATION (400), SHOP.NOT_FOUND, LISTING_SKU.NOT_FOUND (404). Scope: sync:write.',
  })
  @ApiOkResponse({ type: PushRuleAnswer })
  @Scopes('sync:write')
  @Delete()
  remove(
    @FromCaller() caller: Caller,
    @Param('id') id: string,
    @Query() { listingSkuId }: PushRuleKeyQuery,
  ): Promise<PushRuleAnswer> {
    return this.rules.remove(caller, id, listingSkuId);
  }
}
