import type { ShipmentState } from '@app/platforms';

/** What the fake platform shows as shipped of an order: its one line under its one number. */
export function shipmentOf({ no, waybill }: { no: string; waybill?: string }): ShipmentState {
  const isShipped = waybill !== undefined;
  const line = { platformLineNo: `${no}-1`, isShipped, ...(isShipped && { waybillNo: waybill }) };
  return { platformOrderNo: no, lines: [line], allShipped: isShipped };
}

/** Throws the next fault that was planted for the moment after a call has done its work. */
export function failLate(faults: ReadonlyMap<string, unknown[]>, moment: string): void {
  const late = faults.get(moment)?.shift();
  if (late) throw late;
}
