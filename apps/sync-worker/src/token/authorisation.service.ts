import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError, inTransaction, SERVICE_CONFIG, WIRE_CLOCK, type Caller, type WireClock } from '@app/shared';
import { PlatformRegistry } from '@app/platforms';
import { ShopRepository } from '../shop/shop.repository';
import { ShopSecrets } from '../shop/shop.secrets';
import type { ShopRow, TokenState } from '../shop/shop.types';
import { ShopReader } from '../shop/shop.reader';
import type { SyncConfig } from '../sync.config';
import { TokenKeeper } from './token.keeper';

const STATE_LIVES_MS = 1_800_000;
const CALLBACK = '/sync/v1/authorisations/callback';

/** What the callback answers: enough for the merchant's browser, no secret. */
export interface AuthorisationAnswer {
  shopId: string;
  token: { state: TokenState };
}

/** The way by which a merchant grants access: page, one-time state, callback. */
@Injectable()
export class AuthorisationService {
  constructor(
    private readonly reader: ShopReader,
    private readonly shops: ShopRepository,
    private readonly keeper: TokenKeeper,
    private readonly registry: PlatformRegistry,
    private readonly secrets: ShopSecrets,
    private readonly dataSource: DataSource,
    @Inject(SERVICE_CONFIG) private readonly config: SyncConfig,
  ) {}

  /** The page that the merchant opens; its state works once, for half an hour. */
  async page(caller: Caller, shopId: string, now: Date): Promise<{ url: string }> {
    const shop = await this.reader.seen(caller, shopId);
    const state = randomBytes(16).toString('base64url');
    const redirectUri = `${this.config.SYNC_PUBLIC_URL ?? this.config.GATEWAY_URL}${CALLBACK}`;
    await inTransaction(this.dataSource, (tx) =>
      this.shops.insertAuthorisation(tx, {
        companyId: shop.companyId,
        state,
        shopId,
        redirectUri,
        expiresAt: new Date(now.getTime() + STATE_LIVES_MS),
      }),
    );
    const app = this.secrets.appOf(shop);
    return { url: this.registry.get(shop.platform).port.authorisationUrl(app, { redirectUri, state }) };
  }

  /** Takes the platform's answer: the state is used up before the code is exchanged, so that neither works twice. */
  async complete(code: string, state: string, now: Date): Promise<AuthorisationAnswer> {
    const found = await this.takeState(state, now);
    const shop = await this.reader.get(found.companyId, found.shopId);
    const call = { app: this.secrets.appOf(shop), wireNow: () => now };
    const grant = await this.registry
      .get(shop.platform)
      .port.exchangeCode(call, { code, redirectUri: found.redirectUri });
    if (grant.platformShopId !== undefined && grant.platformShopId !== shop.platformShopId) {
      throw new AppError(
        'AUTHORISATION.OTHER_SHOP',
        `Access was granted for ${shop.platform} shop ${grant.platformShopId}, but shop ${shop.id} is ${shop.platformShopId}; log in to the right shop and try again.`,
      );
    }
    const stored = await inTransaction(this.dataSource, async (tx): Promise<ShopRow> => {
      await this.keeper.store(tx, shop, grant);
      return (await this.shops.find(tx, shop.companyId, shop.id))!;
    });
    return { shopId: stored.id, token: { state: stored.tokenState } };
  }

  private takeState(state: string, now: Date): Promise<{ companyId: string; shopId: string; redirectUri: string }> {
    return inTransaction(this.dataSource, async (tx) => {
      const found = await this.shops.lockAuthorisation(tx, state);
      if (!found)
        throw new AppError(
          'AUTHORISATION.NOT_FOUND',
          'This authorisation is not known here; open the page of the shop again.',
        );
      if (found.usedAt)
        throw new AppError(
          'AUTHORISATION.USED',
          'This authorisation was completed before; open the page of the shop again for a new one.',
        );
      if (found.expiresAt <= now)
        throw new AppError(
          'AUTHORISATION.EXPIRED',
          'This authorisation took longer than half an hour; open the page of the shop again.',
        );
      await this.shops.useAuthorisation(tx, found.companyId, state, now);
      return found;
    });
  }
}

/** The same with the wire clock read once per call. */
@Injectable()
export class AuthorisationDesk {
  constructor(
    private readonly service: AuthorisationService,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  page(caller: Caller, shopId: string): Promise<{ url: string }> {
    return this.service.page(caller, shopId, this.wire.date());
  }

  complete(query: { code: string; state: string }): Promise<AuthorisationAnswer> {
    return this.service.complete(query.code, query.state, this.wire.date());
  }
}
