import { Inject, Injectable } from '@nestjs/common';
import { WIRE_CLOCK, type Tx, type WireClock } from '@app/shared';
import type { ShopRow } from '../shop/shop.types';
import type { WorkKind } from './work.kinds';
import { WorkRepository } from './work.repository';

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
    const now = this.wire.date();
    const dueAt = new Date(now.getTime() + delayMs);
    await this.repository.request(
      tx,
      shop.companyId,
      subjects.map((subject) => ({ kind, subject, shopId: shop.id, platform: shop.platform, dueAt })),
      now,
    );
  }
}
