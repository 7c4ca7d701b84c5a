/** Pieces of a SKU that a line needs. */
export interface Need {
  skuId: string;
  quantity: number;
}

/** A line that is held wholly in one warehouse or not at all. */
export interface RouteLine {
  lineId: string;
  /** The only warehouse asked for; undefined = any. */
  warehouse?: string;
  needs: readonly Need[];
}

/** Where a line is held. */
export interface Placement extends Need {
  lineId: string;
  warehouse: string;
}

/** What is missing for a line in the warehouse that comes closest. */
export interface Shortage {
  lineId: string;
  skuId: string;
  /** Empty when there is no warehouse at all. */
  warehouse: string;
  wanted: number;
  free: number;
  short: number;
}

/** All of a request's lines placed, or what is missing. */
export type Route = { kind: 'placed'; placements: Placement[] } | { kind: 'short'; shortages: Shortage[] };

/** Free pieces of a SKU in a warehouse. */
export type Free = (skuId: string, warehouse: string) => number;

class Running {
  private readonly taken = new Map<string, number>();
  constructor(private readonly free: Free) {}

  left(skuId: string, warehouse: string): number {
    return this.free(skuId, warehouse) - (this.taken.get(JSON.stringify([skuId, warehouse])) ?? 0);
  }

  fits(needs: readonly Need[], warehouse: string): boolean {
    return [...sumBySku(needs)].every(([skuId, quantity]) => this.left(skuId, warehouse) >= quantity);
  }

  take(line: RouteLine, warehouse: string): Placement[] {
    return line.needs.map(({ skuId, quantity }) => {
      const key = JSON.stringify([skuId, warehouse]);
      this.taken.set(key, (this.taken.get(key) ?? 0) + quantity);
      return { lineId: line.lineId, skuId, quantity, warehouse };
    });
  }
}

function sumBySku(needs: readonly Need[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { skuId, quantity } of needs) sums.set(skuId, (sums.get(skuId) ?? 0) + quantity);
  return sums;
}

function shortagesOf(line: RouteLine, candidates: readonly string[], running: Running): Shortage[] {
  let best: { missing: number; shortages: Shortage[] } | undefined;
  for (const warehouse of candidates.length > 0 ? candidates : ['']) {
    const seen = new Map<string, number>();
    const shortages = line.needs.map(({ skuId, quantity }) => {
      const free = Math.max(0, running.left(skuId, warehouse) - (seen.get(skuId) ?? 0));
      seen.set(skuId, (seen.get(skuId) ?? 0) + Math.min(free, quantity));
      return { lineId: line.lineId, skuId, warehouse, wanted: quantity, free, short: Math.max(0, quantity - free) };
    });
    const missing = shortages.reduce((sum, { short }) => sum + short, 0);
    if (!best || missing < best.missing) best = { missing, shortages };
  }
  return best!.shortages.filter(({ short }) => short > 0);
}

/**
 * Chooses warehouses for the lines of one order or request, all or nothing: the first warehouse (by priority) that can
 * fill everything, else each line wholly from the first one that can. A SKU that is wanted several times is summed.
 */
export function route(lines: readonly RouteLine[], warehouses: readonly string[], free: Free): Route {
  for (const warehouse of warehouses) {
    const isOpenToAll = lines.every((line) => line.warehouse === undefined || line.warehouse === warehouse);
    if (!isOpenToAll) continue;
    const running = new Running(free);
    if (
      running.fits(
        lines.flatMap((line) => line.needs),
        warehouse,
      )
    )
      return { kind: 'placed', placements: lines.flatMap((line) => running.take(line, warehouse)) };
  }
  const running = new Running(free);
  const placements: Placement[] = [];
  const shortages: Shortage[] = [];
  for (const line of lines) {
    const candidates = line.warehouse === undefined ? warehouses : [line.warehouse];
    const found = candidates.find((warehouse) => running.fits(line.needs, warehouse));
    if (found === undefined) shortages.push(...shortagesOf(line, candidates, running));
    else placements.push(...running.take(line, found));
  }
  return shortages.length > 0 ? { kind: 'short', shortages } : { kind: 'placed', placements };
}
