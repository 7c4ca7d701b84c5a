import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PARCEL_FACTS, type ParcelItem } from '@app/contracts';
import { FactRegistry, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { ParcelRepository } from './parcel.repository';

/** Keeps the copy of parcels. */
@Injectable()
export class ParcelConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly parcels: ParcelRepository,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe(PARCEL_FACTS, this);
  }

  apply(tx: Tx, items: unknown[], { companyId }: FactContext): Promise<void> {
    return this.parcels.put(tx, companyId, items as ParcelItem[]);
  }
}
