import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';

/** A ban that outlives Redis; empty shopId or method means every one. */
export interface BanRow {
  companyId: string;
  platform: string;
  appKey: string;
  shopId: string;
  method: string;
  until: Date;
  cause: string;
}

@Injectable()
export class BanRepository {
  async put(tx: Tx, ban: BanRow): Promise<void> {
    await execute(
      tx,
      `INSERT INTO ban (company_id, platform, app_key, shop_id, method, until, cause) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (company_id, platform, app_key, shop_id, method) DO UPDATE SET until = greatest(ban.until, excluded.until), cause = excluded.cause`,
      [ban.companyId, ban.platform, ban.appKey, ban.shopId, ban.method, ban.until, ban.cause],
    );
  }

  /** Removes bans of all companies that are over, and answers them; 0 rows is the usual case. */
  takeEnded(tx: Tx, now: Date): Promise<Pick<BanRow, 'companyId' | 'platform' | 'appKey' | 'shopId' | 'method'>[]> {
    return rows(tx, 'DELETE FROM ban WHERE until <= $1 RETURNING company_id, platform, app_key, shop_id, method', [
      now,
    ]);
  }

  /** Bans that hold for a shop now. */
  active(tx: Tx, companyId: string, platform: string, appKey: string, shopId: string, now: Date): Promise<BanRow[]> {
    return rows<BanRow>(
      tx,
      `SELECT company_id, platform, app_key, shop_id, method, until, cause FROM ban
        WHERE company_id = $1 AND platform = $2 AND app_key = $3 AND shop_id IN ('', $4) AND until > $5`,
      [companyId, platform, appKey, shopId, now],
    );
  }
}
