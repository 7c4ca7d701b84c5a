import type { Core } from '../../../core/core';
import { SECOND } from '../../../core/times';
import type { ListingSku, ListingStory, ShopStory } from '../../../core/story.types';
import { MessageQueue } from '../../../kit/message-queue';
import { encode, id, yuan } from '../envelope';
import { messagesOf, type TopicMessage } from './topics';

/** Left open by the sheet. */
const REDELIVER_AFTER_MS = 10 * SECOND;
/** A consumer that is down for long loses the oldest messages (Taobao sheet §13). */
const LONGEST_QUEUE = 50_000;

/** What Taobao tells by message: steps of orders, stock numbers, grants that ended. All groups of an app read one queue. */
export class TaobaoMessages extends MessageQueue {
  constructor(private readonly heart: Core) {
    super(heart, { platform: 'taobao', redeliverAfterMs: REDELIVER_AFTER_MS, longestQueue: LONGEST_QUEUE });
    heart.story.onStep((step) => {
      if (step.order.platform !== 'taobao') return;
      const shop = heart.story.shop('taobao', step.order.shopId);
      if (shop) for (const message of messagesOf(step, shop)) this.tell(shop, message, step.at);
    });
    heart.story.onShop((shop, before) => {
      if (shop.platform === 'taobao' && shop.tokenState === 'revoked' && before?.tokenState === 'valid')
        this.authCancelled(shop);
    });
  }

  /** A stock number changed. */
  stockChanged(listing: ListingStory, sku: ListingSku): void {
    const shop = this.heart.story.shop('taobao', listing.shopId);
    if (!shop) return;
    const num = listing.skus.reduce((sum, one) => sum + one.quantity, 0);
    const content = {
      num_iid: id(listing.id),
      nick: shop.name,
      num,
      increment: 0,
      price: yuan(sku.priceFen),
      sku_id: id(sku.id),
      sku_num: sku.quantity,
      changed_fields: 'stock',
    };
    this.tell(shop, { topic: 'taobao_item_ItemStockChanged', content: encode(content, false) }, this.heart.now());
  }

  /** An item was put on the shelf or taken off. */
  shelfChanged(listing: ListingStory, isOnSale: boolean): void {
    const shop = this.heart.story.shop('taobao', listing.shopId);
    if (!shop) return;
    const content = encode({ num_iid: id(listing.id), nick: shop.name }, false);
    this.tell(shop, { topic: `taobao_item_Item${isOnSale ? 'Upshelf' : 'Downshelf'}`, content }, this.heart.now());
  }

  private authCancelled(shop: ShopStory): void {
    const content = encode({ user_id: id(shop.shopId), open_id: `OPEN${shop.shopId}` }, false);
    this.tell(shop, { topic: 'taobao_top_AuthCancel', content }, this.heart.now());
  }

  private tell(shop: ShopStory, message: TopicMessage, at: number): void {
    if (!shop.pushPermitted || (shop.pushTopics.length > 0 && !shop.pushTopics.includes(message.topic))) return;
    const number = `416060${String(this.heart.story.nextNumber()).padStart(12, '0')}7`;
    this.publish({ id: number, appKey: shop.appKey, shopId: shop.shopId, ...message, at });
  }
}
