import { createHash } from 'node:crypto';
import { CanonicalOrderSchema, type CanonicalOrder } from '@app/contracts';
import { canonicalJson, check, groupBy, newId, type FieldError } from '@app/shared';
import { cleanTexts, wrongBeyondSchema } from './canonical.rules';
import type { PlatformOrderRow, StoredPlatformOrder } from './intake.repository';
import { judgeVersion, versionOf, type OrderVersion } from './version.rules';

/** A checked item of a batch with its place. */
export interface IntakeItem {
  no: number;
  item: CanonicalOrder;
  version: OrderVersion;
}

/** An item that does not fit. */
export interface BadItem {
  no: number;
  item: unknown;
  errors: FieldError[];
}

/** Sorts the items of a batch into those that fit the schema and those to be set aside. */
export function sortItems(items: readonly unknown[]): { good: IntakeItem[]; bad: BadItem[] } {
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

/** The items of one order in the order of the request, and what becomes of each against the stored version. */
export interface OrderIntake {
  platformOrderNo: string;
  items: IntakeItem[];
}

export function byOrder(items: readonly IntakeItem[]): OrderIntake[] {
  return [...groupBy(items, ({ item }) => item.platformOrderNo)].map(([platformOrderNo, of]) => ({
    platformOrderNo,
    items: of,
  }));
}

/** Judges the items of one order one after the other: verdicts by item number, and the items to apply in their order. */
export function judge(
  intake: OrderIntake,
  stored: OrderVersion | undefined,
): { verdicts: Map<number, 'stored' | 'updated' | 'unchanged' | 'older'>; apply: IntakeItem[] } {
  const verdicts = new Map<number, 'stored' | 'updated' | 'unchanged' | 'older'>();
  const apply: IntakeItem[] = [];
  let newest = stored;
  for (const item of intake.items) {
    const judged = newest ? judgeVersion(newest, item.version) : 'newer';
    if (judged !== 'newer') {
      verdicts.set(item.no, judged);
      continue;
    }
    verdicts.set(item.no, newest ? 'updated' : 'stored');
    newest = item.version;
    apply.push(item);
  }
  return { verdicts, apply };
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

/** Id of a parked item by its content without the fetch times: the same bad item of the next page is the same row. */
export function parkedId(shopId: string, item: unknown): string {
  const {
    fetchedAt: _fetchedAt,
    fetchStartedAt: _started,
    ...content
  } = (item && typeof item === 'object' ? item : { item }) as Record<string, unknown>;
  return `prk_${createHash('sha256')
    .update(canonicalJson([shopId, content]))
    .digest('hex')
    .slice(0, 32)}`;
}

/** The order number that an item names, as far as it can be read. */
export function numberOf(item: unknown): string {
  const named = (item as { platformOrderNo?: unknown } | null)?.platformOrderNo;
  return typeof named === 'string' ? named : '';
}

/** A new id of a working order. */
export const newOrderId = (): string => newId('ord');
