import type { Client } from 'pg';
import type { Chaos } from '../chaos';
import { PULL_INTERVAL_MS } from '../installation';
import type { StoryLine } from '../story-line';
import { linesOf, type TruthOrder, type TruthRefund } from '../truth';
import { newCheck, type Check } from './check';
import type { Evidence, OurParcel } from './evidence';

interface Departure {
  order_id: string;
  parcel_id: string;
  order_version: string;
  granted_at: Date;
}

interface LogRow {
  order_id: string;
  version: string;
  at: Date;
  changes: string;
}

/** Beside the pull interval, for the reading itself. */
const ALLOWED_MS = PULL_INTERVAL_MS + 5_000;
const OPEN = new Set(['requested', 'agreed', 'unknown']);
const BATCH = 500;

/** What an order's log says up to a version, and what it learns after it. */
interface Known {
  /** Why nothing may leave at the version; empty when it may. */
  against: string[];
  /** Story instant at which the log first shows something against shipping after the version. */
  laterAt: number | undefined;
}

/** Follows the log: lines under refund, the platform's state, holds that refuse departures. */
function follow(rows: readonly LogRow[], version: number, lineNos: ReadonlySet<string>): Known {
  const refunds = new Map<string, string>();
  const holds = new Map<string, number>();
  let state = '';
  const against = () => [
    ...(state === 'closed' || state === 'cancelled' ? [`platform state ${state}`] : []),
    ...[...refunds]
      .filter(([line, refund]) => OPEN.has(refund) && lineNos.has(line))
      .map(([line, refund]) => `line ${line} ${refund}`),
    ...[...holds].filter(([, count]) => count > 0).map(([type]) => `hold ${type}`),
  ];
  let known: Known | undefined;
  for (const row of rows) {
    if (Number(row.version) >= version && !known) known = { against: against(), laterAt: undefined };
    for (const change of JSON.parse(row.changes) as string[]) {
      state = /^(?:platformState: \S+ → |stored as )(\w+)/.exec(change)?.[1] ?? state;
      const [, line, refund] = /^line (\S+) refundState: \S+ → (\w+)/.exec(change) ?? [];
      if (line && refund) refunds.set(line, refund);
      const [, type, verb] = /^hold (\w+) (opened|closed)/.exec(change) ?? [];
      if (type && type !== 'ship_notice_failed') holds.set(type, (holds.get(type) ?? 0) + (verb === 'opened' ? 1 : -1));
      const isNews =
        /too late to stop/.test(change) || (refund !== undefined && refund !== 'withdrawn' && refund !== 'none');
      if (
        known &&
        known.laterAt === undefined &&
        Number(row.version) > version &&
        (isNews || /platformState: \S+ → closed/.test(change))
      )
        known.laterAt = row.at.getTime();
    }
  }
  return known ?? { against: against(), laterAt: undefined };
}

/** Until when a refund speaks against shipping its lines; one of a part leaves the goods to be shipped. */
function forbidsUntil(order: TruthOrder, refund: TruthRefund): number {
  const lines = order.lines.filter(({ platformLineNo }) => linesOf(refund).includes(platformLineNo));
  const isPart = refund.amountFen < lines.reduce((sum, { paidFen }) => sum + paidFen, 0);
  const isOver = refund.state === 'withdrawn' || refund.state === 'refused' || (refund.state === 'done' && isPart);
  return isOver ? Date.parse(refund.modifiedAt) : Number.MAX_SAFE_INTEGER;
}

/** Story instants between which the platform wanted none of the parcel to be shipped. */
interface Forbidden {
  since: number;
  until: number;
}

/** When shipping the parcel was forbidden; undefined when the platform did not mind at the departure. */
function forbiddenAt(order: TruthOrder, lineNos: ReadonlySet<string>, granted: number): Forbidden | undefined {
  const spans = order.refunds
    .filter((refund) => linesOf(refund).some((no) => lineNos.has(no)))
    .map((refund) => ({ since: Date.parse(refund.createdAt), until: forbidsUntil(order, refund) }));
  if (order.state === 'closed' && order.endedAt)
    spans.push({ since: Date.parse(order.endedAt), until: Number.MAX_SAFE_INTEGER });
  const then = spans.filter(({ since, until }) => since < granted && granted < until);
  if (then.length === 0) return undefined;
  return { since: Math.min(...then.map(({ since }) => since)), until: Math.max(...then.map(({ until }) => until)) };
}

async function logsOf(reader: Client, orderIds: readonly string[]): Promise<Map<string, LogRow[]>> {
  const { rows } = await reader.query<LogRow>(
    'SELECT order_id, version, at, changes FROM orders.order_log WHERE order_id = ANY($1) ORDER BY order_id, version',
    [orderIds],
  );
  const logs = new Map<string, LogRow[]>();
  for (const row of rows) logs.set(row.order_id, [...(logs.get(row.order_id) ?? []), row]);
  return logs;
}

/**
 * No departure was granted after the closing or the refund request was committed in orders; and what left although the
 * platform had already closed, but nobody here knew yet, was known within the pull interval plus five seconds.
 * The order of departures and log rows is told by no call of the API, so the owner's connection reads it.
 */
export async function checkDepartures(
  evidence: Evidence,
  reader: Client,
  line: StoryLine,
  chaos: Chaos,
): Promise<{ granted: Check; late: Check }> {
  const granted = newCheck('no departure was granted after the closing or the refund request was committed in orders');
  const late = newCheck(
    'what left before the closing was known: within pull interval + 5 s, with an intercept and a return',
  );
  const orders = new Map([...evidence.orders.values()].map((order) => [order.id, order]));
  const truths = new Map(evidence.truth.map((order) => [order.platformOrderNo, order]));
  const parcels = new Map(evidence.parcels.map((parcel) => [parcel.id, parcel]));
  const { rows } = await reader.query<Departure>(
    'SELECT order_id, parcel_id, order_version, granted_at FROM orders.departure WHERE taken_back_at IS NULL ORDER BY order_id',
  );
  for (let from = 0; from < rows.length; from += BATCH) {
    const batch = rows.slice(from, from + BATCH);
    const logs = await logsOf(reader, [...new Set(batch.map(({ order_id }) => order_id))]);
    for (const departure of batch) {
      const order = orders.get(departure.order_id);
      const truth = order && truths.get(order.platformOrderNo);
      const parcel = parcels.get(departure.parcel_id);
      if (!order || !truth || !parcel) {
        granted.unexplained.push(`departure of parcel ${departure.parcel_id}: its order or parcel is unknown`);
        continue;
      }
      const inParcel = new Set(parcel.lines.map(({ lineId }) => lineId));
      const lineNos = new Set(
        order.lines.filter(({ id }) => inParcel.has(id)).map(({ platformLineNo }) => platformLineNo),
      );
      const known = follow(logs.get(order.id) ?? [], Number(departure.order_version), lineNos);
      granted.checked += 1;
      if (known.against.length > 0)
        granted.unexplained.push(
          `parcel ${parcel.waybillNo} of order ${order.platformOrderNo} was allowed at version ${departure.order_version} under ${known.against.join(', ')}`,
        );
      const forbidden = forbiddenAt(truth, lineNos, departure.granted_at.getTime());
      if (forbidden)
        tellLate(late, { evidence, parcel, truth, forbidden, departure, laterAt: known.laterAt }, line, chaos);
    }
  }
  return { granted, late };
}

interface LateParcel {
  evidence: Evidence;
  parcel: OurParcel;
  truth: TruthOrder;
  forbidden: Forbidden;
  departure: Departure;
  laterAt: number | undefined;
}

function tellLate(check: Check, found: LateParcel, line: StoryLine, chaos: Chaos): void {
  const { evidence, parcel, truth, departure } = found;
  const { since, until } = found.forbidden;
  const what = `parcel ${parcel.waybillNo} of order ${truth.platformOrderNo}`;
  const calmSince = (story: number) => Math.round(chaos.calmMs(line.wireOf(since), line.wireOf(story)));
  const lagMs = found.laterAt === undefined ? Infinity : calmSince(found.laterAt);
  check.checked += 1;
  // What was over before anybody had to have read it asks for nothing.
  if (lagMs > ALLOWED_MS && calmSince(until) <= ALLOWED_MS) {
    check.notes.push(`${what} left while money was asked back, for ${calmSince(until)} ms`);
    return;
  }
  if (found.laterAt === undefined) {
    check.unexplained.push(
      `${what} left at ${departure.granted_at.toISOString()}, and the order never learned why it should not have`,
    );
    return;
  }
  const whole = Math.round(line.wireOf(found.laterAt) - line.wireOf(since));
  const intercept = evidence.intercepts.find(({ parcelId }) => parcelId === parcel.id);
  const back = evidence.returns.find((one) => one.parcelId === parcel.id || one.waybillNo === parcel.waybillNo);
  const text = `${what}: known ${lagMs} ms after it was asked${whole > lagMs + 1 ? ` (${whole} ms with faults)` : ''}; intercept ${intercept?.state ?? 'none'}, return ${back?.state ?? 'none'}`;
  // Where the buyer took the request back, or the parcel had arrived, nothing comes back any more.
  const isBack = back !== undefined || intercept?.state === 'withdrawn' || intercept?.state === 'too_late';
  const isBad = lagMs > ALLOWED_MS || !intercept || !isBack;
  (isBad ? check.unexplained : check.notes).push(text);
  check.figures['longest lag ms'] = Math.max(check.figures['longest lag ms'] ?? 0, lagMs);
}
