import { Body, Controller, HttpCode, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, openApiSchema, Scopes, ServiceOnly, type Caller } from '@app/shared';
import {
  CANONICAL_ORDER_EXAMPLE,
  CanonicalOrderSchema,
  type KnownOrdersAnswer,
  type PlatformOrdersAnswer,
} from '@app/contracts';
import { KnownOrdersAnswerDto, KnownOrdersDto, PlatformOrdersAnswerDto } from './intake.dto';
import { IntakeService } from './intake.service';

const BATCH_SCHEMA = {
  type: 'object' as const,
  required: ['shopId', 'items'],
  properties: {
    shopId: { type: 'string' as const },
    items: {
      type: 'array' as const,
      minItems: 1,
      maxItems: 500,
      items: openApiSchema(CanonicalOrderSchema),
    },
  },
  example: { shopId: 'shp_01hx3r8z0g5w0p6q7r8s9t0v1w', items: [CANONICAL_ORDER_EXAMPLE] },
};

@ApiTags('intake')
@ApiBearerAuth()
@Controller('v1/platform-orders')
export class IntakeController {
  constructor(private readonly service: IntakeService) {}

  @ApiOperation({
    summary: 'Store platform orders',
    description:
      'Safe to repeat. Each item gets a verdict: stored, updated, unchanged, older (a newer version is stored) or parked (see GET /orders/v1/parked-items). ' +
      'Errors: VALIDATION (400, the envelope alone), SHOP.NOT_FOUND (404), SERVICE.UNAVAILABLE or GATEWAY.UNAVAILABLE (503, a new shop could not be asked for). Body up to 32 MiB. Scope: orders:intake.',
  })
  @ApiBody({ schema: BATCH_SCHEMA })
  @ApiOkResponse({ type: PlatformOrdersAnswerDto })
  @Scopes('orders:intake')
  @Put()
  intake(@FromCaller() caller: Caller, @Body() body: unknown): Promise<PlatformOrdersAnswer> {
    return this.service.intake(caller, body);
  }

  @ApiOperation({
    summary: 'Which platform orders are stored',
    description: 'For the census. Errors: VALIDATION (400). Scope: orders:read, services only.',
  })
  @ApiOkResponse({ type: KnownOrdersAnswerDto })
  @Scopes('orders:read')
  @ServiceOnly()
  @HttpCode(200)
  @Post('known')
  known(@FromCaller() caller: Caller, @Body() body: KnownOrdersDto): Promise<KnownOrdersAnswer> {
    return this.service.known(caller, body);
  }
}
