import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import { OrdersAnswer, OrdersQuery } from './orders.dto';
import { OrdersService } from './orders.service';

/** The orders that bills are compared with. */
@ApiTags('orders known to settlement')
@ApiBearerAuth()
@Controller('v1/orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @ApiOperation({
    summary: 'List the copies of orders',
    description:
      'With amounts, lines, parcels, after-sales, returns and what bills moved for them, newest first. Errors: VALIDATION and CURSOR.INVALID (400), SHOP.NOT_FOUND (404). Scope: settlement:read.',
  })
  @ApiOkResponse({ type: OrdersAnswer })
  @Scopes('settlement:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: OrdersQuery): Promise<OrdersAnswer> {
    return this.orders.list(caller, query);
  }
}
