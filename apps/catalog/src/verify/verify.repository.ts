import { Injectable } from '@nestjs/common';
import { row, rows, type Tx } from '@app/shared';

/** SQL of catalog's checks. */
@Injectable()
export class VerifyRepository {
  /** Linked rows without goods and without a known SKU for each component, at most 20. */
  async brokenLinks(
    tx: Tx,
    companyId: string,
  ): Promise<{ checked: number; broken: { shopId: string; listingSkuId: string }[] }> {
    const total = await row<{ count: number }>(
      tx,
      'SELECT count(*) AS count FROM listing_sku WHERE company_id = $1 AND is_linked',
      [companyId],
    );
    const broken = await rows<{ shopId: string; listingSkuId: string }>(
      tx,
      `SELECT k.shop_id, k.listing_sku_id FROM listing_sku k
        WHERE k.company_id = $1 AND k.is_linked AND NOT k.no_stock
          AND (k.components = '[]'::jsonb
               OR EXISTS (SELECT 1 FROM jsonb_array_elements(k.components) c
                           WHERE NOT EXISTS (SELECT 1 FROM sku s WHERE s.company_id = k.company_id AND s.id = c->>'skuId')))
        LIMIT 20`,
      [companyId],
    );
    return { checked: total?.count ?? 0, broken };
  }
}
