import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  AppError,
  inTransaction,
  shanghaiDay,
  STORY_CLOCK,
  toShanghaiIso,
  WIRE_CLOCK,
  type Caller,
  type StoryClock,
  type Tx,
  type WireClock,
} from '@app/shared';
import { PlatformRegistry } from '@app/platforms';
import { AlarmService } from '../alarm/alarm.service';
import { ShopReader } from '../shop/shop.reader';
import { ShopSecrets } from '../shop/shop.secrets';
import { ShopLedger } from '../shop/shop.service';
import type { ShopRow } from '../shop/shop.types';
import type { BillAccountDto, SetBillAccountDto } from './bill-account.dto';
import { BillRepository } from './bill.repository';
import { billOfferOf, firstDayStart } from './bill.rules';

/** Where a bill account is written. */
@Injectable()
export class BillAccountLedger {
  constructor(
    readonly bills: BillRepository,
    readonly shops: ShopLedger,
    readonly secrets: ShopSecrets,
    readonly alarms: AlarmService,
  ) {}
}

/** Sets the accounts from which bills are fetched. */
@Injectable()
export class BillAccountService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ledger: BillAccountLedger,
    private readonly reader: ShopReader,
    private readonly registry: PlatformRegistry,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  async set(caller: Caller, shopId: string, dto: SetBillAccountDto): Promise<BillAccountDto> {
    this.assertFits(await this.reader.seen(caller, shopId), dto);
    return inTransaction(this.dataSource, async (tx) => {
      const shop = await this.reader.lockAt(tx, caller.companyId, shopId, dto.expectedVersion);
      const setAt = this.story.now();
      const from = firstDayStart(shop.goLiveAt, setAt);
      await this.store(tx, shop, dto, setAt);
      await this.ledger.shops.pulls.start(tx, shop.companyId, shop.id, [{ kind: 'bills', from }], this.wire.date());
      await this.ledger.bills.askRefused(tx, shop.companyId, shop.id, setAt);
      await this.ledger.alarms.settle(tx, shop.companyId, ['BILL_ACCOUNT_REFUSED'], shop.id);
      await this.ledger.shops.repository.change(tx, shop.companyId, shop.id, {});
      await this.ledger.shops.audit.record(tx, shop.companyId, {
        actor: caller.clientId,
        act: 'shop.bill-account',
        subject: shop.id,
        details: { appId: dto.appId },
      });
      return {
        shopId: shop.id,
        appId: dto.appId,
        state: 'unproven',
        setAt: toShanghaiIso(setAt),
        firstDay: shanghaiDay(from),
        version: shop.version + 1,
      };
    });
  }

  private async store(tx: Tx, shop: ShopRow, dto: SetBillAccountDto, setAt: Date): Promise<void> {
    const { companyId, id: shopId } = shop;
    const { secrets } = this.ledger;
    await this.ledger.bills.putAccount(tx, {
      companyId,
      shopId,
      appId: dto.appId,
      privateKeySealed: secrets.seal(companyId, shopId, 'bill-private-key', dto.privateKeyPem),
      platformPublicKeySealed: secrets.seal(companyId, shopId, 'bill-public-key', dto.platformPublicKeyPem),
      setAt,
    });
  }

  private assertFits(shop: ShopRow, dto: SetBillAccountDto): void {
    const platform = this.registry.get(shop.platform);
    if (billOfferOf(platform) !== 'account')
      throw new AppError(
        'BILL_ACCOUNT.NOT_OFFERED',
        `Shop ${shop.id} is on ${shop.platform}, whose bills need no account of their own.`,
      );
    const errors = (platform.port.billAccountProblems?.(dto) ?? []).map(({ field, message }) => ({
      field,
      code: 'INVALID',
      message,
    }));
    if (errors.length > 0) throw new AppError('VALIDATION', 'The bill account cannot be used.', { errors });
  }
}
