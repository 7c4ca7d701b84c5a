import type { ServiceKey } from '../../harness/topology';
import { sleep, systemWireClock } from '@app/shared';
import { SERVICES } from '../installation';
import type { SoakShop } from '../office';
import type { PatientClient } from '../patient-client';
import { wordsOf } from '../platform-words';
import type { On } from '../played';
import type { TruthBill } from '../truth';
import { newCheck, type Check } from './check';

interface Invariant {
  invariant: string;
  checked: number;
  inFlight: number;
  breaches: string[];
}

/** Invariants of every service; waits while facts are on their way. */
export async function checkInvariants(api: PatientClient, withinMs: number): Promise<Check> {
  const deadline = systemWireClock.now() + withinMs;
  for (;;) {
    const check = newCheck('verify of all services is clean');
    let inFlight = 0;
    for (const service of SERVICES) {
      const { items } = await api.get<{ items: Invariant[] }>(`/${service}/v1/verify`);
      for (const { invariant, checked, inFlight: flying, breaches } of items) {
        check.checked += checked;
        inFlight += flying;
        if (flying > 0) check.notes.push(`${service}: ${invariant}: ${flying} under way`);
        for (const breach of breaches) check.unexplained.push(`${service}: ${invariant}: ${breach}`);
      }
    }
    check.figures['under way'] = inFlight;
    if ((inFlight === 0 && check.unexplained.length === 0) || systemWireClock.now() > deadline) {
      if (inFlight > 0) check.notes.push(`${inFlight} things were under way after ${Math.round(withinMs / 1000)} s`);
      return check;
    }
    await sleep(2_000);
  }
}

interface Completeness {
  windows: { from: string; to: string; state: string; missing: string[]; older: string[] }[];
  gaps: { platformOrderNo: string; cause: string; foundAt: string; storedAt: string | null }[];
  days?: { day: string; state: string; reason: string }[];
}

/** Real milliseconds within which a window that is cut while the platform is there is read. */
const READ_MS = 15_000;
/** The bill of a day comes the next morning. */
const YOUNG_BILL_MS = 36 * 3_600_000;

const isInBill = ({ isDropped, billedFen }: TruthBill): boolean => !isDropped && billedFen !== 0;

/** A window may have been cut just now; whether it is read within the time in which one is read. */
async function closesSoon(
  api: PatientClient,
  path: string,
  { from, to }: { from: string; to: string },
): Promise<boolean> {
  const deadline = systemWireClock.now() + READ_MS;
  for (;;) {
    const { windows } = await api.get<Completeness>(path);
    if (!windows.some((one) => one.from === from && one.to === to && one.state === 'open')) return true;
    if (systemWireClock.now() > deadline) return false;
    await sleep(1_000);
  }
}

/** The census of each shop and kind: no gap is open, and what is old enough is proven. */
export async function checkCompleteness(
  api: PatientClient,
  shops: readonly SoakShop[],
  span: { from: string; to: string },
  billed: readonly On<TruthBill>[],
): Promise<Check> {
  const check = newCheck('completeness shows no open gap');
  const moved = new Set(
    billed.filter(isInBill).map(({ platformShopId, at }) => `${platformShopId} ${at.slice(0, 10)}`),
  );
  for (const shop of shops)
    for (const kind of ['orders', 'after-sales', 'bills']) {
      const query = `kind=${kind}&from=${encodeURIComponent(span.from)}&to=${encodeURIComponent(span.to)}`;
      const path = `/sync/v1/shops/${shop.id}/completeness?${query}`;
      const { status, body } = await api.call<Completeness>('GET', path);
      if (status >= 300) {
        check.unexplained.push(`completeness of ${kind} of ${shop.name} answered ${status}`);
        continue;
      }
      for (const window of body.windows) {
        check.checked += 1;
        const key = `${kind} ${window.state}`;
        check.figures[key] = (check.figures[key] ?? 0) + 1;
        if (window.state === 'open' && !(await closesSoon(api, path, window)))
          check.unexplained.push(
            `${kind} of ${shop.name} ${window.from} – ${window.to} are open: missing ${window.missing.slice(0, 5).join(', ')}, older ${window.older.slice(0, 5).join(', ')}`,
          );
      }
      for (const gap of body.gaps) {
        const no = gap.platformOrderNo;
        if (gap.storedAt === null)
          check.unexplained.push(`${kind} ${no} of ${shop.name} is ${gap.cause} since ${gap.foundAt}`);
        else check.figures[`${kind} gaps found and closed`] = (check.figures[`${kind} gaps found and closed`] ?? 0) + 1;
      }
      for (const { day, state, reason } of body.days ?? []) {
        check.figures[`bill days ${state}`] = (check.figures[`bill days ${state}`] ?? 0) + 1;
        const isYoung = Date.parse(`${day}T00:00:00+08:00`) + YOUNG_BILL_MS > Date.parse(span.to);
        const isQuiet = !wordsOf(shop.platform).tellsQuietDays && !moved.has(`${shop.platformShopId} ${day}`);
        if (state !== 'done' && !isYoung && !isQuiet)
          check.unexplained.push(`bill of ${day} of ${shop.name} is ${state}: ${reason}`);
      }
    }
  return check;
}

const PARKING: ServiceKey[] = ['catalog', 'orders', 'inventory', 'logistics', 'settlement', 'sync'];

/** Dead letters, parked items and open alarms, each with its cause. */
export async function listFailures(api: PatientClient): Promise<Check> {
  const check = newCheck('dead letters, parked items and alarms, with their causes');
  for (const job of await api.all<{ queue: string; name: string; cause: string; id: string }>(
    '/sync/v1/failed-jobs',
    100,
  )) {
    check.checked += 1;
    const text = `dead letter ${job.queue} ${job.name} ${job.id}: ${job.cause}`;
    (job.cause ? check.notes : check.unexplained).push(text);
    check.figures['dead letters'] = (check.figures['dead letters'] ?? 0) + 1;
  }
  for (const service of PARKING)
    for (const item of await api.all<{ id: string; source: string; cause: string }>(
      `/${service}/v1/parked-items`,
      100,
    )) {
      check.checked += 1;
      (item.cause ? check.notes : check.unexplained).push(
        `parked at ${service}: ${item.source} ${item.id}: ${item.cause}`,
      );
      check.figures['parked items'] = (check.figures['parked items'] ?? 0) + 1;
    }
  for (const alarm of await api.all<{ kind: string; subject: string; message: string }>(
    '/sync/v1/alarms?open=true',
    100,
  )) {
    check.notes.push(`alarm ${alarm.kind} ${alarm.subject}: ${alarm.message}`);
    check.figures['open alarms'] = (check.figures['open alarms'] ?? 0) + 1;
  }
  return check;
}
