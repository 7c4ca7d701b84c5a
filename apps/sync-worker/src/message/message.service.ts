import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createLogger, inTransaction, WIRE_CLOCK, type Tx, type WireClock } from '@app/shared';
import { PlatformError, type PushMessage } from '@app/platforms';
import { ShopRepository } from '../shop/shop.repository';
import { TokenKeeper } from '../token/token.keeper';
import { WorkDesk } from '../work/work.desk';
import { MessageRepository } from './message.repository';

const log = createLogger('messages');
/** Several messages about one order within this time cause one pull, wire milliseconds. */
const COALESCE_MS = 500;

/** Turns push messages into pulls. They never carry truth, so an old or repeated one does no harm. */
@Injectable()
export class MessageService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: MessageRepository,
    private readonly shops: ShopRepository,
    private readonly desk: WorkDesk,
    private readonly tokens: TokenKeeper,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** Resolves when the work that follows is committed; only then the message may be acknowledged. */
  async take(platform: string, appKey: string, message: PushMessage): Promise<void> {
    if (message.platformShopId === undefined)
      return log.debug({ platform, topic: message.topic }, 'a message names no shop');
    const shops = await inTransaction(this.dataSource, (tx) =>
      this.repository.shopsOf(tx, platform, appKey, message.platformShopId!),
    );
    if (shops.length === 0)
      log.debug({ platform, topic: message.topic }, 'a message speaks of a shop that is not here');
    for (const shop of shops) {
      const isNew = await inTransaction(this.dataSource, (tx) => this.takeFor(tx, shop, message));
      if (isNew && message.kind === 'authorisation-cancelled') await this.cancelled(shop.companyId, shop.id, message);
    }
  }

  private async takeFor(
    tx: Tx,
    shop: { companyId: string; id: string; platform: string },
    message: PushMessage,
  ): Promise<boolean> {
    const isNew =
      (await this.repository.remember(
        tx,
        {
          companyId: shop.companyId,
          platform: shop.platform,
          messageId: message.messageId,
          topic: message.topic,
          shopId: shop.id,
        },
        this.wire.date(),
      )) === 1;
    if (!isNew) return false;
    const no = message.platformOrderNo;
    if (no !== undefined && (message.kind === 'order' || message.kind === 'after-sale' || message.kind === 'tracking'))
      await this.desk.request(tx, shop, 'order', [`${shop.id}/${no}`], COALESCE_MS);
    const afterSaleNo = message.platformAfterSaleNo;
    if (afterSaleNo !== undefined && message.kind === 'after-sale')
      await this.desk.request(tx, shop, 'after-sale', [`${shop.id}/${afterSaleNo}`], COALESCE_MS);
    if (message.kind === 'listing') await this.desk.request(tx, shop, 'listings', [shop.id], 5_000);
    return true;
  }

  private async cancelled(companyId: string, shopId: string, message: PushMessage): Promise<void> {
    const shop = await inTransaction(this.dataSource, (tx) => this.shops.find(tx, companyId, shopId));
    if (!shop) return;
    const error = new PlatformError('reauthorise', `The merchant took the authorisation back (${message.topic}).`, {
      platform: shop.platform,
      method: message.topic,
    });
    await this.tokens.refused(shop, error);
  }
}
