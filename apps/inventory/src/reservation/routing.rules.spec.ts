import fc from 'fast-check';
import { route, type RouteLine } from './routing.rules';

const WAREHOUSES = ['W1', 'W2', 'W3'];
const SKUS = ['a', 'b', 'c'];

const stock = fc.dictionary(
  fc.constantFrom(...SKUS.flatMap((sku) => WAREHOUSES.map((warehouse) => `${sku}@${warehouse}`))),
  fc.integer({ min: 0, max: 12 }),
);
const line = fc.record({
  warehouse: fc.option(fc.constantFrom(...WAREHOUSES), { nil: undefined, freq: 4 }),
  needs: fc.array(fc.record({ skuId: fc.constantFrom(...SKUS), quantity: fc.integer({ min: 1, max: 6 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
});
const lines = fc
  .array(line, { minLength: 1, maxLength: 4 })
  .map((found) => found.map((one, index): RouteLine => ({ ...one, lineId: `l${index}` })));
const freeOf = (levels: Record<string, number>) => (skuId: string, warehouse: string) =>
  levels[`${skuId}@${warehouse}`] ?? 0;

describe('routing', () => {
  it('never promises more than is free, and places every need of every line exactly', () => {
    fc.assert(
      fc.property(lines, stock, (wanted, levels) => {
        const found = route(wanted, WAREHOUSES, freeOf(levels));
        if (found.kind === 'short') return;
        const taken = new Map<string, number>();
        for (const { skuId, warehouse, quantity } of found.placements)
          taken.set(`${skuId}@${warehouse}`, (taken.get(`${skuId}@${warehouse}`) ?? 0) + quantity);
        for (const [key, quantity] of taken) expect(quantity).toBeLessThanOrEqual(levels[key] ?? 0);
        expect(found.placements.map(({ lineId, skuId, quantity }) => ({ lineId, skuId, quantity }))).toEqual(
          wanted.flatMap(({ lineId, needs }) => needs.map((need) => ({ lineId, ...need }))),
        );
      }),
    );
  });

  it('holds each line wholly in one warehouse, and in the one that was asked for', () => {
    fc.assert(
      fc.property(lines, stock, (wanted, levels) => {
        const found = route(wanted, WAREHOUSES, freeOf(levels));
        if (found.kind === 'short') return;
        for (const { lineId, warehouse } of wanted) {
          const places = new Set(found.placements.filter((one) => one.lineId === lineId).map((one) => one.warehouse));
          expect(places.size).toBe(1);
          if (warehouse) expect([...places]).toEqual([warehouse]);
        }
      }),
    );
  });

  it('uses the first warehouse that fills everything when there is one', () => {
    fc.assert(
      fc.property(lines, stock, (wanted, levels) => {
        const needs = new Map<string, number>();
        for (const { skuId, quantity } of wanted.flatMap((one) => one.needs))
          needs.set(skuId, (needs.get(skuId) ?? 0) + quantity);
        const filling = WAREHOUSES.find(
          (warehouse) =>
            wanted.every((one) => !one.warehouse || one.warehouse === warehouse) &&
            [...needs].every(([sku, quantity]) => freeOf(levels)(sku, warehouse) >= quantity),
        );
        const found = route(wanted, WAREHOUSES, freeOf(levels));
        if (filling)
          expect(found.kind === 'placed' && new Set(found.placements.map(({ warehouse }) => warehouse))).toEqual(
            new Set([filling]),
          );
      }),
    );
  });

  it('names at least one missing piece whenever it places nothing', () => {
    fc.assert(
      fc.property(lines, stock, (wanted, levels) => {
        const found = route(wanted, WAREHOUSES, freeOf(levels));
        if (found.kind === 'placed') return;
        expect(found.shortages.length).toBeGreaterThan(0);
        for (const { short, wanted: asked, free } of found.shortages)
          expect([short > 0, short]).toEqual([true, asked - free]);
      }),
    );
  });

  it('misses everything where there is no warehouse, and places an empty order', () => {
    expect(route([{ lineId: 'l', needs: [{ skuId: 'a', quantity: 2 }] }], [], () => 0)).toEqual({
      kind: 'short',
      shortages: [{ lineId: 'l', skuId: 'a', warehouse: '', wanted: 2, free: 0, short: 2 }],
    });
    expect(route([], [], () => 0)).toEqual({ kind: 'placed', placements: [] });
  });
});
