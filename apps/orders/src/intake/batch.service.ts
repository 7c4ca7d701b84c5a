import { Inject, Injectable } from '@nestjs/common';
import { Type } from '@sinclair/typebox';
import { DataSource } from 'typeorm';
import {
  AppError,
  check,
  FactRegistry,
  inStatement,
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
import type { Cause } from '../order/order.store';
import { ShopDirectory } from '../shop/shop.directory';
import type { Shop } from '../shop/shop.repository';
import { bySubject, namedBy, parkedId, type BadItem, type BatchItem, type SortedItems } from './batch.rules';
import { IntakeRepository } from './intake.repository';

/** The envelope of a batch; its items are checked one by one, so that one bad item never refuses the others. */
const BatchEnvelope = Type.Object(
  {
    shopId: Type.String({ minLength: 1, maxLength: 200 }),
    items: Type.Array(Type.Unknown(), { minItems: 1, maxItems: 500 }),
  },
  { additionalProperties: false },
);
const MAX_ERRORS = 50;

/** What a look at the stored subjects of a batch has shown. */
export interface Looked<V> {
  /** Verdicts by item number about subjects of which nothing is to be stored. They hold for good: versions only rise. */
  verdicts: ReadonlyMap<number, V>;
  /** Stores the other subjects within one transaction and returns their verdicts; absent when there are none. */
  store?: (tx: Tx, cause: Cause) => Promise<ReadonlyMap<number, V>>;
}

/** One kind of item that comes in batches, `T` as received, `V` the verdict about one. */
export interface BatchKind<T, V> {
  /** Source of its parked items. */
  source: string;
  /** What one item is called, for people. */
  noun: string;
  /** Begins the names of its kill points. */
  name: string;
  /** Member that names the subject: items with the same one are judged one after the other and stored together. */
  subject: keyof T & string;
  sort(items: readonly unknown[]): SortedItems<T>;
  /** Reads what is stored of some subjects, without a lock: most batches bring nothing new, and end here. */
  look(tx: Tx, shop: Shop, subjects: readonly (readonly BatchItem<T>[])[]): Promise<Looked<V>>;
  /** The verdict about an item that was set aside. */
  parked(item: unknown, parkedItemId: string, errors: FieldError[]): V;
}

/** Takes batches in: each item stored once, newest version only, and one bad item never stops the others. */
@Injectable()
export class BatchService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: IntakeRepository,
    private readonly shops: ShopDirectory,
    private readonly registry: FactRegistry,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** Lets parked items of a kind be replayed; called once per kind when the service starts. */
  register<T, V>(kind: BatchKind<T, V>): void {
    this.registry.subscribeReplay(kind.source, (companyId, payload) => this.replay(kind, companyId, payload));
  }

  /**
   * Stores a batch and answers with a verdict per item, in the order of the request. Throws VALIDATION for a wrong
   * envelope, SHOP.NOT_FOUND, or the 503 of a dependency that is away.
   */
  async take<T, V>(caller: Caller, body: unknown, kind: BatchKind<T, V>): Promise<{ items: V[] }> {
    const envelope = check(BatchEnvelope, body);
    if (!envelope.ok)
      throw new AppError('VALIDATION', 'The batch itself is wrong: it needs shopId and 1 to 500 items.', {
        errors: envelope.errors,
      });
    const { shopId, items } = envelope.value;
    const shop = await this.shops.shopFor(caller, shopId);
    const verdicts = new Map<number, V>();
    const { good, bad } = kind.sort(items);
    if (bad.length > 0) await this.park(kind, shop, bad, verdicts);
    if (good.length > 0) await this.storeOrBisect(kind, shop, good, `intake:${caller.clientId}`, verdicts);
    return { items: items.map((_, no) => verdicts.get(no)!) };
  }

  private async storeOrBisect<T, V>(
    kind: BatchKind<T, V>,
    shop: Shop,
    items: BatchItem<T>[],
    actor: string,
    verdicts: Map<number, V>,
  ): Promise<void> {
    try {
      for (const [no, verdict] of await this.store(kind, shop, items, actor)) verdicts.set(no, verdict);
    } catch (error) {
      if (!isDataError(error)) throw error;
      const subjects = this.subjectsOf(kind, items);
      if (subjects.length === 1) {
        const message = `${sqlStateOf(error)}: ${String((error as Error).message)}`;
        const bad = items.map(({ no, item }) => ({ no, item, errors: [{ field: '', code: 'NOT_STORABLE', message }] }));
        return this.park(kind, shop, bad, verdicts);
      }
      const middle = Math.ceil(subjects.length / 2);
      for (const half of [subjects.slice(0, middle), subjects.slice(middle)])
        await this.storeOrBisect(kind, shop, half.flat(), actor, verdicts);
    }
  }

  private subjectsOf<T, V>(kind: BatchKind<T, V>, items: readonly BatchItem<T>[]): BatchItem<T>[][] {
    return bySubject(items, (item) => String(item[kind.subject]));
  }

  private async store<T, V>(
    kind: BatchKind<T, V>,
    shop: Shop,
    items: readonly BatchItem<T>[],
    actor: string,
  ): Promise<Map<number, V>> {
    const cause = { actor, reason: `The platform told of the ${kind.noun}.` };
    const subjects = this.subjectsOf(kind, items);
    const { verdicts, store } = await inStatement(this.dataSource, (tx) => kind.look(tx, shop, subjects));
    if (!store) return new Map(verdicts);
    const stored = await inTransaction(this.dataSource, async (tx) => {
      const written = await store(tx, cause);
      killPoint(`${kind.name}.before-commit`);
      return written;
    });
    killPoint(`${kind.name}.after-commit`);
    return new Map([...verdicts, ...stored]);
  }

  private async park<T, V>(
    kind: BatchKind<T, V>,
    shop: Shop,
    bad: readonly BadItem[],
    verdicts: Map<number, V>,
  ): Promise<void> {
    const parked = bad.map(({ no, item, errors }) => ({
      id: parkedId(shop.shopId, item),
      reference: `${shop.shopId}/${namedBy(item, kind.subject)}`.slice(0, 300),
      itemNo: no,
      cause: causeOf(kind.noun, errors),
      fields: errors.slice(0, MAX_ERRORS),
      payload: JSON.stringify({ shopId: shop.shopId, item }),
      at: this.wire.date(),
    }));
    await inTransaction(this.dataSource, (tx) => this.repository.park(tx, shop.companyId, kind.source, parked));
    for (const [index, { no, item, errors }] of bad.entries())
      verdicts.set(no, kind.parked(item, parked[index]!.id, errors.slice(0, MAX_ERRORS)));
  }

  private async replay<T, V>(kind: BatchKind<T, V>, companyId: string, payload: string): Promise<void> {
    const { shopId, item } = JSON.parse(payload) as { shopId: string; item: unknown };
    const shop = await this.shops.shop(companyId, shopId);
    const { good, bad } = kind.sort([item]);
    const wrong = bad[0];
    if (wrong)
      throw new AppError('PARKED_ITEM.STILL_WRONG', causeOf(kind.noun, wrong.errors), { errors: wrong.errors });
    await this.store(kind, shop, good, 'job:replay');
  }
}

function causeOf(noun: string, errors: readonly FieldError[]): string {
  const named = errors.slice(0, 5).map(({ field, message }) => (field ? `${field} ${message}` : message));
  return `The ${noun} cannot be stored: ${named.join('; ')}`;
}
