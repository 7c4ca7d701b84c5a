import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CanonicalReceiver } from '@app/contracts';

/** A receiver as orders would tell it. */
export const RECEIVER: CanonicalReceiver = {
  cipher: { oaid: '1Xx8Test' },
  masked: {
    name: '李*',
    phone: '139****0000',
    province: '北京',
    city: '北京市',
    district: '朝阳区',
    address: '望京**',
  },
  mergeKey: '1Xx8Test',
};

/** An answer that a fake gives instead of its usual one; `drop` cuts the connection after the work was done. */
export interface Instead {
  status?: number;
  body?: unknown;
  drop?: boolean;
  /** How many times; default 1. */
  times?: number;
}

/** What a fake was asked. */
export interface AskedCall {
  path: string;
  body: Record<string, unknown>;
}

/** Orders, sync and catalog (which knows SKUs whose codes begin with NEW) as logistics sees them: with behaviour, settable answers, and a memory of what they were asked. */
export class NeighbourServers {
  readonly asked: AskedCall[] = [];
  readonly numbers = new Map<string, string>();
  readonly cancelled: string[] = [];
  /** Departures granted, as `parcelId@revision`. */
  readonly departed = new Set<string>();
  revisions = new Map<string, number>();
  receivers = new Map<string, CanonicalReceiver>();
  url = '';
  departedAt = '2026-11-11T10:00:00.000Z';
  private next = 70_000_000_000_000;
  private readonly instead = new Map<string, Instead[]>();
  private server: Server | undefined;

  async start(): Promise<this> {
    this.server = createServer((request, response) => {
      void this.answer(request).then(({ status, body, drop }) => {
        if (drop) return request.socket.destroy();
        response.writeHead(status ?? 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
        return undefined;
      });
    });
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  close(): Promise<void> {
    this.server?.closeAllConnections();
    return new Promise((resolve) => this.server!.close(() => resolve()));
  }

  /** The next calls whose path contains the text get this answer. */
  answerInstead(pathPart: string, instead: Instead): void {
    this.instead.set(pathPart, [...(this.instead.get(pathPart) ?? []), { times: 1, ...instead }]);
  }

  callsTo(pathPart: string): AskedCall[] {
    return this.asked.filter(({ path }) => path.includes(pathPart));
  }

  private async answer(request: IncomingMessage): Promise<Instead> {
    let text = '';
    for await (const part of request) text += String(part);
    const path = request.url ?? '';
    const body = (text ? JSON.parse(text) : {}) as Record<string, unknown>;
    this.asked.push({ path, body });
    const usual = this.usual(path, body);
    for (const [part, list] of this.instead) {
      const first = path.includes(part) ? list.find((one) => (one.times ?? 1) > 0) : undefined;
      if (!first) continue;
      first.times = (first.times ?? 1) - 1;
      return first;
    }
    return { body: usual };
  }

  private usual(path: string, body: Record<string, unknown>): unknown {
    const fulfilmentId = decodeURIComponent(/fulfilments\/([^/]+)/.exec(path)?.[1] ?? '');
    if (path.endsWith('/receiver')) {
      return {
        fulfilmentId,
        revision: this.revisions.get(fulfilmentId) ?? 1,
        receiver: this.receivers.get(fulfilmentId) ?? RECEIVER,
        platformOrderNos: [],
      };
    }
    if (path.endsWith('/departure')) {
      this.departed.add(`${String(body.parcelId)}@${String(body.revision)}`);
      return { departing: true, departedAt: this.departedAt };
    }
    if (path.endsWith('/orders/state'))
      return {
        platformOrderNo: body.platformOrderNo,
        platformState: 'paid',
        mayShip: true,
        reason: '',
        modifiedAt: this.departedAt,
      };
    if (path.endsWith('/waybills')) {
      const parcelId = String(body.parcelId);
      const waybillNo = this.numbers.get(parcelId) ?? String((this.next += 1));
      this.numbers.set(parcelId, waybillNo);
      return { waybillNo, carrier: body.carrier, printData: `{"waybillCode":"${waybillNo}"}` };
    }
    if (path.endsWith('/waybills/cancel')) {
      this.cancelled.push(String(body.waybillNo ?? body.parcelId));
      return { cancelled: true };
    }
    if (path.endsWith('/skus/lookup')) {
      const codes = (body.codes as string[]).filter((code) => code.startsWith('NEW'));
      return {
        items: codes.map((code) => ({
          skuId: `sku-${code}`,
          skuVersion: 1,
          code,
          name: code,
          spec: {},
          isActive: true,
        })),
      };
    }
    return {};
  }
}
