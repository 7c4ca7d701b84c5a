import { Inject, Injectable } from '@nestjs/common';
import { STORY_CLOCK, type StoryClock, type Tx } from '@app/shared';
import type { PlatformOrdersAnswer } from '@app/contracts';
import { AfterSaleRepository } from '../after-sale/after-sale.repository';
import { putAfterSales } from '../after-sale/canonical-after-sale.rules';
import { ListingLinkRepository } from '../listing/listing-link.repository';
import { OrderRepository } from '../order/order.repository';
import { draftOf, OrderStore, type Cause, type Draft } from '../order/order.store';
import type { OrderAggregate } from '../order/order.types';
import type { Shop } from '../shop/shop.repository';
import { applyCanonical, newAggregate, type LinkLookup } from './canonical.rules';
import { judge } from './batch.rules';
import { byNumber, newOrderId, platformOrderRow, type IntakeItem, type OrderIntake } from './intake.rules';
import type { Looked } from './batch.service';
import { IntakeRepository, type PlatformOrderRow, type StoredPlatformOrder } from './intake.repository';

type Verdict = PlatformOrdersAnswer['items'][number];

interface Judged extends OrderIntake {
  apply: IntakeItem[];
  orderId: string;
}

/** Writes a batch of platform orders within one transaction, in a number of statements that does not depend on its size. */
@Injectable()
export class IntakeWriter {
  constructor(
    private readonly repository: IntakeRepository,
    private readonly links: ListingLinkRepository,
    private readonly afterSales: AfterSaleRepository,
    private readonly orders: OrderRepository,
    private readonly store: OrderStore,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /** Judges by what is stored. What is unchanged or older writes no row, takes no lock and needs no transaction. */
  async look(tx: Tx, shop: Shop, intakes: readonly OrderIntake[]): Promise<Looked<Verdict>> {
    const verdicts = new Map<number, Verdict>();
    const numbers = intakes.map(({ platformOrderNo }) => platformOrderNo);
    const stored = byNumber(await this.repository.stored(tx, shop.companyId, shop.shopId, numbers, false));
    const open: OrderIntake[] = [];
    for (const intake of intakes) {
      const known = stored.get(intake.platformOrderNo);
      const judged = judge(intake, known);
      if (known && judged.apply.length === 0) tell(verdicts, intake, judged.verdicts, known.orderId);
      else open.push(intake);
    }
    if (open.length === 0) return { verdicts };
    return { verdicts, store: (writing, cause) => this.write(writing, shop, open, stored, cause) };
  }

  /** Stores what looked new; `stored` may be old by now, so everything is judged again under its lock. */
  private async write(
    tx: Tx,
    shop: Shop,
    open: readonly OrderIntake[],
    stored: ReadonlyMap<string, StoredPlatformOrder>,
    cause: Cause,
  ): Promise<Map<number, Verdict>> {
    const verdicts = new Map<number, Verdict>();
    await this.links.lock(tx, shop.companyId, [shop.shopId], 'shared');
    const fresh = await this.insertNew(
      tx,
      shop,
      open.filter(({ platformOrderNo }) => !stored.has(platformOrderNo)),
      verdicts,
    );
    const changed = await this.lockKnown(
      tx,
      shop,
      open.filter(({ platformOrderNo }) => !fresh.has(platformOrderNo)),
      verdicts,
    );
    await this.apply(tx, shop, [...fresh.values()], changed, cause);
    return verdicts;
  }

  /** Stores orders that were never seen; those that another intake stored meanwhile are left out. */
  private async insertNew(
    tx: Tx,
    shop: Shop,
    intakes: readonly OrderIntake[],
    verdicts: Map<number, Verdict>,
  ): Promise<Map<string, Judged>> {
    const { companyId, shopId } = shop;
    const judged = new Map<string, Judged & { verdicts: ReturnType<typeof judge>['verdicts'] }>();
    const newest: PlatformOrderRow[] = [];
    for (const intake of intakes) {
      const { apply, verdicts: of } = judge(intake, undefined);
      const orderId = newOrderId();
      judged.set(intake.platformOrderNo, { ...intake, apply, orderId, verdicts: of });
      newest.push(platformOrderRow(companyId, shopId, orderId, apply[apply.length - 1]!));
    }
    if (newest.length === 0) return judged;
    const inserted = await this.repository.insert(tx, newest);
    for (const [number, order] of judged) {
      if (inserted.has(number)) tell(verdicts, order, order.verdicts, order.orderId);
      else judged.delete(number);
    }
    return judged;
  }

  /** Locks orders that are stored and judges again what is newer than they are now. */
  private async lockKnown(
    tx: Tx,
    shop: Shop,
    intakes: readonly OrderIntake[],
    verdicts: Map<number, Verdict>,
  ): Promise<Judged[]> {
    if (intakes.length === 0) return [];
    const { companyId, shopId } = shop;
    const locked = byNumber(
      await this.repository.stored(
        tx,
        companyId,
        shopId,
        intakes.map(({ platformOrderNo }) => platformOrderNo),
        true,
      ),
    );
    const changed: Judged[] = [];
    for (const intake of intakes) {
      const known = locked.get(intake.platformOrderNo)!;
      const judged = judge(intake, known);
      tell(verdicts, intake, judged.verdicts, known.orderId);
      if (judged.apply.length > 0) changed.push({ ...intake, apply: judged.apply, orderId: known.orderId });
    }
    await this.repository.replace(
      tx,
      changed.map(({ apply, orderId }) => platformOrderRow(companyId, shopId, orderId, apply[apply.length - 1]!)),
    );
    return changed;
  }

  private async apply(
    tx: Tx,
    shop: Shop,
    fresh: readonly Judged[],
    changed: readonly Judged[],
    cause: Cause,
  ): Promise<void> {
    const loaded = new Map(
      (
        await this.orders.load(
          tx,
          shop.companyId,
          changed.map(({ orderId }) => orderId),
        )
      ).map((aggregate) => [aggregate.order.orderId, aggregate]),
    );
    const unlinked = changed.filter((one) => !isLinked(one, loaded.get(one.orderId)!));
    const linkOf = await this.linksOf(tx, shop, [...fresh, ...unlinked]);
    const drafts: Draft[] = [];
    for (const { orderId, apply } of fresh)
      drafts.push({
        before: null,
        after: newAggregate(shop.companyId, shop, apply[0]!.item, orderId, this.story.now()),
      });
    for (const { orderId } of changed) drafts.push(draftOf(loaded.get(orderId)!));
    for (const [index, { apply }] of [...fresh, ...changed].entries())
      for (const { item } of apply) applyCanonical(drafts[index]!.after, item, linkOf);
    await this.adoptOrphans(tx, shop, drafts.slice(0, fresh.length));
    await this.store.settle(tx, shop.companyId, drafts, cause);
  }

  /** Gives new orders the after-sales that came before them. */
  private async adoptOrphans(tx: Tx, shop: Shop, drafts: readonly Draft[]): Promise<void> {
    const byNumber = new Map(drafts.map(({ after }) => [after.order.platformOrderNo, after]));
    const orphans = await this.afterSales.orphansOf(tx, shop.companyId, shop.shopId, [...byNumber.keys()]);
    for (const orphan of orphans) {
      const order = byNumber.get(orphan.platformOrderNo)!;
      putAfterSales(order, [{ ...orphan, orderId: order.order.orderId }]);
    }
  }

  private async linksOf(tx: Tx, shop: Shop, judged: readonly Judged[]): Promise<LinkLookup> {
    const ids = new Set(
      judged.flatMap(({ apply }) =>
        apply.flatMap(({ item }) => item.lines.flatMap(({ listingSkuId, listingId }) => [listingSkuId, listingId])),
      ),
    );
    ids.delete('');
    const links = ids.size > 0 ? await this.links.find(tx, shop.companyId, shop.shopId, [...ids]) : [];
    const byId = new Map(
      links
        .filter(({ isLinked, noStock }) => isLinked || noStock)
        .map((link) => [link.listingSkuId, { noStock: link.noStock, components: link.noStock ? [] : link.components }]),
    );
    return (listingSkuId, listingId) => byId.get(listingSkuId || listingId);
  }
}

/** True when every line that a newer content states is known with its listing and linked, so that no link is looked up for it. */
function isLinked({ apply }: Judged, { lines }: OrderAggregate): boolean {
  const known = new Map(lines.map((line) => [line.platformLineNo, line]));
  return apply.every(({ item }) =>
    item.lines.every(({ platformLineNo, listingSkuId, listingId }) => {
      const line = known.get(platformLineNo);
      return line !== undefined && line.components !== null && line.listingSkuId === (listingSkuId || listingId);
    }),
  );
}

function tell(
  verdicts: Map<number, Verdict>,
  intake: OrderIntake,
  judged: ReadonlyMap<number, Verdict['verdict']>,
  orderId: string,
): void {
  for (const [no, verdict] of judged) verdicts.set(no, { platformOrderNo: intake.platformOrderNo, verdict, orderId });
}
