import type { OrderStateView, ShipNotice } from '@app/platforms';
import type { NoticeLine, NoticeRow } from './notice.repository';

const ENDED = new Set(['closed', 'cancelled']);
const SHIPPED = new Set(['shipped', 'part_shipped', 'signed', 'completed']);

/** What to do with a notice, judged by the platform's word of this moment. */
export type NoticePlan =
  | { kind: 'send'; notice: ShipNotice }
  /** The lines were told with earlier parcels; the platform keeps one number per line. */
  | { kind: 'told'; reason: string }
  | { kind: 'fail'; reason: string };

/** Sums pieces per line: a bundle brings one line once per component. */
export function linesOf(text: string): NoticeLine[] {
  return JSON.parse(text) as NoticeLine[];
}

/** Plans a notice. `told` are the notices of the same order that the platform was told before. */
export function planNotice(row: NoticeRow, told: readonly NoticeRow[], view: OrderStateView): NoticePlan {
  if (ENDED.has(view.platformState)) {
    return {
      kind: 'fail',
      reason: `The platform shows order ${row.platformOrderNo} as ${view.platformState}, but parcel ${row.waybillNo} has left; ask the carrier to bring it back.`,
    };
  }
  const toldLines = new Set(told.flatMap((other) => linesOf(other.lines).map(({ platformLineNo }) => platformLineNo)));
  const all = linesOf(row.lines);
  const lines = all.filter(({ platformLineNo }) => !toldLines.has(platformLineNo));
  if (lines.length === 0)
    return {
      kind: 'told',
      reason: `Its lines were told with parcel ${told.map(({ waybillNo }) => waybillNo).join(', ')}.`,
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
  };
}

/** A line that needs no notice any more: shipped, ended or refunded. */
function isBehind(line: OrderStateView['lines'][number]): boolean {
  const state = line.platformLineState ?? '';
  return SHIPPED.has(state) || ENDED.has(state) || line.refundState === 'succeeded';
}
