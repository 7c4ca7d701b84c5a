import { createLogger, sleep, systemWireClock } from '@app/shared';
import { ApiClient, RefusedError, type Page } from '../api.client';
import type { Counters } from '../counters';
import { repeat } from '../loop';
import { ReturnsClerk } from './returns.clerk';

const log = createLogger('demo');

interface WorkView {
  fulfilmentId: string;
}

interface ParcelView {
  id: string;
  waybillNo: string;
  state: string;
}

interface PullOutView {
  id: string;
  waybillNo: string;
  reason: string;
}

/** One task of a clerk: a fulfilment to pack, or a labelled parcel to scan out. */
type Task = { key: string; fulfilmentId: string } | { key: string; parcel: ParcelView };

const CLERKS = 8;
/** A hand's movement at pace 1, in wire milliseconds. */
const HAND_MS = 200;
const LOOK_MS = 800;
/** Between label and scan a parcel is picked and packed: wire milliseconds at pace 1, about one to two hours of the story. */
const PICK_MS = 4_000;
const PICK_SPREAD_MS = 4_000;
const AGAIN_AFTER_MS = 15_000;
const SCANS_TWICE = 0.03;
const WRONG_NUMBER = 0.01;
const SCANS_STOPPED = 0.2;
const KEEPS_WAYBILL = 0.5;

/** The demo warehouse: clerks who pack, print and scan, pull parcels out, take returns in, and make a clerk's mistakes. */
export class Clerks {
  private readonly queue: Task[] = [];
  private readonly busy = new Set<string>();
  private readonly notBefore = new Map<string, number>();
  /** Parcels that were labelled at the last look: one that still is at the next was left lying. */
  private labelled = new Set<string>();

  constructor(
    private readonly api: ApiClient,
    private readonly counters: Counters,
    private readonly pace: number,
  ) {}

  /** Works until the program is stopped. */
  async run(): Promise<void> {
    const { stop } = this.api;
    const clerks = Array.from({ length: CLERKS }, (_, no) => repeat(`clerk ${no + 1}`, 20, stop, () => this.doNext()));
    await Promise.all([
      repeat('list of work', LOOK_MS / Math.max(this.pace, 1), stop, () => this.look()),
      repeat('pull-outs', 1_000, stop, () => this.pullOut()),
      new ReturnsClerk(this.api, this.counters, this.pace).run(),
      ...clerks,
    ]);
  }

  private async look(): Promise<void> {
    if (this.queue.length > CLERKS * 10) return;
    const seen = new Set<string>();
    for (const state of ['departing', 'labelled']) {
      const { items } = await this.api.get<Page<ParcelView>>(`/logistics/v1/parcels?state=${state}&limit=100`);
      for (const parcel of items) {
        seen.add(parcel.id);
        if (this.labelled.has(parcel.id)) this.offer({ key: parcel.id, parcel });
      }
    }
    this.labelled = seen;
    const { items } = await this.api.get<Page<WorkView>>('/logistics/v1/work?limit=100');
    for (const { fulfilmentId } of items) this.offer({ key: fulfilmentId, fulfilmentId });
    for (const [key, at] of this.notBefore) if (at < systemWireClock.now()) this.notBefore.delete(key);
  }

  private offer(task: Task): void {
    if (this.busy.has(task.key) || this.notBefore.has(task.key)) return;
    this.busy.add(task.key);
    this.queue.push(task);
  }

  private async doNext(): Promise<void> {
    const task = this.queue.shift();
    if (!task) return sleep(100, this.api.stop);
    try {
      if ('parcel' in task) await this.scanOut(task.parcel);
      else await this.pack(task.fulfilmentId);
    } catch (error) {
      this.notBefore.set(task.key, systemWireClock.now() + AGAIN_AFTER_MS);
      if (!(error instanceof RefusedError)) throw error;
      this.counters.add(`refused ${error.code}`);
    } finally {
      this.busy.delete(task.key);
    }
  }

  /** Takes the waybill and prints; the parcel is picked and packed, and scanned when a later look finds it lying there. */
  private async pack(fulfilmentId: string): Promise<void> {
    const parcel = await this.api.post<ParcelView>(`/logistics/v1/fulfilments/${fulfilmentId}/parcels`);
    const picked = (PICK_MS + Math.random() * PICK_SPREAD_MS) / this.pace;
    this.notBefore.set(parcel.id, systemWireClock.now() + picked);
    this.counters.add('labelled');
    await this.move();
    await this.api.get(`/logistics/v1/parcels/${parcel.id}/label`);
  }

  private async scanOut(parcel: ParcelView): Promise<void> {
    if (Math.random() < WRONG_NUMBER) await this.mistake('scanned a wrong number', `00${parcel.waybillNo}`);
    const shipped = await this.scan(parcel.waybillNo);
    if (!shipped) {
      this.notBefore.set(parcel.id, systemWireClock.now() + 3_000);
      return;
    }
    this.counters.add('shipped');
    if (Math.random() < SCANS_TWICE) await this.mistake('scanned twice', parcel.waybillNo);
  }

  /** False when the parcel must not leave, or not yet. */
  private async scan(waybillNo: string): Promise<boolean> {
    try {
      await this.api.post('/logistics/v1/parcels/ship', { waybillNo });
      return true;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.counters.add(`scan refused ${error.code}`);
      return false;
    }
  }

  private async mistake(what: string, waybillNo: string): Promise<void> {
    this.counters.add(`mistake: ${what}`);
    await this.scan(waybillNo);
  }

  /** Takes parcels out that must not leave, and says so. */
  private async pullOut(): Promise<void> {
    const { items } = await this.api.get<Page<PullOutView>>('/logistics/v1/pull-outs?state=open&limit=50');
    for (const { id, waybillNo, reason } of items) {
      if (Math.random() < SCANS_STOPPED) await this.mistake('scanned a stopped parcel', waybillNo);
      await this.move();
      await this.api.post(`/logistics/v1/pull-outs/${id}/acknowledge`, { keepWaybill: Math.random() < KEEPS_WAYBILL });
      this.counters.add('pulled out');
      log.debug({ waybillNo, reason }, 'parcel pulled out');
    }
  }

  private move(): Promise<void> {
    return sleep((HAND_MS * (0.5 + Math.random())) / this.pace, this.api.stop);
  }
}
