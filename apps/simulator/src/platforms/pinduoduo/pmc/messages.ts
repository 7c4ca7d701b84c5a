import type { Core } from '../../../core/core';
import { DAY, SECOND } from '../../../core/times';
import type { ListingStory, ShopStory } from '../../../core/story.types';
import { printJson } from '../../../kit/lossless-json';
import { MessageQueue, type QueuedMessage } from '../../../kit/message-queue';
import { messagesOf, type TopicMessage } from './topics';

/** The schedule is not published (Pinduoduo sheet §11.3). */
const REDELIVER_AFTER_MS = 10 * SECOND;
const LONGEST_QUEUE = 50_000;
/** Messages that nobody took are kept this long (Pinduoduo sheet §11.3); counted in story time. */
const KEPT_MS = 7 * DAY;

/** Above what a JavaScript number can hold; each message has room for this many deliveries with ids of their own. */
const FIRST_ID = 9_007_199_254_740_993n;
const IDS_EACH = 16n;

/**
 * What Pinduoduo tells by message. A message that comes again has another id (Pinduoduo sheet §11.3): `id` in the queue
 * is the first of its ids.
 */
export class PinduoduoMessages extends MessageQueue {
  constructor(private readonly heart: Core) {
    super(heart, { platform: 'pinduoduo', redeliverAfterMs: REDELIVER_AFTER_MS, longestQueue: LONGEST_QUEUE });
    heart.story.onStep((step) => {
      if (step.order.platform !== 'pinduoduo') return;
      const shop = heart.story.shop('pinduoduo', step.order.shopId);
      if (shop) for (const message of messagesOf(step, shop)) this.tell(shop, message, step.at);
    });
  }

  /** A listing was put on the shelf or taken off. */
  shelfChanged(listing: ListingStory, isOn: boolean, at: number): void {
    const shop = this.heart.story.shop('pinduoduo', listing.shopId);
    if (!shop) return;
    const content = printJson({ goods_id: Number(listing.id), mall_id: Number(shop.shopId), onshelf_time: at });
    this.tell(shop, { topic: isOn ? 'pdd_goods_GoodsOnShelf' : 'pdd_goods_GoodsOffShelf', content }, at);
  }

  override take(appKey: string, most: number): QueuedMessage[] {
    const oldest = this.heart.now() - KEPT_MS;
    const taken = super.take(appKey, most);
    for (const message of taken) if (message.at < oldest) this.confirm(appKey, message.id);
    return taken.filter((message) => message.at >= oldest);
  }

  private tell(shop: ShopStory, message: TopicMessage, at: number): void {
    if (!shop.pushPermitted || (shop.pushTopics.length > 0 && !shop.pushTopics.includes(message.topic))) return;
    const id = String(FIRST_ID + IDS_EACH * BigInt(this.heart.story.nextNumber()));
    this.publish({ id, appKey: shop.appKey, shopId: shop.shopId, ...message, at });
  }
}

/** The id of one delivery of a message. */
export const deliveryId = ({ id, retried }: QueuedMessage): string => String(BigInt(id) + (BigInt(retried) % IDS_EACH));

/** The message whose delivery had an id; undefined when the text is no id of a message. */
export function messageId(id: string): string | undefined {
  if (!/^\d{16,19}$/.test(id)) return undefined;
  const number = BigInt(id);
  return number < FIRST_ID ? undefined : String(number - ((number - FIRST_ID) % IDS_EACH));
}
