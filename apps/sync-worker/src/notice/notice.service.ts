import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError, assertShop, inTransaction, pageOf, readCursor, type Caller, type Page } from '@app/shared';
import { ShopRepository } from '../shop/shop.repository';
import { WorkDesk } from '../work/work.desk';
import type { NoticeDto, NoticesQuery } from './notice.dto';
import { NoticeRepository, type NoticeRow } from './notice.repository';

function toDto({
  parcelId,
  orderId,
  shopId,
  platformOrderNo,
  carrier,
  waybillNo,
  state,
  reason,
}: NoticeRow): NoticeDto {
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
      const filter = {
        shopId: query.shopId ?? null,
        state: query.state ?? null,
        shops: caller.shops,
        after: [String(parcel), String(order)] as const,
        limit: query.limit + 1,
      };
      return pageOf(
        await this.repository.list(tx, caller.companyId, filter),
        query.limit,
        (row) => [row.parcelId, row.orderId],
        toDto,
      );
    });
  }

  retry(caller: Caller, parcelId: string, orderId: string): Promise<NoticeDto> {
    return inTransaction(this.dataSource, async (tx) => {
      const notice = await this.repository.find(tx, caller.companyId, parcelId, orderId);
      if (!notice)
        throw new AppError(
          'SHIP_NOTICE.NOT_FOUND',
          `There is no ship notice of parcel ${parcelId} for order ${orderId}.`,
        );
      assertShop(caller, notice.shopId);
      if (notice.state === 'told')
        throw new AppError('SHIP_NOTICE.STATE_FORBIDS', `The platform knows of parcel ${parcelId} already.`);
      await this.repository.reopen(tx, notice);
      const shop = (await this.shops.find(tx, caller.companyId, notice.shopId))!;
      await this.desk.request(tx, shop, 'notice', [`${parcelId}/${orderId}`]);
      return toDto({ ...notice, state: 'pending', reason: '' });
    });
  }
}
