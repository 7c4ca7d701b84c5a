import { Injectable } from '@nestjs/common';
import { execute, row, type Tx } from '@app/shared';

/** A shop as this service needs it. */
export interface Shop {
  companyId: string;
  shopId: string;
  platform: string;
  platformShopId: string;
  name: string;
  /** Orders placed before are stored and counted, never worked on. */
  goLiveAt: Date;
  defaultCarrier: string;
}

@Injectable()
export class ShopRepository {
  find(tx: Tx, companyId: string, shopId: string): Promise<Shop | undefined> {
    return row<Shop>(tx, 'SELECT * FROM shop WHERE company_id = $1 AND shop_id = $2', [companyId, shopId]);
  }

  /** Stores shops; `isCopy` says that they come by a fact and so replace what is there. A shop that was asked for never does. */
  async put(tx: Tx, companyId: string, shops: readonly Omit<Shop, 'companyId'>[], isCopy: boolean): Promise<void> {
    const write = isCopy
      ? `DO UPDATE SET platform = excluded.platform, platform_shop_id = excluded.platform_shop_id, name = excluded.name,
           go_live_at = excluded.go_live_at, default_carrier = excluded.default_carrier`
      : 'DO NOTHING';
    await execute(
      tx,
      `INSERT INTO shop (company_id, shop_id, platform, platform_shop_id, name, go_live_at, default_carrier)
       SELECT $1, s.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[]) AS s(shop_id, platform, platform_shop_id, name, go_live_at, default_carrier)
        ORDER BY s.shop_id
       ON CONFLICT (company_id, shop_id) ${write}`,
      [
        companyId,
        shops.map(({ shopId }) => shopId),
        shops.map(({ platform }) => platform),
        shops.map(({ platformShopId }) => platformShopId),
        shops.map(({ name }) => name),
        shops.map(({ goLiveAt }) => goLiveAt),
        shops.map(({ defaultCarrier }) => defaultCarrier),
      ],
    );
  }
}
