import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { receiverMarkOf, type CanonicalAfterSale, type CanonicalOrder } from '@app/contracts';

/** A bill file as settlement got it. */
export interface PostedBill {
  shopId: string;
  format: string;
  fileName: string;
  bytes: Buffer;
}

/** What settlement says to a file: its answer, or a refusal with its status. */
export type BillVerdict =
  | { rows: number; new: number; whole: boolean; problems: { code: string; message: string }[] }
  | { status: number; code: string; detail: string }
  | 'answer-lost';

/** The neighbours of sync-worker as far as it calls them: what orders, catalog and settlement were given. */
export class Neighbours {
  readonly stored = new Map<string, CanonicalOrder>();
  readonly afterSales = new Map<string, CanonicalAfterSale & { shopId: string }>();
  /** How far orders have left, by their number; those that are not here have left as a whole. */
  readonly departed = new Map<string, { fulfilment: string; parcelIds: string[] }>();
  readonly listings: unknown[] = [];
  readonly bills: PostedBill[] = [];
  /** Paths asked for, with their query. */
  readonly asked: string[] = [];
  puts = 0;
  /** Answers 503 to everything while true. */
  isAway = false;
  /** What settlement says to the next files, first in first out; afterwards every file is whole. */
  readonly verdicts: BillVerdict[] = [];
  url = '';
  private readonly server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      this.asked.push(`${request.method} ${request.url}`);
      response.setHeader('content-type', 'application/json');
      if (this.isAway)
        return void response.writeHead(503).end(JSON.stringify({ code: 'DATABASE.UNAVAILABLE', detail: 'away' }));
      const type = request.headers['content-type'] ?? '';
      const answer = type.startsWith('multipart/')
        ? this.takeBill(type, body)
        : this.answer(request.url ?? '', body.length === 0 ? {} : (JSON.parse(body.toString('utf8')) as never));
      if (answer === 'answer-lost') return void request.socket.destroy();
      const status = (answer as { status?: number }).status;
      return void response.writeHead(typeof status === 'number' ? status : 200).end(JSON.stringify(answer));
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(url: string, body: Record<string, unknown>): unknown {
    const { pathname, searchParams } = new URL(url, 'http://neighbour');
    if (pathname.endsWith('/platform-orders/known')) {
      const nos = (body['platformOrderNos'] as string[]).filter((no) => this.stored.has(no));
      const known = (no: string) => ({ platformOrderNo: no, orderId: `ord_${no}`, platformState: 'paid' });
      const rest = ({ modifiedAt, receiver }: CanonicalOrder) => ({
        modifiedAt,
        receiverMark: receiverMarkOf(receiver),
      });
      const departed = (no: string) => this.departed.get(no) ?? { fulfilment: 'shipped', parcelIds: [] };
      return { items: nos.map((no) => ({ ...known(no), ...rest(this.stored.get(no)!), ...departed(no) })) };
    }
    if (pathname.endsWith('/platform-orders')) {
      this.puts += 1;
      const verdict = (order: CanonicalOrder) => ({
        platformOrderNo: order.platformOrderNo,
        verdict: storeIn(this.stored, order.platformOrderNo, order),
        orderId: `ord_${order.platformOrderNo}`,
      });
      return { items: (body['items'] as CanonicalOrder[]).map(verdict) };
    }
    if (pathname.endsWith('/platform-after-sales')) return this.takeAfterSales(body);
    if (pathname.endsWith('/after-sales')) return { items: this.listAfterSales(searchParams), nextCursor: null };
    if (pathname.endsWith('/bills')) return this.coverage(searchParams);
    this.listings.push(...(body['items'] as unknown[]));
    return { items: [] };
  }

  private takeAfterSales(body: Record<string, unknown>): unknown {
    const shopId = body['shopId'] as string;
    const items = (body['items'] as CanonicalAfterSale[]).map((afterSale) => {
      const { platformAfterSaleNo, platformOrderNo } = afterSale;
      const verdict = storeIn(this.afterSales, platformAfterSaleNo, { ...afterSale, shopId });
      return { platformAfterSaleNo, platformOrderNo, verdict, isOrphan: !this.stored.has(platformOrderNo) };
    });
    return { items };
  }

  private listAfterSales(filter: URLSearchParams): unknown[] {
    const no = filter.get('platformAfterSaleNo');
    const from = filter.get('updatedFrom');
    return [...this.afterSales.values()].filter(
      (one) =>
        (filter.get('orphan') !== 'true' || !this.stored.has(one.platformOrderNo)) &&
        (filter.get('shopId') ?? one.shopId) === one.shopId &&
        (no === null || no === one.platformAfterSaleNo) &&
        (from === null || Date.parse(one.modifiedAt) >= Date.parse(from)),
    );
  }

  private takeBill(type: string, body: Buffer): BillVerdict {
    const bill = partsOf(type, body);
    const isKnown = this.bills.some((one) => one.bytes.equals(bill.bytes));
    this.bills.push(bill);
    return this.verdicts.shift() ?? { rows: 3, new: isKnown ? 0 : 3, whole: true, problems: [] };
  }

  private coverage(filter: URLSearchParams): unknown {
    const day = 86_400_000;
    const missingDays: string[] = [];
    for (let at = Date.parse(filter.get('from')!); at <= Date.parse(filter.get('to')!); at += day)
      missingDays.push(new Date(at).toISOString().slice(0, 10));
    const has = (name: string): boolean => this.bills.some(({ fileName }) => fileName.includes(name));
    return { items: [], nextCursor: null, coverage: { missingDays: missingDays.filter((name) => !has(name)) } };
  }
}

function storeIn<T extends { modifiedAt: string }>(stored: Map<string, T>, no: string, item: T): string {
  const known = stored.get(no);
  if (known && (known.modifiedAt > item.modifiedAt || JSON.stringify(known) === JSON.stringify(item)))
    return 'unchanged';
  stored.set(no, item);
  return known ? 'updated' : 'stored';
}

/** The fields of a multipart body; the file's bytes are what stands between its own lines. */
function partsOf(type: string, body: Buffer): PostedBill {
  const boundary = /boundary=(.+)$/.exec(type)![1]!;
  const text = body.toString('latin1');
  const part = (name: string): { head: string; content: string } => {
    const found = text.split(`--${boundary}`).find((one) => one.includes(`name="${name}"`))!;
    const start = found.indexOf('\r\n\r\n');
    return { head: found.slice(0, start), content: found.slice(start + 4, -2) };
  };
  const file = part('file');
  const fileName = Buffer.from(/filename="([^"]*)"/.exec(file.head)![1]!, 'latin1').toString('utf8');
  return {
    shopId: part('shopId').content,
    format: part('format').content,
    fileName,
    bytes: Buffer.from(file.content, 'latin1'),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
