import { CanonicalOrderSchema, type CanonicalOrder } from '@app/contracts';
import { check, newId } from '@app/shared';
import type { BadItem, BatchItem, SortedItems } from './batch.rules';
import { cleanTexts, wrongBeyondSchema } from './canonical.rules';
import type { PlatformOrderRow, StoredPlatformOrder } from './intake.repository';
import { versionOf } from './version.rules';

/** A checked order of a batch with its place. */
export type IntakeItem = BatchItem<CanonicalOrder>;

/** Sorts the items of a batch into those that fit the schema and those to be set aside. */
export function sortItems(items: readonly unknown[]): SortedItems<CanonicalOrder> {
  const good: IntakeItem[] = [];
  const bad: BadItem[] = [];
  for (const [no, stated] of items.entries()) {
    const item = cleanTexts(stated);
    const checked = check(CanonicalOrderSchema, item);
    const errors = checked.ok ? wrongBeyondSchema(checked.value) : checked.errors;
    if (checked.ok && errors.length === 0) good.push({ no, item: checked.value, version: versionOf(checked.value) });
    else bad.push({ no, item, errors });
  }
  return { good, bad };
}

/** The items of one order in the order of the request. */
export interface OrderIntake {
  platformOrderNo: string;
  items: readonly IntakeItem[];
}

export function orderIntakeOf(items: readonly IntakeItem[]): OrderIntake {
  return { platformOrderNo: items[0]!.item.platformOrderNo, items };
}

/** The row by which a platform order is stored as received. */
export function platformOrderRow(
  companyId: string,
  shopId: string,
  orderId: string,
  { item, version }: IntakeItem,
): PlatformOrderRow {
  const { raw, ...canonical } = item;
  return {
    companyId,
    shopId,
    orderId,
    platformOrderNo: item.platformOrderNo,
    platformState: item.platformState,
    rawStatus: item.rawStatus ?? null,
    canonical: JSON.stringify(canonical),
    raw,
    ...version,
  };
}

/** Maps stored rows by order number. */
export function byNumber(stored: readonly StoredPlatformOrder[]): Map<string, StoredPlatformOrder> {
  return new Map(stored.map((row) => [row.platformOrderNo, row]));
}

/** A new id of a working order. */
export const newOrderId = (): string => newId('ord');
