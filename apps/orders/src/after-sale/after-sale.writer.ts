import { Inject, Injectable } from '@nestjs/common';
import { groupBy, STORY_CLOCK, type StoryClock, type Tx } from '@app/shared';
import type { CanonicalAfterSale, PlatformAfterSalesAnswer } from '@app/contracts';
import { judge, type BatchItem, type StoredVerdict } from '../intake/batch.rules';
import type { Looked } from '../intake/batch.service';
import { ListingLinkRepository } from '../listing/listing-link.repository';
import { OrderRepository } from '../order/order.repository';
import { OrderStore, type Cause } from '../order/order.store';
import type { AfterSale, OrderAggregate } from '../order/order.types';
import type { Shop } from '../shop/shop.repository';
import { AfterSaleRepository, type StoredAfterSale } from './after-sale.repository';
import {
  applyAfterSale,
  newAfterSale,
  newAfterSaleId,
  platformAfterSaleRow,
  putAfterSales,
} from './canonical-after-sale.rules';

type Verdict = PlatformAfterSalesAnswer['items'][number];

/** The items of one after-sale in the order of the request. */
interface Subject {
  platformAfterSaleNo: string;
  items: readonly BatchItem<CanonicalAfterSale>[];
}

/** An after-sale to be changed: the items to apply, oldest first. */
interface Judged extends Subject {
  apply: BatchItem<CanonicalAfterSale>[];
  verdicts: Map<number, StoredVerdict>;
  afterSaleId: string;
  platformOrderNo: string;
  isNew: boolean;
}

/** What was stored before the transaction began: after-sales by number, and orders by number, which never go away. */
interface Seen {
  stored: ReadonlyMap<string, StoredAfterSale>;
  orderOf: ReadonlyMap<string, string>;
}

const mapOf = (stored: readonly StoredAfterSale[]) => new Map(stored.map((row) => [row.platformAfterSaleNo, row]));

/** Writes a batch of after-sales within one transaction, in a number of statements that does not depend on its size. */
@Injectable()
export class AfterSaleWriter {
  constructor(
    private readonly repository: AfterSaleRepository,
    private readonly intakeLock: ListingLinkRepository,
    private readonly orders: OrderRepository,
    private readonly store: OrderStore,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /** Judges by what is stored. What is unchanged or older writes no row, takes no lock and needs no transaction. */
  async look(
    tx: Tx,
    shop: Shop,
    subjects: readonly (readonly BatchItem<CanonicalAfterSale>[])[],
  ): Promise<Looked<Verdict>> {
    const all = subjects.map((items) => ({ platformAfterSaleNo: items[0]!.item.platformAfterSaleNo, items }));
    const numbers = new Set(subjects.map((items) => items[0]!.item.platformOrderNo));
    const [stored, named] = await Promise.all([
      this.storedOf(tx, shop, all, false),
      this.ordersOf(tx, shop, [...numbers]),
    ]);
    const judged = all.map((subject) => judgedOf(subject, stored.get(subject.platformAfterSaleNo)));
    // An after-sale stays with the order that its first version named, whatever a later one names.
    const others = judged.flatMap(({ platformOrderNo: no }) => (numbers.has(no) ? [] : no));
    const orderOf = new Map([...named, ...(await this.ordersOf(tx, shop, others))]);
    const verdicts = new Map<number, Verdict>();
    for (const one of judged) if (one.apply.length === 0) tell(verdicts, one, orderOf.has(one.platformOrderNo));
    const open = judged.filter(({ apply }) => apply.length > 0);
    if (open.length === 0) return { verdicts };
    return { verdicts, store: (writing, cause) => this.change(writing, shop, open, { stored, orderOf }, cause) };
  }

  private async change(
    tx: Tx,
    shop: Shop,
    open: readonly Judged[],
    { stored, orderOf: seen }: Seen,
    cause: Cause,
  ): Promise<Map<number, Verdict>> {
    const { companyId, shopId } = shop;
    const verdicts = new Map<number, Verdict>();
    const orderOf = await this.lockedOrdersOf(tx, shop, open, seen);
    const fresh = open.filter(({ platformAfterSaleNo }) => !stored.has(platformAfterSaleNo));
    const inserted = await this.repository.insert(
      tx,
      fresh.map(({ afterSaleId, apply }) => platformAfterSaleRow(companyId, shopId, afterSaleId, apply.at(-1)!)),
    );
    const known = open.filter(({ platformAfterSaleNo }) => !inserted.has(platformAfterSaleNo));
    const locked = known.length > 0 ? await this.storedOf(tx, shop, known, true) : new Map<string, StoredAfterSale>();
    const again = known.map((subject) => judgedOf(subject, locked.get(subject.platformAfterSaleNo)));
    const changed = again.filter(({ apply }) => apply.length > 0);
    await this.repository.replace(
      tx,
      changed.map(({ afterSaleId, apply }) => platformAfterSaleRow(companyId, shopId, afterSaleId, apply.at(-1)!)),
    );
    const added = fresh.filter(({ platformAfterSaleNo }) => inserted.has(platformAfterSaleNo));
    for (const one of [...added, ...again]) tell(verdicts, one, orderOf.has(one.platformOrderNo));
    await this.apply(tx, shop, [...added, ...changed], orderOf, cause);
    return verdicts;
  }

  private async storedOf(
    tx: Tx,
    { companyId, shopId }: Shop,
    subjects: readonly Subject[],
    isLocking: boolean,
  ): Promise<Map<string, StoredAfterSale>> {
    const numbers = subjects.map(({ platformAfterSaleNo }) => platformAfterSaleNo);
    return mapOf(await this.repository.stored(tx, companyId, shopId, numbers, isLocking));
  }

  private async ordersOf(
    tx: Tx,
    { companyId, shopId }: Shop,
    platformOrderNos: readonly string[],
  ): Promise<Map<string, string>> {
    if (platformOrderNos.length === 0) return new Map();
    return this.repository.ordersOf(tx, companyId, shopId, [...new Set(platformOrderNos)]);
  }

  /**
   * The orders of after-sales, of which those `seen` stay. When one is unknown, waits until no order of the shop is being
   * stored and keeps others out until the end: so an order never passes its orphan unseen.
   */
  private async lockedOrdersOf(
    tx: Tx,
    shop: Shop,
    open: readonly Judged[],
    seen: ReadonlyMap<string, string>,
  ): Promise<ReadonlyMap<string, string>> {
    const numbers = open.map(({ platformOrderNo }) => platformOrderNo);
    if (numbers.every((no) => seen.has(no))) return seen;
    await this.intakeLock.lock(tx, shop.companyId, [shop.shopId], 'alone');
    return this.ordersOf(tx, shop, numbers);
  }

  private async apply(
    tx: Tx,
    shop: Shop,
    judged: readonly Judged[],
    orderOf: ReadonlyMap<string, string>,
    cause: Cause,
  ): Promise<void> {
    const byOrder = groupBy(judged, ({ platformOrderNo }) => orderOf.get(platformOrderNo) ?? '');
    const orphans = byOrder.get('') ?? [];
    byOrder.delete('');
    await this.store.change(tx, shop.companyId, [...byOrder.keys()], cause, (aggregate) =>
      this.bring(shop, aggregate, byOrder.get(aggregate.order.orderId) ?? []),
    );
    if (orphans.length > 0) await this.keepOrphans(tx, shop, orphans);
  }

  private bring(shop: Shop, aggregate: OrderAggregate, judged: readonly Judged[]): void {
    const known = new Map(aggregate.afterSales.map((afterSale) => [afterSale.afterSaleId, afterSale]));
    const { orderId } = aggregate.order;
    putAfterSales(
      aggregate,
      judged.map((one) => this.changedOf(shop, known.get(one.afterSaleId), one, orderId)),
    );
  }

  private async keepOrphans(tx: Tx, shop: Shop, orphans: readonly Judged[]): Promise<void> {
    const ids = orphans.filter(({ isNew }) => !isNew).map(({ afterSaleId }) => afterSaleId);
    const known = new Map(
      (await this.repository.byIds(tx, shop.companyId, ids)).map((afterSale) => [afterSale.afterSaleId, afterSale]),
    );
    const changed = orphans.map((one) => this.changedOf(shop, known.get(one.afterSaleId), one, null));
    const now = this.story.now();
    for (const afterSale of changed) Object.assign(afterSale, { version: afterSale.version + 1, updatedAt: now });
    await this.orders.saveAfterSales(tx, changed);
  }

  private changedOf(shop: Shop, known: AfterSale | undefined, { apply, afterSaleId }: Judged, orderId: string | null) {
    const [first] = apply;
    const afterSale =
      known ?? newAfterSale(shop.companyId, shop, first!.item, { afterSaleId, orderId }, this.story.now());
    for (const { item } of apply) applyAfterSale(afterSale, item);
    return afterSale;
  }
}

function judgedOf(subject: Subject, stored: StoredAfterSale | undefined): Judged {
  const { items, platformAfterSaleNo } = subject;
  return {
    platformAfterSaleNo,
    items,
    ...judge(subject, stored),
    afterSaleId: stored?.afterSaleId ?? newAfterSaleId(),
    platformOrderNo: stored?.platformOrderNo ?? items[0]!.item.platformOrderNo,
    isNew: stored === undefined,
  };
}

function tell(verdicts: Map<number, Verdict>, judged: Judged, hasOrder: boolean): void {
  const { platformAfterSaleNo, platformOrderNo, afterSaleId } = judged;
  for (const [no, verdict] of judged.verdicts)
    verdicts.set(no, { platformAfterSaleNo, platformOrderNo, verdict, afterSaleId, isOrphan: !hasOrder });
}
