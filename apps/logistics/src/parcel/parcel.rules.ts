import { createHash } from 'node:crypto';
import type { CanonicalReceiver } from '@app/contracts';
import { AppError, canonicalJson } from '@app/shared';
import type { PieceLine } from '../fulfilment/fulfilment.repository';

/**
 * `requesting`: its waybill is being taken. `labelled`: may be scanned out. `departing`: scanned, orders is asked.
 * `pull_out`: must not leave; a clerk takes it out. The others speak for themselves.
 */
export const PARCEL_STATES = [
  'requesting',
  'labelled',
  'departing',
  'shipped',
  'delivered',
  'exception',
  'pull_out',
  'cancelled',
] as const;
export type ParcelState = (typeof PARCEL_STATES)[number];

/** States in which a parcel's pieces count as covered, so that nobody packs them again. */
export const COVERING_STATES: readonly ParcelState[] = ['labelled', 'departing', 'shipped', 'delivered', 'exception'];

/** States after the goods have left. */
export const GONE_STATES: readonly ParcelState[] = ['shipped', 'delivered', 'exception'];

/** Pieces asked for one line: the SKU may be left out where the line has one SKU. */
export interface LineWish {
  lineId: string;
  skuCode?: string;
  quantity: number;
}

/** The key of a line's pieces within a fulfilment. */
export function pieceKey(line: { lineId: string; skuId: string }): string {
  return `${line.lineId}\u0000${line.skuId}`;
}

/** What is left of some pieces after others are taken away; lines of which nothing is left are dropped. */
export function remaining(
  lines: readonly PieceLine[],
  taken: readonly { lineId: string; skuId: string; quantity: number }[],
): PieceLine[] {
  const used = new Map<string, number>();
  for (const line of taken) used.set(pieceKey(line), (used.get(pieceKey(line)) ?? 0) + line.quantity);
  return lines
    .map((line) => ({ ...line, quantity: line.quantity - (used.get(pieceKey(line)) ?? 0) }))
    .filter((line) => line.quantity > 0);
}

/** True when each of the wanted pieces is among the free ones. */
export function fits(
  wanted: readonly { lineId: string; skuId: string; quantity: number }[],
  free: readonly PieceLine[],
): boolean {
  const left = new Map(free.map((line) => [pieceKey(line), line.quantity]));
  return wanted.every((line) => line.quantity <= (left.get(pieceKey(line)) ?? 0));
}

/** True when two parcels hold the same pieces. */
export function samePieces(
  a: readonly { lineId: string; skuId: string; quantity: number }[],
  b: readonly { lineId: string; skuId: string; quantity: number }[],
): boolean {
  const text = (lines: typeof a) => canonicalJson(lines.map((line) => [pieceKey(line), line.quantity]).sort());
  return text(a) === text(b);
}

/**
 * The pieces that a clerk asks for, from what is in the fulfilment. Throws VALIDATION for a line or SKU that is not
 * there or is named twice.
 */
export function chosenPieces(lines: readonly PieceLine[], wishes: readonly LineWish[]): PieceLine[] {
  const chosen: PieceLine[] = [];
  for (const [index, wish] of wishes.entries()) {
    const found = lines.filter(
      (line) => line.lineId === wish.lineId && (!wish.skuCode || line.skuCode === wish.skuCode),
    );
    const only = found[0];
    if (!only || found.length > 1 || chosen.some((line) => pieceKey(line) === pieceKey(only))) {
      const message = !only
        ? 'is no line of this fulfilment'
        : found.length > 1
          ? `has several SKUs; name one of ${found.map((line) => line.skuCode).join(', ')} as skuCode`
          : 'is named twice';
      throw new AppError('VALIDATION', `Line ${wish.lineId} ${message}.`, {
        errors: [{ field: `lines[${index}].lineId`, code: 'LINE', message }],
      });
    }
    chosen.push({ ...only, quantity: wish.quantity });
  }
  return chosen;
}

/** Tells two receivers apart without keeping them: a label is only good for the receiver that is on it. */
export function receiverHash(receiver: CanonicalReceiver): string {
  const { masked, mergeKey, cipher } = receiver;
  return createHash('sha256')
    .update(canonicalJson({ masked, who: mergeKey ?? cipher }))
    .digest('hex');
}

/** What a clerk shall do with a parcel that must not leave. */
export function pullOutAdvice(waybillNo: string): string {
  return `Take parcel ${waybillNo} out of the shipping line, keep its goods together, and acknowledge its pull-out.`;
}
