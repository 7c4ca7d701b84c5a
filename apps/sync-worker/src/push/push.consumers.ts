import { Injectable, type OnModuleInit } from '@nestjs/common';
import { FactRegistry, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { listingChanged, stockSellableChanged, type ListingLinkItem, type SellableItem } from '@app/contracts';
import { PushDesk } from './push.desk';
import { PushRuleRepository } from '../push-rule/push-rule.repository';
import { PushRepository } from './push.repository';

/** Keeps the copy of the catalog's links and the targets that follow from it. */
@Injectable()
export class LinkConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly repository: PushRepository,
    private readonly rules: PushRuleRepository,
    private readonly desk: PushDesk,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe([listingChanged], this);
  }

  async apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    const links = items as ListingLinkItem[];
    const keys = links.map(({ shopId, listingSkuId }) => ({ shopId, listingSkuId }));
    await this.desk.want(tx, context.companyId, async () => {
      // Who shares a SKU changes with its links: those that shared it before are computed anew as well.
      const before = await this.rules.sharers(tx, context.companyId, keys);
      await this.repository.putLinks(tx, context.companyId, links);
      const after = await this.rules.sharers(tx, context.companyId, keys);
      const all = [...before, ...after, ...keys].map((key) => [`${key.shopId}/${key.listingSkuId}`, key] as const);
      return [...new Map(all).values()];
    });
    await this.desk.askShelf(tx, context.companyId, keys);
  }
}

/** Keeps the copy of what may be sold and the targets that follow from it. */
@Injectable()
export class SellableConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly repository: PushRepository,
    private readonly desk: PushDesk,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe([stockSellableChanged], this);
  }

  async apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    const levels = items as SellableItem[];
    const skuIds = [...new Set(levels.map(({ skuId }) => skuId))];
    await this.desk.want(tx, context.companyId, async () => {
      await this.repository.putSellable(tx, context.companyId, levels);
      return this.repository.listingsOf(tx, context.companyId, skuIds);
    });
  }
}
