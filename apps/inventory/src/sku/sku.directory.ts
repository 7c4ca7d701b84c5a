import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { SkuItem } from '@app/contracts';
import { AppError, chunk, inStatement, inTransaction, ServiceHttp, type FieldError } from '@app/shared';
import { SkuRepository } from './sku.repository';

const LOOKUP_AT_ONCE = 500;

/** Finds SKUs by the merchant's code. */
@Injectable()
export class SkuDirectory {
  constructor(
    private readonly dataSource: DataSource,
    private readonly skus: SkuRepository,
    private readonly http: ServiceHttp,
  ) {}

  /**
   * Ids by code. A code that the copy does not have is asked of catalog, since the fact of a SKU made a moment ago may
   * still be under way. Unknown codes are left out; 503 when catalog is needed and does not answer.
   */
  async find(companyId: string, codes: Iterable<string>): Promise<Map<string, string>> {
    const asked = [...new Set(codes)];
    const known = await inStatement(this.dataSource, (tx) => this.skus.idsOf(tx, companyId, asked));
    const unknown = asked.filter((code) => !known.has(code));
    for (const part of chunk(unknown, LOOKUP_AT_ONCE)) {
      const { items } = await this.http.post<{ items: SkuItem[] }>(
        this.http.at('catalog', '/v1/skus/lookup'),
        { codes: part },
        { companyId },
      );
      if (items.length === 0) continue;
      const found = items.map(({ skuId, skuVersion, code, name, spec, isActive }) => ({
        skuId,
        code,
        name,
        spec,
        isActive,
        version: skuVersion,
      }));
      await inTransaction(this.dataSource, (tx) => this.skus.store(tx, companyId, found));
      for (const { skuId, code } of found) known.set(code, skuId);
    }
    return known;
  }

  /** Ids of the codes of a request's lines; throws SKU.NOT_FOUND that names every line whose code nobody knows. */
  async require(
    companyId: string,
    lines: readonly { skuCode: string }[],
    field = (index: number) => `lines[${index}].skuCode`,
  ): Promise<Map<string, string>> {
    const found = await this.find(
      companyId,
      lines.map(({ skuCode }) => skuCode),
    );
    const errors = lines.flatMap(({ skuCode }, index): FieldError[] =>
      found.has(skuCode) ? [] : [{ field: field(index), code: 'UNKNOWN', message: `There is no SKU ${skuCode}.` }],
    );
    if (errors.length > 0)
      throw new AppError('SKU.NOT_FOUND', `${errors[0]!.message} Make it by POST /catalog/v1/products first.`, {
        errors,
      });
    return found;
  }
}
