import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  AppError,
  Audit,
  Idempotency,
  inTransaction,
  newId,
  Outbox,
  pageOf,
  readCursor,
  STORY_CLOCK,
  toShanghaiIso,
  WIRE_CLOCK,
  type Caller,
  type Page,
  type PageQuery,
  type StoryClock,
  type Tx,
  type WireClock,
} from '@app/shared';
import { shopChanged } from '@app/contracts';
import { PlatformRegistry, type Platform } from '@app/platforms';
import { billOfferOf, firstDayStart } from '../bill/bill.rules';
import type { PullKind } from '../pull/pull.kinds';
import { PullRepository } from '../pull/pull.repository';
import { WorkDesk } from '../work/work.desk';
import { toShopDto, type ChangeShopDto, type CreateShopDto, type ShopDto, type SwitchShopDto } from './shop.dto';
import { ShopReader } from './shop.reader';
import { ShopRepository } from './shop.repository';
import { ShopSecrets } from './shop.secrets';
import type { ShopRow } from './shop.types';

const DEFAULT_CARRIER = 'ZTO';

/** Where a change of a shop is written and told. */
@Injectable()
export class ShopLedger {
  constructor(
    readonly repository: ShopRepository,
    readonly pulls: PullRepository,
    readonly outbox: Outbox,
    readonly audit: Audit,
    readonly desk: WorkDesk,
    readonly idempotency: Idempotency,
  ) {}

  /** Tells the other services what they need of a shop. */
  async tell(tx: Tx, shop: ShopRow): Promise<void> {
    await this.outbox.append(tx, shop.companyId, [
      {
        fact: shopChanged,
        items: [
          {
            shopId: shop.id,
            shopVersion: shop.version,
            platform: shop.platform,
            platformShopId: shop.platformShopId,
            name: shop.name,
            goLiveAt: toShanghaiIso(shop.goLiveAt),
            defaultCarrier: shop.defaultCarrier,
          },
        ],
      },
    ]);
  }
}

/** Shops: added, changed, paused. */
@Injectable()
export class ShopService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ledger: ShopLedger,
    private readonly reader: ShopReader,
    private readonly secrets: ShopSecrets,
    private readonly registry: PlatformRegistry,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  create(caller: Caller, key: string | undefined, dto: CreateShopDto): Promise<ShopDto> {
    this.assertFits(caller, dto);
    const { appSecret: _appSecret, accessToken: _accessToken, refreshToken: _refreshToken, ...plain } = dto;
    return inTransaction(this.dataSource, (tx) =>
      this.ledger.idempotency.once(tx, { caller, key, route: 'POST /sync/v1/shops', body: plain }, () =>
        this.add(tx, caller, dto),
      ),
    );
  }

  async one(caller: Caller, id: string): Promise<ShopDto> {
    return toShopDto(await this.reader.seen(caller, id));
  }

  list(caller: Caller, query: PageQuery): Promise<Page<ShopDto>> {
    const after = String(readCursor(query.cursor, 1)?.[0] ?? '');
    return inTransaction(this.dataSource, async (tx) => {
      const found = await this.ledger.repository.list(tx, caller.companyId, caller.shops, after, query.limit + 1);
      return pageOf(found, query.limit, (shop) => [shop.id], toShopDto);
    });
  }

  async change(caller: Caller, id: string, dto: ChangeShopDto): Promise<ShopDto> {
    await this.reader.seen(caller, id);
    return inTransaction(this.dataSource, async (tx) => {
      await this.reader.lockAt(tx, caller.companyId, id, dto.expectedVersion);
      const change = {
        ...(dto.name !== undefined && { name: dto.name }),
        ...(dto.goLiveAt !== undefined && { goLiveAt: new Date(dto.goLiveAt) }),
        ...(dto.defaultCarrier !== undefined && { defaultCarrier: dto.defaultCarrier }),
      };
      await this.ledger.repository.change(tx, caller.companyId, id, change);
      const shop = (await this.ledger.repository.find(tx, caller.companyId, id))!;
      await this.ledger.tell(tx, shop);
      const { expectedVersion: _expectedVersion, ...details } = dto;
      await this.ledger.audit.record(tx, caller.companyId, {
        actor: caller.clientId,
        act: 'shop.change',
        subject: id,
        details,
      });
      return toShopDto(shop);
    });
  }

  pause(caller: Caller, key: string | undefined, id: string, dto: SwitchShopDto): Promise<ShopDto> {
    const until = dto.until === undefined ? null : new Date(dto.until);
    if (until && until <= this.story.now())
      throw new AppError('VALIDATION', 'A pause must end in the future.', {
        errors: [{ field: 'until', code: 'PAST', message: 'is in the past' }],
      });
    return this.turn(caller, key, id, dto, { state: 'paused', until });
  }

  resume(caller: Caller, key: string | undefined, id: string, dto: SwitchShopDto): Promise<ShopDto> {
    return this.turn(caller, key, id, dto, { state: 'on', until: null });
  }

  private async turn(
    caller: Caller,
    key: string | undefined,
    id: string,
    dto: SwitchShopDto,
    { state, until }: { state: 'on' | 'paused'; until: Date | null },
  ): Promise<ShopDto> {
    await this.reader.seen(caller, id);
    const effect = async (tx: Tx): Promise<ShopDto> => {
      const shop = await this.reader.lockAt(tx, caller.companyId, id, dto.expectedVersion);
      if (dto.what === 'push' && shop.push === 'off') {
        throw new AppError(
          'SHOP.STATE_FORBIDS',
          `Pushing of shop ${id} was never switched on; see POST /sync/v1/shops/${id}/push/enable, which shows first what would change.`,
        );
      }
      await this.ledger.repository.setSwitch(
        tx,
        caller.companyId,
        id,
        dto.what,
        state,
        until,
        state === 'paused' ? (dto.reason ?? null) : null,
      );
      await this.ledger.audit.record(tx, caller.companyId, {
        actor: caller.clientId,
        act: `shop.${state === 'on' ? 'resume' : 'pause'}`,
        subject: id,
        details: { what: dto.what, until: dto.until ?? null, reason: dto.reason ?? null },
      });
      return toShopDto((await this.ledger.repository.find(tx, caller.companyId, id))!);
    };
    const call = { caller, key, route: `shops/${id}/${state}`, body: dto };
    return inTransaction(this.dataSource, (tx) => this.ledger.idempotency.once(tx, call, () => effect(tx)));
  }

  private assertFits(caller: Caller, dto: CreateShopDto): void {
    if (caller.shops)
      throw new AppError('AUTH.SCOPE', `Client ${caller.clientId} is limited to some shops and may not add another.`);
    if (!this.registry.has(dto.platform)) {
      throw new AppError(
        'VALIDATION',
        `There is no platform ${dto.platform}; known are ${this.registry.codes().join(', ')}.`,
        { errors: [{ field: 'platform', code: 'UNKNOWN', message: `is none of ${this.registry.codes().join(', ')}` }] },
      );
    }
    const errors = this.registry.credentialErrors(dto.platform, dto.credentials ?? {});
    if (errors.length > 0)
      throw new AppError('VALIDATION', `The credentials do not fit platform ${dto.platform}.`, { errors });
  }

  private async add(tx: Tx, caller: Caller, dto: CreateShopDto): Promise<ShopDto> {
    const shop = this.rowOf(caller.companyId, dto);
    if (!(await this.ledger.repository.insert(tx, shop))) {
      const known = await this.ledger.repository.findByPlatformId(
        tx,
        caller.companyId,
        dto.platform,
        dto.platformShopId,
      );
      throw new AppError(
        'SHOP.EXISTS',
        `${dto.platform} shop ${dto.platformShopId} is here already as ${known?.id ?? 'another shop'}.`,
        { shopId: known?.id },
      );
    }
    const stored = (await this.ledger.repository.find(tx, caller.companyId, shop.id))!;
    const plans = plansOf(this.registry.get(stored.platform), stored, this.story.now());
    await this.ledger.pulls.start(tx, caller.companyId, shop.id, plans, this.wire.date());
    await this.ledger.tell(tx, stored);
    await this.ledger.audit.record(tx, caller.companyId, {
      actor: caller.clientId,
      act: 'shop.add',
      subject: shop.id,
      details: { platform: dto.platform, platformShopId: dto.platformShopId },
    });
    return toShopDto(stored);
  }

  private rowOf(companyId: string, dto: CreateShopDto): Parameters<ShopRepository['insert']>[1] {
    const id = newId('shp');
    const goLiveAt = dto.goLiveAt === undefined ? this.story.now() : new Date(dto.goLiveAt);
    const sealed = (name: 'access-token' | 'refresh-token', plain: string | undefined): string | null =>
      plain === undefined ? null : this.secrets.seal(companyId, id, name, plain);
    return {
      companyId,
      id,
      platform: dto.platform,
      platformShopId: dto.platformShopId,
      name: dto.name,
      appKey: dto.appKey,
      appSecretSealed: this.secrets.seal(companyId, id, 'app-secret', dto.appSecret),
      credentialsSealed: this.secrets.seal(companyId, id, 'credentials', JSON.stringify(dto.credentials ?? {})),
      goLiveAt,
      defaultCarrier: dto.defaultCarrier ?? DEFAULT_CARRIER,
      pullFrom: goLiveAt < this.story.now() ? goLiveAt : this.story.now(),
      tokenState: dto.accessToken === undefined ? 'missing' : 'valid',
      accessTokenSealed: sealed('access-token', dto.accessToken),
      refreshTokenSealed: sealed('refresh-token', dto.refreshToken),
      tokenNo: dto.accessToken === undefined ? 0 : 1,
      tokenExpiresAt: dto.expiresAt === undefined ? null : new Date(dto.expiresAt),
      // Nobody said when a given refresh token ends; the access token's end is the latest moment at which it is of use.
      refreshExpiresAt: dto.refreshToken === undefined || dto.expiresAt === undefined ? null : new Date(dto.expiresAt),
      tokenScopes: null,
      nextRefreshAt: null,
      createdAt: this.wire.date(),
    };
  }
}

/** What a new shop is pulled for, and from when on; bills that need an account begin when it is set. */
function plansOf(platform: Platform, shop: ShopRow, now: Date): { kind: PullKind; from: Date }[] {
  const kinds: PullKind[] = ['orders', 'after-sales', 'listings', 'census'];
  const plans = kinds.map((kind) => ({ kind, from: shop.pullFrom }));
  if (billOfferOf(platform) !== 'token') return plans;
  return [...plans, { kind: 'bills', from: firstDayStart(shop.goLiveAt, now) }];
}
