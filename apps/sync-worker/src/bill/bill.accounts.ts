import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError, inTransaction } from '@app/shared';
import { PlatformRegistry, type BillAccount, type Platform, type PlatformCall } from '@app/platforms';
import { PlatformCalls } from '../platform/platform-calls';
import { ShopSecrets } from '../shop/shop.secrets';
import type { ShopRow } from '../shop/shop.types';
import { BillRepository, type BillAccountRow } from './bill.repository';
import { billOfferOf } from './bill.rules';

/** Calls platforms for bills, with the account that the shop's bills need. */
@Injectable()
export class BillAccounts {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: BillRepository,
    private readonly secrets: ShopSecrets,
    private readonly registry: PlatformRegistry,
    private readonly calls: PlatformCalls,
  ) {}

  find(shop: ShopRow): Promise<BillAccountRow | undefined> {
    return inTransaction(this.dataSource, (tx) => this.repository.account(tx, shop.companyId, shop.id));
  }

  /** Throws BILL_ACCOUNT.MISSING where the platform needs one and none is set; else what the port throws. */
  async with<T>(
    shop: ShopRow,
    account: BillAccountRow | undefined,
    use: (platform: Platform, call: PlatformCall) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    if (billOfferOf(this.registry.get(shop.platform)) !== 'account') return this.calls.with(shop, use, signal);
    if (!account) throw missing(shop.id);
    return this.calls.withAccount(shop, this.opened(account), use, signal);
  }

  private opened(account: BillAccountRow): BillAccount {
    const { companyId, shopId, appId } = account;
    return {
      appId,
      privateKeyPem: this.secrets.open(companyId, shopId, 'bill-private-key', account.privateKeySealed),
      platformPublicKeyPem: this.secrets.open(companyId, shopId, 'bill-public-key', account.platformPublicKeySealed),
    };
  }
}

/** The error of a shop whose bills cannot be fetched for want of an account. */
export function missing(shopId: string): AppError {
  return new AppError(
    'BILL_ACCOUNT.MISSING',
    `Shop ${shopId} has no bill account; set it with PUT /sync/v1/shops/${shopId}/bill-account.`,
  );
}
