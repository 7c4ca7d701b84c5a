import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createLogger, inTransaction, newId, WIRE_CLOCK, type WireClock } from '@app/shared';
import type { UnreadableAnswer } from '@app/platforms';
import { ShopSecrets } from '../shop/shop.secrets';
import type { ShopRow } from '../shop/shop.types';
import { Schedule } from '../work/schedule';
import { AnswerRepository } from './answer.repository';

const log = createLogger('answers');
/** Wire time for which an unreadable answer is kept. */
export const KEEP_MS = 7 * 86_400_000;
/** An outage answers every request with the same page: so many a shop and hour tell enough. */
const MOST_PER_HOUR = 200;
const HOUR_MS = 3_600_000;
/** The start of an answer shows what it is; more is counted, not kept. */
const MOST_BYTES = 256 * 1_024;
const CARE_EVERY_TICKS = 60;

/** Keeps answers that could not be read for seven days, sealed, since they may hold receiver data. */
@Injectable()
export class AnswerKeeper implements OnModuleInit {
  private ticks = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: AnswerRepository,
    private readonly secrets: ShopSecrets,
    private readonly schedule: Schedule,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onModuleInit(): void {
    this.schedule.every({ name: 'unreadable-answers', run: () => this.tick() });
  }

  /** Stores an answer in a transaction of its own. A failure is logged: the call that met the answer fails anyway. */
  async keep(shop: Pick<ShopRow, 'companyId' | 'id' | 'platform'>, answer: UnreadableAnswer): Promise<void> {
    const id = newId('ans');
    const now = this.wire.now();
    try {
      const body = answer.bytes.subarray(0, MOST_BYTES).toString('base64');
      await inTransaction(this.dataSource, (tx) =>
        this.repository.insert(
          tx,
          {
            companyId: shop.companyId,
            id,
            shopId: shop.id,
            platform: shop.platform,
            method: answer.method,
            httpStatus: answer.status,
            cause: answer.cause.slice(0, 500),
            size: answer.bytes.length,
            isCut: answer.bytes.length > MOST_BYTES,
            bodySealed: this.secrets.seal(shop.companyId, id, 'answer', body),
            keptAt: new Date(now),
          },
          new Date(now - HOUR_MS),
          MOST_PER_HOUR,
        ),
      );
    } catch (error) {
      log.warn(
        { companyId: shop.companyId, shopId: shop.id, method: answer.method, cause: (error as Error).message },
        'an unreadable answer could not be kept',
      );
    }
  }

  private async tick(): Promise<void> {
    this.ticks += 1;
    if (this.ticks % CARE_EVERY_TICKS !== 1) return;
    await inTransaction(this.dataSource, (tx) => this.repository.forget(tx, new Date(this.wire.now() - KEEP_MS)));
  }
}
