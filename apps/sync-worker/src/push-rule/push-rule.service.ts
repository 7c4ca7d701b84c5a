import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  AppError,
  Audit,
  groupBy,
  inTransaction,
  pageOf,
  readCursor,
  STORY_CLOCK,
  type Caller,
  type Page,
  type PageQuery,
  type StoryClock,
  type Tx,
} from '@app/shared';
import { PlatformRegistry } from '@app/platforms';
import { PushDesk } from '../push/push.desk';
import { PushRepository, type TargetRow } from '../push/push.repository';
import { ShopReader } from '../shop/shop.reader';
import type { ShopRow } from '../shop/shop.types';
import { Schedule } from '../work/schedule';
import type { PushRuleAnswer, PushRuleDto, PutPushRuleDto } from './push-rule.dto';
import { PushRuleRepository, type ListingSkuKey, type PushRuleRow } from './push-rule.repository';

const MOST_NAMED = 500;

/** Ends the transaction of a dry run with what it found. */
class DryRun extends Error {
  constructor(readonly answer: PushRuleAnswer) {
    super('A dry run is rolled back.');
  }
}

/** Where rules and what follows from them are written. */
@Injectable()
export class PushRuleStore {
  constructor(
    readonly rules: PushRuleRepository,
    readonly targets: PushRepository,
    readonly desk: PushDesk,
    readonly audit: Audit,
  ) {}
}

/** Rules of what platforms are told, per shop and listing SKU. */
@Injectable()
export class PushRuleService implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly store: PushRuleStore,
    private readonly reader: ShopReader,
    private readonly registry: PlatformRegistry,
    private readonly schedule: Schedule,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  onModuleInit(): void {
    this.schedule.every({ name: 'push-rules', run: () => this.endPauses() });
  }

  async list(caller: Caller, shopId: string, query: PageQuery): Promise<Page<PushRuleDto>> {
    await this.reader.seen(caller, shopId);
    const after = readCursor(query.cursor, 1)?.[0];
    return inTransaction(this.dataSource, async (tx) => {
      const from = after === undefined ? null : String(after);
      const found = await this.store.rules.list(tx, caller.companyId, shopId, from, query.limit + 1);
      return pageOf(found, query.limit, (rule) => [rule.listingSkuId], toDto);
    });
  }

  /** Writes a rule as a whole, and asks for the pushes that follow; a dry run shows the numbers and changes nothing. */
  async put(caller: Caller, shopId: string, dto: PutPushRuleDto): Promise<PushRuleAnswer> {
    const rule = this.ruleOf(await this.reader.seen(caller, shopId), dto);
    return this.change(caller, rule, dto.dryRun ?? false, async (tx) => {
      await this.store.rules.put(tx, rule);
      await this.store.audit.record(tx, caller.companyId, {
        actor: caller.clientId,
        act: 'push-rule.put',
        subject: `${shopId}/${rule.listingSkuId}`,
        details: { ...toDto(rule) },
      });
    });
  }

  /** Takes a rule away; the shop's rule, or the plain one, holds again. */
  async remove(caller: Caller, shopId: string, listingSkuId = ''): Promise<PushRuleAnswer> {
    await this.reader.seen(caller, shopId);
    return this.change(caller, { shopId, listingSkuId }, false, async (tx) => {
      if ((await this.store.rules.remove(tx, caller.companyId, shopId, listingSkuId)) === 0) return;
      await this.store.audit.record(tx, caller.companyId, {
        actor: caller.clientId,
        act: 'push-rule.remove',
        subject: `${shopId}/${listingSkuId}`,
        details: {},
      });
    });
  }

  /** One round for all companies; public for tests. */
  async endPauses(): Promise<void> {
    await inTransaction(this.dataSource, async (tx) => {
      const ended = await this.store.rules.endPauses(tx, this.story.now());
      for (const [companyId, keys] of groupBy(ended, (rule) => rule.companyId)) await this.follow(tx, companyId, keys);
    });
  }

  private async change(
    caller: Caller,
    { shopId, listingSkuId }: ListingSkuKey,
    isDryRun: boolean,
    write: (tx: Tx) => Promise<void>,
  ): Promise<PushRuleAnswer> {
    const { companyId } = caller;
    const { rules, targets } = this.store;
    const run = inTransaction(this.dataSource, async (tx) => {
      if (listingSkuId !== '' && !(await rules.hasListing(tx, companyId, shopId, listingSkuId)))
        throw new AppError('LISTING_SKU.NOT_FOUND', `Shop ${shopId} has no listing SKU ${listingSkuId}.`);
      if (!isDryRun) await this.store.desk.takeTurn(tx, companyId);
      const reached = await rules.reached(tx, companyId, shopId, listingSkuId);
      const before = await this.sharing(tx, companyId, reached);
      await write(tx);
      // A weight that comes or goes changes who shares, so both sides are computed anew.
      const keys = unique([...before, ...(await this.sharing(tx, companyId, reached))]);
      const answer = answerOf(caller, await targets.targetsOf(tx, companyId, keys), !isDryRun);
      if (isDryRun) throw new DryRun(answer);
      await this.follow(tx, companyId, keys);
      return answer;
    });
    return run.catch((error: unknown) => {
      if (error instanceof DryRun) return error.answer;
      throw error;
    });
  }

  private async sharing(tx: Tx, companyId: string, keys: readonly ListingSkuKey[]): Promise<ListingSkuKey[]> {
    return unique([...keys, ...(await this.store.rules.sharers(tx, companyId, keys))]);
  }

  /** Computes numbers anew and asks for the pushes; what was held by a pause is asked for as well. */
  private async follow(tx: Tx, companyId: string, keys: readonly ListingSkuKey[]): Promise<void> {
    await this.store.desk.want(tx, companyId, async () => keys);
    for (const { shopId, listingId } of await this.store.targets.listingsWaiting(tx, companyId, keys))
      await this.store.desk.ask(tx, companyId, shopId, [listingId]);
    await this.store.desk.askShelf(tx, companyId, keys);
  }

  private ruleOf({ companyId, id: shopId, platform }: ShopRow, dto: PutPushRuleDto): PushRuleRow {
    const wrong = (field: string, code: string, message: string): AppError =>
      new AppError('VALIDATION', `${field} ${message}.`, { errors: [{ field, code, message }] });
    const until = dto.pause?.until === undefined ? null : new Date(dto.pause.until);
    if (dto.pause && dto.listingSkuId === undefined)
      throw wrong('pause', 'WHOLE_SHOP', 'is for one listing SKU; pause a whole shop with POST …/pause');
    if (until && until <= this.story.now()) throw wrong('pause.until', 'PAST', 'is in the past');
    if (dto.autoShelf && !this.registry.get(platform).port.setOnShelf)
      throw wrong('autoShelf', 'UNSUPPORTED', `is not possible on ${platform}: it has no shelf`);
    if (dto.ceiling !== undefined && dto.floor !== undefined && dto.ceiling < dto.floor)
      throw wrong('ceiling', 'ORDER', 'must not be below floor');
    return {
      companyId,
      shopId,
      listingSkuId: dto.listingSkuId ?? '',
      percent: dto.percent ?? null,
      safety: dto.safety ?? null,
      floor: dto.floor ?? null,
      ceiling: dto.ceiling ?? null,
      weight: dto.weight ?? null,
      warehouses: dto.warehouses ?? null,
      isPaused: dto.pause !== undefined,
      pausedUntil: until,
      pauseReason: dto.pause?.reason ?? null,
      autoShelf: dto.autoShelf ?? null,
    };
  }
}

function unique(keys: readonly ListingSkuKey[]): ListingSkuKey[] {
  return [...new Map(keys.map((key) => [`${key.shopId}/${key.listingSkuId}`, key])).values()];
}

/** Numbers of shops that the caller may not see change as well, and are counted, but not named. */
function answerOf({ shops }: Caller, targets: readonly TargetRow[], saved: boolean): PushRuleAnswer {
  const changed = targets.filter(({ wanted, target }) => target !== null && wanted !== target);
  const named = changed.filter(({ shopId }) => !shops || shops.includes(shopId));
  return {
    saved,
    changedCount: changed.length,
    changed: named.slice(0, MOST_NAMED).map(({ shopId, listingSkuId, title, wanted, target }) => ({
      shopId,
      listingSkuId,
      title,
      before: wanted,
      after: target,
    })),
  };
}

function toDto(rule: PushRuleRow): PushRuleDto {
  const { percent, safety, floor, ceiling, weight, warehouses, autoShelf } = rule;
  return {
    listingSkuId: rule.listingSkuId === '' ? null : rule.listingSkuId,
    percent,
    safety,
    floor,
    ceiling,
    weight,
    warehouses,
    autoShelf,
    pause: rule.isPaused ? { until: rule.pausedUntil?.toISOString() ?? null, reason: rule.pauseReason } : null,
  };
}
