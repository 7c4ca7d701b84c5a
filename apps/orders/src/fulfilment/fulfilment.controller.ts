import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, Scopes, ServiceOnly, type Caller, type Page } from '@app/shared';
import type { DepartureAnswer, FulfilmentReceiverAnswer } from '@app/contracts';
import {
  DepartureAnswerDto,
  DepartureDto,
  FulfilmentDto,
  FulfilmentPageDto,
  FulfilmentsQuery,
  FulfilmentReceiverDto,
  ReceiverQuery,
  TakeBackDepartureDto,
} from './fulfilment.dto';
import { FulfilmentService } from './fulfilment.service';

@ApiTags('fulfilments')
@ApiBearerAuth()
@Controller('v1/fulfilments')
export class FulfilmentController {
  constructor(private readonly service: FulfilmentService) {}

  @ApiOperation({
    summary: 'List fulfilments',
    description:
      'state=departing lists departures that were never confirmed. Errors: VALIDATION (400), CURSOR.INVALID (400). Scope: orders:read.',
  })
  @ApiOkResponse({ type: FulfilmentPageDto })
  @Scopes('orders:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: FulfilmentsQuery): Promise<Page<FulfilmentDto>> {
    return this.service.list(caller, query);
  }

  @ApiOperation({
    summary: 'May this parcel leave?',
    description:
      'Idempotent per parcel and revision. Errors: VALIDATION (400), FULFILMENT.NOT_FOUND (404), FULFILMENT.STOPPED (409, with reason and holds), FULFILMENT.STALE_REVISION (409, with the present revision). Scope: fulfilments:depart.',
  })
  @ApiOkResponse({ type: DepartureAnswerDto })
  @Scopes('fulfilments:depart')
  @HttpCode(200)
  @Post(':id/departure')
  depart(@FromCaller() caller: Caller, @Param('id') id: string, @Body() body: DepartureDto): Promise<DepartureAnswer> {
    return this.service.depart(caller, id, body);
  }

  @ApiOperation({
    summary: 'Take back a departure that was never confirmed',
    description:
      'The parcel is still in the warehouse. Errors: VALIDATION (400), FULFILMENT.NOT_FOUND (404), FULFILMENT.STATE_FORBIDS, IDEMPOTENCY.KEY_REUSED (409). Scope: orders:write.',
  })
  @ApiOkResponse({ type: FulfilmentDto })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @Scopes('orders:write')
  @HttpCode(200)
  @Post(':id/departure/take-back')
  takeBack(
    @FromCaller() caller: Caller,
    @Headers('idempotency-key') key: string | undefined,
    @Param('id') id: string,
    @Body() body: TakeBackDepartureDto,
  ): Promise<FulfilmentDto> {
    return this.service.takeBack(caller, key, id, body);
  }

  @ApiOperation({
    summary: 'The receiver of a fulfilment',
    description:
      'Masked values, and what the platform alone can decipher. Logged with its purpose. Errors: VALIDATION (400), FULFILMENT.NOT_FOUND (404), FULFILMENT.STOPPED (409), FULFILMENT.NO_RECEIVER (409). Scope: pii:read, services only.',
  })
  @ApiOkResponse({ type: FulfilmentReceiverDto })
  @Scopes('pii:read')
  @ServiceOnly()
  @Get(':id/receiver')
  receiver(
    @FromCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: ReceiverQuery,
  ): Promise<FulfilmentReceiverAnswer> {
    return this.service.receiver(caller, id, query.purpose);
  }
}
