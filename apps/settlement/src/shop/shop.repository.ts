import { Injectable } from '@nestjs/common';
import { execute, type Tx } from '@app/shared';
import type { ShopItem } from '@app/contracts';

/** All statements on copied shops. */
@Injectable()
export class ShopRepository {
  /** Stores shops as told. The caller passes newer versions only. */
  async put(tx: Tx, companyId: string, items: readonly ShopItem[]): Promise<void> {
    await execute(
      tx,
      `INSERT INTO shop AS s (company_id, shop_id, version, platform, platform_shop_id, name, go_live_at)
       SELECT $1, x."shopId", x."shopVersion", x.platform, x."platformShopId", x.name, x."goLiveAt"
         FROM jsonb_to_recordset($2::jsonb) AS x("shopId" text, "shopVersion" bigint, platform text, "platformShopId" text, name text, "goLiveAt" timestamptz)
        ORDER BY x."shopId"
       ON CONFLICT (company_id, shop_id) DO UPDATE
         SET version = excluded.version, platform = excluded.platform, platform_shop_id = excluded.platform_shop_id,
             name = excluded.name, go_live_at = excluded.go_live_at`,
      [companyId, JSON.stringify(items)],
    );
  }
}
