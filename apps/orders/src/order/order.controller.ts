import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, Scopes, ServiceOnly, type Caller, type Page } from '@app/shared';
import type { OrderFactItem, OrdersSummaryAnswer } from '@app/contracts';
import {
  HoldActDto,
  OrderActDto,
  OrderDto,
  OrderPageDto,
  OrderQuery,
  OrdersQuery,
  OrdersSummaryDto,
  ReleaseHoldDto,
  UrgentActDto,
} from './order.dto';
import { OrderService } from './order.service';

const ACT_ERRORS =
  'Errors: VALIDATION (400), ORDER.NOT_FOUND (404), ORDER.VERSION_CONFLICT (409, with the present version), ORDER.STATE_FORBIDS (409), IDEMPOTENCY.KEY_REUSED (409). Scope: orders:write.';
const KEY = 'idempotency-key';

@ApiTags('orders')
@ApiBearerAuth()
@Controller('v1')
export class OrderController {
  constructor(private readonly service: OrderService) {}

  @ApiOperation({
    summary: 'List orders',
    description:
      'Newest first, or by change time with updatedFrom. Errors: VALIDATION (400), CURSOR.INVALID (400). Scope: orders:read.',
  })
  @ApiOkResponse({ type: OrderPageDto })
  @Scopes('orders:read')
  @Get('orders')
  list(@FromCaller() caller: Caller, @Query() query: OrdersQuery): Promise<Page<OrderDto>> {
    return this.service.list(caller, query);
  }

  @ApiOperation({
    summary: 'Orders per status and open holds per type',
    description: 'Of the shops that the caller may see. Errors: AUTH.SCOPE (403). Scope: orders:read.',
  })
  @ApiOkResponse({ type: OrdersSummaryDto })
  @Scopes('orders:read')
  @Get('orders/summary')
  summary(@FromCaller() caller: Caller): Promise<OrdersSummaryAnswer> {
    return this.service.summary(caller);
  }

  @ApiOperation({
    summary: 'One order',
    description:
      'include=raw shows the text as received (needs pii:read, logged), include=log the history. Errors: VALIDATION (400), AUTH.SCOPE (403), ORDER.NOT_FOUND (404). Scope: orders:read.',
  })
  @ApiOkResponse({ type: OrderDto })
  @Scopes('orders:read')
  @Get('orders/:id')
  one(@FromCaller() caller: Caller, @Param('id') id: string, @Query() query: OrderQuery): Promise<OrderDto> {
    return this.service.one(caller, id, query.include);
  }

  @ApiOperation({
    summary: 'An order as its facts carry it',
    description: 'For facts too large to travel. Errors: ORDER.NOT_FOUND (404). Scope: orders:read, services only.',
  })
  @ApiOkResponse({
    schema: {
      type: 'object',
      description: 'The item of the facts order.*',
      properties: { orderId: { type: 'string' }, orderVersion: { type: 'integer' } },
    },
  })
  @Scopes('orders:read')
  @ServiceOnly()
  @Get('facts/orders/:id')
  fact(@FromCaller() caller: Caller, @Param('id') id: string): Promise<OrderFactItem> {
    return this.service.fact(caller, id);
  }

  @ApiOperation({
    summary: 'Approve an order',
    description: `Settles the holds that reading settles (buyer_remark, address_changed, amount_mismatch, bad_quantity). ${ACT_ERRORS}`,
  })
  @ApiHeader({ name: KEY, required: false })
  @ApiOkResponse({ type: OrderDto })
  @Scopes('orders:write')
  @HttpCode(200)
  @Post('orders/:id/approve')
  approve(
    @FromCaller() caller: Caller,
    @Headers(KEY) key: string | undefined,
    @Param('id') id: string,
    @Body() body: OrderActDto,
  ): Promise<OrderDto> {
    return this.service.act(caller, key, id, 'approve', body);
  }

  @ApiOperation({
    summary: 'Take an approval back',
    description: `What was released to a warehouse is stopped; forbidden after departure. ${ACT_ERRORS}`,
  })
  @ApiHeader({ name: KEY, required: false })
  @ApiOkResponse({ type: OrderDto })
  @Scopes('orders:write')
  @HttpCode(200)
  @Post('orders/:id/take-back')
  takeBack(
    @FromCaller() caller: Caller,
    @Headers(KEY) key: string | undefined,
    @Param('id') id: string,
    @Body() body: OrderActDto,
  ): Promise<OrderDto> {
    return this.service.act(caller, key, id, 'take-back', body);
  }

  @ApiOperation({
    summary: 'Hold an order',
    description: `With an owner and, if wished, the time at which it is released by itself. After departure the parcel is marked to be intercepted. ${ACT_ERRORS}`,
  })
  @ApiHeader({ name: KEY, required: false })
  @ApiOkResponse({ type: OrderDto })
  @Scopes('orders:write')
  @HttpCode(200)
  @Post('orders/:id/hold')
  hold(
    @FromCaller() caller: Caller,
    @Headers(KEY) key: string | undefined,
    @Param('id') id: string,
    @Body() body: HoldActDto,
  ): Promise<OrderDto> {
    return this.service.act(caller, key, id, 'hold', body);
  }

  @ApiOperation({
    summary: 'Release a hold',
    description: `Holds with a condition (unmapped_sku, short_stock, refund_requested, platform_forbids, …) end by themselves alone. Also HOLD.NOT_FOUND (404). ${ACT_ERRORS}`,
  })
  @ApiHeader({ name: KEY, required: false })
  @ApiOkResponse({ type: OrderDto })
  @Scopes('orders:write')
  @HttpCode(200)
  @Post('orders/:id/release-hold')
  releaseHold(
    @FromCaller() caller: Caller,
    @Headers(KEY) key: string | undefined,
    @Param('id') id: string,
    @Body() body: ReleaseHoldDto,
  ): Promise<OrderDto> {
    return this.service.act(caller, key, id, 'release-hold', body);
  }

  @ApiOperation({
    summary: 'Cancel an order on our side',
    description: `Stock is given back and nothing is shipped; the platform is not told. Forbidden after departure. ${ACT_ERRORS}`,
  })
  @ApiHeader({ name: KEY, required: false })
  @ApiOkResponse({ type: OrderDto })
  @Scopes('orders:write')
  @HttpCode(200)
  @Post('orders/:id/cancel')
  cancel(
    @FromCaller() caller: Caller,
    @Headers(KEY) key: string | undefined,
    @Param('id') id: string,
    @Body() body: OrderActDto,
  ): Promise<OrderDto> {
    return this.service.act(caller, key, id, 'cancel', body);
  }

  @ApiOperation({
    summary: 'Mark an order as urgent',
    description: `Warehouses see it with the next release. ${ACT_ERRORS}`,
  })
  @ApiHeader({ name: KEY, required: false })
  @ApiOkResponse({ type: OrderDto })
  @Scopes('orders:write')
  @HttpCode(200)
  @Post('orders/:id/urgent')
  urgent(
    @FromCaller() caller: Caller,
    @Headers(KEY) key: string | undefined,
    @Param('id') id: string,
    @Body() body: UrgentActDto,
  ): Promise<OrderDto> {
    return this.service.act(caller, key, id, 'urgent', body);
  }
}
