import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiPage, FromCaller, openApiSchema, Scopes, type Caller, type Page } from '@app/shared';
import { CANONICAL_AFTER_SALE_EXAMPLE, CanonicalAfterSaleSchema, type PlatformAfterSalesAnswer } from '@app/contracts';
import { AfterSaleDto, AfterSalesQuery, PlatformAfterSalesAnswerDto } from './after-sale.dto';
import { AfterSaleService } from './after-sale.service';

const BATCH_SCHEMA = {
  type: 'object' as const,
  required: ['shopId', 'items'],
  properties: {
    shopId: { type: 'string' as const },
    items: {
      type: 'array' as const,
      minItems: 1,
      maxItems: 500,
      items: openApiSchema(CanonicalAfterSaleSchema),
    },
  },
  example: { shopId: 'shp_01hx3r8z0g5w0p6q7r8s9t0v1w', items: [CANONICAL_AFTER_SALE_EXAMPLE] },
};

@ApiTags('after-sales')
@ApiBearerAuth()
@Controller('v1')
export class AfterSaleController {
  constructor(private readonly service: AfterSaleService) {}

  @ApiOperation({
    summary: 'Store after-sales',
    description:
      'Safe to repeat. Each item gets a verdict: stored, updated, unchanged, older (a newer version is stored) or parked (see GET /orders/v1/parked-items). ' +
      'isOrphan: its order is not known yet; it takes effect with the order. From the answer on, an open refund refuses every departure of its goods. ' +
      'Errors: VALIDATION (400, the envelope alone), SHOP.NOT_FOUND (404), SERVICE.UNAVAILABLE or GATEWAY.UNAVAILABLE (503, a new shop could not be asked for). Body up to 32 MiB. Scope: orders:intake.',
  })
  @ApiBody({ schema: BATCH_SCHEMA })
  @ApiOkResponse({ type: PlatformAfterSalesAnswerDto })
  @Scopes('orders:intake')
  @Put('platform-after-sales')
  intake(@FromCaller() caller: Caller, @Body() body: unknown): Promise<PlatformAfterSalesAnswer> {
    return this.service.intake(caller, body);
  }

  @ApiOperation({
    summary: 'List after-sales',
    description:
      'Newest first, or by change time with updatedFrom. orphan=true shows those whose order is not known. Errors: VALIDATION (400), CURSOR.INVALID (400). Scope: orders:read.',
  })
  @ApiPage(AfterSaleDto)
  @Scopes('orders:read')
  @Get('after-sales')
  list(@FromCaller() caller: Caller, @Query() query: AfterSalesQuery): Promise<Page<AfterSaleDto>> {
    return this.service.list(caller, query);
  }
}
