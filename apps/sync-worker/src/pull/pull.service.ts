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
import { PlatformRegistry } from '@app/platforms';
import { ShopReader } from '../shop/shop.reader';
import { hasUsableToken, type ShopRow } from '../shop/shop.types';
import { WorkDesk } from '../work/work.desk';
import type { PullDto, StartPullDto } from './pull.dto';
import { PullRepository, type PullRequestRow } from './pull.repository';
import { sliceSpan } from './pull.rules';

const DAY_MS = 86_400_000;
const MOST_WINDOWS = 400;

/** Pulls that a person asks for, and how they stand. */
@Injectable()
export class PullService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: PullRepository,
    private readonly reader: ShopReader,
    private readonly registry: PlatformRegistry,
    private readonly desk: WorkDesk,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    private readonly idempotency: Idempotency,
  ) {}

  /** Starts a pull, once per key; a repeat names the pull that the first call started. */
  async start(caller: Caller, key: string | undefined, shopId: string, dto: StartPullDto): Promise<{ jobId: string }> {
    const shop = await this.reader.seen(caller, shopId);
    const call = { caller, key, route: `shops/${shopId}/pulls`, body: dto };
    return inTransaction(this.dataSource, (tx) => this.idempotency.once(tx, call, () => this.insert(tx, shop, dto)));
  }

  private async insert(tx: Tx, shop: ShopRow, dto: StartPullDto): Promise<{ jobId: string }> {
    this.assertMayPull(shop, dto);
    const span = dto.kind === 'orders' ? this.spanOf(shop, dto) : { fromAt: null, toAt: null };
    if (dto.kind === 'order' && !dto.platformOrderNo)
      throw wrong('platformOrderNo', 'REQUIRED', 'names the order to pull');
    const request: PullRequestRow = {
      companyId: shop.companyId,
      id: newId('pul'),
      shopId: shop.id,
      kind: dto.kind,
      ...span,
      platformOrderNo: dto.platformOrderNo ?? null,
      isDryRun: dto.dryRun ?? false,
      state: 'running',
      result: null,
      createdAt: systemWireClock.date(),
      doneAt: null,
    };
    await this.repository.insertRequest(tx, request);
    if (request.kind !== 'orders' || request.isDryRun) {
      await this.desk.request(tx, shop, 'request', [request.id]);
      return { jobId: request.id };
    }
    const rule = this.registry.get(shop.platform).windows.orders!;
    const windows = sliceSpan(request.fromAt!, request.toAt!, rule.maxSpanSeconds).map((window) => ({
      ...window,
      id: newId('win'),
    }));
    if (windows.length > MOST_WINDOWS)
      throw wrong(
        'from',
        'TOO_LONG',
        `the span needs ${windows.length} windows, at most ${MOST_WINDOWS} are pulled at once`,
      );
    await this.repository.insertWindows(tx, shop.companyId, shop.id, windows, request.id);
    await this.desk.request(
      tx,
      shop,
      'window',
      windows.map(({ id }) => id),
    );
    return { jobId: request.id };
  }

  async one(caller: Caller, shopId: string, jobId: string): Promise<PullDto> {
    await this.reader.seen(caller, shopId);
    return inTransaction(this.dataSource, async (tx) => {
      const request = await this.repository.findRequest(tx, caller.companyId, shopId, jobId);
      if (!request) throw new AppError('PULL.NOT_FOUND', `Shop ${shopId} has no pull ${jobId}.`);
      const { kind, isDryRun: dryRun } = request;
      const windows =
        kind === 'orders' && !dryRun ? await this.repository.windowsOf(tx, caller.companyId, shopId, jobId) : undefined;
      if (windows)
        return { jobId, kind, dryRun, state: windows.done === windows.windows ? 'done' : 'running', result: windows };
      return {
        jobId,
        kind,
        dryRun,
        state: request.state,
        result: request.result === null ? null : (JSON.parse(request.result) as unknown),
      };
    });
  }

  private assertMayPull(shop: ShopRow, dto: StartPullDto): void {
    if (dto.kind === 'after-sales' || dto.kind === 'bills')
      throw new AppError(
        'PULL.KIND_NOT_BUILT',
        `Pulling ${dto.kind} is not built yet; refunds come with their orders, bills by POST /settlement/v1/bills.`,
      );
    if (!hasUsableToken(shop))
      throw new AppError(
        'SHOP.NOT_AUTHORISED',
        `Shop ${shop.id} has no usable token (${shop.tokenState}); open GET /sync/v1/shops/${shop.id}/authorisation.`,
        { tokenState: shop.tokenState },
      );
    if (shop.pull === 'paused')
      throw new AppError('SHOP.PAUSED', `Pulling of shop ${shop.id} is paused; resume it first.`);
  }

  private spanOf(shop: ShopRow, dto: StartPullDto): { fromAt: Date; toAt: Date } {
    if (dto.from === undefined) throw wrong('from', 'REQUIRED', 'is where the pull begins');
    const fromAt = new Date(dto.from);
    const toAt = dto.to === undefined ? this.story.now() : new Date(dto.to);
    if (toAt <= fromAt) throw wrong('to', 'ORDER', 'must be after from');
    if (toAt.getTime() > this.story.ms() + 1_000) throw wrong('to', 'FUTURE', 'is in the future');
    const days = this.registry.get(shop.platform).windows.orders?.reachBackDays;
    if (days !== undefined && fromAt.getTime() < this.story.ms() - days * DAY_MS)
      throw wrong('from', 'TOO_OLD', `the platform answers for the last ${days} days only`);
    return { fromAt, toAt };
  }
}

function wrong(field: string, code: string, message: string): AppError {
  return new AppError('VALIDATION', `${field} ${message}.`, { errors: [{ field, code, message }] });
}
