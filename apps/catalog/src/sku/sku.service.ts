import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { skuChanged, type SkuItem } from '@app/contracts';
import { AppError, Audit, inTransaction, Outbox, pageOf, readCursor, type Caller, type Page } from '@app/shared';
import { skuItem, toSku, type SkuChangeDto, type SkuDto, type SkusQuery } from './sku.dto';
import { SkuRepository } from './sku.repository';

/** Reads and changes SKUs. The code never changes: listings, orders and stock rest on it. */
@Injectable()
export class SkuService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly skus: SkuRepository,
    private readonly outbox: Outbox,
    private readonly audit: Audit,
  ) {}

  async list(caller: Caller, query: SkusQuery): Promise<Page<SkuDto>> {
    const after = String(readCursor(query.cursor, 1)?.[0] ?? '');
    const found = await inTransaction(this.dataSource, (tx) =>
      this.skus.list(tx, caller.companyId, query.code?.trim() ?? null, after, query.limit + 1),
    );
    return pageOf(found, query.limit, ({ code }) => [code], toSku);
  }

  /** The SKUs of some codes as facts tell them; unknown codes are left out. */
  async lookUp(caller: Caller, codes: readonly string[]): Promise<{ items: SkuItem[] }> {
    const found = await inTransaction(this.dataSource, (tx) => this.skus.byCodes(tx, caller.companyId, codes));
    return { items: found.map(skuItem) };
  }

  /** Throws SKU.NOT_FOUND or SKU.VERSION_CONFLICT. */
  async change(caller: Caller, id: string, body: SkuChangeDto): Promise<SkuDto> {
    return inTransaction(this.dataSource, async (tx) => {
      const before = await this.skus.lock(tx, caller.companyId, id);
      if (!before) throw new AppError('SKU.NOT_FOUND', `There is no SKU ${id}.`);
      const { expectedVersion, ...changes } = body;
      if (before.version !== expectedVersion)
        throw new AppError(
          'SKU.VERSION_CONFLICT',
          `SKU ${before.code} is at version ${before.version}; read it again.`,
          { version: before.version },
        );
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
      const after = { ...before, ...given, version: before.version + 1 };
      await this.skus.update(tx, caller.companyId, after);
      await this.audit.record(tx, caller.companyId, {
        actor: caller.clientId,
        act: 'sku.change',
        subject: id,
        details: given,
      });
      await this.outbox.append(tx, caller.companyId, [{ fact: skuChanged, items: [skuItem(after)] }]);
      return toSku(after);
    });
  }
}
