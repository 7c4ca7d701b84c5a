import type { Office } from '../office';
import type { PatientClient } from '../patient-client';
import type { TruthOrder } from '../truth';
import { newCheck, same, Sums, type Check } from './check';
import { GONE, type Evidence, type OurParcel } from './evidence';

interface Movement {
  skuCode: string;
  warehouse: string;
  bucket: string;
  delta: number;
  cause: { type: string; id: string; line: string };
}

interface Level {
  skuCode: string;
  warehouse: string;
  onHand: number;
  reserved: number;
  damaged: number;
  quarantine: number;
}

/** Each parcel was told to the platform once and in full, and the platform holds no notice of ours that is no parcel. */
function checkNotices(check: Check, { orders, truth, parcels }: Evidence): void {
  const left = new Map<string, OurParcel>();
  for (const parcel of parcels) if (GONE.has(parcel.state) && parcel.waybillNo) left.set(parcel.waybillNo, parcel);
  const told = new Map<string, TruthOrder>();
  for (const order of truth)
    for (const notice of order.notices.filter(({ by }) => by === 'api')) {
      check.figures.notices = (check.figures.notices ?? 0) + 1;
      if (told.has(notice.waybillNo)) check.unexplained.push(`waybill ${notice.waybillNo} was told twice`);
      told.set(notice.waybillNo, order);
      const parcel = left.get(notice.waybillNo);
      if (!parcel || parcel.lines.every(({ platformOrderNo }) => platformOrderNo !== order.platformOrderNo)) {
        check.unexplained.push(
          `order ${order.platformOrderNo} was told waybill ${notice.waybillNo}, which is no parcel of it that left`,
        );
        continue;
      }
      // A line that the platform closed before it heard of the parcel is no part of the order there any more.
      const closed = new Set(
        order.lines
          .filter(({ state, endedAt }) => state === 'closed' && endedAt !== undefined && endedAt <= notice.at)
          .map(({ platformLineNo }) => platformLineNo),
      );
      const lines = orders.get(order.platformOrderNo)?.lines ?? [];
      const gone = new Set(lines.filter(({ platformLineNo }) => closed.has(platformLineNo)).map(({ id }) => id));
      const packed = parcel.lines.reduce((sum, { lineId, quantity }) => (gone.has(lineId) ? sum : sum + quantity), 0);
      same(
        check,
        `pieces told of waybill ${notice.waybillNo}`,
        notice.lines.reduce((sum, { quantity }) => sum + quantity, 0),
        packed,
      );
    }
  const truths = new Map(truth.map((order) => [order.platformOrderNo, order]));
  for (const [waybillNo, parcel] of left) {
    if (told.has(waybillNo)) continue;
    const order = truths.get(parcel.lines[0]?.platformOrderNo ?? '');
    const text = `parcel ${waybillNo} of order ${order?.platformOrderNo} left and was never told: ${order?.story}`;
    // A platform takes no notice of an order that it has closed, nor of goods that another tool has shipped.
    const isRefused = order?.state === 'closed' || order?.notices.some(({ by }) => by !== 'api');
    (isRefused ? check.notes : check.unexplained).push(text);
  }
}

/** Exactly one stock-out per piece that left, in the movements as in the parcels. */
export async function checkStock(evidence: Evidence, api: PatientClient, office: Office): Promise<Check> {
  const check = newCheck('exactly one stock-out per shipped piece; levels = opening + receipts + returns − shipped');
  const [packed, out] = [new Sums(), new Sums()];
  const levels = new Map<string, Level>();
  for await (const level of api.each<Level>('/inventory/v1/stock'))
    levels.set(`${level.skuCode}@${level.warehouse}`, level);
  const expected = { onHand: new Sums(), damaged: new Sums(), quarantine: new Sums() };
  for (const [place, quantity] of office.bookedIn) expected.onHand.add(place, quantity);
  for (const parcel of evidence.parcels.filter(({ state }) => GONE.has(state)))
    for (const { skuCode, quantity } of parcel.lines) {
      packed.add(`${parcel.id} ${skuCode}`, quantity);
      expected.onHand.add(`${skuCode}@${parcel.warehouse}`, -quantity);
      check.checked += quantity;
    }
  for (const back of evidence.returns.filter(({ state }) => state === 'received'))
    for (const { skuCode, quantity, grade } of back.lines) {
      const place = `${skuCode}@${back.warehouse}`;
      if (!back.isMatched) expected.quarantine.add(place, quantity);
      else if (grade === 'A') expected.onHand.add(place, quantity);
      else if (grade === 'B') expected.damaged.add(place, quantity);
      check.figures[`returned ${grade}`] = (check.figures[`returned ${grade}`] ?? 0) + quantity;
    }
  for await (const { skuCode, bucket, delta, cause } of api.each<Movement>('/inventory/v1/movements')) {
    check.figures.movements = (check.figures.movements ?? 0) + 1;
    if (bucket === 'onHand' && cause.type === 'parcel') out.add(`${cause.id} ${skuCode}`, -delta);
  }
  for (const key of new Set([...packed.keys(), ...out.keys()]))
    same(check, `stock-out of ${key}`, out.of(key), packed.of(key));
  for (const [place, level] of levels) {
    same(check, `onHand of ${place}`, level.onHand, expected.onHand.of(place));
    same(check, `damaged of ${place}`, level.damaged, expected.damaged.of(place));
    same(check, `quarantine of ${place}`, level.quarantine, expected.quarantine.of(place));
    same(check, `reserved of ${place}`, level.reserved, 0);
  }
  for (const place of expected.onHand.keys()) if (!levels.has(place)) check.unexplained.push(`no level of ${place}`);
  checkNotices(check, evidence);
  return check;
}
