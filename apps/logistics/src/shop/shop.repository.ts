import type { ShopItem } from '@app/contracts';
import { execute, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';

@Injectable()
export class ShopRepository {
  /** One statement for any number of shops; the rows are written in key order. */
  async store(tx: Tx, companyId: string, shops: readonly ShopItem[]): Promise<void> {
    await execute(
      tx,
      `INSERT INTO shop (company_id, shop_id, platform, name, default_carrier)
       SELECT $1, s.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS s(shop_id, platform, name, default_carrier)
        ORDER BY s.shop_id
       ON CONFLICT (company_id, shop_id) DO UPDATE
          SET platform = excluded.platform, name = excluded.name, default_carrier = excluded.default_carrier`,
      [
        companyId,
        shops.map((shop) => shop.shopId),
        shops.map((shop) => shop.platform),
        shops.map((shop) => shop.name),
        shops.map((shop) => shop.defaultCarrier),
      ],
    );
  }
}
