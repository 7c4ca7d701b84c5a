import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiPage, FromCaller, Scopes, type Caller, type Page } from '@app/shared';
import { EnablePushAnswer, EnablePushDto, ListingPushDto, ListingsQuery } from './push.dto';
import { PushService } from './push.service';

/** Stock that platforms are told. */
@ApiTags('sync')
@ApiBearerAuth()
@Controller('v1')
export class PushController {
  constructor(private readonly push: PushService) {}

  @ApiOperation({
    summary: 'Switch pushing of stock on, or show what it would do',
    description:
      'A fresh installation without stock would empty a live shop: look at the dry run first. Errors: SHOP.NOT_FOUND (404), PUSH.LISTINGS_NOT_READ (409). Scope: sync:write.',
  })
  @ApiOkResponse({ type: EnablePushAnswer })
  @Scopes('sync:write')
  @HttpCode(200)
  @Post('shops/:id/push/enable')
  enable(
    @FromCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: EnablePushDto,
  ): Promise<EnablePushAnswer> {
    return this.push.enable(caller, id, body.dryRun ?? false);
  }

  @ApiOperation({
    summary: 'List what a platform was told per listing',
    description: 'Errors: VALIDATION, CURSOR.INVALID (400), SHOP.NOT_FOUND (404). Scope: sync:read.',
  })
  @ApiPage(ListingPushDto)
  @Scopes('sync:read')
  @Get('listings')
  list(@FromCaller() caller: Caller, @Query() query: ListingsQuery): Promise<Page<ListingPushDto>> {
    return this.push.list(caller, query);
  }
}
