import { sleep, systemWireClock } from '@app/shared';
import type { PatientClient } from './patient-client';
import { Luck, repeat, type Tally } from './people';

interface Work {
  fulfilmentId: string;
}

interface ParcelView {
  id: string;
  waybillNo: string;
  state: string;
}

interface Listed {
  id: string;
  state: string;
  waybillNo: string;
  version?: number;
}

interface ReturnView extends Listed {
  parcelId: string | null;
  intercept: string | null;
  awaited: { skuCode: string; quantity: number }[];
}

const CLERKS = 24;
const LOOK_MS = 1_000;
/** Between label and scan: real milliseconds, some story hours. */
const PICK_MS: readonly [number, number] = [200, 3_000];
const AGAIN_MS = 2_000;
/** What a platform or a service that is away could not do is put aside for so long, and other things are done. */
const ASIDE_MS = 5_000;
const LIES_MS = 8_000;

/** Everybody in the warehouses: they pack, scan, pull out, ask carriers to turn around, and receive what comes back. */
export class Clerks {
  private readonly busy = new Map<string, number>();
  private readonly packing: string[] = [];
  /** Requests without an answer: something may have come of them, so they are asked again until one comes. */
  private readonly unanswered: { fulfilmentId: string; dueAt: number }[] = [];
  private readonly picked: { waybillNo: string; id: string; dueAt: number }[] = [];
  private readonly luck: Luck;

  constructor(
    private readonly api: PatientClient,
    private readonly tally: Tally,
    private readonly seed: number,
    /** Whether the installation knows intercepts and returns. */
    private readonly hasReturns: boolean,
  ) {
    this.luck = new Luck(seed, 'clerks');
  }

  async run(stop: AbortSignal): Promise<void> {
    const hands = Array.from({ length: CLERKS }, () => repeat(0, stop, () => this.doNext(stop)));
    await Promise.all([
      repeat(LOOK_MS, stop, () => this.look()),
      repeat(3_000, stop, () => this.findLeftLying()),
      repeat(1_000, stop, () => this.pullOut()),
      ...(this.hasReturns
        ? [repeat(2_000, stop, () => this.answerCarriers()), repeat(2_000, stop, () => this.receive())]
        : []),
      ...hands,
    ]);
  }

  /** True while something waits for a hand. */
  get isBusy(): boolean {
    return this.packing.length + this.picked.length + this.unanswered.length > 0;
  }

  private async look(): Promise<void> {
    if (this.packing.length > CLERKS * 5) return;
    for await (const { fulfilmentId } of this.api.each<Work>('/logistics/v1/work', 200)) {
      if (this.packing.length > CLERKS * 10) return;
      if (this.isTaken(fulfilmentId)) continue;
      this.take(fulfilmentId, 60_000);
      this.packing.push(fulfilmentId);
    }
  }

  /** Parcels whose scan never came, for instance since the label's answer was lost. */
  private async findLeftLying(): Promise<void> {
    for (const state of ['labelled', 'departing']) {
      const { items } = await this.api.get<{ items: ParcelView[] }>(`/logistics/v1/parcels?state=${state}&limit=200`);
      for (const { id, waybillNo } of items) {
        if (this.isTaken(id)) continue;
        this.take(id, 60_000);
        this.picked.push({ id, waybillNo, dueAt: systemWireClock.now() });
      }
    }
  }

  private async doNext(stop: AbortSignal): Promise<void> {
    const now = systemWireClock.now();
    const ready = this.picked.findIndex(({ dueAt }) => dueAt <= now);
    if (ready >= 0) {
      const [parcel] = this.picked.splice(ready, 1);
      await this.scan(parcel!);
      return;
    }
    const again = this.unanswered.findIndex(({ dueAt }) => dueAt <= now);
    const fulfilmentId = again >= 0 ? this.unanswered.splice(again, 1)[0]!.fulfilmentId : this.packing.shift();
    if (fulfilmentId) await this.pack(fulfilmentId);
    else await sleep(50, stop);
  }

  private async pack(fulfilmentId: string): Promise<void> {
    const answer = await this.api.callOnce<ParcelView>('POST', `/logistics/v1/fulfilments/${fulfilmentId}/parcels`, {});
    this.take(fulfilmentId, answer ? AGAIN_MS : 60_000);
    if (!answer) {
      this.unanswered.push({ fulfilmentId, dueAt: systemWireClock.now() + ASIDE_MS });
      return;
    }
    const { status, body } = answer;
    if (status >= 300) {
      this.tally.add(`label refused ${body.code}`);
      return;
    }
    this.tally.add('labelled');
    this.take(body.id, LIES_MS);
    this.picked.push({
      id: body.id,
      waybillNo: body.waybillNo,
      dueAt: systemWireClock.now() + this.luck.between(...PICK_MS),
    });
  }

  private async scan(parcel: { id: string; waybillNo: string }): Promise<void> {
    const answer = await this.api.callOnce('POST', '/logistics/v1/parcels/ship', { waybillNo: parcel.waybillNo });
    this.take(parcel.id, answer === undefined ? ASIDE_MS : answer.status < 300 ? LIES_MS : AGAIN_MS);
    if (!answer) return;
    const { status, body } = answer;
    this.tally.add(status < 300 ? 'shipped' : `scan refused ${body.code}`);
  }

  private async pullOut(): Promise<void> {
    const { items } = await this.api.get<{ items: Listed[] }>('/logistics/v1/pull-outs?state=open&limit=100');
    for (const { id } of items) {
      const { status, body } = await this.api.call('POST', `/logistics/v1/pull-outs/${id}/acknowledge`, {
        keepWaybill: this.luck.hits(0.5),
      });
      this.tally.add(status < 300 ? 'pulled out' : `pull-out refused ${body.code}`);
    }
  }

  /** The carrier's answer: four of five parcels are turned around. */
  private async answerCarriers(): Promise<void> {
    const { items } = await this.api.get<{ items: Listed[] }>('/logistics/v1/intercepts?state=asked&limit=100');
    for (const { id, version } of items) {
      const isCaught = new Luck(this.seed, id).hits(0.8);
      const { status, body } = await this.api.call(
        'POST',
        `/logistics/v1/intercepts/${id}/${isCaught ? 'caught' : 'too-late'}`,
        { expectedVersion: version },
      );
      this.tally.add(status < 300 ? (isCaught ? 'intercepted' : 'came too late') : `intercept refused ${body.code}`);
    }
  }

  /** Counts and grades what came back. */
  private async receive(): Promise<void> {
    const { items } = await this.api.get<{ items: ReturnView[] }>('/logistics/v1/returns?state=expected&limit=100');
    for (const { id, waybillNo, awaited, parcelId, intercept } of items) {
      // A parcel that left comes back only when its carrier caught it.
      if (this.isTaken(id) || awaited.length === 0 || (parcelId !== null && intercept !== 'caught')) continue;
      this.take(id, AGAIN_MS);
      const luck = new Luck(this.seed, id);
      const { status, body } = await this.api.call('POST', '/logistics/v1/returns/receive', {
        waybillNo,
        lines: awaited.map(({ skuCode, quantity }) => ({
          skuCode,
          quantity,
          grade: luck.pick(['A', 'A', 'A', 'B', 'C']),
        })),
      });
      this.tally.add(status < 300 ? 'returns received' : `return refused ${body.code}`);
    }
  }

  private isTaken(key: string): boolean {
    return (this.busy.get(key) ?? 0) > systemWireClock.now();
  }

  private take(key: string, forMs: number): void {
    this.busy.set(key, systemWireClock.now() + forMs);
    if (this.busy.size < 5_000) return;
    for (const [known, until] of this.busy) if (until < systemWireClock.now()) this.busy.delete(known);
  }
}
