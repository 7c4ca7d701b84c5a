import { Inject, Injectable } from '@nestjs/common';
import { WIRE_CLOCK, type Tx, type WireClock } from '@app/shared';
import type { ShopRow } from '../shop/shop.types';
import type { WorkKind } from './work.kinds';
import { WorkRepository, type WorkWish } from './work.repository';

/** Work to be asked for, due now or after a delay of wire time. */
export type AskedWork = Omit<WorkWish, 'dueAt'> & { delayMs?: number };

/** Where work is asked for: always within the transaction of what causes it. */
@Injectable()
export class WorkDesk {
  constructor(
    private readonly repository: WorkRepository,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** Asks for one kind of work on some subjects of a shop, due now or after a delay of wire time. */
  async request(
    tx: Tx,
    shop: Pick<ShopRow, 'companyId' | 'id' | 'platform'>,
    kind: WorkKind,
    subjects: readonly string[],
    delayMs = 0,
  ): Promise<void> {
    const { companyId, id: shopId, platform } = shop;
    await this.requestAll(
      tx,
      companyId,
      subjects.map((subject) => ({ kind, subject, shopId, platform, delayMs })),
    );
  }

  /** Asks for work of several kinds and shops of a company at once; of two wishes for one subject the earlier one holds. */
  async requestAll(tx: Tx, companyId: string, asked: readonly AskedWork[]): Promise<void> {
    if (asked.length === 0) return;
    const now = this.wire.date();
    const latestFirst = [...asked].sort((a, b) => (b.delayMs ?? 0) - (a.delayMs ?? 0));
    await this.repository.request(
      tx,
      companyId,
      latestFirst.map(({ delayMs = 0, ...wish }) => ({ ...wish, dueAt: new Date(now.getTime() + delayMs) })),
      now,
    );
  }
}
