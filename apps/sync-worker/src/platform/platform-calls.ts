import { Inject, Injectable } from '@nestjs/common';
import { AppError, STORY_CLOCK, WIRE_CLOCK, type StoryClock, type WireClock } from '@app/shared';
import {
  isPlatformError,
  PlatformRegistry,
  type BillAccount,
  type Platform,
  type PlatformCall,
  type PlatformError,
  type ShopAccess,
  type PlatformCapabilities,
} from '@app/platforms';
import { AnswerKeeper } from '../answer/answer.keeper';
import { ShopSecrets } from '../shop/shop.secrets';
import { hasUsableToken, type ShopRow } from '../shop/shop.types';
import { TokenKeeper } from '../token/token.keeper';
import { canRefresh } from '../token/token.rules';
import { BanKeeper } from './ban.keeper';
import { BucketLimiter } from './bucket.limiter';
import { ScopeKeeper } from './scope.keeper';

/** A token this close to its end is refreshed before the next request leaves. */
const NEAR_END_MS = 30_000;

/** What a call needs beside its rules: opened secrets, where answers that nobody can read are kept, and missing permissions. */
@Injectable()
export class CallStore {
  constructor(
    readonly secrets: ShopSecrets,
    readonly answers: AnswerKeeper,
    readonly scopes: ScopeKeeper,
  ) {}
}

/** The only way in which this app calls a platform: with token, limits, bans, and what refusals mean for the shop. */
@Injectable()
export class PlatformCalls {
  constructor(
    private readonly registry: PlatformRegistry,
    private readonly store: CallStore,
    private readonly tokens: TokenKeeper,
    private readonly bans: BanKeeper,
    private readonly limiter: BucketLimiter,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** What the platform of a shop can do. */
  capabilitiesOf(shop: ShopRow): PlatformCapabilities {
    return this.registry.get(shop.platform).manifest.capabilities;
  }

  /**
   * Calls a shop's platform. Throws SHOP.NOT_AUTHORISED without a usable token, else what the port throws, after a
   * refused token was refreshed or marked and a ban was remembered.
   */
  async with<T>(
    shop: ShopRow,
    use: (platform: Platform, call: PlatformCall) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    if (!hasUsableToken(shop)) {
      throw new AppError(
        'SHOP.NOT_AUTHORISED',
        `Shop ${shop.id} has no usable token (${shop.tokenState}); open GET /sync/v1/shops/${shop.id}/authorisation.`,
        { tokenState: shop.tokenState },
      );
    }
    const platform = this.registry.get(shop.platform);
    const held = { shop };
    const access = this.store.secrets.accessOf(shop);
    const call = await this.callFor(platform, shop, {
      access,
      renew: () => this.renewInTime(platform, held, access),
      renewRefused: (refused) => this.renewRefused(platform, held, access, refused),
      ...(signal && { signal }),
    });
    try {
      return await use(platform, call);
    } catch (error) {
      if (isPlatformError(error)) await this.learn(platform, held.shop, error);
      throw error;
    }
  }

  /**
   * Calls for what needs no token of the shop but an account of its own. A refusal says nothing of the shop's token, so
   * it is thrown as it comes; bans are remembered as ever.
   */
  async withAccount<T>(
    shop: ShopRow,
    billAccount: BillAccount,
    use: (platform: Platform, call: PlatformCall) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const platform = this.registry.get(shop.platform);
    const access = { ...this.store.secrets.accessOf(shop), billAccount };
    const call = await this.callFor(platform, shop, { access, ...(signal && { signal }) });
    try {
      return await use(platform, call);
    } catch (error) {
      if (isPlatformError(error)) await this.learnBan(shop, error);
      throw error;
    }
  }

  private async callFor(
    platform: Platform,
    shop: ShopRow,
    {
      access,
      renew,
      renewRefused,
      signal,
    }: {
      access: ShopAccess;
      renew?: () => Promise<void>;
      renewRefused?: (refused: string) => Promise<boolean>;
      signal?: AbortSignal;
    },
  ): Promise<PlatformCall> {
    const bans = await this.bans.active(shop);
    return {
      shop: access,
      wireNow: () => this.wire.date(),
      storyNow: () => this.story.now(),
      ...(signal && { signal }),
      admit: async (method) => {
        this.bans.refuse(bans, shop, method);
        await this.limiter.admit(
          platform.manifest,
          { platform: shop.platform, appKey: shop.appKey, shopId: shop.id },
          method,
          signal,
        );
        await renew?.();
      },
      ...(renewRefused && { renewToken: renewRefused }),
      keepAnswer: (answer) => this.store.answers.keep(shop, answer),
    };
  }

  /** Swaps a token that is about to end in the middle of a long reading, so that it goes on at the same page. */
  private async renewInTime(platform: Platform, held: { shop: ShopRow }, access: ShopAccess): Promise<void> {
    const { shop } = held;
    if (!shop.tokenExpiresAt || shop.tokenExpiresAt.getTime() - this.wire.now() > NEAR_END_MS) return;
    if (!canRefresh(shop, platform.manifest.tokens, this.wire.date())) return;
    held.shop = await this.tokens.refresh(shop.companyId, shop.id, shop.tokenNo);
    access.accessToken = this.store.secrets.accessOf(held.shop).accessToken;
  }

  /**
   * Swaps a token that was refused in the middle of a long reading. Several requests of one reading may meet the refusal:
   * the first one refreshes, and those that waited find another token here.
   */
  private async renewRefused(
    platform: Platform,
    held: { shop: ShopRow },
    access: ShopAccess,
    refused: string,
  ): Promise<boolean> {
    if (access.accessToken !== refused) return true;
    const { shop } = held;
    if (!canRefresh(shop, platform.manifest.tokens, this.wire.date())) return false;
    held.shop = await this.tokens.refresh(shop.companyId, shop.id, shop.tokenNo);
    access.accessToken = this.store.secrets.accessOf(held.shop).accessToken;
    return access.accessToken !== refused;
  }

  private async learn(platform: Platform, shop: ShopRow, error: PlatformError): Promise<void> {
    if (error.kind === 'reauthorise') return this.refusedToken(platform, shop, error);
    if (error.kind === 'rejected' && error.facts.reason === 'permission')
      return this.store.scopes.refused(shop, platform.manifest, error);
    await this.learnBan(shop, error);
  }

  private async learnBan(shop: ShopRow, error: PlatformError): Promise<void> {
    // Without a code the refusal is our own, from a bucket or a ban that is remembered already.
    const isStated = error.kind === 'rate-limited' && error.facts.platformCode !== undefined;
    if (isStated && error.retryAfterMs !== undefined) await this.bans.remember(shop, error, error.retryAfterMs);
  }

  private async refusedToken(platform: Platform, shop: ShopRow, error: PlatformError): Promise<void> {
    if (canRefresh(shop, platform.manifest.tokens, this.wire.date())) {
      const renewed = await this.tokens.refresh(shop.companyId, shop.id, shop.tokenNo);
      if (renewed.tokenNo !== shop.tokenNo) return;
    }
    await this.tokens.refused(shop, error);
  }
}
