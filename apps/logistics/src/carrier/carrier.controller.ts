import { FromCaller, Scopes, type Caller } from '@app/shared';
import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CarrierBody, CarrierDto, CarrierPage } from './carrier.dto';
import { CarrierService } from './carrier.service';

/** The carriers of a company. */
@ApiTags('carriers')
@ApiBearerAuth()
@Controller('v1/carriers')
export class CarrierController {
  constructor(private readonly carriers: CarrierService) {}

  @ApiOperation({
    summary: 'The company’s carriers',
    description:
      'The common list with the company’s changes, by code, in one page. Errors: AUTH.SCOPE (403). Scope: logistics:read.',
  })
  @ApiOkResponse({ type: CarrierPage })
  @Scopes('logistics:read')
  @Get()
  list(@FromCaller() caller: Caller): Promise<CarrierPage> {
    return this.carriers.list(caller);
  }

  @ApiOperation({
    summary: 'Add, rename or switch off a carrier',
    description: 'Scope: logistics:write. Errors: VALIDATION (400).',
  })
  @ApiOkResponse({ type: CarrierDto })
  @Scopes('logistics:write')
  @Put(':code')
  put(@FromCaller() caller: Caller, @Param('code') code: string, @Body() body: CarrierBody): Promise<CarrierDto> {
    return this.carriers.put(caller, code, body);
  }
}
