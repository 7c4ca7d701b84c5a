import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  AppError,
  check,
  FactRegistry,
  inTransaction,
  isDataError,
  killPoint,
  sqlStateOf,
  WIRE_CLOCK,
  type Caller,
  type FieldError,
  type Tx,
  type WireClock,
} from '@app/shared';
import type { KnownOrdersAnswer, PlatformOrdersAnswer } from '@app/contracts';
import type { Shop } from '../shop/shop.repository';
import { ShopDirectory } from '../shop/shop.directory';
import { PlatformOrdersEnvelope, type KnownOrdersDto } from './intake.dto';
import { byOrder, numberOf, parkedId, sortItems, type BadItem, type IntakeItem } from './intake.rules';
import { IntakeRepository } from './intake.repository';
import { IntakeWriter } from './intake.writer';

/** Source of parked items of this command. */
export const PLATFORM_ORDERS = 'platform-orders';

type Verdict = PlatformOrdersAnswer['items'][number];

/** Takes batches of platform orders in: each stored once, newest version only, and one bad order never stops the others. */
@Injectable()
export class IntakeService implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly writer: IntakeWriter,
    private readonly repository: IntakeRepository,
    private readonly shops: ShopDirectory,
    private readonly registry: FactRegistry,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onModuleInit(): void {
    this.registry.subscribeReplay(PLATFORM_ORDERS, (companyId, payload) => this.replay(companyId, payload));
  }

  /** Stores a batch and answers with a verdict per item, in the order of the request. */
  async intake(caller: Caller, body: unknown): Promise<PlatformOrdersAnswer> {
    const envelope = check(PlatformOrdersEnvelope, body);
    if (!envelope.ok)
      throw new AppError('VALIDATION', 'The batch itself is wrong: it needs shopId and 1 to 500 items.', {
        errors: envelope.errors,
      });
    const { shopId, items } = envelope.value;
    const shop = await this.shops.shopFor(caller, shopId);
    const verdicts = new Map<number, Verdict>();
    const { good, bad } = sortItems(items);
    if (bad.length > 0) await this.park(shop, bad, verdicts);
    if (good.length > 0) await this.storeOrBisect(shop, good, `intake:${caller.clientId}`, verdicts);
    return { items: items.map((_, no) => verdicts.get(no)!) };
  }

  /** What is stored of the orders that a census lists. */
  async known(caller: Caller, { shopId, platformOrderNos }: KnownOrdersDto): Promise<KnownOrdersAnswer> {
    const found = await inTransaction(this.dataSource, (tx) =>
      this.repository.known(tx, caller.companyId, shopId, platformOrderNos),
    );
    return {
      items: found.map(({ statedModifiedAt, ...order }) => ({ ...order, modifiedAt: statedModifiedAt.toISOString() })),
    };
  }

  private async storeOrBisect(
    shop: Shop,
    items: IntakeItem[],
    actor: string,
    verdicts: Map<number, Verdict>,
  ): Promise<void> {
    try {
      const stored = await inTransaction(this.dataSource, (tx) => this.store(tx, shop, items, actor));
      killPoint('intake.after-commit');
      for (const [no, verdict] of stored) verdicts.set(no, verdict);
    } catch (error) {
      if (!isDataError(error)) throw error;
      const orders = byOrder(items);
      if (orders.length === 1) {
        const message = `${sqlStateOf(error)}: ${String((error as Error).message)}`;
        const bad = items.map(({ no, item }) => ({ no, item, errors: [{ field: '', code: 'NOT_STORABLE', message }] }));
        return this.park(shop, bad, verdicts);
      }
      const middle = Math.ceil(orders.length / 2);
      for (const half of [orders.slice(0, middle), orders.slice(middle)])
        await this.storeOrBisect(
          shop,
          half.flatMap((order) => order.items),
          actor,
          verdicts,
        );
    }
  }

  private async store(tx: Tx, shop: Shop, items: readonly IntakeItem[], actor: string): Promise<Map<number, Verdict>> {
    const verdicts = await this.writer.write(tx, shop, byOrder(items), {
      actor,
      reason: 'The platform told of the order.',
    });
    killPoint('intake.before-commit');
    return verdicts;
  }

  private async park(shop: Shop, bad: readonly BadItem[], verdicts: Map<number, Verdict>): Promise<void> {
    const parked = bad.map(({ no, item, errors }) => ({
      id: parkedId(shop.shopId, item),
      reference: `${shop.shopId}/${numberOf(item)}`.slice(0, 300),
      itemNo: no,
      cause: causeOf(errors),
      fields: errors.slice(0, 50),
      payload: JSON.stringify({ shopId: shop.shopId, item }),
      at: this.wire.date(),
    }));
    await inTransaction(this.dataSource, (tx) => this.repository.park(tx, shop.companyId, PLATFORM_ORDERS, parked));
    for (const [index, { no, item, errors }] of bad.entries()) {
      verdicts.set(no, {
        platformOrderNo: numberOf(item),
        verdict: 'parked',
        parkedItemId: parked[index]!.id,
        errors: errors.slice(0, 50),
      });
    }
  }

  private async replay(companyId: string, payload: string): Promise<void> {
    const { shopId, item } = JSON.parse(payload) as { shopId: string; item: unknown };
    const shop = await this.shops.shop(companyId, shopId);
    const { good, bad } = sortItems([item]);
    const wrong = bad[0];
    if (wrong) throw new AppError('PARKED_ITEM.STILL_WRONG', causeOf(wrong.errors), { errors: wrong.errors });
    await inTransaction(this.dataSource, (tx) => this.store(tx, shop, good, 'job:replay'));
  }
}

function causeOf(errors: readonly FieldError[]): string {
  const named = errors.slice(0, 5).map(({ field, message }) => (field ? `${field} ${message}` : message));
  return `The order cannot be stored: ${named.join('; ')}`;
}
