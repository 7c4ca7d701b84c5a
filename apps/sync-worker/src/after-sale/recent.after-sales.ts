import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { CanonicalAfterSale } from '@app/contracts';

/** Contents that are remembered; the oldest go first. */
const MOST = 50_000;

/**
 * What this process stored of after-sales lately. Some lists show an after-sale for days after it ended, since no time tells
 * of its end; what came with the same content before need not go to orders again. Knowing nothing is always right.
 */
@Injectable()
export class RecentAfterSales {
  private readonly contents = new Map<string, string>();

  /** Remembers an after-sale that orders holds as it was read. */
  note(shopId: string, afterSale: CanonicalAfterSale): void {
    const key = keyOf(shopId, afterSale.platformAfterSaleNo);
    this.contents.delete(key);
    this.contents.set(key, contentOf(afterSale));
    for (const oldest of this.contents.keys()) {
      if (this.contents.size <= MOST) break;
      this.contents.delete(oldest);
    }
  }

  /** Forgets an after-sale of which orders holds something else, or nothing. */
  forget(shopId: string, platformAfterSaleNo: string): void {
    this.contents.delete(keyOf(shopId, platformAfterSaleNo));
  }

  /** Whether orders holds exactly this, whenever it was read. */
  holds(shopId: string, afterSale: CanonicalAfterSale): boolean {
    return this.contents.get(keyOf(shopId, afterSale.platformAfterSaleNo)) === contentOf(afterSale);
  }
}

const keyOf = (shopId: string, platformAfterSaleNo: string): string => `${shopId}/${platformAfterSaleNo}`;

function contentOf(afterSale: CanonicalAfterSale): string {
  const { fetchStartedAt: _started, fetchedAt: _fetched, ...content } = afterSale;
  return createHash('sha256').update(JSON.stringify(content)).digest('base64');
}
