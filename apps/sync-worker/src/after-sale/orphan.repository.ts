import { Injectable } from '@nestjs/common';
import { rows, type Tx } from '@app/shared';

/** An after-sale whose order is not here. */
export interface OrphanRow {
  shopId: string;
  platformAfterSaleNo: string;
  platformOrderNo: string;
  seenAt: Date;
}

@Injectable()
export class OrphanRepository {
  /** Companies that have shops: the watch acts for all of them. */
  async companies(tx: Tx): Promise<string[]> {
    const found = await rows<{ companyId: string }>(tx, 'SELECT DISTINCT company_id FROM shop ORDER BY company_id');
    return found.map(({ companyId }) => companyId);
  }

  /** Notes orphans and answers those that were not known; a known one keeps the time at which it was first seen. */
  note(
    tx: Tx,
    companyId: string,
    orphans: readonly Omit<OrphanRow, 'seenAt'>[],
    at: Date,
  ): Promise<Omit<OrphanRow, 'seenAt'>[]> {
    return rows(
      tx,
      `INSERT INTO after_sale_orphan (company_id, shop_id, platform_after_sale_no, platform_order_no, seen_at)
       SELECT $1, o.shop_id, o.no, o.order_no, $5 FROM unnest($2::text[], $3::text[], $4::text[]) AS o(shop_id, no, order_no) ORDER BY o.shop_id, o.no
       ON CONFLICT (company_id, shop_id, platform_after_sale_no) DO NOTHING
       RETURNING shop_id, platform_after_sale_no, platform_order_no`,
      [
        companyId,
        orphans.map(({ shopId }) => shopId),
        orphans.map(({ platformAfterSaleNo }) => platformAfterSaleNo),
        orphans.map(({ platformOrderNo }) => platformOrderNo),
        at,
      ],
    );
  }

  /** Forgets what a look that began at `before` did not list any more, and answers it; 0 rows is the usual case. */
  forget(
    tx: Tx,
    companyId: string,
    listed: readonly Pick<OrphanRow, 'shopId' | 'platformAfterSaleNo'>[],
    before: Date,
  ): Promise<Pick<OrphanRow, 'shopId' | 'platformAfterSaleNo'>[]> {
    return rows(
      tx,
      `DELETE FROM after_sale_orphan a WHERE a.company_id = $1 AND a.seen_at < $4
          AND NOT EXISTS (SELECT 1 FROM unnest($2::text[], $3::text[]) AS l(shop_id, no) WHERE l.shop_id = a.shop_id AND l.no = a.platform_after_sale_no)
        RETURNING a.shop_id, a.platform_after_sale_no`,
      [
        companyId,
        listed.map(({ shopId }) => shopId),
        listed.map(({ platformAfterSaleNo }) => platformAfterSaleNo),
        before,
      ],
    );
  }

  /** Orphans that have been one since before a moment, at most 500. */
  older(tx: Tx, companyId: string, before: Date): Promise<OrphanRow[]> {
    return rows<OrphanRow>(
      tx,
      `SELECT shop_id, platform_after_sale_no, platform_order_no, seen_at FROM after_sale_orphan
        WHERE company_id = $1 AND seen_at <= $2 ORDER BY seen_at, shop_id, platform_after_sale_no LIMIT 500`,
      [companyId, before],
    );
  }
}
