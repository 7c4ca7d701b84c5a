import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  createLogger,
  groupBy,
  inStatement,
  inTransaction,
  isDataError,
  WIRE_CLOCK,
  type WireClock,
} from '@app/shared';
import { PlatformError, type PushMessage } from '@app/platforms';
import { ShopRepository } from '../shop/shop.repository';
import { TokenKeeper } from '../token/token.keeper';
import { afterSaleSubject } from '../after-sale/after-sale.rules';
import { WorkDesk, type AskedWork } from '../work/work.desk';
import { MessageRepository, type SeenMessage } from './message.repository';

const log = createLogger('messages');
/** Several messages about one order within this time cause one pull, wire milliseconds. */
const COALESCE_MS = 500;
/**
 * A carrier's trace seldom changes the order, and the change window sees it when it does: one look for all the traces of
 * some time is enough, wire milliseconds.
 */
const TRACKING_MS = 30_000;
/** Listings are read as a whole, so many changes of them cause one reading, wire milliseconds. */
const LISTINGS_MS = 5_000;
/** Messages that come within this time are stored together, wire milliseconds. */
const GATHER_MS = 25;
const MOST_TOGETHER = 100;

/** A message that waits to be stored, and who waits for that. */
interface Taken {
  platform: string;
  appKey: string;
  message: PushMessage;
  resolve: () => void;
  reject: (cause: unknown) => void;
}

/** What follows from a message for a shop that it speaks of. */
function workOf({ shopId, platform }: SeenMessage, message: PushMessage): AskedWork[] {
  const { kind, platformOrderNo, platformAfterSaleNo } = message;
  const work = { shopId, platform };
  const asked: AskedWork[] = [];
  if (kind === 'listing') asked.push({ ...work, kind: 'listings', subject: shopId, delayMs: LISTINGS_MS });
  if (platformOrderNo !== undefined && ['order', 'after-sale', 'tracking'].includes(kind)) {
    const delayMs = kind === 'tracking' ? TRACKING_MS : COALESCE_MS;
    asked.push({ ...work, kind: 'order', subject: `${shopId}/${platformOrderNo}`, delayMs });
  }
  if (platformAfterSaleNo !== undefined && kind === 'after-sale') {
    const subject = afterSaleSubject(shopId, platformAfterSaleNo, platformOrderNo);
    asked.push({ ...work, kind: 'after-sale', subject, delayMs: COALESCE_MS });
  }
  return asked;
}

/** Turns push messages into pulls. They never carry truth, so an old or repeated one does no harm. */
@Injectable()
export class MessageService {
  private waiting: Taken[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: MessageRepository,
    private readonly shops: ShopRepository,
    private readonly desk: WorkDesk,
    private readonly tokens: TokenKeeper,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** Resolves when the work that follows is committed; only then the message may be acknowledged. */
  take(platform: string, appKey: string, message: PushMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ platform, appKey, message, resolve, reject });
      if (this.waiting.length >= MOST_TOGETHER) this.flush();
      else this.timer ??= setTimeout(() => this.flush(), GATHER_MS);
    });
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const taken = this.waiting;
    this.waiting = [];
    for (const ofApp of groupBy(taken, ({ platform, appKey }) => `${platform}/${appKey}`).values())
      void this.store(ofApp);
  }

  /** Never throws: each message is told how it ended. One that cannot be stored does not stop the others. */
  private async store(taken: readonly Taken[]): Promise<void> {
    try {
      const isNew = await this.storeTogether(taken);
      for (const [index, { message, resolve, reject }] of taken.entries())
        await this.follow(message, isNew[index]!).then(resolve, reject);
    } catch (error) {
      if (taken.length > 1 && isDataError(error)) for (const one of taken) await this.store([one]);
      else for (const { reject } of taken) reject(error);
    }
  }

  /** Stores messages of one app; answers, for each, the shops for which it is new. */
  private async storeTogether(taken: readonly Taken[]): Promise<SeenMessage[][]> {
    const { platform, appKey } = taken[0]!;
    const named = taken.flatMap(({ message: { messageId, topic, platformShopId } }) =>
      platformShopId === undefined ? [] : [{ messageId, topic, platformShopId }],
    );
    if (named.length < taken.length) log.debug({ platform }, 'a message names no shop');
    // The first of several messages of one id counts.
    const byId = new Map([...taken].reverse().map(({ message }) => [message.messageId, message]));
    const fresh =
      named.length === 0
        ? []
        : await inTransaction(this.dataSource, async (tx) => {
            const unseen = await this.repository.remember(tx, { platform, appKey }, named, this.wire.date());
            for (const [companyId, mine] of groupBy(unseen, (seen) => seen.companyId)) {
              const asked = mine.flatMap((seen) => workOf(seen, byId.get(seen.messageId)!));
              await this.desk.requestAll(tx, companyId, asked);
            }
            return unseen;
          });
    const newFor = groupBy(fresh, ({ messageId }) => messageId);
    return taken.map(({ message }) =>
      byId.get(message.messageId) === message ? (newFor.get(message.messageId) ?? []) : [],
    );
  }

  private async follow(message: PushMessage, newFor: readonly SeenMessage[]): Promise<void> {
    if (message.kind !== 'authorisation-cancelled') return;
    for (const { companyId, shopId } of newFor) await this.cancelled(companyId, shopId, message);
  }

  private async cancelled(companyId: string, shopId: string, message: PushMessage): Promise<void> {
    const shop = await inStatement(this.dataSource, (tx) => this.shops.find(tx, companyId, shopId));
    if (!shop) return;
    const error = new PlatformError('reauthorise', `The merchant took the authorisation back (${message.topic}).`, {
      platform: shop.platform,
      method: message.topic,
    });
    await this.tokens.refused(shop, error);
  }
}
