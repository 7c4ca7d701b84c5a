import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  createLogger,
  inStatement,
  inTransaction,
  killPoint,
  newId,
  sleep,
  STORY_CLOCK,
  WIRE_CLOCK,
  type StoryClock,
  type WireClock,
} from '@app/shared';
import { OrderStockService } from './order-stock.service';
import { ReservationService } from './reservation.service';
import { RetryRepository } from './retry.repository';

const log = createLogger('reservation');
const EVERY_MS = 200;
const WAIT_AFTER_ERROR_MS = 2_000;
const SWEEP_EVERY_MS = 30_000;
const NOTES_AT_ONCE = 100;
const ORDERS_AT_ONCE = 200;
const ACTOR = 'rule:retry-short';

/** Does what is due: short orders when stock has come free, and reservations that expire. What is due stands in PostgreSQL. */
@Injectable()
export class ReservationTick implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopper = new AbortController();
  private loop: Promise<void> | undefined;
  private sweptAt = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly due: RetryRepository,
    private readonly orderStock: OrderStockService,
    private readonly reservations: ReservationService,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopper.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopper.signal.aborted) {
      try {
        await this.sweep();
        const due = await inStatement(this.dataSource, (tx) => this.due.isDue(tx, this.story.now()));
        while (due.rises && !this.stopper.signal.aborted && (await this.retryOnce()) > 0);
        while (due.expiries && !this.stopper.signal.aborted && (await this.expireOnce()) > 0);
        await sleep(EVERY_MS, this.stopper.signal);
      } catch (error) {
        log.warn({ cause: String((error as Error).message) }, 'due stock work failed and is tried again');
        await sleep(WAIT_AFTER_ERROR_MS, this.stopper.signal);
      }
    }
  }

  private async sweep(): Promise<void> {
    if (this.wire.now() - this.sweptAt < SWEEP_EVERY_MS) return;
    await this.sweepOnce();
    this.sweptAt = this.wire.now();
  }

  /** Finds work whose note was lost; public for tests. */
  async sweepOnce(): Promise<number> {
    return inTransaction(this.dataSource, (tx) => this.due.noteAll(tx));
  }

  /** Judges one page of waiting orders again; returns how many notes it took. Public for tests. */
  async retryOnce(): Promise<number> {
    const taken = await inTransaction(this.dataSource, async (tx) => {
      const rises = await this.due.take(tx, NOTES_AT_ONCE);
      const orderIds = new Set<string>();
      for (const rise of rises) {
        const waiting = await this.due.waiting(tx, rise.companyId, rise, ORDERS_AT_ONCE);
        for (const { orderId } of waiting) orderIds.add(orderId);
        if (waiting.length === ORDERS_AT_ONCE)
          await this.due.noteRest(tx, rise, newId('ris'), waiting[waiting.length - 1]!);
      }
      if (orderIds.size > 0) await this.orderStock.retry(tx, rises[0]!.companyId, [...orderIds], ACTOR);
      return rises.length;
    });
    if (taken > 0) killPoint('reserve.after-commit');
    return taken;
  }

  /** Gives back one batch of expired reservations; returns how many. Public for tests. */
  expireOnce(): Promise<number> {
    return inTransaction(this.dataSource, async (tx) => {
      const expired = await this.due.expired(tx, this.story.now(), ORDERS_AT_ONCE);
      for (const { companyId, id } of expired) await this.reservations.expire(tx, companyId, id);
      return expired.length;
    });
  }
}
