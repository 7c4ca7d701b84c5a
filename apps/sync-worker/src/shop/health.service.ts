import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  createLogger,
  inTransaction,
  STORY_CLOCK,
  WIRE_CLOCK,
  type Caller,
  type StoryClock,
  type WireClock,
} from '@app/shared';
import { PlatformRegistry, type Platform } from '@app/platforms';
import { BillRepository, type BillAccountRow } from '../bill/bill.repository';
import { billOfferOf } from '../bill/bill.rules';
import { PlatformCalls } from '../platform/platform-calls';
import { jobsOf, ScopeKeeper } from '../platform/scope.keeper';
import { WINDOW_KINDS, type WindowKind } from '../pull/pull.kinds';
import { PullRepository, type PullState } from '../pull/pull.repository';
import { lagSeconds, windowRuleOf } from '../pull/pull.rules';
import { WorkRepository } from '../work/work.repository';
import type { ShopHealthDto } from './health.dto';
import { ShopReader } from './shop.reader';
import { hasUsableToken, type ShopRow } from './shop.types';

const log = createLogger('health');
const SKEW_WORTH_TELLING_MS = 60_000;
const LAG_WORTH_TELLING_S = 120;

/** What a shop's rows say about its health. */
@Injectable()
export class HealthRows {
  constructor(
    private readonly dataSource: DataSource,
    private readonly pulls: PullRepository,
    private readonly works: WorkRepository,
    private readonly bills: BillRepository,
    readonly scopes: ScopeKeeper,
  ) {}

  read(shop: ShopRow): Promise<{
    states: PullState[];
    completeTo: Record<WindowKind, Date | undefined>;
    account: BillAccountRow | undefined;
    failures: { kind: string; subject: string; lastError: string }[];
  }> {
    return inTransaction(this.dataSource, async (tx) => ({
      states: await this.pulls.states(tx, shop.companyId, shop.id),
      completeTo: {
        orders: await this.pulls.completeTo(tx, shop.companyId, shop.id, 'orders'),
        'after-sales': await this.pulls.completeTo(tx, shop.companyId, shop.id, 'after-sales'),
      },
      account: await this.bills.account(tx, shop.companyId, shop.id),
      failures: await this.works.failuresOf(tx, shop.companyId, shop.id),
    }));
  }
}

/** The doctor of a shop: what is wrong with it and what to do. */
@Injectable()
export class HealthService {
  constructor(
    private readonly reader: ShopReader,
    private readonly rows: HealthRows,
    private readonly calls: PlatformCalls,
    private readonly registry: PlatformRegistry,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  async examine(caller: Caller, id: string): Promise<ShopHealthDto> {
    const shop = await this.reader.seen(caller, id);
    const { states, completeTo, account, failures } = await this.rows.read(shop);
    const clockSkewMs = await this.skewOf(shop);
    const platform = this.registry.get(shop.platform);
    const offered = WINDOW_KINDS.filter((kind) => windowRuleOf(platform, kind));
    const lagOf = (at: Date | undefined): number | null => (at ? Math.round(lagSeconds(at, this.story)) : null);
    const health = {
      token: {
        state: shop.tokenState,
        ...(shop.tokenExpiresAt && { expiresAt: shop.tokenExpiresAt.toISOString() }),
        ...(shop.tokenError && { error: shop.tokenError }),
      },
      scopes: await this.scopesOf(shop, platform),
      clockSkewMs,
      push: { subscribed: shop.messagesSubscribedAt !== null },
      lastSuccess: Object.fromEntries(
        states.filter((state) => state.lastSuccessAt).map((state) => [state.kind, state.lastSuccessAt!.toISOString()]),
      ),
      billAccount: billAccountOf(platform, account),
      lagSeconds: Object.fromEntries(offered.map((kind) => [kind, lagOf(completeTo[kind])])),
      failures24h: failures.length,
      failures: failures.map(({ kind, subject, lastError }) => ({ kind, subject, cause: lastError })),
    };
    return { ...health, advice: this.advise(shop, health) };
  }

  /**
   * Methods that the token does not cover where the platform says which it covers, and those that it refused lately. Those of
   * the shelf are asked for by a rule alone, so only their refusal counts.
   */
  private async scopesOf(shop: ShopRow, { manifest }: Platform): Promise<ShopHealthDto['scopes']> {
    const jobs = Object.entries(manifest.scopes).filter(([job]) => job !== 'shelf');
    const needed = new Set(jobs.flatMap(([, methods]) => methods));
    const granted = shop.tokenScopes ? new Set(JSON.parse(shop.tokenScopes) as string[]) : needed;
    const refused = (await this.rows.scopes.refusals(shop)).map(({ method, refusedAt }) => ({
      method,
      neededFor: jobsOf(manifest, method),
      refusedAt: refusedAt.toISOString(),
    }));
    const missing = new Set([...needed].filter((scope) => !granted.has(scope)));
    for (const { method } of refused) missing.add(method);
    return { missing: [...missing].sort(), refused };
  }

  private async skewOf(shop: ShopRow): Promise<number | null> {
    if (!hasUsableToken(shop)) return null;
    try {
      return Math.round((await this.calls.with(shop, ({ port }, call) => port.serverTime(call))).skewMs);
    } catch (error) {
      log.info({ shopId: shop.id, cause: (error as Error).message }, 'the platform’s time could not be read');
      return null;
    }
  }

  private advise(
    shop: ShopRow,
    health: Pick<ShopHealthDto, 'scopes' | 'clockSkewMs' | 'lagSeconds' | 'failures24h' | 'push' | 'billAccount'>,
  ): string[] {
    const advice: string[] = [];
    if (!hasUsableToken(shop)) advice.push(`Authorise the shop: GET /sync/v1/shops/${shop.id}/authorisation.`);
    if (shop.tokenState === 'expiring')
      advice.push('The token ends soon; authorise again if it is not refreshed by itself.');
    if (health.clockSkewMs === null && hasUsableToken(shop))
      advice.push('The platform does not answer; check the network and its address.');
    if (health.clockSkewMs !== null && Math.abs(health.clockSkewMs) > SKEW_WORTH_TELLING_MS)
      advice.push(`This machine's clock is off by ${Math.round(health.clockSkewMs / 1_000)} s; set it by NTP.`);
    if (health.scopes.missing.length > 0)
      advice.push(`The app lacks ${health.scopes.missing.join(', ')}; apply for it in the platform's console.`);
    if (shop.pull === 'paused') advice.push('Pulling is paused; resume it.');
    for (const [kind, lag] of Object.entries(health.lagSeconds))
      if (hasUsableToken(shop) && (lag ?? 0) > LAG_WORTH_TELLING_S)
        advice.push(`${WORDS[kind] ?? kind} are pulled ${lag} s late; look at the failures.`);
    if (health.billAccount.state === 'missing')
      advice.push(
        `No bills are fetched: set the account with PUT /sync/v1/shops/${shop.id}/bill-account, or send files to POST /settlement/v1/bills.`,
      );
    if (health.billAccount.state === 'refused')
      advice.push(`The bill account is refused (${health.billAccount.error ?? 'no reason'}); set it again.`);
    if (!health.push.subscribed && hasUsableToken(shop))
      advice.push('Push messages are not opened yet; orders come by polling alone.');
    if (health.failures24h > 0) advice.push('Some work has failed; see failures, and GET /sync/v1/failed-jobs.');
    return advice;
  }
}

const WORDS: Readonly<Record<string, string>> = { orders: 'Orders', 'after-sales': 'After-sales' };

function billAccountOf(platform: Platform, account: BillAccountRow | undefined): ShopHealthDto['billAccount'] {
  if (billOfferOf(platform) !== 'account') return { state: 'not_needed' };
  if (!account) return { state: 'missing' };
  return { state: account.state, appId: account.appId, ...(account.error !== null && { error: account.error }) };
}
