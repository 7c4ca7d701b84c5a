import { systemWireClock } from '@app/shared';
import { ApiClient, RefusedError, type Page } from '../api.client';
import type { Counters } from '../counters';
import { repeat } from '../loop';

interface HeldOrder {
  id: string;
  version: number;
  buyerMessage: string;
  holds: { id: string; type: string }[];
}

/** How long a person takes to see and read a remark at pace 1, in wire milliseconds. */
const READING_MS = 4_000;
const AGAIN_AFTER_MS = 30_000;

/** Reads buyers' remarks and approves those orders; other holds are left to whom they concern. */
export class RemarkReader {
  private readonly seenAt = new Map<string, number>();

  constructor(
    private readonly api: ApiClient,
    private readonly counters: Counters,
    private readonly pace: number,
  ) {}

  run(): Promise<void> {
    return repeat('buyers’ remarks', 1_500, this.api.stop, () => this.read());
  }

  private async read(): Promise<void> {
    const { items } = await this.api.get<Page<HeldOrder>>('/orders/v1/orders?status=held&hold=buyer_remark&limit=100');
    const now = systemWireClock.now();
    const waiting = new Set(items.map((order) => order.id));
    for (const id of this.seenAt.keys()) if (!waiting.has(id)) this.seenAt.delete(id);
    for (const order of items) {
      const seenAt = this.seenAt.get(order.id) ?? now;
      this.seenAt.set(order.id, seenAt);
      if (now - seenAt < READING_MS / this.pace) continue;
      await this.approve(order);
    }
  }

  private async approve(order: HeldOrder): Promise<void> {
    try {
      await this.api.post(`/orders/v1/orders/${order.id}/approve`, {
        expectedVersion: order.version,
        reason: 'The remark was read.',
      });
      this.counters.add('remark read, order approved');
      this.seenAt.delete(order.id);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.counters.add(`approval refused ${error.code}`);
      this.seenAt.set(order.id, systemWireClock.now() + AGAIN_AFTER_MS);
    }
  }
}
