import { Body, Controller, Get, Headers, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiPage, FromCaller, PageQuery, Scopes, type Caller, type Page } from '@app/shared';
import { ChangeShopDto, CreateShopDto, ShopDto, SwitchShopDto } from './shop.dto';
import { ShopService } from './shop.service';

/** Shops of the company on every platform. */
@ApiTags('shops')
@ApiBearerAuth()
@Controller('v1/shops')
export class ShopController {
  constructor(private readonly shops: ShopService) {}

  @ApiOperation({
    summary: 'Add a shop',
    description:
      'Secrets are stored encrypted and never shown. Pushing stock starts switched off. A repeat under the same Idempotency-Key gives the same shop; secrets and tokens are no part of that comparison. Errors: VALIDATION (400), AUTH.SCOPE (403, also for clients limited to some shops), SHOP.EXISTS (409), IDEMPOTENCY.KEY_REUSED (409). Scope: sync:write.',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiCreatedResponse({ type: ShopDto })
  @Scopes('sync:write')
  @Post()
  create(
    @FromCaller() caller: Caller,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: CreateShopDto,
  ): Promise<ShopDto> {
    return this.shops.create(caller, key, body);
  }

  @ApiOperation({
    summary: 'List shops',
    description: 'In the order in which they were added. Errors: VALIDATION, CURSOR.INVALID (400). Scope: sync:read.',
  })
  @ApiPage(ShopDto)
  @Scopes('sync:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: PageQuery): Promise<Page<ShopDto>> {
    return this.shops.list(caller, query);
  }

  @ApiOperation({ summary: 'Read a shop', description: 'Errors: SHOP.NOT_FOUND (404). Scope: sync:read.' })
  @ApiOkResponse({ type: ShopDto })
  @Scopes('sync:read')
  @Get(':id')
  one(@FromCaller() caller: Caller, @Param('id') id: string): Promise<ShopDto> {
    return this.shops.one(caller, id);
  }

  @ApiOperation({
    summary: 'Change a shop',
    description: 'Errors: SHOP.NOT_FOUND (404), SHOP.VERSION_CONFLICT (409), VALIDATION (400). Scope: sync:write.',
  })
  @ApiOkResponse({ type: ShopDto })
  @Scopes('sync:write')
  @Patch(':id')
  change(@FromCaller() caller: Caller, @Param('id') id: string, @Body() body: ChangeShopDto): Promise<ShopDto> {
    return this.shops.change(caller, id, body);
  }

  @ApiOperation({
    summary: 'Let a part of a shop rest',
    description:
      'Nothing is lost: what comes up meanwhile is done afterwards. Errors: SHOP.NOT_FOUND (404), SHOP.VERSION_CONFLICT, SHOP.STATE_FORBIDS, IDEMPOTENCY.KEY_REUSED (409), VALIDATION (400). Scope: sync:write.',
  })
  @ApiOkResponse({ type: ShopDto })
  @Scopes('sync:write')
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @HttpCode(200)
  @Post(':id/pause')
  pause(
    @FromCaller() caller: Caller,
    @Headers('idempotency-key') key: string | undefined,
    @Param('id') id: string,
    @Body() body: SwitchShopDto,
  ): Promise<ShopDto> {
    return this.shops.pause(caller, key, id, body);
  }

  @ApiOperation({
    summary: 'Let a part of a shop go on',
    description:
      'Errors: SHOP.NOT_FOUND (404), SHOP.VERSION_CONFLICT, SHOP.STATE_FORBIDS, IDEMPOTENCY.KEY_REUSED (409). Scope: sync:write.',
  })
  @ApiOkResponse({ type: ShopDto })
  @Scopes('sync:write')
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @HttpCode(200)
  @Post(':id/resume')
  resume(
    @FromCaller() caller: Caller,
    @Headers('idempotency-key') key: string | undefined,
    @Param('id') id: string,
    @Body() body: SwitchShopDto,
  ): Promise<ShopDto> {
    return this.shops.resume(caller, key, id, body);
  }
}
