import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { assertWarehouse, inTransaction, pageOf, readCursor, type Caller, type Page } from '@app/shared';
import { SkuRepository } from '../sku/sku.repository';
import { toScrap, type ScrapDto, type ScrapsQuery } from './scrap.dto';
import { ScrapRepository } from './scrap.repository';

/** Shows what was written off. */
@Injectable()
export class ScrapReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly scraps: ScrapRepository,
    private readonly skus: SkuRepository,
  ) {}

  /** A page of scraps in the caller's warehouses, newest first. */
  async list(caller: Caller, query: ScrapsQuery): Promise<Page<ScrapDto>> {
    const before = readCursor(query.cursor, 1)?.[0];
    if (query.warehouse) assertWarehouse(caller, query.warehouse);
    const { companyId } = caller;
    return inTransaction(this.dataSource, async (tx) => {
      const skuIds = query.skuCode ? [...(await this.skus.idsOf(tx, companyId, [query.skuCode])).values()] : null;
      const filter = {
        skuIds,
        warehouses: query.warehouse ? [query.warehouse] : caller.warehouses,
        from: query.from ? new Date(query.from) : null,
        to: query.to ? new Date(query.to) : null,
      };
      const last = before === undefined ? null : Number(before);
      const found = await this.scraps.list(tx, companyId, filter, last, query.limit + 1);
      return pageOf(found, query.limit, ({ no }) => [no], toScrap);
    });
  }
}
