import type { Core } from '../../../core/core';
import { SECOND } from '../../../core/times';
import type { ListingStory, ShopStory } from '../../../core/story.types';
import { printJson } from '../../../kit/lossless-json';
import { MessageQueue } from '../../../kit/message-queue';
import type { DouyinDesk } from '../desk';
import { id } from '../envelope';
import { seconds } from '../words';
import { messagesOf, type TagMessage } from './tags';

/** Left open by the sheet (§11.1): when a failed delivery is tried again, and how much is kept for a dead address. */
const REDELIVER_AFTER_MS = 5 * SECOND;
const LONGEST_QUEUE = 50_000;

/** The message that checks a new push address (Douyin sheet §11.1). */
export const CHECK_ID = '0';

/** What Douyin tells by push; nothing is kept for a program without an address. */
export class DouyinMessages extends MessageQueue {
  constructor(
    private readonly heart: Core,
    private readonly desk: DouyinDesk,
  ) {
    super(heart, { platform: 'douyin', redeliverAfterMs: REDELIVER_AFTER_MS, longestQueue: LONGEST_QUEUE });
    heart.story.onStep((step) => {
      if (step.order.platform !== 'douyin') return;
      const shop = heart.story.shop('douyin', step.order.shopId);
      if (shop) for (const message of messagesOf(step)) this.tell(shop, message, step.at, step.order.no);
    });
    desk.onWebhook((appKey) => {
      const at = heart.now();
      this.publish({ id: CHECK_ID, appKey, shopId: '', topic: '0', content: printJson({ tag: '0' }), at });
    });
  }

  /** A product was changed (tag 400). */
  productChanged(listing: ListingStory, event: string): void {
    const shop = this.heart.story.shop('douyin', listing.shopId);
    if (!shop) return;
    const data = {
      shop_id: id(listing.shopId),
      event,
      product_id: id(listing.id),
      out_product_id: 0,
      check_reject_reason: '',
      update_time: seconds(listing.modifiedAt),
    };
    this.tell(shop, { tag: '400', data }, this.heart.now(), listing.id);
  }

  private tell(shop: ShopStory, { tag, data }: TagMessage, at: number, subject: string): void {
    if (this.desk.settingsOf(shop.appKey).webhookUrl === '') return;
    const number = `${subject}:${tag}:${seconds(at)}:75399${String(this.heart.story.nextNumber()).padStart(14, '0')}`;
    this.publish({ id: number, appKey: shop.appKey, shopId: shop.shopId, topic: tag, content: printJson(data), at });
  }
}
