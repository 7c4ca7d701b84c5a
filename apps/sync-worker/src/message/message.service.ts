import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  createLogger,
  groupBy,
  inStatement,
  inTransaction,
  isDataError,
  WIRE_CLOCK,
  type Tx,
  type WireClock,
} from '@app/shared';
import { PlatformError, type PushMessage } from '@app/platforms';
import { ShopRepository } from '../shop/shop.repository';
import { TokenKeeper } from '../token/token.keeper';
import { afterSaleSubject } from '../after-sale/after-sale.rules';
import { WorkDesk } from '../work/work.desk';
import type { WorkKind } from '../work/work.kinds';
import { MessageRepository, type MessageShop } from './message.repository';

const log = createLogger('messages');
/** Several messages about one order within this time cause one pull, wire milliseconds. */
const COALESCE_MS = 500;
/**
 * A carrier's trace seldom changes the order, and the change window sees it when it does: one look for all the traces of
 * some time is enough, wire milliseconds.
 */
const TRACKING_MS = 30_000;
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

/** A message as one of the shops that it speaks of is told. */
interface ForShop {
  shop: MessageShop;
  message: PushMessage;
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
  private async storeTogether(taken: readonly Taken[]): Promise<MessageShop[][]> {
    const { platform, appKey } = taken[0]!;
    const named = [...new Set(taken.flatMap(({ message }) => message.platformShopId ?? []))];
    const shops =
      named.length === 0
        ? []
        : await inStatement(this.dataSource, (tx) => this.repository.shopsOf(tx, platform, appKey, named));
    const byName = groupBy(shops, ({ platformShopId }) => platformShopId);
    const all = taken.flatMap(({ message }) => {
      const found = byName.get(message.platformShopId ?? '') ?? [];
      if (found.length === 0)
        log.debug({ platform, topic: message.topic }, 'a message names no shop, or one that is not here');
      return found.map((shop) => ({ shop, message }));
    });
    const fresh = new Map<PushMessage, MessageShop[]>();
    for (const [companyId, mine] of groupBy(all, ({ shop }) => shop.companyId)) {
      const isNew = await inTransaction(this.dataSource, (tx) => this.takeFor(tx, companyId, mine));
      for (const { shop, message } of isNew) fresh.set(message, [...(fresh.get(message) ?? []), shop]);
    }
    return taken.map(({ message }) => fresh.get(message) ?? []);
  }

  /** Remembers messages of a company and asks for what follows from those not seen before, which it answers. */
  private async takeFor(tx: Tx, companyId: string, told: readonly ForShop[]): Promise<ForShop[]> {
    const messages = told.map(({ shop, message: { messageId, topic } }) => ({
      platform: shop.platform,
      messageId,
      topic,
      shopId: shop.id,
    }));
    const unseen = await this.repository.remember(tx, companyId, messages, this.wire.date());
    const fresh = told.filter(({ shop, message }) => unseen.delete(`${shop.platform}/${message.messageId}`));
    for (const mine of groupBy(fresh, ({ shop }) => shop.id).values()) {
      const { shop } = mine[0]!;
      const ask = async (kind: WorkKind, subjects: (string | undefined)[], delayMs: number): Promise<void> => {
        const known = [...new Set(subjects)].filter((subject): subject is string => subject !== undefined);
        if (known.length > 0) await this.desk.request(tx, shop, kind, known, delayMs);
      };
      const subject = (no: string | undefined) => (no === undefined ? undefined : `${shop.id}/${no}`);
      const messagesOf = (...kinds: PushMessage['kind'][]) =>
        mine.flatMap(({ message }) => (kinds.includes(message.kind) ? [message] : []));
      const ordersOf = (...kinds: PushMessage['kind'][]) =>
        messagesOf(...kinds).map(({ platformOrderNo }) => subject(platformOrderNo));
      await ask('order', ordersOf('order', 'after-sale'), COALESCE_MS);
      await ask('order', ordersOf('tracking'), TRACKING_MS);
      await ask(
        'after-sale',
        messagesOf('after-sale').map(({ platformAfterSaleNo: no, platformOrderNo }) =>
          no === undefined ? undefined : afterSaleSubject(shop.id, no, platformOrderNo),
        ),
        COALESCE_MS,
      );
      await ask(
        'listings',
        messagesOf('listing').map(() => shop.id),
        5_000,
      );
    }
    return fresh;
  }

  private async follow(message: PushMessage, newFor: readonly MessageShop[]): Promise<void> {
    if (message.kind !== 'authorisation-cancelled') return;
    for (const shop of newFor) await this.cancelled(shop.companyId, shop.id, message);
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
