import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiPage, FromCaller, Scopes, type Caller, type Page } from '@app/shared';
import { NoticeDto, NoticesQuery } from './notice.dto';
import { NoticeService } from './notice.service';

/** What platforms were told of parcels. */
@ApiTags('sync')
@ApiBearerAuth()
@Controller('v1/ship-notices')
export class NoticeController {
  constructor(private readonly notices: NoticeService) {}

  @ApiOperation({
    summary: 'List ship notices',
    description: 'Errors: VALIDATION, CURSOR.INVALID (400). Scope: sync:read.',
  })
  @ApiPage(NoticeDto)
  @Scopes('sync:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: NoticesQuery): Promise<Page<NoticeDto>> {
    return this.notices.list(caller, query);
  }

  @ApiOperation({
    summary: 'Tell the platform again',
    description:
      'After a refusal was mended. Errors: SHIP_NOTICE.NOT_FOUND, SHOP.NOT_FOUND (404), SHIP_NOTICE.STATE_FORBIDS (409). Scope: sync:write.',
  })
  @ApiOkResponse({ type: NoticeDto })
  @Scopes('sync:write')
  @HttpCode(200)
  @Post(':parcelId/:orderId/retry')
  retry(
    @FromCaller() caller: Caller,
    @Param('parcelId') parcelId: string,
    @Param('orderId') orderId: string,
  ): Promise<NoticeDto> {
    return this.notices.retry(caller, parcelId, orderId);
  }
}
