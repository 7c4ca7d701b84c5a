import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import { ReservationDto, ReserveDto } from './reservation.dto';
import { ReservationService } from './reservation.service';

/** Stock promised to other programs. */
@ApiTags('reservations')
@ApiBearerAuth()
@Controller('v1/reservations')
export class ReservationController {
  constructor(private readonly reservations: ReservationService) {}

  @ApiOperation({
    summary: 'Reserve stock: all lines or none',
    description:
      '201 when reserved; 200 with the same body when the key is known and the body equal. 409 RESERVATION.SHORT (nothing is kept, a later call is judged anew), 409 IDEMPOTENCY.KEY_REUSED, 404 SKU.NOT_FOUND, 404 WAREHOUSE.NOT_FOUND, 400 VALIDATION, 503 SERVICE.UNAVAILABLE. The key decides; an Idempotency-Key is ignored. Scope: inventory:write.',
  })
  @ApiCreatedResponse({ type: ReservationDto })
  @ApiOkResponse({ type: ReservationDto })
  @Scopes('inventory:write')
  @Post()
  async reserve(
    @FromCaller() caller: Caller,
    @Body() body: ReserveDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReservationDto> {
    const { isNew, reservation } = await this.reservations.reserve(caller, body);
    void reply.status(isNew ? 201 : 200);
    return reservation;
  }

  @ApiOperation({ summary: 'Read one reservation', description: '404 RESERVATION.NOT_FOUND. Scope: inventory:read.' })
  @ApiOkResponse({ type: ReservationDto })
  @Scopes('inventory:read')
  @Get(':id')
  get(@FromCaller() caller: Caller, @Param('id') id: string): Promise<ReservationDto> {
    return this.reservations.get(caller, id);
  }

  @ApiOperation({
    summary: 'Give a reservation back',
    description:
      'A repeat answers the same. 409 RESERVATION.ALREADY_SHIPPED, 404 RESERVATION.NOT_FOUND. Scope: inventory:write.',
  })
  @ApiOkResponse({ type: ReservationDto })
  @Scopes('inventory:write')
  @HttpCode(200)
  @Post(':id/release')
  release(@FromCaller() caller: Caller, @Param('id') id: string): Promise<ReservationDto> {
    return this.reservations.release(caller, id);
  }

  @ApiOperation({
    summary: 'Ship a reservation out',
    description:
      'Takes its pieces out of stock, once. 409 RESERVATION.ALREADY_RELEASED, 404 RESERVATION.NOT_FOUND. Scope: inventory:write.',
  })
  @ApiOkResponse({ type: ReservationDto })
  @Scopes('inventory:write')
  @HttpCode(200)
  @Post(':id/ship-out')
  shipOut(@FromCaller() caller: Caller, @Param('id') id: string): Promise<ReservationDto> {
    return this.reservations.shipOut(caller, id);
  }
}
