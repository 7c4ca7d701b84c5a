import { Injectable, type OnModuleInit } from '@nestjs/common';
import { returnReceived, type ReturnItem } from '@app/contracts';
import { FactRegistry, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { ReturnService } from './return.service';

/** A parcel that came back, counted, and later perhaps matched: its goods are booked. */
@Injectable()
export class ReturnFactsConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly returns: ReturnService,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe([returnReceived], this);
  }

  apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    return this.returns.receive(tx, context.companyId, items as ReturnItem[]);
  }
}
