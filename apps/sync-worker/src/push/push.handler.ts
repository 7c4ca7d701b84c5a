import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  chunk,
  createLogger,
  inStatement,
  inTransaction,
  killPoint,
  SERVICE_CONFIG,
  STORY_CLOCK,
  WIRE_CLOCK,
  type StoryClock,
  type Tx,
  type WireClock,
} from '@app/shared';
import type { StockVerdict } from '@app/platforms';
import { AlarmService } from '../alarm/alarm.service';
import { PlatformCalls } from '../platform/platform-calls';
import { PullRepository } from '../pull/pull.repository';
import { ShopReader } from '../shop/shop.reader';
import type { ShopRow } from '../shop/shop.types';
import type { SyncConfig } from '../sync.config';
import { DONE, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { WorkHandlers } from '../work/work.handlers';
import { decide } from './push.rules';
import { PushRepository, type OpenPushRow, type PushRow } from './push.repository';
import { ShelfMover } from './shelf.mover';

const log = createLogger('push');
const RETRY_MS = 2_000;
const MOST_WAIT_MS = 60_000;

/** Reads what a listing has to tell and writes down what became of it. */
@Injectable()
export class PushLedger {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: PushRepository,
    private readonly pulls: PullRepository,
    private readonly alarms: AlarmService,
    @Inject(SERVICE_CONFIG) private readonly config: SyncConfig,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** What may be told now; the rest is marked with the reason for which it waits. */
  sort(shop: ShopRow, listingId: string): Promise<{ tell: OpenPushRow[]; waitMs: number | undefined }> {
    // Each reason is written for its row alone, so the statements need no transaction around them.
    return inStatement(this.dataSource, async (tx) => {
      const [open, completeTo] = await Promise.all([
        this.repository.openOf(tx, shop.companyId, shop.id, listingId),
        this.pulls.completeTo(tx, shop.companyId, shop.id, 'orders'),
      ]);
      const lagMs = completeTo ? (this.story.ms() - completeTo.getTime()) / this.story.rate() : Infinity;
      const tell: OpenPushRow[] = [];
      let waitMs: number | undefined;
      for (const row of open) {
        const decision = decide(row, { lagMs, boundMs: this.config.SYNC_PUSH_PULL_LAG_MS }, this.wire.date());
        if (decision.kind === 'tell') {
          tell.push(row);
          continue;
        }
        waitMs = Math.min(waitMs ?? MOST_WAIT_MS, decision.ms);
        await this.repository.setAside(tx, row, row.wantedNo, {
          state: 'waiting',
          waitingReason: decision.reason,
          cause: row.cause,
          retryAt: row.retryAt,
        });
      }
      return { tell, waitMs };
    });
  }

  /** Writes the verdicts; returns when the soonest of them should be tried again. */
  note(shop: ShopRow, told: readonly OpenPushRow[], verdicts: readonly StockVerdict[]): Promise<number | undefined> {
    return inTransaction(this.dataSource, async (tx) => {
      let again: number | undefined;
      await this.noteAccepted(tx, shop, told, verdicts);
      for (const [index, row] of told.entries()) {
        const ms = await this.noteOther(tx, shop, row, verdicts[index]!);
        if (ms !== undefined) again = Math.min(again ?? MOST_WAIT_MS, ms);
      }
      return again;
    });
  }

  private async noteAccepted(
    tx: Tx,
    shop: ShopRow,
    told: readonly OpenPushRow[],
    verdicts: readonly StockVerdict[],
  ): Promise<void> {
    const accepted = told.flatMap((row, index) => {
      const verdict = verdicts[index]!;
      if (verdict.kind !== 'accepted') return [];
      const { listingSkuId, wantedNo: no } = row;
      return [{ listingSkuId, quantity: verdict.quantity, no, shownNow: verdict.shownNow ?? null }];
    });
    if (accepted.length === 0) return;
    await this.repository.told(tx, { companyId: shop.companyId, shopId: shop.id }, accepted, this.story.now());
    const refused = told.filter(({ isRefused }, index) => isRefused && verdicts[index]!.kind === 'accepted');
    if (refused.length > 0) await this.alarms.settleAll(tx, shop.companyId, ['STOCK_REFUSED'], refused.map(subjectOf));
  }

  private async noteOther(tx: Tx, shop: ShopRow, row: PushRow, verdict: StockVerdict): Promise<number | undefined> {
    if (verdict.kind === 'accepted') return undefined;
    const cause = (verdict.reason ?? verdict.kind).slice(0, 500);
    if (verdict.kind === 'failed' || verdict.kind === 'postponed') {
      const ms = verdict.retryAfterMs ?? RETRY_MS;
      await this.repository.setAside(tx, row, row.wantedNo, {
        state: verdict.kind === 'failed' ? 'pending' : 'waiting',
        waitingReason: cause,
        cause,
        retryAt: new Date(this.wire.now() + ms),
      });
      return ms;
    }
    await this.repository.setAside(tx, row, row.wantedNo, {
      state: 'parked',
      waitingReason: null,
      cause,
      retryAt: null,
    });
    await this.alarms.raise(tx, shop.companyId, {
      kind: 'STOCK_REFUSED',
      subject: subjectOf(row),
      shopId: shop.id,
      message: `The platform refuses stock ${verdict.quantity} for ${row.listingSkuId} of listing ${row.listingId}: ${cause}`,
      advice: 'Check the listing on the platform. The next change of its number tries again.',
    });
    return undefined;
  }
}

function subjectOf({ shopId, listingSkuId }: Pick<PushRow, 'shopId' | 'listingSkuId'>): string {
  return `${shopId}/${listingSkuId}`;
}

/** Tells a platform the newest numbers of one listing; subject is `<shopId>/<listingId>`. */
@Injectable()
export class PushHandler implements WorkHandler, OnModuleInit {
  constructor(
    private readonly handlers: WorkHandlers,
    private readonly shops: ShopReader,
    private readonly calls: PlatformCalls,
    private readonly ledger: PushLedger,
    private readonly mover: ShelfMover,
  ) {}

  onModuleInit(): void {
    this.handlers.register('push', this);
  }

  async run(work: Work, signal: AbortSignal): Promise<WorkOutcome> {
    const shop = await this.shops.of(work);
    if (shop.push === 'off') return DONE;
    const listingId = work.subject.slice(work.subject.indexOf('/') + 1);
    const { tell, waitMs } = await this.ledger.sort(shop, listingId);
    let again = waitMs;
    if (tell.length > 0) {
      const ms = await this.tell(shop, tell, signal);
      if (ms !== undefined) again = Math.min(again ?? ms, ms);
    }
    await this.mover.follow(shop, listingId, signal);
    return again === undefined
      ? DONE
      : { kind: 'again', afterMs: again, reason: 'some numbers wait; see GET /sync/v1/listings' };
  }

  private async tell(shop: ShopRow, rows: readonly OpenPushRow[], signal: AbortSignal): Promise<number | undefined> {
    let again: number | undefined;
    await this.calls.with(
      shop,
      async ({ port, manifest }, call) => {
        for (const part of chunk(rows, manifest.batch.stock)) {
          const targets = part.map(({ listingId, listingSkuId, wanted }) => ({
            listingId,
            listingSkuId,
            quantity: wanted!,
          }));
          const verdicts = await port.updateStock(call, targets);
          killPoint('push.after-send');
          const ms = await this.ledger.note(shop, part, verdicts);
          if (ms !== undefined) again = Math.min(again ?? ms, ms);
        }
      },
      signal,
    );
    log.debug({ shopId: shop.id, listings: rows.length }, 'stock told');
    return again;
  }
}
