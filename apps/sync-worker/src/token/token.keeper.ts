import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createLogger, inTransaction, killPoint, sleep, WIRE_CLOCK, type Tx, type WireClock } from '@app/shared';
import { isPlatformError, PlatformRegistry, type PlatformError, type TokenGrant } from '@app/platforms';
import { AlarmService } from '../alarm/alarm.service';
import { ShopRepository } from '../shop/shop.repository';
import { ShopSecrets } from '../shop/shop.secrets';
import type { ShopRow } from '../shop/shop.types';
import { canRefresh, isInRefreshWindow, stateByDates } from './token.rules';

const log = createLogger('token');
/** A refresh is one call; whoever claimed it longer ago was killed. */
const CLAIM_MS = 30_000;
const WAIT_FOR_OTHER_MS = 15_000;
const LOOK_EVERY_MS = 100;
const RETRY_REFRESH_MS = 60_000;

/** Keeps tokens alive: one refresh at a time per shop, and the state that everyone reads. */
@Injectable()
export class TokenKeeper {
  constructor(
    private readonly dataSource: DataSource,
    private readonly shops: ShopRepository,
    private readonly secrets: ShopSecrets,
    private readonly registry: PlatformRegistry,
    private readonly alarms: AlarmService,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** Writes a granted token as the shop's present one, within the caller's transaction, and closes the alarms about it. */
  async store(tx: Tx, shop: ShopRow, grant: TokenGrant): Promise<void> {
    const { companyId, id } = shop;
    // A platform that keeps the refresh token does not repeat it.
    const refreshToken =
      grant.refreshToken !== undefined
        ? this.secrets.seal(companyId, id, 'refresh-token', grant.refreshToken)
        : shop.refreshTokenSealed;
    await this.shops.storeToken(tx, companyId, id, {
      accessTokenSealed: this.secrets.seal(companyId, id, 'access-token', grant.accessToken),
      refreshTokenSealed: refreshToken,
      expiresAt: grant.expiresAt,
      refreshExpiresAt: grant.refreshExpiresAt ?? null,
      scopes: grant.scopes ? JSON.stringify(grant.scopes) : null,
      nextRefreshAt: null,
    });
    await this.alarms.settle(tx, companyId, ['TOKEN_REVOKED', 'TOKEN_EXPIRED', 'TOKEN_EXPIRING'], id);
  }

  /**
   * Refreshes the token numbered `tokenNo` unless somebody else does or did; resolves with the shop as it is then.
   * Exactly one worker asks the platform, the others wait for its result.
   */
  async refresh(companyId: string, shopId: string, tokenNo: number): Promise<ShopRow> {
    const deadline = this.wire.now() + WAIT_FOR_OTHER_MS;
    for (;;) {
      const now = this.wire.date();
      const claimed = await inTransaction(this.dataSource, (tx) =>
        this.shops.claimRefresh(tx, companyId, shopId, tokenNo, now, new Date(now.getTime() + CLAIM_MS)),
      );
      const shop = await this.read(companyId, shopId);
      if (claimed === 1) return this.ask(shop);
      if (shop.tokenNo !== tokenNo || shop.tokenState === 'revoked' || this.wire.now() > deadline) return shop;
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Brings a shop's state in line with its dates and tells whether its token should be refreshed now. */
  async review(shop: ShopRow): Promise<boolean> {
    const rules = this.registry.get(shop.platform).manifest.tokens;
    const now = this.wire.date();
    const state = stateByDates(shop, rules, now);
    if (state !== shop.tokenState) {
      await inTransaction(this.dataSource, async (tx) => {
        const changed = await this.shops.setTokenState(
          tx,
          shop.companyId,
          shop.id,
          shop.tokenNo,
          state,
          shop.tokenError,
        );
        if (changed === 1) await this.alarmFor(tx, shop, state, canRefresh(shop, rules, now));
      });
    }
    return isInRefreshWindow(shop, rules, now) && (!shop.nextRefreshAt || shop.nextRefreshAt <= now);
  }

  /** The platform refused the token numbered `tokenNo`: the shop's work pauses and its owner is told, unless a newer one was stored. */
  async refused(shop: ShopRow, error: PlatformError): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      const changed = await this.shops.setTokenState(
        tx,
        shop.companyId,
        shop.id,
        shop.tokenNo,
        'revoked',
        error.message.slice(0, 500),
      );
      if (changed === 0) return;
      await this.alarms.settle(tx, shop.companyId, ['TOKEN_EXPIRED', 'TOKEN_EXPIRING'], shop.id);
      await this.alarmFor(tx, shop, 'revoked', false);
    });
  }

  private async ask(shop: ShopRow): Promise<ShopRow> {
    const { port } = this.registry.get(shop.platform);
    try {
      const grant = await port.refreshToken(
        { app: this.secrets.appOf(shop), wireNow: () => this.wire.date() },
        this.secrets.refreshTokenOf(shop),
      );
      killPoint('token.after-refresh');
      await inTransaction(this.dataSource, (tx) => this.store(tx, shop, grant));
      log.info({ companyId: shop.companyId, shopId: shop.id }, 'token refreshed');
    } catch (error) {
      await this.failed(shop, error);
    }
    return this.read(shop.companyId, shop.id);
  }

  /** Refused for good: revoked. Anything else: the old token is used on, and the refresh is tried again after a minute. */
  private async failed(shop: ShopRow, error: unknown): Promise<void> {
    const again = new Date(this.wire.now() + RETRY_REFRESH_MS);
    await inTransaction(this.dataSource, (tx) =>
      this.shops.releaseRefresh(tx, shop.companyId, shop.id, shop.tokenNo, again),
    );
    log.warn(
      { companyId: shop.companyId, shopId: shop.id, cause: String((error as Error).message) },
      'token could not be refreshed',
    );
    if (!isPlatformError(error)) throw error;
    if (error.kind === 'reauthorise') await this.refused(shop, error);
  }

  private async alarmFor(tx: Tx, shop: ShopRow, state: ShopRow['tokenState'], refreshable: boolean): Promise<void> {
    const advice = `Open GET /sync/v1/shops/${shop.id}/authorisation and let the shop's owner authorise again.`;
    const about = { subject: shop.id, shopId: shop.id, advice };
    if (state === 'revoked')
      await this.alarms.raise(tx, shop.companyId, {
        ...about,
        kind: 'TOKEN_REVOKED',
        message: `The platform refuses the token of shop ${shop.name}; its jobs rest, the other shops go on.`,
      });
    if (state === 'expired')
      await this.alarms.raise(tx, shop.companyId, {
        ...about,
        kind: 'TOKEN_EXPIRED',
        message: `The token of shop ${shop.name} has ended; its jobs rest.`,
      });
    if (state === 'expiring' && !refreshable) {
      await this.alarms.raise(tx, shop.companyId, {
        ...about,
        kind: 'TOKEN_EXPIRING',
        message: `The token of shop ${shop.name} ends at ${shop.tokenExpiresAt?.toISOString() ?? 'an unknown time'} and cannot be refreshed.`,
      });
    }
  }

  private async read(companyId: string, shopId: string): Promise<ShopRow> {
    const shop = await inTransaction(this.dataSource, (tx) => this.shops.find(tx, companyId, shopId));
    if (!shop) throw new Error(`Shop ${shopId} is gone.`);
    return shop;
  }
}
