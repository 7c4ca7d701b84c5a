import { FromCaller, Scopes, type Caller, type Page } from '@app/shared';
import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DeliveryService } from './delivery.service';
import {
  CancelWaybillDto,
  ChangeWaybillDto,
  DeliveredDto,
  LabelDto,
  LabelWish,
  ParcelDto,
  ParcelPage,
  ParcelQuery,
  ShipDto,
  toParcelDto,
} from './parcel.dto';
import { ParcelService } from './parcel.service';
import { ShipService } from './ship.service';

/** Parcels: made, labelled, scanned out, delivered. */
@ApiTags('parcels')
@ApiBearerAuth()
@Controller('v1')
export class ParcelController {
  constructor(
    private readonly parcels: ParcelService,
    private readonly shipping: ShipService,
    private readonly delivery: DeliveryService,
  ) {}

  @ApiOperation({
    summary: 'Make a parcel and take its waybill',
    description:
      'Everything that is left of the fulfilment, or the named pieces. A repeat after a lost answer gives the same parcel and number. The waybill decides; an Idempotency-Key makes a repeat answer the same after success too. Scope: logistics:write. ' +
      'Errors: FULFILMENT.NOT_FOUND (404), FULFILMENT.STOPPED (409, with the reason), PARCEL.ALREADY_EXISTS (409), PARCEL.LINES_EXCEED (409), SENDER.MISSING (409), CARRIER.MISSING (409), CARRIER.UNKNOWN (404), ' +
      'WAYBILL.REFUSED (409, in the platform’s words), WAYBILL.ALREADY_USED (409), IDEMPOTENCY.KEY_REUSED (409), SERVICE.UNAVAILABLE (503), VALIDATION (400).',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiCreatedResponse({ type: ParcelDto })
  @Scopes('logistics:write')
  @Post('fulfilments/:id/parcels')
  async create(
    @FromCaller() caller: Caller,
    @Headers('idempotency-key') key: string | undefined,
    @Param('id') id: string,
    @Body() body: LabelWish,
  ): Promise<ParcelDto> {
    return toParcelDto(await this.parcels.create(caller, key, id, body));
  }

  @ApiOperation({
    summary: 'Parcels',
    description: 'In order of their making. Scope: logistics:read. Errors: VALIDATION (400), CURSOR.INVALID (400).',
  })
  @ApiOkResponse({ type: ParcelPage })
  @Scopes('logistics:read')
  @Get('parcels')
  list(@FromCaller() caller: Caller, @Query() query: ParcelQuery): Promise<Page<ParcelDto>> {
    return this.parcels.list(caller, query);
  }

  @ApiOperation({
    summary: 'Scan to ship',
    description:
      'Asks orders whether the parcel may leave, and marks it as shipped. The waybill number is the key: a repeat answers 200 with the same parcel. Scope: logistics:write. ' +
      'Errors: PARCEL.NOT_FOUND (404), PARCEL.AMBIGUOUS_WAYBILL (409, with candidates), PARCEL.STATE_FORBIDS (409), FULFILMENT.STOPPED (409, with what to do), FULFILMENT.STALE_REVISION (409: scan again in a moment), SERVICE.UNAVAILABLE (503), VALIDATION (400).',
  })
  @ApiOkResponse({ type: ParcelDto })
  @Scopes('logistics:write')
  @HttpCode(200)
  @Post('parcels/ship')
  async ship(@FromCaller() caller: Caller, @Body() body: ShipDto): Promise<ParcelDto> {
    return toParcelDto(await this.shipping.ship(caller, body));
  }

  @ApiOperation({ summary: 'One parcel', description: 'Scope: logistics:read. Errors: PARCEL.NOT_FOUND (404).' })
  @ApiOkResponse({ type: ParcelDto })
  @Scopes('logistics:read')
  @Get('parcels/:id')
  async get(@FromCaller() caller: Caller, @Param('id') id: string): Promise<ParcelDto> {
    return toParcelDto(await this.parcels.get(caller, id));
  }

  @ApiOperation({
    summary: 'Print data of a label',
    description:
      'Counts the prints; each is in the audit trail. Scope: logistics:read. Errors: PARCEL.NOT_FOUND (404), PARCEL.STATE_FORBIDS (409).',
  })
  @ApiOkResponse({ type: LabelDto })
  @Scopes('logistics:read')
  @Get('parcels/:id/label')
  print(@FromCaller() caller: Caller, @Param('id') id: string): Promise<LabelDto> {
    return this.parcels.print(caller, id);
  }

  @ApiOperation({
    summary: 'Cancel a parcel that has not left',
    description:
      'Its number is given back in the background and its pieces are work again. A repeat answers the same. Scope: logistics:write. Errors: PARCEL.NOT_FOUND (404), PARCEL.STATE_FORBIDS (409), PARCEL.VERSION_CONFLICT (409), VALIDATION (400).',
  })
  @ApiOkResponse({ type: ParcelDto })
  @Scopes('logistics:write')
  @HttpCode(200)
  @Post('parcels/:id/cancel-waybill')
  async cancelWaybill(
    @FromCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: CancelWaybillDto,
  ): Promise<ParcelDto> {
    return toParcelDto(await this.parcels.cancelWaybill(caller, id, body));
  }

  @ApiOperation({
    summary: 'Take another waybill for a parcel that has not left, or state the new number of one under way',
    description:
      'Without waybillNo: answers the parcel that takes its place (replacedBy of the old one); the old number is given back. With waybillNo: the parcel has left, bears that number from now on, and the platform is told of the change. A repeat answers the same. Scope: logistics:write. Errors: PARCEL.NOT_FOUND (404), PARCEL.STATE_FORBIDS (409, also after shipping without a number), WAYBILL.ALREADY_USED (409), FULFILMENT.STOPPED (409), CARRIER.UNKNOWN (404), SENDER.MISSING (409), WAYBILL.REFUSED (409), SERVICE.UNAVAILABLE (503), VALIDATION (400).',
  })
  @ApiOkResponse({ type: ParcelDto })
  @Scopes('logistics:write')
  @HttpCode(200)
  @Post('parcels/:id/change-waybill')
  async changeWaybill(
    @FromCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeWaybillDto,
  ): Promise<ParcelDto> {
    return toParcelDto(await this.parcels.changeWaybill(caller, id, body));
  }

  @ApiOperation({
    summary: 'Say that a parcel was delivered',
    description:
      'For a carrier’s feed or a person. A repeat answers the same. Scope: logistics:write. Errors: PARCEL.NOT_FOUND (404), PARCEL.STATE_FORBIDS (409), VALIDATION (400).',
  })
  @ApiOkResponse({ type: ParcelDto })
  @Scopes('logistics:write')
  @HttpCode(200)
  @Post('parcels/:id/delivered')
  async delivered(
    @FromCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: DeliveredDto,
  ): Promise<ParcelDto> {
    return toParcelDto(await this.delivery.deliver(caller, id, body?.at ? new Date(body.at) : null));
  }
}
