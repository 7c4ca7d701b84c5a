import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  AppError,
  Idempotency,
  inTransaction,
  newId,
  STORY_CLOCK,
  systemWireClock,
  type Caller,
  type StoryClock,
  type Tx,
} from '@app/shared';
import { PlatformRegistry, type Platform } from '@app/platforms';
import { missing } from '../bill/bill.accounts';
import { BillDesk } from '../bill/bill.desk';
import { BillRepository } from '../bill/bill.repository';
import { billOfferOf } from '../bill/bill.rules';
import { ShopReader } from '../shop/shop.reader';
import { hasUsableToken, type ShopRow } from '../shop/shop.types';
import { WorkDesk } from '../work/work.desk';
import type { PullDto, StartPullDto } from './pull.dto';
import { isWindowKind, type WindowKind } from './pull.kinds';
import { PullRepository, type PullRequestRow } from './pull.repository';
import { sliceSpan, windowRuleOf } from './pull.rules';

const DAY_MS = 86_400_000;
const MOST_WINDOWS = 400;
/** A bill is had for whole days of the past only; longer spans are asked for in parts. */
const MOST_BILL_DAYS = 400;

/** Where pulls are asked for. */
@Injectable()
export class PullDesk {
  constructor(
    readonly repository: PullRepository,
    readonly desk: WorkDesk,
    readonly bills: BillDesk,
    readonly billRows: BillRepository,
    readonly idempotency: Idempotency,
  ) {}
}

/** Pulls that a person asks for, and how they stand. */
@Injectable()
export class PullService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly store: PullDesk,
    private readonly reader: ShopReader,
    private readonly registry: PlatformRegistry,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /** Starts a pull, once per key; a repeat names the pull that the first call started. */
  async start(caller: Caller, key: string | undefined, shopId: string, dto: StartPullDto): Promise<{ jobId: string }> {
    const shop = await this.reader.seen(caller, shopId);
    const call = { caller, key, route: `shops/${shopId}/pulls`, body: dto };
    return inTransaction(this.dataSource, (tx) =>
      this.store.idempotency.once(tx, call, () => this.insert(tx, shop, dto)),
    );
  }

  async one(caller: Caller, shopId: string, jobId: string): Promise<PullDto> {
    await this.reader.seen(caller, shopId);
    return inTransaction(this.dataSource, async (tx) => {
      const request = await this.store.repository.findRequest(tx, caller.companyId, shopId, jobId);
      if (!request) throw new AppError('PULL.NOT_FOUND', `Shop ${shopId} has no pull ${jobId}.`);
      const { kind, isDryRun: dryRun } = request;
      if (!dryRun && isWindowKind(kind)) {
        const windows = await this.store.repository.windowsOf(tx, caller.companyId, shopId, jobId);
        return { jobId, kind, dryRun, state: windows?.done === windows?.windows ? 'done' : 'running', result: windows };
      }
      if (!dryRun && kind === 'bills') {
        const span = await this.store.bills.span(tx, caller.companyId, shopId, request.fromAt!, request.toAt!);
        return { jobId, kind, dryRun, state: span.done === span.days ? 'done' : 'running', result: span };
      }
      return {
        jobId,
        kind,
        dryRun,
        state: request.state,
        result: request.result === null ? null : (JSON.parse(request.result) as unknown),
      };
    });
  }

  private async insert(tx: Tx, shop: ShopRow, dto: StartPullDto): Promise<{ jobId: string }> {
    const platform = this.registry.get(shop.platform);
    this.assertMayPull(shop, platform, dto);
    if (dto.kind === 'order' && !dto.platformOrderNo)
      throw wrong('platformOrderNo', 'REQUIRED', 'names the order to pull');
    const request: PullRequestRow = {
      companyId: shop.companyId,
      id: newId('pul'),
      shopId: shop.id,
      kind: dto.kind,
      ...this.spanOf(platform, dto),
      platformOrderNo: dto.platformOrderNo ?? null,
      isDryRun: dto.dryRun ?? false,
      state: 'running',
      result: null,
      createdAt: systemWireClock.date(),
      doneAt: null,
    };
    await this.store.repository.insertRequest(tx, request);
    if (request.kind === 'bills') await this.askBills(tx, shop, request);
    else if (isWindowKind(request.kind) && !request.isDryRun)
      await this.askWindows(tx, shop, platform, request.kind, request);
    else await this.store.desk.request(tx, shop, 'request', [request.id]);
    return { jobId: request.id };
  }

  private async askWindows(
    tx: Tx,
    shop: ShopRow,
    platform: Platform,
    kind: WindowKind,
    request: PullRequestRow,
  ): Promise<void> {
    const rule = windowRuleOf(platform, kind)!;
    const windows = sliceSpan(request.fromAt!, request.toAt!, rule.maxSpanSeconds).map((window) => ({
      ...window,
      id: newId('win'),
      shopId: shop.id,
      kind,
    }));
    if (windows.length > MOST_WINDOWS)
      throw wrong(
        'from',
        'TOO_LONG',
        `the span needs ${windows.length} windows, at most ${MOST_WINDOWS} are pulled at once`,
      );
    await this.store.repository.insertWindows(tx, shop.companyId, windows, request.id);
    await this.store.desk.request(
      tx,
      shop,
      'window',
      windows.map(({ id }) => id),
    );
  }

  private async askBills(tx: Tx, shop: ShopRow, request: PullRequestRow): Promise<void> {
    const needsAccount = billOfferOf(this.registry.get(shop.platform)) === 'account';
    if (needsAccount && !(await this.store.billRows.account(tx, shop.companyId, shop.id))) throw missing(shop.id);
    const days = this.store.bills.daysOf(request.fromAt!, request.toAt!);
    if (days.length === 0) throw wrong('from', 'FUTURE', 'touches no day that is over, and a bill is of a whole day');
    if (days.length >= MOST_BILL_DAYS)
      throw wrong('from', 'TOO_LONG', `touches ${MOST_BILL_DAYS} days or more; ask for them in parts`);
    if (request.isDryRun) return this.store.desk.request(tx, shop, 'bill-check', [request.id]);
    await this.store.bills.fetch(tx, shop, days);
  }

  private assertMayPull(shop: ShopRow, platform: Platform, dto: StartPullDto): void {
    const isOffered =
      dto.kind === 'bills'
        ? billOfferOf(platform) !== 'none'
        : !isWindowKind(dto.kind) || windowRuleOf(platform, dto.kind) !== undefined;
    if (!isOffered)
      throw new AppError('PULL.NOT_OFFERED', `Platform ${shop.platform} offers no ${dto.kind} to be pulled.`);
    // Bills that have an account of their own need no token of the shop.
    if (!hasUsableToken(shop) && !(dto.kind === 'bills' && billOfferOf(platform) === 'account'))
      throw new AppError(
        'SHOP.NOT_AUTHORISED',
        `Shop ${shop.id} has no usable token (${shop.tokenState}); open GET /sync/v1/shops/${shop.id}/authorisation.`,
        { tokenState: shop.tokenState },
      );
    if (shop.pull === 'paused')
      throw new AppError('SHOP.PAUSED', `Pulling of shop ${shop.id} is paused; resume it first.`);
  }

  private spanOf(platform: Platform, dto: StartPullDto): { fromAt: Date | null; toAt: Date | null } {
    if (!isWindowKind(dto.kind) && dto.kind !== 'bills') return { fromAt: null, toAt: null };
    if (dto.from === undefined) throw wrong('from', 'REQUIRED', 'is where the pull begins');
    const fromAt = new Date(dto.from);
    const toAt = dto.to === undefined ? this.story.now() : new Date(dto.to);
    if (toAt <= fromAt) throw wrong('to', 'ORDER', 'must be after from');
    if (toAt.getTime() > this.story.ms() + 1_000) throw wrong('to', 'FUTURE', 'is in the future');
    const days = isWindowKind(dto.kind) ? windowRuleOf(platform, dto.kind)?.reachBackDays : undefined;
    if (days !== undefined && fromAt.getTime() < this.story.ms() - days * DAY_MS)
      throw wrong('from', 'TOO_OLD', `the platform answers for the last ${days} days only`);
    return { fromAt, toAt };
  }
}

function wrong(field: string, code: string, message: string): AppError {
  return new AppError('VALIDATION', `${field} ${message}.`, { errors: [{ field, code, message }] });
}
