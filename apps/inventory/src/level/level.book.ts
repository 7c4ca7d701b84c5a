import type { OccupiedPieces } from '@app/contracts';
import { invariant } from '@app/shared';
import { withDeparted, withOccupied } from './occupied.rules';

/** The counters whose every change is a movement. */
export const BUCKETS = ['onHand', 'reserved', 'damaged', 'quarantine', 'incoming'] as const;
export type Bucket = (typeof BUCKETS)[number];

/** One level: a SKU in a warehouse, in pieces. */
export interface StockLevel {
  skuId: string;
  /** The SKU's id where its code is not known. */
  skuCode: string;
  warehouse: string;
  onHand: number;
  reserved: number;
  damaged: number;
  quarantine: number;
  incoming: number;
  safety: number;
  version: number;
  /** Never changed in place. */
  occupied: readonly OccupiedPieces[];
}

/** Pieces of a level that a listing's platform counts as unshipped, more or fewer. */
export interface OccupiedChange extends LevelKey {
  shopId: string;
  listingSkuId: string;
  delta: number;
}

/** Why a counter changes. A cause posts once per level and bucket. */
export interface Cause {
  type: string;
  id: string;
  line: string;
  revision: number;
}

/** A change of one counter with its cause. */
export interface Movement {
  skuId: string;
  warehouse: string;
  bucket: Bucket;
  before: number;
  after: number;
  delta: number;
  cause: Cause;
}

/** A SKU in a warehouse. */
export interface LevelKey {
  skuId: string;
  warehouse: string;
}

const keyOf = (skuId: string, warehouse: string) => JSON.stringify([skuId, warehouse]);

/**
 * The locked levels of one transaction. Decisions are made and counted here, then written at once; it is valid only
 * while the transaction holds the row locks.
 */
export class LevelBook {
  private readonly levels = new Map<string, StockLevel>();
  private readonly atFirst = new Map<string, StockLevel>();
  private readonly deltas = new Map<string, { level: StockLevel; bucket: Bucket; delta: number; cause: Cause }>();

  constructor(locked: readonly StockLevel[]) {
    for (const level of locked) {
      this.levels.set(keyOf(level.skuId, level.warehouse), { ...level });
      this.atFirst.set(keyOf(level.skuId, level.warehouse), level);
    }
  }

  /** The level as it stands after what was booked so far; undefined when the SKU was never in the warehouse. */
  find(skuId: string, warehouse: string): StockLevel | undefined {
    return this.levels.get(keyOf(skuId, warehouse));
  }

  /** Pieces that may still be promised: on hand − reserved. */
  free(skuId: string, warehouse: string): number {
    const level = this.find(skuId, warehouse);
    return level ? level.onHand - level.reserved : 0;
  }

  /** Changes a counter. Two changes with the same cause on one counter become one movement. */
  move(skuId: string, warehouse: string, bucket: Bucket, delta: number, cause: Cause): void {
    const level = this.find(skuId, warehouse);
    invariant(level, `level ${skuId}@${warehouse} was changed without being locked`);
    level[bucket] += delta;
    const key = JSON.stringify([skuId, warehouse, bucket, cause.type, cause.id, cause.line, cause.revision]);
    const known = this.deltas.get(key);
    if (known) known.delta += delta;
    else this.deltas.set(key, { level, bucket, delta, cause });
  }

  /** Changes what a listing's platform counts as unshipped. */
  occupy({ skuId, warehouse, shopId, listingSkuId, delta }: OccupiedChange): void {
    const level = this.find(skuId, warehouse);
    invariant(level, `level ${skuId}@${warehouse} was changed without being locked`);
    level.occupied = withOccupied(level.occupied, shopId, listingSkuId, delta);
  }

  /** Counts pieces that left in a parcel of a shop. */
  depart(skuId: string, warehouse: string, shopId: string, pieces: number): void {
    const level = this.find(skuId, warehouse);
    invariant(level, `level ${skuId}@${warehouse} was changed without being locked`);
    level.occupied = withDeparted(level.occupied, shopId, pieces);
  }

  /** Sets how much is kept from the platforms. */
  keepBack(skuId: string, warehouse: string, safety: number): void {
    const level = this.find(skuId, warehouse);
    invariant(level, `level ${skuId}@${warehouse} was changed without being locked`);
    level.safety = safety;
  }

  /** The movements in the order of their first booking, with running counters. Causes whose changes cancel out leave none. */
  movements(): Movement[] {
    const running = new Map<string, number>();
    const found: Movement[] = [];
    for (const { level, bucket, delta, cause } of this.deltas.values()) {
      if (delta === 0) continue;
      const key = JSON.stringify([level.skuId, level.warehouse, bucket]);
      const before = running.get(key) ?? this.atFirst.get(keyOf(level.skuId, level.warehouse))![bucket];
      running.set(key, before + delta);
      found.push({
        skuId: level.skuId,
        warehouse: level.warehouse,
        bucket,
        before,
        after: before + delta,
        delta,
        cause,
      });
    }
    return found;
  }

  /** Levels that differ from what was locked, with that first state. */
  changed(): { now: StockLevel; first: StockLevel }[] {
    const found: { now: StockLevel; first: StockLevel }[] = [];
    for (const [key, now] of this.levels) {
      const first = this.atFirst.get(key)!;
      const isSame =
        now.safety === first.safety &&
        now.occupied === first.occupied &&
        BUCKETS.every((bucket) => now[bucket] === first[bucket]);
      if (!isSame) found.push({ now, first });
    }
    return found;
  }
}
