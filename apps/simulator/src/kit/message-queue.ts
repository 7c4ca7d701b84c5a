import type { Core } from '../core/core';
import type { LogRecord } from '../core/event-log';
import { SECOND } from '../core/times';
import { wireNow } from '../core/wire';

/** A message that waits for its confirmation. */
export interface QueuedMessage {
  id: string;
  appKey: string;
  shopId: string;
  topic: string;
  content: string;
  /** Story instant of publication. */
  at: number;
  retried: number;
  /** Wire instant of the last delivery; 0 when never delivered. */
  deliveredAt: number;
}

/** What is published. */
export type NewMessage = Pick<QueuedMessage, 'id' | 'appKey' | 'shopId' | 'topic' | 'content' | 'at'>;

/** What a platform has of its own about its queue. */
export interface QueueWords {
  platform: string;
  /** An unconfirmed message is delivered again after this wire time. */
  redeliverAfterMs: number;
  /** A consumer that is down for long loses the oldest messages beyond this many. */
  longestQueue: number;
}

/** Reordered messages wait this wire time for later ones. */
const REORDER_MS = 2 * SECOND;

/**
 * The queue of each app with the faults `push-lost`, `push-double` and `push-reorder`. All readers of an app read the
 * same queue. Survives restarts.
 */
export class MessageQueue {
  private readonly queues = new Map<string, Map<string, QueuedMessage>>();
  private readonly wakers = new Set<(appKey: string) => void>();

  constructor(
    private readonly core: Core,
    private readonly words: QueueWords,
  ) {}

  replay(record: LogRecord): void {
    const { platform } = this.words;
    if (record.k === `${platform}:msg`) this.keep({ ...(record.msg as QueuedMessage), deliveredAt: 0 });
    if (record.k === `${platform}:msg-done`) this.queues.get(record.app as string)?.delete(record.id as string);
  }

  /** Called whenever something was published for an app. Returns what ends that. */
  onPublished(wake: (appKey: string) => void): () => void {
    this.wakers.add(wake);
    return () => this.wakers.delete(wake);
  }

  publish(message: NewMessage): void {
    const { platform, redeliverAfterMs } = this.words;
    const { faults } = this.core;
    if (faults.strikes(platform, 'push-lost')) return;
    // A reordered message is held back for a while, so that later ones overtake it.
    const heldUntil =
      faults.isOn(platform, 'push-reorder') && faults.strikes(platform, 'push-reorder')
        ? wireNow() + REORDER_MS - redeliverAfterMs
        : 0;
    const queued: QueuedMessage = { ...message, retried: 0, deliveredAt: heldUntil };
    this.keep(queued);
    this.core.log.append({ k: `${platform}:msg`, msg: queued });
    for (const wake of this.wakers) wake(message.appKey);
  }

  /** Messages to deliver now, oldest first: new ones, and those whose confirmation did not come. */
  take(appKey: string, most: number): QueuedMessage[] {
    const queue = this.queues.get(appKey);
    if (!queue) return [];
    const now = wireNow();
    const { redeliverAfterMs } = this.words;
    const taken: QueuedMessage[] = [];
    for (const message of queue.values()) {
      if (taken.length >= most) break;
      if (message.deliveredAt > now || (message.deliveredAt > 0 && now - message.deliveredAt < redeliverAfterMs))
        continue;
      if (message.deliveredAt > 0) message.retried += 1;
      message.deliveredAt = now;
      taken.push(message);
    }
    return this.withFaults(taken);
  }

  confirm(appKey: string, messageId: string): void {
    if (!this.queues.get(appKey)?.delete(messageId)) return;
    this.core.log.append({ k: `${this.words.platform}:msg-done`, app: appKey, id: messageId });
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
    const { platform } = this.words;
    const { faults } = this.core;
    const out: QueuedMessage[] = [];
    for (const message of taken) {
      out.push(message);
      if (faults.strikes(platform, 'push-double')) out.push({ ...message, retried: message.retried + 1 });
    }
    for (let i = 0; i + 1 < out.length; i += 1) {
      if (out[i]!.id !== out[i + 1]!.id && faults.strikes(platform, 'push-reorder'))
        [out[i], out[i + 1]] = [out[i + 1]!, out[i]!];
    }
    return out;
  }

  private keep(message: QueuedMessage): void {
    const queue = this.queues.get(message.appKey) ?? new Map<string, QueuedMessage>();
    this.queues.set(message.appKey, queue);
    queue.set(message.id, message);
    if (queue.size <= this.words.longestQueue) return;
    const oldest = queue.keys().next().value;
    if (oldest !== undefined) this.confirm(message.appKey, oldest);
  }
}
