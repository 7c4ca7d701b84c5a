import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError, assertShop, inStatement, type Caller, type Tx } from '@app/shared';
import { ShopRepository } from './shop.repository';
import type { ShopRow } from './shop.types';

/** Reads shops for whoever works on one. */
@Injectable()
export class ShopReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: ShopRepository,
  ) {}

  /** Throws SHOP.NOT_FOUND. */
  async get(companyId: string, id: string): Promise<ShopRow> {
    const shop = await inStatement(this.dataSource, (tx) => this.repository.find(tx, companyId, id));
    if (!shop) throw new AppError('SHOP.NOT_FOUND', `There is no shop ${id}.`);
    return shop;
  }

  /** The shop of claimed work, which mostly came with the claim. Throws SHOP.NOT_FOUND. */
  async of(work: { companyId: string; shopId: string; shop?: ShopRow }): Promise<ShopRow> {
    return work.shop ?? this.get(work.companyId, work.shopId);
  }

  /** As get, for a caller: shops outside of its limits do not exist for it. */
  async seen(caller: Caller, id: string): Promise<ShopRow> {
    assertShop(caller, id);
    return this.get(caller.companyId, id);
  }

  /** Locks a shop at the version that the caller saw. Throws SHOP.NOT_FOUND, SHOP.VERSION_CONFLICT. */
  async lockAt(tx: Tx, companyId: string, id: string, expectedVersion: number): Promise<ShopRow> {
    const shop = await this.repository.lock(tx, companyId, id);
    if (!shop) throw new AppError('SHOP.NOT_FOUND', `There is no shop ${id}.`);
    if (shop.version !== expectedVersion) {
      throw new AppError(
        'SHOP.VERSION_CONFLICT',
        `Shop ${id} has version ${shop.version}, the call expects ${expectedVersion}; read it again.`,
        { version: shop.version },
      );
    }
    return shop;
  }
}
