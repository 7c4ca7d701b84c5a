import type { Core } from '../../core/core';
import type { LogRecord } from '../../core/event-log';

/** Listings that stand in a campaign: their stock cannot be lowered (Pinduoduo sheet §8.2). Set by hand; survives restarts. */
export class ResourceSlots {
  private readonly listings = new Map<string, readonly string[]>();

  constructor(private readonly core: Core) {}

  replay(record: LogRecord): void {
    if (record.k === 'pinduoduo:slots') this.listings.set(record.shop as string, record.listings as string[]);
  }

  /** Replaces the listings of a shop. */
  set(shopId: string, listings: readonly string[]): void {
    this.listings.set(shopId, listings);
    this.core.log.append({ k: 'pinduoduo:slots', shop: shopId, listings });
  }

  of(shopId: string): readonly string[] {
    return this.listings.get(shopId) ?? [];
  }

  has(listingId: string): boolean {
    return [...this.listings.values()].some((own) => own.includes(listingId));
  }
}
