import { rows, type Tx } from '@app/shared';
import type { OrderAggregate, WorkingOrder } from './order.types';

/** Everything of an order but its own row. */
export type OrderParts = Omit<OrderAggregate, 'order'>;

/** One kind of rows that belong to an order. */
interface Part {
  member: keyof OrderParts;
  table: string;
  /** Columns that are read; members are named like them in camelCase. */
  columns: string;
  orderBy: string;
  /** Members that hold a time, or null; JSON carries them as text. */
  times: readonly string[];
  /** A further member, by its SQL text over the row `t`. */
  more?: string;
  /** Read only for orders that have after-sales. */
  isOfAfterSales?: true;
}

const PARTS: readonly Part[] = [
  {
    member: 'lines',
    table: 'order_line',
    columns: `company_id, line_id, order_id, shop_id, platform_line_no, position, listing_id, listing_sku_id, merchant_code, title, spec_text, quantity, cancelled, reserved, shipped,
      unit_price_fen, discount_fen, paid_fen, refund_state, refund_no, stated_refund_state, stated_refund_at, stated_refund_fetch_at, refunded_fen, is_refunded, platform_line_state,
      no_stock, is_shipped_by_platform, is_elsewhere, is_implausible, is_removed, is_gift, is_waiting, forbids, components, held`,
    orderBy: 'position, line_id',
    times: ['statedRefundAt', 'statedRefundFetchAt'],
  },
  {
    member: 'holds',
    table: 'order_hold',
    columns:
      'company_id, hold_id, order_id, type, cause, reason, owner, since, release_at, closed_at, closed_by, close_reason',
    orderBy: 'hold_id',
    times: ['since', 'releaseAt', 'closedAt'],
  },
  {
    member: 'fulfilments',
    table: 'fulfilment',
    columns:
      'company_id, fulfilment_id, order_id, shop_id, warehouse, revision, state, reason, ship_by, is_urgent, departed_at, parcel_id, created_at, updated_at',
    orderBy: 'fulfilment_id',
    times: ['shipBy', 'departedAt', 'createdAt', 'updatedAt'],
    more: `coalesce((SELECT json_agg(g) FROM (SELECT l.line_id AS "lineId", l.sku_id AS "skuId", l.sku_code AS "skuCode", l.quantity FROM fulfilment_line l
        WHERE l.company_id = t.company_id AND l.fulfilment_id = t.fulfilment_id ORDER BY l.line_id, l.sku_id) g), '[]') AS lines`,
  },
  {
    member: 'parcels',
    table: 'order_parcel',
    columns:
      'company_id, parcel_id, order_id, fulfilment_id, revision, warehouse, carrier, waybill_no, state, shipped_at, delivered_at, lines',
    orderBy: 'parcel_id',
    times: ['shippedAt', 'deliveredAt'],
  },
  {
    member: 'notices',
    table: 'ship_notice',
    columns: 'company_id, notice_id, order_id, parcel_id, state, reason',
    orderBy: 'notice_id',
    times: [],
  },
  {
    member: 'afterSales',
    table: 'after_sale',
    columns: `company_id, after_sale_id, shop_id, platform, platform_after_sale_no, platform_order_no, platform_line_no, order_id, line_id, version, kind, state, raw_status, phase,
      platform_version, refund_fen, counted_fen, excess_fen, counted, currency, quantity, goods_come_back, reason, description, return_waybill_no, return_carrier, asked_at, modified_at,
      fetch_started_at, deadline_at, forbids, goods_received_at, returned, created_at, updated_at`,
    orderBy: 'after_sale_id',
    times: ['askedAt', 'modifiedAt', 'fetchStartedAt', 'deadlineAt', 'goodsReceivedAt', 'createdAt', 'updatedAt'],
    isOfAfterSales: true,
  },
  {
    member: 'returns',
    table: 'order_return',
    columns:
      'company_id, return_id, version, order_id, warehouse, waybill_no, parcel_id, platform_after_sale_nos, received_at, lines',
    orderBy: 'return_id',
    times: ['receivedAt'],
    isOfAfterSales: true,
  },
];

const named = (column: string): string =>
  `t.${column} AS "${column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())}"`;

/** One part of the order `o` as JSON text; NULL when it has no such rows. */
function partSql({ table, columns, orderBy, more, isOfAfterSales }: Part): string {
  const shown = columns.split(',').map((column) => named(column.trim()));
  const sorted = orderBy.split(', ').map((column) => `t.${column}`);
  const part = `(SELECT json_agg(r) FROM (SELECT ${[...shown, ...(more ? [more] : [])].join(', ')} FROM ${table} t
    WHERE t.company_id = $1 AND t.order_id = o.order_id ORDER BY ${sorted.join(', ')}) r)::text`;
  return isOfAfterSales ? `CASE WHEN o.has_after_sales THEN ${part} END` : part;
}

const PARTS_SQL = PARTS.map((part, no) => `${partSql(part)} AS part_${no}`).join(', ');

/** The parts of an order as JSON texts, in the order of PARTS. */
type PartTexts = Record<'part0' | 'part1' | 'part2' | 'part3' | 'part4' | 'part5' | 'part6', string | null>;

/**
 * Reads a part. It was written by this service, so every number in it is a safe integer and plain JSON reads it whole;
 * the texts of numbers that are longer (ids of platforms) are texts in it too.
 */
function partOf(text: string | null | undefined, { times }: Part): unknown[] {
  if (!text) return [];
  const found = JSON.parse(text) as Record<string, unknown>[];
  for (const one of found)
    for (const member of times) if (one[member] !== null) one[member] = new Date(one[member] as string);
  return found;
}

function partsOf(found: PartTexts): OrderParts {
  const parts: Record<string, unknown[]> = {};
  for (const [no, part] of PARTS.entries()) parts[part.member] = partOf(found[`part${no}` as keyof PartTexts], part);
  return parts as unknown as OrderParts;
}

function wholeOf({ part0, part1, part2, part3, part4, part5, part6, ...order }: WorkingOrder & PartTexts) {
  return { order, ...partsOf({ part0, part1, part2, part3, part4, part5, part6 }) };
}

/**
 * Orders whole that `lock` locks: a statement over working_order that ends in FOR UPDATE, with the company as $1. One
 * statement where nobody held them. Where it had to wait, the orders are those of now, and their parts still those of
 * before: it shows by the version, which rises with every change of a part. These parts are then read again.
 */
export async function readLocked(
  tx: Tx,
  companyId: string,
  lock: string,
  parameters: readonly unknown[],
): Promise<OrderAggregate[]> {
  const found = await rows<WorkingOrder & PartTexts & { seenVersion: number | null }>(
    tx,
    `SELECT o.*, ${PARTS_SQL}, (SELECT s.version FROM working_order s WHERE s.company_id = $1 AND s.order_id = o.order_id) AS seen_version FROM (${lock}) o`,
    parameters,
  );
  const waited = found.filter(({ version, seenVersion }) => version !== seenVersion).map(({ orderId }) => orderId);
  const again = new Map(
    waited.length > 0
      ? (await readWhole(tx, companyId, waited)).map((aggregate) => [aggregate.order.orderId, aggregate])
      : [],
  );
  return found.map(({ seenVersion: _seen, ...one }) => again.get(one.orderId) ?? wholeOf(one));
}

/** Orders whole as of one moment, without a lock, in one statement; unknown ids are left out. */
export async function readWhole(tx: Tx, companyId: string, orderIds: readonly string[]): Promise<OrderAggregate[]> {
  const found = await rows<WorkingOrder & PartTexts>(
    tx,
    `SELECT o.*, ${PARTS_SQL} FROM working_order o WHERE o.company_id = $1 AND o.order_id = ANY($2::text[]) ORDER BY o.order_id`,
    [companyId, orderIds],
  );
  return found.map(wholeOf);
}
