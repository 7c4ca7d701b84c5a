import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction, pageOf, readCursor, type Caller, type Page } from '@app/shared';
import type { CanonicalAfterSale, PlatformAfterSalesAnswer } from '@app/contracts';
import { namedBy } from '../intake/batch.rules';
import { BatchService, type BatchKind } from '../intake/batch.service';
import { afterSaleDto, type AfterSaleDto, type AfterSalesQuery } from './after-sale.dto';
import { AfterSaleRepository } from './after-sale.repository';
import { AfterSaleWriter } from './after-sale.writer';
import { sortAfterSales } from './canonical-after-sale.rules';

type Verdict = PlatformAfterSalesAnswer['items'][number];

/** Takes batches of after-sales in, and shows them. */
@Injectable()
export class AfterSaleService implements OnModuleInit {
  private readonly kind: BatchKind<CanonicalAfterSale, Verdict> = {
    source: 'platform-after-sales',
    noun: 'after-sale',
    name: 'after-sale',
    subject: 'platformAfterSaleNo',
    sort: sortAfterSales,
    look: (tx, shop, subjects) => this.writer.look(tx, shop, subjects),
    parked: (item, parkedItemId, errors) => ({
      platformAfterSaleNo: namedBy(item, 'platformAfterSaleNo'),
      platformOrderNo: namedBy(item, 'platformOrderNo'),
      verdict: 'parked',
      isOrphan: false,
      parkedItemId,
      errors,
    }),
  };

  constructor(
    private readonly dataSource: DataSource,
    private readonly writer: AfterSaleWriter,
    private readonly repository: AfterSaleRepository,
    private readonly batches: BatchService,
  ) {}

  onModuleInit(): void {
    this.batches.register(this.kind);
  }

  /** Stores a batch and answers with a verdict per item, in the order of the request. */
  intake(caller: Caller, body: unknown): Promise<PlatformAfterSalesAnswer> {
    return this.batches.take(caller, body, this.kind);
  }

  list(caller: Caller, query: AfterSalesQuery): Promise<Page<AfterSaleDto>> {
    const { cursor, limit, updatedFrom, ...filter } = query;
    const after = readCursor(cursor, updatedFrom ? 2 : 1);
    return inTransaction(this.dataSource, async (tx) => {
      const found = await this.repository.list(tx, {
        ...filter,
        companyId: caller.companyId,
        shops: caller.shops,
        updatedFrom: updatedFrom ? new Date(updatedFrom) : undefined,
        after,
        limit: limit + 1,
      });
      return pageOf(
        found,
        limit,
        ({ afterSaleId, updatedAt }) => (updatedFrom ? [updatedAt.toISOString(), afterSaleId] : [afterSaleId]),
        afterSaleDto,
      );
    });
  }
}
