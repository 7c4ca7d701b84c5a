import { Body, Controller, HttpCode, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CanonicalListingSchema, type PlatformListingsAnswer } from '@app/contracts';
import { FromCaller, openApiSchema, Scopes, type Caller } from '@app/shared';
import { ListingIntakeService } from './listing-intake.service';

/** Where sync-worker puts what platforms offer. */
@ApiTags('listings')
@ApiBearerAuth()
@Controller('v1/platform-listings')
export class PlatformListingsController {
  constructor(private readonly intake: ListingIntakeService) {}

  @ApiOperation({
    summary: 'Take in a page of a shop’s listings',
    description:
      'At most 200. A verdict per listing: stored, updated, unchanged (nothing written), older (ignored), parked (set aside with its wrong fields; see GET /catalog/v1/parked-items). 400 VALIDATION for the envelope alone, 404 SHOP.NOT_FOUND. Scope: catalog:write.',
  })
  @ApiBody({
    schema: {
      type: 'object',
      required: ['shopId', 'items'],
      properties: {
        shopId: { type: 'string', example: 'shp_01j9…' },
        items: { type: 'array', maxItems: 200, items: openApiSchema(CanonicalListingSchema) },
      },
    },
  })
  @ApiOkResponse({ schema: { type: 'object', example: { items: [{ listingId: '680123456789', verdict: 'stored' }] } } })
  @Scopes('catalog:write')
  @HttpCode(200)
  @Put()
  takeIn(@FromCaller() caller: Caller, @Body() body: unknown): Promise<PlatformListingsAnswer> {
    return this.intake.takeIn(caller, body);
  }
}
