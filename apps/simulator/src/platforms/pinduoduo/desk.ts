import { BadShopFields, type PartDesk } from '../../core/part';
import type { ShopStory } from '../../core/story.types';
import type { DecryptQuota } from './quota';
import type { ResourceSlots } from './resource-slots';

type Fields = Record<string, unknown>;

/** What a test may set of a shop: `pinduoduo: {decryptRowsPerDay, resourceSlots: [goods id]}`. */
export class PinduoduoDesk implements PartDesk {
  constructor(
    private readonly quota: DecryptQuota,
    private readonly slots: ResourceSlots,
  ) {}

  async tellShop(shop: ShopStory): Promise<Fields> {
    const { shopId } = shop;
    return { pinduoduo: { decryptRowsPerDay: this.quota.limitOf(shopId), resourceSlots: this.slots.of(shopId) } };
  }

  takeShop(shop: ShopStory, fields: Fields): void {
    const own = fields.pinduoduo;
    if (own === undefined) return;
    const { decryptRowsPerDay: rows, resourceSlots: slots } = (own ?? {}) as Fields;
    if (rows !== undefined) {
      if (!Number.isSafeInteger(rows) || (rows as number) < 0)
        throw new BadShopFields('pinduoduo.decryptRowsPerDay must be a whole number from 0.');
      this.quota.limit(shop.shopId, rows as number);
    }
    if (slots === undefined) return;
    if (!Array.isArray(slots)) throw new BadShopFields('pinduoduo.resourceSlots must be a list of goods ids.');
    this.slots.set(shop.shopId, slots.map(String));
  }
}
