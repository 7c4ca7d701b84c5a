import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError, inTransaction, WIRE_CLOCK, type WireClock } from '@app/shared';
import {
  isPlatformError,
  PlatformRegistry,
  type AppAccess,
  type PlatformPort,
  type PushMessage,
  type WebhookReply,
  type WebhookRequest,
} from '@app/platforms';
import { ShopSecrets } from '../shop/shop.secrets';
import type { ShopRow } from '../shop/shop.types';
import { MessageRepository } from './message.repository';
import { MessageService } from './message.service';

interface Delivery {
  messages: PushMessage[];
  reply: WebhookReply;
}

/** Takes what platforms push to us: the signature first, then the work that follows, and only then the receipt. */
@Injectable()
export class WebhookService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly registry: PlatformRegistry,
    private readonly repository: MessageRepository,
    private readonly secrets: ShopSecrets,
    private readonly messages: MessageService,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** Throws PLATFORM.UNKNOWN, PLATFORM.NO_WEBHOOK, WEBHOOK.NOT_FOUND (404), WEBHOOK.BAD_SIGNATURE (401). */
  async receive(platform: string, shopOrAppId: string, request: WebhookRequest): Promise<WebhookReply> {
    const port = this.portOf(platform);
    const shops = await inTransaction(this.dataSource, (tx) => this.repository.shopsAt(tx, platform, shopOrAppId));
    const [first] = shops;
    if (!first)
      throw new AppError(
        'WEBHOOK.NOT_FOUND',
        `No shop or app ${shopOrAppId} of ${platform} is here; correct the address at the platform.`,
      );
    const { messages, reply } = await this.read(port, shops, request);
    await Promise.all(messages.map((message) => this.messages.take(platform, first.appKey, message)));
    return reply;
  }

  private portOf(platform: string): PlatformPort & Required<Pick<PlatformPort, 'receivePush'>> {
    if (!this.registry.has(platform)) throw new AppError('PLATFORM.UNKNOWN', `There is no platform ${platform}.`);
    const { port, manifest } = this.registry.get(platform);
    if (port.receivePush) return port as ReturnType<WebhookService['portOf']>;
    const ways = manifest.capabilities.pushTransport.join(' or ') || 'polling alone';
    throw new AppError('PLATFORM.NO_WEBHOOK', `Platform ${platform} sends no webhooks; its news comes by ${ways}.`);
  }

  /** Companies may hold one app with different secrets while one of them is being replaced: any of them may fit. */
  private async read(
    port: ReturnType<WebhookService['portOf']>,
    shops: readonly ShopRow[],
    request: WebhookRequest,
  ): Promise<Delivery> {
    let refusal: Error | undefined;
    const tried = new Set<string>();
    for (const app of shops.map((shop): AppAccess => this.secrets.appOf(shop))) {
      if (tried.has(app.appSecret)) continue;
      tried.add(app.appSecret);
      try {
        return await port.receivePush({ app, wireNow: () => this.wire.date() }, request);
      } catch (error) {
        if (!isPlatformError(error) || error.kind !== 'rejected') throw error;
        refusal = error;
      }
    }
    throw new AppError('WEBHOOK.BAD_SIGNATURE', `The message was not taken. ${refusal?.message ?? ''}`.trim());
  }
}
