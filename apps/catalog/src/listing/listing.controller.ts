import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FromCaller, Scopes, type Caller } from '@app/shared';
import { ImportSkusService } from './import-skus.service';
import { LinkingService } from './linking.service';
import { ListingQueryService } from './listing-query.service';
import {
  ImportAnswerDto,
  ImportSkusDto,
  LinkDto,
  ListingsAnswerDto,
  ListingSkuDto,
  ListingsQuery,
} from './listing.dto';

/** What shops offer, and which SKUs that is. */
@ApiTags('listings')
@ApiBearerAuth()
@Controller('v1/listings')
export class ListingController {
  constructor(
    private readonly queries: ListingQueryService,
    private readonly linking: LinkingService,
    private readonly importing: ImportSkusService,
  ) {}

  @ApiOperation({
    summary: 'List listings; linked=false is the worklist',
    description:
      'With `linked` only the SKUs of that kind are shown. 404 SHOP.NOT_FOUND, 400 VALIDATION, 400 CURSOR.INVALID. Scope: catalog:read.',
  })
  @ApiOkResponse({ type: ListingsAnswerDto })
  @Scopes('catalog:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: ListingsQuery): Promise<ListingsAnswerDto> {
    return this.queries.list(caller, query);
  }

  @ApiOperation({
    summary: 'Say which SKUs a listing’s SKU consists of',
    description:
      'A person’s link stays until a person changes it. 404 LISTING.NOT_FOUND, 404 SKU.NOT_FOUND (each unknown code is named), 409 LISTING.VERSION_CONFLICT, 409 IDEMPOTENCY.KEY_REUSED, 400 VALIDATION. Scope: catalog:write.',
  })
  @ApiOkResponse({ type: ListingSkuDto })
  @Scopes('catalog:write')
  @HttpCode(200)
  @Post(':id/links')
  link(
    @FromCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: LinkDto,
    @Headers('idempotency-key') key?: string,
  ): Promise<ListingSkuDto> {
    return this.linking.link(caller, id, body, key);
  }

  @ApiOperation({
    summary: 'Make SKUs of a shop’s unlinked listings',
    description:
      'By the merchant’s code, with a verdict per row: created, linked (the SKU existed), no_code, duplicate_code (the code stands at two SKUs of one listing), code_too_long. A repeat does nothing twice. 404 SHOP.NOT_FOUND, 400 VALIDATION. Scope: catalog:write.',
  })
  @ApiOkResponse({ type: ImportAnswerDto })
  @Scopes('catalog:write')
  @HttpCode(200)
  @Post('import-skus')
  importSkus(@FromCaller() caller: Caller, @Body() body: ImportSkusDto): Promise<ImportAnswerDto> {
    return this.importing.run(caller, body.shopId);
  }
}
