import { Injectable, type OnModuleInit } from '@nestjs/common';
import { FactRegistry, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { listingChanged, type ListingLinkItem } from '@app/contracts';
import { OrderStore } from '../order/order.store';
import { ListingLinkRepository, type ListingLink } from './listing-link.repository';

/** Keeps the copy of listing links, and lets lines that waited for a link go on. */
@Injectable()
export class ListingConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly links: ListingLinkRepository,
    private readonly orders: OrderStore,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe([listingChanged], this);
  }

  async apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    const { companyId, name } = context;
    const told = items as ListingLinkItem[];
    // A link changes under the version of its subject alone, which this transaction holds; and when it was stored, every
    // order that waited for it was let go on. So what is stored already needs no lock that keeps intakes waiting.
    const stored = await this.links.stored(tx, companyId, told);
    const links: ListingLink[] = told.filter((link) => !stored.has(`${link.shopId} ${link.listingSkuId}`));
    if (links.length === 0) return;
    await this.links.lock(tx, companyId, [...new Set(links.map(({ shopId }) => shopId))], 'alone');
    await this.links.put(tx, companyId, links);
    const linked = links.filter(({ isLinked, noStock }) => isLinked || noStock);
    const waiting = linked.length > 0 ? await this.links.waitingOrders(tx, companyId, linked) : [];
    const byKey = new Map(linked.map((link) => [`${link.shopId} ${link.listingSkuId}`, link]));
    await this.orders.change(
      tx,
      companyId,
      waiting,
      { actor: `fact:${name}`, reason: 'A listing was linked to a SKU.' },
      ({ lines }) => {
        for (const line of lines) {
          const link = line.components === null ? byKey.get(`${line.shopId} ${line.listingSkuId}`) : undefined;
          if (!link) continue;
          line.noStock = line.noStock || link.noStock;
          line.components = link.noStock ? [] : link.components;
        }
      },
    );
  }
}
