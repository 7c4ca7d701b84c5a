import { Injectable, type OnModuleInit } from '@nestjs/common';
import { returnReceived, type ReturnItem } from '@app/contracts';
import { FactRegistry, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { GoodsReturnRepository } from './goods-return.repository';

/** Keeps the copy of parcels that came back. */
@Injectable()
export class GoodsReturnConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly returns: GoodsReturnRepository,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe([returnReceived], this);
  }

  apply(tx: Tx, items: unknown[], { companyId }: FactContext): Promise<void> {
    return this.returns.put(tx, companyId, items as ReturnItem[]);
  }
}
