import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, Scopes, ServiceOnly, type Caller } from '@app/shared';
import type { OrderStateAnswer, WaybillAnswer } from '@app/contracts';
import { OrderStateService } from './order-state.service';
import { CancelWaybillDto, OrderStateDto, TakeWaybillDto } from './waybill.dto';
import { WaybillService } from './waybill.service';

/** Calls by which logistics has a platform asked; for service clients alone. */
@ApiTags('services')
@ApiBearerAuth()
@ServiceOnly()
@Scopes('platform:call')
@Controller('v1')
export class WaybillController {
  constructor(
    private readonly waybills: WaybillService,
    private readonly states: OrderStateService,
  ) {}

  @ApiOperation({
    summary: 'Take a waybill number',
    description:
      'Idempotent by parcelId. Errors: VALIDATION (400), SHOP.NOT_FOUND (404), SHOP.NOT_AUTHORISED, WAYBILL.OTHER_CARRIER, WAYBILL.IN_PROGRESS, PLATFORM.REJECTED (409), PLATFORM.UNAVAILABLE (503). Scope: platform:call.',
  })
  @ApiOkResponse({
    schema: {
      type: 'object',
      properties: {
        waybillNo: { type: 'string' },
        carrier: { type: 'string', example: 'ZTO' },
        printData: { type: 'string' },
      },
    },
  })
  @HttpCode(200)
  @Post('waybills')
  take(@FromCaller() caller: Caller, @Body() body: TakeWaybillDto): Promise<WaybillAnswer> {
    return this.waybills.take(caller, body);
  }

  @ApiOperation({
    summary: 'Give a waybill number back',
    description:
      'A repeat is also true. Errors: VALIDATION (400), SHOP.NOT_FOUND (404), SHOP.NOT_AUTHORISED, WAYBILL.CANNOT_CANCEL, PLATFORM.REJECTED (409), PLATFORM.UNAVAILABLE (503). Scope: platform:call.',
  })
  @ApiOkResponse({ schema: { type: 'object', properties: { cancelled: { type: 'boolean', example: true } } } })
  @HttpCode(200)
  @Post('waybills/cancel')
  cancel(@FromCaller() caller: Caller, @Body() body: CancelWaybillDto): Promise<{ cancelled: true }> {
    return this.waybills.cancel(caller, body);
  }

  @ApiOperation({
    summary: 'The platform’s word about an order now',
    description:
      'An order that may not be shipped is pulled again by a job. Errors: VALIDATION (400), SHOP.NOT_FOUND, PLATFORM.NOT_FOUND (404), SHOP.NOT_AUTHORISED (409), PLATFORM.UNAVAILABLE (503). Scope: platform:call.',
  })
  @ApiOkResponse({
    schema: {
      type: 'object',
      properties: {
        platformOrderNo: { type: 'string' },
        platformState: { type: 'string' },
        mayShip: { type: 'boolean' },
        reason: { type: 'string' },
        modifiedAt: { type: 'string' },
      },
    },
  })
  @HttpCode(200)
  @Post('orders/state')
  state(@FromCaller() caller: Caller, @Body() body: OrderStateDto): Promise<OrderStateAnswer> {
    return this.states.ask(caller, body);
  }
}
