import { createLogger, sleep, systemWireClock } from '@app/shared';
import { ApiClient, RefusedError, type Page } from '../api.client';
import type { Counters } from '../counters';
import { repeat } from '../loop';
import { chanceOf, gradeOf } from './chance';

const log = createLogger('demo');

interface InterceptView {
  id: string;
  version: number;
  waybillNo: string;
}

interface ReturnView {
  id: string;
  waybillNo: string;
  carrier: string | null;
  parcelId: string | null;
  intercept: string | null;
  orderId: string | null;
  awaited: { skuCode: string; quantity: number }[];
}

interface OrderView {
  lines: { skuCode: string | null; quantity: number }[];
}

const LOOK_MS = 2_000;
/** The carrier answers after a while: wire milliseconds at pace 1, about two to four hours of the story. */
const ANSWER_MS = 8_000;
const ANSWER_SPREAD_MS = 8_000;
/** A parcel is on its way back for a while: wire milliseconds at pace 1, about six to sixteen hours of the story. */
const WAY_BACK_MS = 22_000;
const WAY_BACK_SPREAD_MS = 38_000;
/** A hand's movement at pace 1, in wire milliseconds. */
const HAND_MS = 300;
const CAUGHT = 0.85;
const WRONG_CODE = 0.05;
const COUNTS_TWICE = 0.04;
const COUNTS_OTHERWISE = 0.03;

/** The clerk at the returns desk: asks carriers for parcels under way, and counts and grades what comes back. */
export class ReturnsClerk {
  /** When things in the lists were first seen, wire milliseconds. */
  private readonly seen = new Map<string, number>();

  constructor(
    private readonly api: ApiClient,
    private readonly counters: Counters,
    private readonly pace: number,
  ) {}

  /** Works until the program is stopped. */
  async run(): Promise<void> {
    const { stop } = this.api;
    const every = LOOK_MS / Math.max(this.pace, 1);
    await Promise.all([
      repeat('intercepts', every, stop, () => this.answerAll()),
      repeat('returns', every, stop, () => this.receiveAll()),
    ]);
  }

  private async answerAll(): Promise<void> {
    const { items } = await this.api.get<Page<InterceptView>>('/logistics/v1/intercepts?state=asked&limit=100');
    for (const intercept of this.due(items, 'int_', ANSWER_MS, ANSWER_SPREAD_MS)) {
      const act = chanceOf('caught', intercept.waybillNo) < CAUGHT ? 'caught' : 'too-late';
      await this.move();
      await this.attempt(`intercept ${act}`, `/logistics/v1/intercepts/${intercept.id}/${act}`, {
        expectedVersion: intercept.version,
        reason: act === 'caught' ? '快递已拦截，退回中' : '已派送，无法拦截',
      });
    }
  }

  private async receiveAll(): Promise<void> {
    const { items } = await this.api.get<Page<ReturnView>>('/logistics/v1/returns?state=expected&limit=500');
    const underWay = items.filter(({ intercept }) => intercept !== 'asked');
    for (const parcel of this.due(underWay, 'ret_', WAY_BACK_MS, WAY_BACK_SPREAD_MS)) await this.receive(parcel);
  }

  private async receive(parcel: ReturnView): Promise<void> {
    const { id, waybillNo, carrier, parcelId } = parcel;
    const goods = await this.open(parcel);
    if (goods.length === 0) {
      this.seen.delete(id);
      return;
    }
    const lines = goods.map(({ skuCode, quantity }) => ({
      skuCode,
      quantity,
      grade: gradeOf(parcelId !== null, waybillNo, skuCode),
    }));
    const body = { waybillNo, ...(carrier ? { carrier } : {}), lines };
    await this.move();
    if (chanceOf('wrong', waybillNo) < WRONG_CODE)
      await this.attempt('mistake: scanned a wrong code', '/logistics/v1/returns/receive', {
        ...body,
        lines: lines.map((line) => ({ ...line, skuCode: `${line.skuCode}-?` })),
      });
    if (!(await this.attempt('return received', '/logistics/v1/returns/receive', body))) return;
    log.debug({ waybillNo, lines }, 'return received');
    if (chanceOf('twice', waybillNo) < COUNTS_TWICE)
      await this.attempt('mistake: counted twice', '/logistics/v1/returns/receive', body);
    if (chanceOf('otherwise', waybillNo) < COUNTS_OTHERWISE)
      await this.attempt('mistake: counted otherwise', '/logistics/v1/returns/receive', {
        ...body,
        lines: lines.map((line) => ({ ...line, quantity: line.quantity + 1 })),
      });
  }

  /** What lies in the box: what is waited for, or what the order names where its goods left before the shop went live. */
  private async open({ awaited, orderId }: ReturnView): Promise<{ skuCode: string; quantity: number }[]> {
    if (awaited.length > 0 || !orderId) return awaited;
    const { lines } = await this.api.get<OrderView>(`/orders/v1/orders/${orderId}`);
    return lines.flatMap(({ skuCode, quantity }) => (skuCode && quantity > 0 ? [{ skuCode, quantity }] : []));
  }

  /** False when the API refused, which is counted under its code: others act at the same time, and clerks make mistakes. */
  private async attempt(what: string, path: string, body: unknown): Promise<boolean> {
    this.counters.add(what);
    try {
      await this.api.post(path, body);
      return true;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.counters.add(`refused ${error.code}`);
      return false;
    }
  }

  /** Things whose time has come; what left the list is forgotten. Ids begin with the prefix. */
  private due<T extends { id: string; waybillNo: string }>(
    items: readonly T[],
    prefix: string,
    afterMs: number,
    spreadMs: number,
  ): T[] {
    const now = systemWireClock.now();
    const ids = new Set(items.map(({ id }) => id));
    for (const id of this.seen.keys()) if (id.startsWith(prefix) && !ids.has(id)) this.seen.delete(id);
    return items.filter(({ id, waybillNo }) => {
      const since = this.seen.get(id) ?? now;
      this.seen.set(id, since);
      return now - since >= (afterMs + chanceOf('time', waybillNo) * spreadMs) / this.pace;
    });
  }

  private move(): Promise<void> {
    return sleep((HAND_MS * (0.5 + Math.random())) / this.pace, this.api.stop);
  }
}
