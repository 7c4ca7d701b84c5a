import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  AppError,
  assertShop,
  FactRegistry,
  httpStatusOf,
  inStatement,
  inTransaction,
  ServiceHttp,
  type Caller,
  type FactContext,
  type FactHandler,
  type Tx,
} from '@app/shared';
import { shopChanged, type ShopItem } from '@app/contracts';
import { ShopRepository, type Shop } from './shop.repository';

/** What sync-worker answers about a shop; only the members that are needed here. */
interface ShopAnswer {
  id: string;
  platform: string;
  platformShopId?: string;
  name?: string;
  goLiveAt: string;
  defaultCarrier?: string;
}

/** The shops that orders may belong to: the local copy, and one question to their owner when a shop is not in it yet. */
@Injectable()
export class ShopDirectory implements FactHandler, OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: ShopRepository,
    private readonly registry: FactRegistry,
    private readonly http: ServiceHttp,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe([shopChanged], this);
  }

  async apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    const shops = (items as ShopItem[]).map((item) => ({ ...item, goLiveAt: new Date(item.goLiveAt) }));
    await this.repository.put(tx, context.companyId, shops, true);
  }

  /** The shop, if the caller may touch it. Throws SHOP.NOT_FOUND (404), or the 503 of a dependency that is away. */
  async shopFor(caller: Caller, shopId: string): Promise<Shop> {
    assertShop(caller, shopId);
    return this.shop(caller.companyId, shopId);
  }

  /** The shop, asked of its owner when there is no copy yet. */
  async shop(companyId: string, shopId: string): Promise<Shop> {
    const known = await inStatement(this.dataSource, (tx) => this.repository.find(tx, companyId, shopId));
    if (known) return known;
    const answer = await this.ask(companyId, shopId);
    const { platform, platformShopId = '', name = '', defaultCarrier = '' } = answer;
    const shop = { shopId, platform, platformShopId, name, goLiveAt: new Date(answer.goLiveAt), defaultCarrier };
    await inTransaction(this.dataSource, (tx) => this.repository.put(tx, companyId, [shop], false));
    return { companyId, ...shop };
  }

  private async ask(companyId: string, shopId: string): Promise<ShopAnswer> {
    try {
      return await this.http.get<ShopAnswer>(this.http.at('sync', `/v1/shops/${encodeURIComponent(shopId)}`), {
        companyId,
      });
    } catch (error) {
      if (error instanceof AppError && httpStatusOf(error.code) === 404)
        throw new AppError(
          'SHOP.NOT_FOUND',
          `There is no shop ${shopId}; add it by POST /sync/v1/shops.`,
          {},
          { cause: error },
        );
      throw error;
    }
  }
}
