import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';

/** A method that the platform refused to a shop for want of permission; wire time. */
export interface ScopeRefusalRow {
  companyId: string;
  shopId: string;
  method: string;
  tokenNo: number;
  refusedAt: Date;
  cause: string;
}

@Injectable()
export class ScopeRepository {
  async put(tx: Tx, refusal: ScopeRefusalRow): Promise<void> {
    await execute(
      tx,
      `INSERT INTO scope_refusal (company_id, shop_id, method, token_no, refused_at, cause) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (company_id, shop_id, method) DO UPDATE SET token_no = excluded.token_no, refused_at = excluded.refused_at, cause = excluded.cause`,
      [refusal.companyId, refusal.shopId, refusal.method, refusal.tokenNo, refusal.refusedAt, refusal.cause],
    );
  }

  /** What a shop's present token was refused since a moment. */
  of(tx: Tx, companyId: string, shopId: string, tokenNo: number, since: Date): Promise<ScopeRefusalRow[]> {
    return rows<ScopeRefusalRow>(
      tx,
      `SELECT company_id, shop_id, method, token_no, refused_at, cause FROM scope_refusal
        WHERE company_id = $1 AND shop_id = $2 AND token_no = $3 AND refused_at > $4 ORDER BY method`,
      [companyId, shopId, tokenNo, since],
    );
  }

  /** Removes refusals of all companies that are old or of a token that is gone, and answers them; 0 rows is the usual case. */
  takeEnded(tx: Tx, before: Date): Promise<Pick<ScopeRefusalRow, 'companyId' | 'shopId' | 'method'>[]> {
    return rows(
      tx,
      `DELETE FROM scope_refusal r USING shop s
        WHERE s.company_id = r.company_id AND s.id = r.shop_id AND (r.refused_at <= $1 OR r.token_no <> s.token_no)
        RETURNING r.company_id, r.shop_id, r.method`,
      [before],
    );
  }
}
