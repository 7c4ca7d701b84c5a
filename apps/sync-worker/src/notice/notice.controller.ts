import { Controller, Get, HttpCode, Injectable, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString } from 'class-validator';
import { DataSource } from 'typeorm';
import { ApiPage, AppError, assertShop, FromCaller, inTransaction, pageOf, PageQuery, readCursor, Scopes, type Caller, type Page } from '@app/shared';
import { ShopRepository } from '../shop/shop.repository';
import { WorkDesk } from '../work/work.desk';
import { NoticeRepository, type NoticeRow } from './notice.repository';

/** Filter of ship notices. */
export class NoticesQuery extends PageQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  shopId?: string;

  @ApiPropertyOptional({ enum: ['pending', 'told', 'failed'] })
  @IsOptional()
  @IsIn(['pending', 'told', 'failed'])
  state?: string;
}

/** A ship notice as callers see it. */
export class NoticeDto {
  @ApiProperty() parcelId!: string;
  @ApiProperty() orderId!: string;
  @ApiProperty() shopId!: string;
  @ApiProperty() platformOrderNo!: string;
  @ApiProperty() carrier!: string;
  @ApiProperty() waybillNo!: string;
  @ApiProperty({ enum: ['pending', 'told', 'failed'] }) state!: string;
  @ApiProperty({ description: 'Why it failed, or how it was told' }) reason!: string;
}

function toDto({ parcelId, orderId, shopId, platformOrderNo, carrier, waybillNo, state, reason }: NoticeRow): NoticeDto {
  return { parcelId, orderId, shopId, platformOrderNo, carrier, waybillNo, state, reason };
}

/** Ship notices, to be looked at and tried again. */
@Injectable()
export class NoticeService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: NoticeRepository,
    private readonly shops: ShopRepository,
    private readonly desk: WorkDesk,
  ) {}

  list(caller: Caller, query: NoticesQuery): Promise<Page<NoticeDto>> {
    const [parcel, order] = readCursor(query.cursor, 2) ?? ['', ''];
    return inTransaction(this.dataSource, async (tx) => {
      const filter = { shopId: query.shopId ?? null, state: query.state ?? null, shops: caller.shops, after: [String(parcel), String(order)] as const, limit: query.limit + 1 };
      return pageOf(await this.repository.list(tx, caller.companyId, filter), query.limit, (row) => [row.parcelId, row.orderId], toDto);
    });
  }

  retry(caller: Caller, parcelId: string, orderId: string): Promise<NoticeDto> {
    return inTransaction(this.dataSource, async (tx) => {
      const notice = await this.repository.find(tx, caller.companyId, parcelId, orderId);
      if (!notice) throw new AppError('SHIP_NOTICE.NOT_FOUND', `There is no ship notice of parcel ${parcelId} for order ${orderId}.`);
      assertShop(caller, notice.shopId);
      if (notice.state === 'told') throw new AppError('SHIP_NOTICE.STATE_FORBIDS', `The platform knows of parcel ${parcelId} already.`);
      await this.repository.reopen(tx, notice);
      const shop = (await this.shops.find(tx, caller.companyId, notice.shopId))!;
      await this.desk.request(tx, shop, 'notice', [`${parcelId}/${orderId}`]);
      return toDto({ ...notice, state: 'pending', reason: '' });
    });
  }
}

/** What platforms were told of parcels. */
@ApiTags('sync')
@ApiBearerAuth()
@Controller('v1/ship-notices')
export class NoticeController {
  constructor(private readonly notices: NoticeService) {}

  @ApiOperation({ summary: 'List ship notices', description: 'Errors: VALIDATION, CURSOR.INVALID (400). Scope: sync:read.' })
  @ApiPage(NoticeDto)
  @Scopes('sync:read')
  @Get()
  list(@FromCaller() caller: Caller, @Query() query: NoticesQuery): Promise<Page<NoticeDto>> {
    return this.notices.list(caller, query);
  }

  @ApiOperation({ summary: 'Tell the platform again', description: 'After a refusal was mended. Errors: SHIP_NOTICE.NOT_FOUND, SHOP.NOT_FOUND (404), SHIP_NOTICE.STATE_FORBIDS (409). Scope: sync:write.' })
  @ApiOkResponse({ type: NoticeDto })
  @Scopes('sync:write')
  @HttpCode(200)
  @Post(':parcelId/:orderId/retry')
  retry(@FromCaller() caller: Caller, @Param('parcelId') parcelId: string, @Param('orderId') orderId: string): Promise<NoticeDto> {
    return this.notices.retry(caller, parcelId, orderId);
  }
}
