import type { SkuItem } from '@app/contracts';
import { AppError, chunk, inStatement, inTransaction, ServiceHttp, type FieldError } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
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
   * Ids of the codes of a request's lines. A code that the copy does not have is asked of catalog, since its fact may
   * still be under way, or was told before this service listened. Throws VALIDATION that names every line whose code
   * nobody knows; SERVICE.UNAVAILABLE when catalog is needed and does not answer.
   */
  async require(companyId: string, lines: readonly { skuCode: string }[]): Promise<Map<string, string>> {
    const asked = [...new Set(lines.map(({ skuCode }) => skuCode))];
    const known = await inStatement(this.dataSource, (tx) => this.skus.idsOf(tx, companyId, asked));
    const unknown = asked.filter((code) => !known.has(code));
    for (const codes of chunk(unknown, LOOKUP_AT_ONCE)) {
      const url = this.http.at('catalog', '/v1/skus/lookup');
      const { items } = await this.http.post<{ items: SkuItem[] }>(url, { codes }, { companyId });
      const found = items.map(({ skuId, skuVersion, code }) => ({ skuId, code, version: skuVersion }));
      if (found.length > 0) await inTransaction(this.dataSource, (tx) => this.skus.store(tx, companyId, found));
      for (const { skuId, code } of found) known.set(code, skuId);
    }
    const errors = lines.flatMap(({ skuCode }, index): FieldError[] =>
      known.has(skuCode)
        ? []
        : [{ field: `lines[${index}].skuCode`, code: 'UNKNOWN', message: `There is no SKU ${skuCode}.` }],
    );
    if (errors.length > 0)
      throw new AppError(
        'VALIDATION',
        `${errors[0]!.message} Scan the goods again, or make the SKU in catalog first.`,
        {
          errors,
        },
      );
    return known;
  }
}
