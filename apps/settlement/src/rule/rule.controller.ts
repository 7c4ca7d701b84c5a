import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import {
  DueRuleAnswer,
  DueRuleBody,
  DueRulesAnswer,
  FeeRuleAnswer,
  FeeRuleBody,
  FeeRulesAnswer,
  RulesQuery,
} from './rule.dto';
import { RuleService } from './rule.service';

/** Dated rules of due dates and fees. */
@ApiTags('rules')
@ApiBearerAuth()
@Controller('v1')
export class RuleController {
  constructor(private readonly rules: RuleService) {}

  @ApiOperation({
    summary: 'Set when the platform owes the money of orders placed from a day on',
    description:
      'Replaces the rule of the same day. Errors: VALIDATION (400), SHOP.NOT_FOUND (404). Scope: settlement:write.',
  })
  @ApiOkResponse({ type: DueRuleAnswer })
  @Scopes('settlement:write')
  @Put('due-rules')
  putDueRule(@FromCaller() caller: Caller, @Body() body: DueRuleBody): Promise<DueRuleAnswer> {
    return this.rules.putDueRule(caller, body);
  }

  @ApiOperation({
    summary: 'List due rules of a shop',
    description: 'By day. Errors: VALIDATION and CURSOR.INVALID (400), SHOP.NOT_FOUND (404). Scope: settlement:read.',
  })
  @ApiOkResponse({ type: DueRulesAnswer })
  @Scopes('settlement:read')
  @Get('due-rules')
  dueRules(@FromCaller() caller: Caller, @Query() query: RulesQuery): Promise<DueRulesAnswer> {
    return this.rules.dueRules(caller, query);
  }

  @ApiOperation({
    summary: 'Set the expected rate of a fee for goods paid from a day on',
    description:
      'Replaces the rule of the same kind and day. Errors: VALIDATION (400), SHOP.NOT_FOUND (404). Scope: settlement:write.',
  })
  @ApiOkResponse({ type: FeeRuleAnswer })
  @Scopes('settlement:write')
  @Put('fee-rules')
  putFeeRule(@FromCaller() caller: Caller, @Body() body: FeeRuleBody): Promise<FeeRuleAnswer> {
    return this.rules.putFeeRule(caller, body);
  }

  @ApiOperation({
    summary: 'List fee rules of a shop',
    description:
      'By kind and day. Errors: VALIDATION and CURSOR.INVALID (400), SHOP.NOT_FOUND (404). Scope: settlement:read.',
  })
  @ApiOkResponse({ type: FeeRulesAnswer })
  @Scopes('settlement:read')
  @Get('fee-rules')
  feeRules(@FromCaller() caller: Caller, @Query() query: RulesQuery): Promise<FeeRulesAnswer> {
    return this.rules.feeRules(caller, query);
  }
}
