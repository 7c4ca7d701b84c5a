import { Injectable } from '@nestjs/common';
import type { CanonicalOrder, IntakeVerdict } from '@app/contracts';

/** Readings that are remembered; the oldest go first. */
const MOST = 20_000;
/**
 * So much later than a modified time a reading must have begun to hold everything of that time, in milliseconds of
 * business time: platforms state whole seconds, and their clocks differ from ours.
 */
const MARGIN_MS = 30_000;

interface Reading {
  modifiedAt: number;
  startedAt: number;
}

/**
 * What this process read and stored lately, so that a change window need not read again what a push message had read.
 * Knowing nothing is always right: another process, or a new one, only reads once more.
 */
@Injectable()
export class RecentOrders {
  private readonly readings = new Map<string, Reading>();

  /** Remembers orders that are stored as they were read. */
  note(shopId: string, orders: readonly CanonicalOrder[], verdicts: ReadonlyMap<string, IntakeVerdict>): void {
    for (const { platformOrderNo, modifiedAt, fetchStartedAt, fetchedAt } of orders) {
      const verdict = verdicts.get(platformOrderNo);
      if (verdict === undefined || verdict === 'parked' || verdict === 'older') continue;
      const key = `${shopId}/${platformOrderNo}`;
      const startedAt = Date.parse(fetchStartedAt ?? fetchedAt);
      this.readings.delete(key);
      // A time ahead of the reading says nothing of what happens until then.
      this.readings.set(key, { modifiedAt: Math.min(Date.parse(modifiedAt), startedAt), startedAt });
    }
    for (const key of this.readings.keys()) {
      if (this.readings.size <= MOST) break;
      this.readings.delete(key);
    }
  }

  /** Whether everything up to a listed modification is stored for certain. */
  covers(shopId: string, platformOrderNo: string, modifiedAt: string | undefined): boolean {
    const known = this.readings.get(`${shopId}/${platformOrderNo}`);
    if (!known || modifiedAt === undefined) return false;
    const listed = Date.parse(modifiedAt);
    return known.modifiedAt > listed || (known.modifiedAt === listed && known.startedAt >= listed + MARGIN_MS);
  }
}
