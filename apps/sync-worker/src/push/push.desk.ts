import { Injectable } from '@nestjs/common';
import { groupBy, type Tx } from '@app/shared';
import { ShopRepository } from '../shop/shop.repository';
import { WorkDesk } from '../work/work.desk';
import { PushRepository } from './push.repository';

/** Turns changed targets into work: one piece per listing, however often its number changes. */
@Injectable()
export class PushDesk {
  constructor(
    private readonly repository: PushRepository,
    private readonly shops: ShopRepository,
    private readonly work: WorkDesk,
  ) {}

  /** Computes some targets anew and asks for the pushes that follow. */
  async want(tx: Tx, companyId: string, keys: readonly { shopId: string; listingSkuId: string }[]): Promise<void> {
    if (keys.length === 0) return;
    const changed = await this.repository.want(tx, companyId, keys);
    for (const [shopId, listings] of groupBy(changed, (listing) => listing.shopId)) {
      await this.ask(
        tx,
        companyId,
        shopId,
        listings.map(({ listingId }) => listingId),
      );
    }
  }

  /** Asks for pushes of what a shop still has to tell; null means every listing. */
  async ask(tx: Tx, companyId: string, shopId: string, listingIds: readonly string[] | null): Promise<number> {
    const shop = await this.shops.find(tx, companyId, shopId);
    if (!shop) return 0;
    const open = await this.repository.markPending(tx, companyId, shopId, listingIds);
    await this.work.request(
      tx,
      shop,
      'push',
      open.map((listingId) => `${shopId}/${listingId}`),
    );
    return open.length;
  }
}
