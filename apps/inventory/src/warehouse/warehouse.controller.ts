import { Body, Controller, Get, Headers, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, PageQuery, Scopes, type Caller } from '@app/shared';
import { NewWarehouseDto, WarehouseChangeDto, WarehouseDto, WarehousesAnswerDto } from './warehouse.dto';
import { WarehouseService } from './warehouse.service';

/** Places from which goods are sent. */
@ApiTags('warehouses')
@ApiBearerAuth()
@Controller('v1/warehouses')
export class WarehouseController {
  constructor(private readonly warehouses: WarehouseService) {}

  @ApiOperation({
    summary: 'Make a warehouse',
    description:
      '409 WAREHOUSE.CODE_TAKEN, 409 IDEMPOTENCY.KEY_REUSED, 404 WAREHOUSE.NOT_FOUND (outside of the caller’s limits), 400 VALIDATION. Scope: inventory:write.',
  })
  @ApiCreatedResponse({ type: WarehouseDto })
  @Scopes('inventory:write')
  @Post()
  create(
    @FromCaller() caller: Caller,
    @Body() body: NewWarehouseDto,
    @Headers('idempotency-key') key?: string,
  ): Promise<WarehouseDto> {
    return this.warehouses.create(caller, body, key);
  }

  @ApiOperation({
    summary: 'List warehouses',
    description: '400 VALIDATION, 400 CURSOR.INVALID. Scope: inventory:read.',
  })
  @ApiOkResponse({ type: WarehousesAnswerDto })
  @Scopes('inventory:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: PageQuery): Promise<WarehousesAnswerDto> {
    return this.warehouses.list(caller, query);
  }

  @ApiOperation({ summary: 'Read one warehouse', description: '404 WAREHOUSE.NOT_FOUND. Scope: inventory:read.' })
  @ApiOkResponse({ type: WarehouseDto })
  @Scopes('inventory:read')
  @Get(':code')
  get(@FromCaller() caller: Caller, @Param('code') code: string): Promise<WarehouseDto> {
    return this.warehouses.get(caller, code);
  }

  @ApiOperation({
    summary: 'Change a warehouse',
    description:
      '404 WAREHOUSE.NOT_FOUND, 409 WAREHOUSE.VERSION_CONFLICT (names the present version), 400 VALIDATION. Scope: inventory:write.',
  })
  @ApiOkResponse({ type: WarehouseDto })
  @Scopes('inventory:write')
  @Patch(':code')
  change(
    @FromCaller() caller: Caller,
    @Param('code') code: string,
    @Body() body: WarehouseChangeDto,
  ): Promise<WarehouseDto> {
    return this.warehouses.change(caller, code, body);
  }
}
