import { Injectable, type OnModuleInit } from '@nestjs/common';
import { shopChanged, type ShopItem } from '@app/contracts';
import { FactRegistry, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { ShopRepository } from './shop.repository';

/** Keeps the copy of shops as sync-worker tells it. */
@Injectable()
export class ShopFactsConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly shops: ShopRepository,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe([shopChanged], this);
  }

  apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    return this.shops.store(tx, context.companyId, items as ShopItem[]);
  }
}
