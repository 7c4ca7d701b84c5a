import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';

/** A closed period as stored. */
export interface PeriodRow {
  shopId: string;
  period: string;
  closedAt: Date;
  closedBy: string;
  transactionCount: number;
  walletFen: number;
  /** JSON text. */
  missingDays: string;
}

/** All statements that close periods. */
@Injectable()
export class PeriodRepository {
  /** Returns false when the period was closed before. */
  async close(tx: Tx, companyId: string, period: PeriodRow): Promise<boolean> {
    const closed = await execute(
      tx,
      `INSERT INTO period_close (company_id, shop_id, period, closed_at, closed_by, transaction_count, wallet_fen, missing_days)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
      [
        companyId,
        period.shopId,
        period.period,
        period.closedAt,
        period.closedBy,
        period.transactionCount,
        period.walletFen,
        period.missingDays,
      ],
    );
    return closed === 1;
  }

  /** A page of closed periods, newest first. */
  list(tx: Tx, companyId: string, shopId: string, before: string | null, limit: number): Promise<PeriodRow[]> {
    return rows<PeriodRow>(
      tx,
      `SELECT shop_id, period, closed_at, closed_by, transaction_count, wallet_fen, missing_days FROM period_close
        WHERE company_id = $1 AND shop_id = $2 AND ($3::text IS NULL OR period < $3) ORDER BY period DESC LIMIT $4`,
      [companyId, shopId, before, limit],
    );
  }
}
