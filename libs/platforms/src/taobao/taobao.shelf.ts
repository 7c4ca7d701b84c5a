import { PlatformCall } from '../port';
import { TaobaoClient } from './taobao.client';
import { TaobaoListings } from './taobao.listings';

/** The shelf of a shop (Taobao sheet §8.3). */
export class TaobaoShelf {
  constructor(
    private readonly client: TaobaoClient,
    private readonly items: TaobaoListings,
  ) {}

  /** An item that goes on the shelf has to name the sum of its SKUs' numbers, so it is read first. */
  async set(call: PlatformCall, listingId: string, isOnShelf: boolean): Promise<void> {
    if (!isOnShelf) {
      const params = { num_iid: listingId };
      await this.client.call(call, { method: 'taobao.item.update.delisting', params, isWrite: true });
      return;
    }
    const { status, skus } = await this.items.one(call, listingId);
    if (status === 'on_shelf') return;
    const num = skus.reduce((sum, { quantity }) => sum + quantity, 0);
    const params = { num_iid: listingId, num: String(num) };
    await this.client.call(call, { method: 'taobao.item.update.listing', params, isWrite: true });
  }
}
