import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import { MovementsAnswerDto, MovementsQuery, SafetyDto, StockAnswerDto, StockDto, StockQuery } from './stock.dto';
import { StockService } from './stock.service';

/** Stock levels and their ledger. */
@ApiTags('stock')
@ApiBearerAuth()
@Controller('v1')
export class StockController {
  constructor(private readonly stock: StockService) {}

  @ApiOperation({
    summary: 'List stock levels',
    description:
      'sellable = onHand − reserved − safety. 404 WAREHOUSE.NOT_FOUND (outside of the caller’s limits), 400 VALIDATION, 400 CURSOR.INVALID. Scope: inventory:read.',
  })
  @ApiOkResponse({ type: StockAnswerDto })
  @Scopes('inventory:read')
  @Get('stock')
  list(@FromCaller() caller: Caller, @Query() query: StockQuery): Promise<StockAnswerDto> {
    return this.stock.list(caller, query);
  }

  @ApiOperation({
    summary: 'Set how many pieces are kept from the platforms',
    description:
      '404 SKU.NOT_FOUND, 404 WAREHOUSE.NOT_FOUND, 409 STOCK.VERSION_CONFLICT (names the present version), 400 VALIDATION. Scope: inventory:write.',
  })
  @ApiOkResponse({ type: StockDto })
  @Scopes('inventory:write')
  @Put('stock/:skuCode/safety')
  setSafety(
    @FromCaller() caller: Caller,
    @Param('skuCode') skuCode: string,
    @Body() body: SafetyDto,
  ): Promise<StockDto> {
    return this.stock.setSafety(caller, skuCode, body);
  }

  @ApiOperation({
    summary: 'List stock movements, newest first',
    description:
      'Every change of every counter with before, after and cause. 404 WAREHOUSE.NOT_FOUND, 400 VALIDATION, 400 CURSOR.INVALID. Scope: inventory:read.',
  })
  @ApiOkResponse({ type: MovementsAnswerDto })
  @Scopes('inventory:read')
  @Get('movements')
  movements(@FromCaller() caller: Caller, @Query() query: MovementsQuery): Promise<MovementsAnswerDto> {
    return this.stock.movements(caller, query);
  }
}
