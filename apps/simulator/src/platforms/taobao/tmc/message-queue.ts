import type { Core } from '../../../core/core';
import type { LogRecord } from '../../../core/event-log';
import { SECOND } from '../../../core/times';
import { wireNow } from '../../../core/wire';
import type { ListingSku, ListingStory, ShopStory } from '../../../core/story.types';
import { encode, id, yuan } from '../envelope';
import { messagesOf, type TopicMessage } from './topics';

/** A message that waits for its confirmation. */
export interface QueuedMessage {
  id: string;
  appKey: string;
  topic: string;
  content: string;
  shopId: string;
  nick: string;
  /** Story instant of publication. */
  at: number;
  retried: number;
  /** Wire instant of the last delivery; 0 when never delivered. */
  deliveredAt: number;
}

/** An unconfirmed message is delivered again after this wire time. */
const REDELIVER_AFTER_MS = 10 * SECOND;
/** A consumer that is down for long loses the oldest messages (Taobao sheet §13). */
const LONGEST_QUEUE = 50_000;
/** Reordered messages wait for up to so many later ones. */
const REORDER_MS = 2 * SECOND;

/** The queue of each app. All groups of an app read the same queue. Survives restarts. */
export class MessageQueue {
  private readonly queues = new Map<string, Map<string, QueuedMessage>>();
  private readonly wakers = new Set<(appKey: string) => void>();

  constructor(private readonly core: Core) {
    core.story.onStep((step) => {
      if (step.order.platform !== 'taobao') return;
      const shop = core.story.shop('taobao', step.order.shopId);
      if (shop) for (const message of messagesOf(step, shop)) this.publish(shop, message, step.at);
    });
    core.story.onShop((shop, before) => {
      if (shop.platform === 'taobao' && shop.tokenState === 'revoked' && before?.tokenState === 'valid')
        this.authCancelled(shop);
    });
  }

  replay(record: LogRecord): void {
    if (record.k === 'taobao:msg') this.keep({ ...(record.msg as QueuedMessage), deliveredAt: 0 });
    if (record.k === 'taobao:msg-done') this.queues.get(record.app as string)?.delete(record.id as string);
  }

  /** Called whenever something was published for an app. */
  onPublished(wake: (appKey: string) => void): () => void {
    this.wakers.add(wake);
    return () => this.wakers.delete(wake);
  }

  /** A stock number changed. */
  stockChanged(listing: ListingStory, sku: ListingSku): void {
    const shop = this.core.story.shop('taobao', listing.shopId);
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
    this.publish(shop, { topic: 'taobao_item_ItemStockChanged', content: encode(content, false) }, this.core.now());
  }

  private authCancelled(shop: ShopStory): void {
    this.publish(
      shop,
      {
        topic: 'taobao_top_AuthCancel',
        content: encode({ user_id: id(shop.shopId), open_id: `OPEN${shop.shopId}` }, false),
      },
      this.core.now(),
    );
  }

  /** Messages to deliver now, oldest first: new ones, and those whose confirmation did not come. */
  take(appKey: string, most: number): QueuedMessage[] {
    const queue = this.queues.get(appKey);
    if (!queue) return [];
    const now = wireNow();
    const taken: QueuedMessage[] = [];
    for (const message of queue.values()) {
      if (taken.length >= most) break;
      if (message.deliveredAt > now || (message.deliveredAt > 0 && now - message.deliveredAt < REDELIVER_AFTER_MS))
        continue;
      if (message.deliveredAt > 0) message.retried += 1;
      message.deliveredAt = now;
      taken.push(message);
    }
    return this.withFaults(taken);
  }

  confirm(appKey: string, messageId: string): void {
    if (!this.queues.get(appKey)?.delete(messageId)) return;
    this.core.log.append({ k: 'taobao:msg-done', app: appKey, id: messageId });
  }

  /** The client could not use the message: it comes again at once. */
  fail(appKey: string, messageId: string): void {
    const message = this.queues.get(appKey)?.get(messageId);
    if (message) message.deliveredAt = 1;
  }

  waiting(appKey: string): number {
    return this.queues.get(appKey)?.size ?? 0;
  }

  private withFaults(taken: QueuedMessage[]): QueuedMessage[] {
    const { faults } = this.core;
    const out: QueuedMessage[] = [];
    for (const message of taken) {
      out.push(message);
      if (faults.strikes('taobao', 'push-double')) out.push({ ...message, retried: message.retried + 1 });
    }
    for (let i = 0; i + 1 < out.length; i += 1) {
      if (out[i]!.id !== out[i + 1]!.id && faults.strikes('taobao', 'push-reorder'))
        [out[i], out[i + 1]] = [out[i + 1]!, out[i]!];
    }
    return out;
  }

  private publish(shop: ShopStory, message: TopicMessage, at: number): void {
    if (!shop.pushPermitted || (shop.pushTopics.length > 0 && !shop.pushTopics.includes(message.topic))) return;
    const { faults } = this.core;
    if (faults.strikes('taobao', 'push-lost')) return;
    const number = `416060${String(this.core.story.nextNumber()).padStart(12, '0')}7`;
    // A reordered message is held back for a while, so that later ones overtake it.
    const heldUntil =
      faults.isOn('taobao', 'push-reorder') && faults.strikes('taobao', 'push-reorder')
        ? wireNow() + REORDER_MS - REDELIVER_AFTER_MS
        : 0;
    const queued: QueuedMessage = {
      id: number,
      appKey: shop.appKey,
      ...message,
      shopId: shop.shopId,
      nick: shop.name,
      at,
      retried: 0,
      deliveredAt: heldUntil,
    };
    this.keep(queued);
    this.core.log.append({ k: 'taobao:msg', msg: queued });
    for (const wake of this.wakers) wake(shop.appKey);
  }

  private keep(message: QueuedMessage): void {
    const queue = this.queues.get(message.appKey) ?? new Map<string, QueuedMessage>();
    this.queues.set(message.appKey, queue);
    queue.set(message.id, message);
    if (queue.size <= LONGEST_QUEUE) return;
    const oldest = queue.keys().next().value;
    if (oldest !== undefined) this.confirm(message.appKey, oldest);
  }
}
