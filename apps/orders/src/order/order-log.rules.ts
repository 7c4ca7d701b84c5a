import type { AfterSale, Fulfilment, Hold, OrderAggregate, OrderLine, OrderReturn, WorkingOrder } from './order.types';

const AXES = [
  'status',
  'platformState',
  'unknownStatus',
  'review',
  'stock',
  'fulfilment',
  'afterSale',
  'notice',
  'isUrgent',
  'isCancelled',
  'shipBy',
  'buyerMessage',
  'sellerMemo',
  'memoFlag',
  'isReplaced',
] as const satisfies readonly (keyof WorkingOrder)[];
const LINE_MEMBERS = [
  'refundState',
  'refundedFen',
  'quantity',
  'cancelled',
  'shipped',
  'reserved',
  'platformLineState',
  'isElsewhere',
  'isWaiting',
] as const satisfies readonly (keyof OrderLine)[];
const AFTER_SALE_MEMBERS = [
  'kind',
  'state',
  'rawStatus',
  'refundFen',
  'countedFen',
  'excessFen',
  'returnWaybillNo',
  'goodsReceivedAt',
] as const satisfies readonly (keyof AfterSale)[];
/** Receiver and remark texts are never copied into the log; that they changed is enough. */
const UNTOLD = new Set<string>(['buyerMessage', 'sellerMemo']);
/** A log row names at most so many changes; the rest is counted. */
const MAX_CHANGES = 100;

const show = (value: unknown): string => (value instanceof Date ? value.toISOString() : String(value ?? 'none'));

function changesOfMembers<T extends object>(
  label: string,
  before: T,
  after: T,
  members: readonly (keyof T & string)[],
): string[] {
  return members
    .filter((member) => show(before[member]) !== show(after[member]))
    .map((member) =>
      UNTOLD.has(member)
        ? `${label}${member} changed`
        : `${label}${member}: ${show(before[member])} → ${show(after[member])}`,
    );
}

function holdChanges(before: readonly Hold[], after: readonly Hold[]): string[] {
  const known = new Map(before.map((hold) => [hold.holdId, hold]));
  return after.flatMap((hold) => {
    const old = known.get(hold.holdId);
    const changes: string[] = [];
    if (!old) changes.push(`hold ${hold.type} opened: ${hold.reason}`);
    if (hold.closedAt !== null && (!old || old.closedAt === null))
      changes.push(`hold ${hold.type} closed by ${hold.closedBy}: ${hold.closeReason}`);
    return changes;
  });
}

function fulfilmentChanges(before: readonly Fulfilment[], after: readonly Fulfilment[]): string[] {
  const known = new Map(before.map((fulfilment) => [fulfilment.fulfilmentId, fulfilment]));
  return after.flatMap((fulfilment) => {
    const old = known.get(fulfilment.fulfilmentId);
    if (old && old.state === fulfilment.state && old.revision === fulfilment.revision) return [];
    const why = fulfilment.reason ? `: ${fulfilment.reason}` : '';
    return [
      `fulfilment ${fulfilment.fulfilmentId} in ${fulfilment.warehouse} ${fulfilment.state} (revision ${fulfilment.revision})${why}`,
    ];
  });
}

function afterSaleChanges(before: readonly AfterSale[], after: readonly AfterSale[]): string[] {
  const known = new Map(before.map((afterSale) => [afterSale.afterSaleId, afterSale]));
  return after.flatMap((afterSale) => {
    const old = known.get(afterSale.afterSaleId);
    const label = `after-sale ${afterSale.platformAfterSaleNo}`;
    if (!old)
      return [
        `${label} (${afterSale.kind}) ${afterSale.state}: ${afterSale.refundFen} fen`,
        ...(afterSale.excessFen > 0 ? [`${label} gave back ${afterSale.excessFen} fen above what was paid`] : []),
      ];
    return changesOfMembers(`${label} `, old, afterSale, AFTER_SALE_MEMBERS);
  });
}

function returnChanges(before: readonly OrderReturn[], after: readonly OrderReturn[]): string[] {
  const text = ({ waybillNo, lines }: OrderReturn) =>
    `parcel ${waybillNo} came back: ${lines.map(({ quantity, skuCode, grade }) => `${quantity} × ${skuCode} (${grade})`).join(', ')}`;
  const known = new Map(before.map((one) => [one.returnId, text(one)]));
  const left = new Set(after.map(({ returnId }) => returnId));
  return [
    ...after.filter((one) => known.get(one.returnId) !== text(one)).map(text),
    ...before
      .filter(({ returnId }) => !left.has(returnId))
      .map(({ waybillNo }) => `parcel ${waybillNo} came back for another order`),
  ];
}

/** What changed between two states of an order, a text each, in the order in which a person reads it. */
export function changesOf(before: OrderAggregate | null, after: OrderAggregate): string[] {
  if (!before)
    return [
      `stored as ${after.order.platformState}, status ${after.order.status}`,
      ...holdChanges([], after.holds),
      ...afterSaleChanges([], after.afterSales),
    ];
  const { order } = after;
  const changes = changesOfMembers('', before.order, order, AXES);
  for (const flag of order.flags)
    if (!before.order.flags.includes(flag))
      changes.push(
        flag === 'intercept_wanted'
          ? 'too late to stop: the parcel has left and should be intercepted'
          : `flag ${flag} set`,
      );
  for (const flag of before.order.flags) if (!order.flags.includes(flag)) changes.push(`flag ${flag} cleared`);
  if (before.order.receiverMark !== order.receiverMark) changes.push('receiver changed');
  if (JSON.stringify(before.order.amounts) !== JSON.stringify(order.amounts))
    changes.push(`amounts changed, payable ${before.order.amounts.payableFen} → ${order.amounts.payableFen} fen`);
  changes.push(
    ...afterSaleChanges(before.afterSales, after.afterSales),
    ...returnChanges(before.returns, after.returns),
  );
  changes.push(...holdChanges(before.holds, after.holds), ...fulfilmentChanges(before.fulfilments, after.fulfilments));
  const knownLines = new Map(before.lines.map((line) => [line.lineId, line]));
  for (const line of after.lines) {
    const old = knownLines.get(line.lineId);
    if (old) changes.push(...changesOfMembers(`line ${line.platformLineNo} `, old, line, LINE_MEMBERS));
    else changes.push(`line ${line.platformLineNo} added`);
  }
  for (const parcel of after.parcels) {
    const old = before.parcels.find(({ parcelId }) => parcelId === parcel.parcelId);
    if (old?.state !== parcel.state) changes.push(`parcel ${parcel.parcelId} ${parcel.state}`);
  }
  if (changes.length > MAX_CHANGES)
    return [...changes.slice(0, MAX_CHANGES), `and ${changes.length - MAX_CHANGES} more changes`];
  return changes.length > 0 ? changes : ['details changed'];
}
