import type { OrderStockItem } from '@app/contracts';
import { groupBy } from '@app/shared';
import type { OrderAggregate } from '../order/order.types';

/**
 * Brings into an order what inventory holds for it, as a whole. What it held for a version before the one that asked it
 * to begin (again) is being given back, and is passed over.
 */
export function applyStock({ order, lines }: OrderAggregate, item: OrderStockItem): void {
  if (item.orderVersion < order.stockSince) return;
  order.stock = item.state;
  const told = groupBy(item.lines, ({ lineId }) => lineId);
  for (const line of lines) {
    line.held = (told.get(line.lineId) ?? [])
      .map(({ skuId, skuCode, warehouse, reserved, shippedOut, short }) => ({
        skuId,
        skuCode,
        warehouse,
        reserved,
        shippedOut,
        short,
      }))
      .sort((a, b) => (`${a.warehouse} ${a.skuId}` < `${b.warehouse} ${b.skuId}` ? -1 : 1));
  }
}
