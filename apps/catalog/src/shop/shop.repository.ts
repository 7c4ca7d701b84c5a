import { Injectable } from '@nestjs/common';
import { execute, row, type Tx } from '@app/shared';

/** A shop as catalog knows it. */
export interface KnownShop {
  shopId: string;
  platform: string;
  name: string;
}

/** SQL of the copy of shops. */
@Injectable()
export class ShopRepository {
  async store(tx: Tx, companyId: string, shops: readonly KnownShop[]): Promise<void> {
    const sorted = [...shops].sort((a, b) => (a.shopId < b.shopId ? -1 : 1));
    await execute(
      tx,
      `INSERT INTO shop (company_id, shop_id, platform, name)
       SELECT $1, s.* FROM unnest($2::text[], $3::text[], $4::text[]) AS s
       ON CONFLICT (company_id, shop_id) DO UPDATE SET platform = excluded.platform, name = excluded.name`,
      [
        companyId,
        sorted.map((shop) => shop.shopId),
        sorted.map((shop) => shop.platform),
        sorted.map((shop) => shop.name),
      ],
    );
  }

  find(tx: Tx, companyId: string, shopId: string): Promise<KnownShop | undefined> {
    return row<KnownShop>(tx, 'SELECT shop_id, platform, name FROM shop WHERE company_id = $1 AND shop_id = $2', [
      companyId,
      shopId,
    ]);
  }
}
