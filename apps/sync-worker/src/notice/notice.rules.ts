import type { OrderStateView, ShipmentState, ShipNotice } from '@app/platforms';
import type { NoticeLine, NoticeRow } from './notice.repository';

const ENDED = new Set(['closed', 'cancelled']);
const SHIPPED = new Set(['shipped', 'part_shipped', 'signed', 'completed']);

/** What to do with a notice, judged by the platform's word of this moment. */
export type NoticePlan =
  /** `reason` says what of the parcel is left out, and is empty when nothing is. */
  | { kind: 'send'; notice: ShipNotice; reason: string }
  /** The lines were told with earlier parcels; the platform keeps one number per line. */
  | { kind: 'told'; reason: string }
  | { kind: 'fail'; reason: string };

/** Sums pieces per line: a bundle brings one line once per component. */
export function linesOf(text: string): NoticeLine[] {
  return JSON.parse(text) as NoticeLine[];
}

function ended(row: NoticeRow, view: OrderStateView): NoticePlan {
  return {
    kind: 'fail',
    reason: `The platform shows order ${row.platformOrderNo} as ${view.platformState}, but parcel ${row.waybillNo} has left; ask the carrier to bring it back.`,
  };
}

/**
 * Plans a notice. `told` are the notices of the same order that the platform was told before. A line that the platform
 * closed while its parcel was leaving is left out: named with the others it has the whole notice refused, for ever
 * (Douyin sheet §9.1).
 */
export function planNotice(row: NoticeRow, told: readonly NoticeRow[], view: OrderStateView): NoticePlan {
  if (ENDED.has(view.platformState)) return ended(row, view);
  const toldLines = new Set(told.flatMap((other) => linesOf(other.lines).map(({ platformLineNo }) => platformLineNo)));
  const all = linesOf(row.lines);
  const untold = all.filter(({ platformLineNo }) => !toldLines.has(platformLineNo));
  if (untold.length === 0)
    return {
      kind: 'told',
      reason: `Its lines were told with parcel ${told.map(({ waybillNo }) => waybillNo).join(', ')}.`,
    };
  const closed = new Set(
    view.lines.filter((line) => ENDED.has(line.platformLineState ?? '')).map(({ platformLineNo }) => platformLineNo),
  );
  const lines = untold.filter(({ platformLineNo }) => !closed.has(platformLineNo));
  const leftOut = [...new Set(untold.map(({ platformLineNo }) => platformLineNo))].filter((no) => closed.has(no));
  if (lines.length === 0)
    return {
      kind: 'fail',
      reason: `The platform has closed every line of parcel ${row.waybillNo}, which has left; ask the carrier to bring it back.`,
    };
  const now = new Set(lines.map(({ platformLineNo }) => platformLineNo));
  const open = view.lines.filter((line) => !now.has(line.platformLineNo) && !isBehind(line));
  return {
    kind: 'send',
    notice: {
      platformOrderNo: row.platformOrderNo,
      parcels: [
        {
          carrier: row.carrier,
          waybillNo: row.waybillNo,
          lines: lines.map(({ platformLineNo, quantity }) => ({ platformLineNo, quantity, orderedQuantity: quantity })),
        },
      ],
      finishesOrder: open.length === 0,
      shippedBefore:
        toldLines.size > 0 ||
        view.lines.some((line) => !now.has(line.platformLineNo) && SHIPPED.has(line.platformLineState ?? '')),
      idempotencyKey: `${row.parcelId}/${row.orderId}`,
    },
    reason: leftOut.length === 0 ? '' : `Without line ${leftOut.join(', ')}, which the platform closed before.`,
  };
}

/**
 * Plans the notice of a parcel that got another number, judged by the numbers that the platform shows for its lines;
 * undefined where it shows none, so that the parcel is told like a new one. `told` are the order's other notices.
 */
export function planChange(
  row: NoticeRow,
  told: readonly NoticeRow[],
  view: OrderStateView,
  shown: ShipmentState,
): NoticePlan | undefined {
  if (ENDED.has(view.platformState)) return ended(row, view);
  if (view.platformState === 'completed')
    return { kind: 'told', reason: 'The buyer has the goods; the platform takes no other number any more.' };
  const lines = linesOf(row.lines);
  const own = new Set(lines.map(({ platformLineNo }) => platformLineNo));
  const there = shown.lines.filter(({ platformLineNo, isShipped }) => isShipped && own.has(platformLineNo));
  if (there.length === 0) return undefined;
  const numbers = new Set(there.flatMap(({ waybillNo, waybillNos }) => waybillNos ?? waybillNo?.split(',') ?? []));
  const replaces = row.earlierWaybillNos.find((no) => numbers.has(no));
  if (replaces !== undefined)
    return {
      kind: 'send',
      notice: {
        platformOrderNo: row.platformOrderNo,
        parcels: [
          {
            carrier: row.carrier,
            waybillNo: row.waybillNo,
            lines: lines.map((line) => ({ ...line, orderedQuantity: line.quantity })),
          },
        ],
        finishesOrder: shown.allShipped,
        shippedBefore: true,
        replaces,
        idempotencyKey: `${row.parcelId}/${row.orderId}/${row.waybillNo}`,
      },
      reason: '',
    };
  if (numbers.has(row.waybillNo)) return { kind: 'told', reason: 'The platform shows the new number.' };
  const list = [...numbers].join(', ') || 'no number';
  if (told.some(({ waybillNo }) => numbers.has(waybillNo)))
    return { kind: 'told', reason: `Its lines were told with parcel ${list}.` };
  return {
    kind: 'fail',
    reason: `The platform shows ${list} for the parcel, and neither ${row.waybillNo} nor a number that the parcel bore before.`,
  };
}

/** What is still missing of an order that a platform takes only as a whole; empty when its last parcel has left. */
export function reasonToWait(
  row: NoticeRow,
  parcels: readonly NoticeRow[],
  departed: { fulfilment: string; parcelIds: readonly string[] } | undefined,
): string {
  const known = new Set(parcels.map(({ parcelId }) => parcelId));
  if (departed && (departed.fulfilment !== 'shipped' || departed.parcelIds.some((id) => !known.has(id))))
    return 'The platform takes an order as a whole, and goods of it are still here.';
  const [first] = parcels.filter(({ state }) => state !== 'told');
  return first && first.parcelId !== row.parcelId && first.state === 'pending'
    ? `It is told together with parcel ${first.waybillNo}.`
    : '';
}

/** Plans the one notice of an order that a platform takes only as a whole: all of its parcels, the first one first. */
export function planWhole(row: NoticeRow, parcels: readonly NoticeRow[], view: OrderStateView): NoticePlan {
  const plain = planNotice(row, [], view);
  if (plain.kind !== 'send') return plain;
  const ordered = new Map<string, number>();
  for (const { platformLineNo, quantity } of parcels.flatMap(({ lines }) => linesOf(lines)))
    ordered.set(platformLineNo, (ordered.get(platformLineNo) ?? 0) + quantity);
  return {
    kind: 'send',
    notice: {
      platformOrderNo: row.platformOrderNo,
      parcels: parcels.map(({ carrier, waybillNo, lines }) => ({
        carrier,
        waybillNo,
        lines: linesOf(lines).map((line) => ({ ...line, orderedQuantity: ordered.get(line.platformLineNo)! })),
      })),
      finishesOrder: true,
      shippedBefore: parcels.some(({ state }) => state === 'told'),
      idempotencyKey: `${parcels[0]!.parcelId}/${row.orderId}/${parcels.length}`,
    },
    reason: '',
  };
}

/** A line that needs no notice any more: shipped, ended or refunded. */
function isBehind(line: OrderStateView['lines'][number]): boolean {
  const state = line.platformLineState ?? '';
  return SHIPPED.has(state) || ENDED.has(state) || line.refundState === 'succeeded';
}
