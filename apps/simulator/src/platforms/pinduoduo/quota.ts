import type { Core } from '../../core/core';
import type { LogRecord } from '../../core/event-log';
import { toPlatformText } from '../../core/times';

/** The platform publishes no number (Pinduoduo sheet §10); a shop may be given another by hand. */
const USUAL_ROWS_A_DAY = 2_000;

/** How many ciphertexts a shop may still open on a story day. Survives restarts. */
export class DecryptQuota {
  private readonly used = new Map<string, number>();
  private readonly limits = new Map<string, number>();

  constructor(private readonly core: Core) {}

  replay(record: LogRecord): void {
    if (record.k === 'pinduoduo:decrypted') this.count(record.key as string, record.rows as number);
    if (record.k === 'pinduoduo:quota') this.limits.set(record.shop as string, record.rows as number);
  }

  /** Sets a shop's number of rows a day. */
  limit(shopId: string, rows: number): void {
    this.limits.set(shopId, rows);
    this.core.log.append({ k: 'pinduoduo:quota', shop: shopId, rows });
  }

  limitOf(shopId: string): number {
    return this.limits.get(shopId) ?? USUAL_ROWS_A_DAY;
  }

  /** Takes up to so many rows of today; returns how many are granted. */
  take(shopId: string, rows: number, at: number): number {
    const key = `${shopId}:${toPlatformText(at).slice(0, 10)}`;
    const granted = Math.min(rows, Math.max(0, this.limitOf(shopId) - (this.used.get(key) ?? 0)));
    if (granted === 0) return 0;
    this.count(key, granted);
    this.core.log.append({ k: 'pinduoduo:decrypted', key, rows: granted });
    return granted;
  }

  private count(key: string, rows: number): void {
    this.used.set(key, (this.used.get(key) ?? 0) + rows);
  }
}
