import { shopChanged, type ShopItem } from '@app/contracts';
import { FactRegistry, type FactContext, type FactDefinition, type FactHandler, type Tx } from '@app/shared';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ShopRepository } from './shop.repository';

/** Keeps the copy of shops: platform, name and default carrier. */
@Injectable()
export class ShopConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly shops: ShopRepository,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe([shopChanged as unknown as FactDefinition], this);
  }

  apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    return this.shops.store(tx, context.companyId, items as ShopItem[]);
  }
}
