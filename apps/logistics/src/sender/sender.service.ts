import {
  assertWarehouse,
  Audit,
  inTransaction,
  pageOf,
  readCursor,
  type Caller,
  type Page,
  type PageQuery,
} from '@app/shared';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { SenderBody, SenderDto } from './sender.dto';
import { SenderRepository } from './sender.repository';

/** Sender addresses of warehouses. */
@Injectable()
export class SenderService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly senders: SenderRepository,
    private readonly audit: Audit,
  ) {}

  async list(caller: Caller, query: PageQuery): Promise<Page<SenderDto>> {
    const after = readCursor(query.cursor, 1)?.[0];
    const filter = {
      warehouses: caller.warehouses,
      after: after === undefined ? null : String(after),
      limit: query.limit + 1,
    };
    const found = await inTransaction(this.dataSource, (tx) => this.senders.list(tx, caller.companyId, filter));
    return pageOf(
      found,
      query.limit,
      (one) => [one.warehouse],
      (one) => one,
    );
  }

  /** Sets a warehouse's address; the same one again changes nothing. */
  async put(caller: Caller, warehouse: string, body: SenderBody): Promise<SenderDto> {
    assertWarehouse(caller, warehouse);
    return inTransaction(this.dataSource, async (tx) => {
      const before = await this.senders.find(tx, caller.companyId, warehouse);
      const stored = await this.senders.store(tx, caller.companyId, { ...body, warehouse });
      if (stored.version !== before?.version)
        await this.audit.record(tx, caller.companyId, {
          actor: caller.clientId,
          act: 'sender.changed',
          subject: warehouse,
          details: { version: stored.version },
        });
      return stored;
    });
  }
}
