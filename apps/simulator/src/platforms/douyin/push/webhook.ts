import { createLogger } from '@app/shared/logging/logger';
import type { Core } from '../../../core/core';
import { SECOND } from '../../../core/times';
import type { QueuedMessage } from '../../../kit/message-queue';
import type { DouyinDesk } from '../desk';
import { eventSign } from '../sign';
import { CHECK_ID, type DouyinMessages } from './messages';

/** Messages in one request (Douyin sheet §11.1). */
const MOST_MESSAGES = 50;
/** How long the receiver may take; sources say 2 and 5 seconds (Douyin sheet §11.1). */
const DEADLINE_MS = 2 * SECOND;
/** How often the queues are looked at for messages whose confirmation did not come, in wire milliseconds. */
const LOOK_EVERY_MS = 250;

const log = createLogger('simulator.douyin.push');

/** Posts the messages of every program to its address, one request at a time for each. */
export class WebhookSender {
  private readonly busy = new Set<string>();
  private readonly endWaking: () => void;
  private readonly timer: NodeJS.Timeout;
  private readonly stopping = new AbortController();

  constructor(
    private readonly core: Core,
    private readonly desk: DouyinDesk,
    private readonly messages: DouyinMessages,
  ) {
    this.endWaking = messages.onPublished((appKey) => void setImmediate(() => this.wake(appKey)));
    this.timer = setInterval(() => this.wakeAll(), LOOK_EVERY_MS);
    this.timer.unref();
  }

  close(): void {
    this.endWaking();
    clearInterval(this.timer);
    this.stopping.abort();
  }

  private wakeAll(): void {
    for (const app of this.core.story.allApps()) if (app.platform === 'douyin') this.wake(app.appKey);
  }

  private wake(appKey: string): void {
    if (this.stopping.signal.aborted || this.busy.has(appKey)) return;
    if (this.desk.settingsOf(appKey).webhookUrl === '' || this.messages.waiting(appKey) === 0) return;
    this.busy.add(appKey);
    this.sendAll(appKey)
      .catch((error: unknown) => log.error({ err: error, appKey }, 'pushing failed'))
      .finally(() => this.busy.delete(appKey));
  }

  private async sendAll(appKey: string): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const batch = this.messages.take(appKey, MOST_MESSAGES);
      if (batch.length === 0) return;
      const isTaken = await this.post(appKey, batch);
      if (this.stopping.signal.aborted) return;
      if (!isTaken) return;
      for (const message of batch) this.messages.confirm(appKey, message.id);
      this.core.log.flush();
    }
  }

  /** True when the receiver confirmed: HTTP 200 with `code` 0 (Douyin sheet §11.1). */
  private async post(appKey: string, batch: readonly QueuedMessage[]): Promise<boolean> {
    const app = this.core.story.app('douyin', appKey);
    const { webhookUrl, pushSign } = this.desk.settingsOf(appKey);
    if (!app) return false;
    const body = JSON.stringify(
      batch.map((message) => ({
        tag: message.topic,
        msg_id: message.id,
        data: message.id === CHECK_ID ? '' : message.content,
      })),
    );
    try {
      const response = await fetch(webhookUrl, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'app-id': appKey,
          'event-sign': eventSign(appKey, app.appSecret, body, pushSign),
          ...(pushSign === 'hmac-sha256' ? { 'sign-method': 'hmac-sha256' } : {}),
        },
        body,
        signal: AbortSignal.any([this.stopping.signal, AbortSignal.timeout(DEADLINE_MS)]),
      });
      const text = await response.text();
      return response.status === 200 && isSuccess(text);
    } catch (error) {
      log.debug({ err: error, appKey, webhookUrl }, 'the push address did not answer');
      return false;
    }
  }
}

function isSuccess(text: string): boolean {
  try {
    return (JSON.parse(text) as { code?: unknown }).code === 0;
  } catch {
    return false;
  }
}
