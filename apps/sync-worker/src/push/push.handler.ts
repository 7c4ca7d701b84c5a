import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  chunk,
  createLogger,
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
import { PushRepository, type PushRow } from './push.repository';

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
  sort(shop: ShopRow, listingId: string): Promise<{ tell: PushRow[]; waitMs: number | undefined }> {
    return inTransaction(this.dataSource, async (tx) => {
      const open = await this.repository.openOf(tx, shop.companyId, shop.id, listingId);
      const completeTo = await this.pulls.completeTo(tx, shop.companyId, shop.id, 'orders');
      const lagMs = completeTo ? (this.story.ms() - completeTo.getTime()) / this.story.rate() : Infinity;
      const tell: PushRow[] = [];
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
  note(shop: ShopRow, told: readonly PushRow[], verdicts: readonly StockVerdict[]): Promise<number | undefined> {
    return inTransaction(this.dataSource, async (tx) => {
      let again: number | undefined;
      for (const [index, row] of told.entries()) {
        const verdict = verdicts[index]!;
        const ms = await this.noteOne(tx, shop, row, verdict);
        if (ms !== undefined) again = Math.min(again ?? MOST_WAIT_MS, ms);
      }
      return again;
    });
  }

  private async noteOne(tx: Tx, shop: ShopRow, row: PushRow, verdict: StockVerdict): Promise<number | undefined> {
    const subject = `${row.shopId}/${row.listingSkuId}`;
    if (verdict.kind === 'accepted') {
      await this.repository.told(
        tx,
        row,
        { quantity: verdict.quantity, no: row.wantedNo, shownNow: verdict.shownNow ?? null },
        this.story.now(),
      );
      await this.alarms.settle(tx, shop.companyId, ['STOCK_REFUSED'], subject);
      return undefined;
    }
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
      subject,
      shopId: shop.id,
      message: `The platform refuses stock ${verdict.quantity} for ${row.listingSkuId} of listing ${row.listingId}: ${cause}`,
      advice: 'Check the listing on the platform. The next change of its number tries again.',
    });
    return undefined;
  }
}

/** Tells a platform the newest numbers of one listing; subject is `<shopId>/<listingId>`. */
@Injectable()
export class PushHandler implements WorkHandler, OnModuleInit {
  constructor(
    private readonly handlers: WorkHandlers,
    private readonly shops: ShopReader,
    private readonly calls: PlatformCalls,
    private readonly ledger: PushLedger,
  ) {}

  onModuleInit(): void {
    this.handlers.register('push', this);
  }

  async run(work: Work, signal: AbortSignal): Promise<WorkOutcome> {
    const shop = await this.shops.get(work.companyId, work.shopId);
    if (shop.push === 'off') return DONE;
    const { tell, waitMs } = await this.ledger.sort(shop, work.subject.slice(work.subject.indexOf('/') + 1));
    let again = waitMs;
    if (tell.length > 0) {
      const ms = await this.tell(shop, tell, signal);
      if (ms !== undefined) again = Math.min(again ?? ms, ms);
    }
    return again === undefined
      ? DONE
      : { kind: 'again', afterMs: again, reason: 'some numbers wait; see GET /sync/v1/listings' };
  }

  private async tell(shop: ShopRow, rows: readonly PushRow[], signal: AbortSignal): Promise<number | undefined> {
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
