import type { AfterSaleFactItem, OrderFactItem, ParcelItem } from '@app/contracts';
import { commission, payment, refund, type MadeRow } from './bill-file';
import { afterSaleItem, orderItem, parcelItem } from './builders';

const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;
const COMMISSION_BP = 500;
const POINTS_BP = 50;

/** What a month holds: `planted` names the class in which each planted difference belongs, by order number or remark. */
export interface MadeMonth {
  orders: { item: OrderFactItem; toldAt: Date }[];
  parcels: ParcelItem[];
  afterSales: AfterSaleFactItem[];
  rows: (MadeRow & { ms: number })[];
  planted: Map<string, string[]>;
}

/** Numbers that are the same in every run (mulberry32). */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
const wall = (ms: number): string => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
const share = (fen: number, bp: number): number => Math.round((fen * bp) / 10_000);

interface Told {
  state?: string;
  placed: number;
  completed?: number;
  linesFen: number[];
  refundedFen?: number[];
}

/** Builds orders, what the platform moved for them, and the differences between both. */
export class MonthMaker {
  readonly made: MadeMonth = { orders: [], parcels: [], afterSales: [], rows: [], planted: new Map() };
  private serial = 0;
  private flow = 0;

  constructor(
    private readonly begin: number,
    private readonly random: (below: number) => number,
  ) {}

  /** An instant of a day of the month (0 = the first), within business hours. */
  at(day: number): number {
    return this.begin + day * DAY_MS + (8 * 3_600 + this.random(12 * 3_600)) * SECOND_MS;
  }

  /** Between 10 and 1,000 yuan, odd fen included. */
  fen(): number {
    return 1_000 + this.random(99_000);
  }

  /** An order of one line per amount; answers its number. */
  order({ state = 'completed', placed, completed, linesFen, refundedFen = [] }: Told): string {
    const n = (this.serial += 1);
    const no = (2_700_000_000_000_000_000n + BigInt(n)).toString();
    const paidFen = linesFen.reduce((sum, fen) => sum + fen, 0);
    const base = orderItem().lines[0]!;
    const item = orderItem({
      orderId: `ord_${n}`,
      platformOrderNo: no,
      platformState: state,
      status: state,
      placedAt: iso(placed),
      paidAt: state === 'cancelled' ? null : iso(placed + 60 * SECOND_MS),
      amounts: {
        goodsFen: paidFen,
        freightFen: 0,
        shopDiscountFen: 0,
        platformDiscountFen: 0,
        payableFen: paidFen,
        paidFen,
      },
      lines: linesFen.map((fen, index) => ({
        ...base,
        lineId: `orl_${n}_${index}`,
        platformLineNo: `${no}${index}`,
        paidFen: fen,
        refundedFen: refundedFen[index] ?? 0,
        refund: refundedFen[index] ? ('refunded' as const) : ('none' as const),
      })),
    });
    this.made.orders.push({ item, toldAt: new Date((completed ?? placed) + 40 * SECOND_MS) });
    return no;
  }

  /** A row of the bill; amounts below 0 go out. */
  row(ms: number, row: MadeRow): void {
    this.made.rows.push({ ...row, ms, at: wall(ms) });
  }

  next(): string {
    return `1${String((this.flow += 1)).padStart(14, '0')}`;
  }

  /** The payment of an order; all payments of a trade bear its number as the platform's own files do. */
  pay(no: string, fen: number, ms: number): void {
    this.row(ms, payment(this.next(), no, fen, '', { business: `trade-${no}` }));
  }

  /** Commission and points on an amount, two seconds behind it. */
  fees(no: string, fen: number, ms: number, wrongByFen = 0): void {
    this.charge(no, share(fen, COMMISSION_BP) + wrongByFen, ms + 2 * SECOND_MS);
    this.row(ms + 2 * SECOND_MS, {
      flow: this.next(),
      at: '',
      fen: -share(fen, POINTS_BP),
      merchantNo: `CAE_POINT_${no}`,
      remark: `代扣返点积分${no}`,
    });
  }

  charge(no: string, fen: number, ms: number, business?: string): void {
    const flow = this.next();
    this.row(ms, { ...commission(flow, no, fen, ''), business: business ?? `fee-${flow}` });
  }

  payWithFees(no: string, fen: number, ms: number): void {
    this.pay(no, fen, ms);
    this.fees(no, fen, ms);
  }

  giveBack(no: string, fen: number, ms: number): void {
    this.row(ms, { ...refund(this.next(), no, fen, ''), business: `trade-${no}` });
  }

  /** The refund as orders tells it. */
  afterSale(no: string, fen: number, ms: number): void {
    const n = this.made.afterSales.length + 1;
    const orderId = `ord_${Number(BigInt(no) - 2_700_000_000_000_000_000n)}`;
    this.made.afterSales.push(
      afterSaleItem({
        afterSaleId: `afs_${n}`,
        platformAfterSaleNo: `9${n}`,
        orderId,
        platformOrderNo: no,
        refundFen: fen,
        countedFen: fen,
        createdAt: iso(ms - DAY_MS),
        modifiedAt: iso(ms),
      }),
    );
  }

  /** A parcel of the order that arrived. */
  deliver(no: string, ms: number): void {
    const n = Number(BigInt(no) - 2_700_000_000_000_000_000n);
    const line = parcelItem().lines[0]!;
    this.made.parcels.push(
      parcelItem({
        parcelId: `pcl_${n}`,
        state: 'delivered',
        waybillNo: `YT${n}`,
        shippedAt: iso(ms - 2 * DAY_MS),
        deliveredAt: iso(ms),
        lines: [{ ...line, orderId: `ord_${n}`, platformOrderNo: no, lineId: `orl_${n}_0` }],
      }),
    );
  }

  plant(name: string, key: string): void {
    this.made.planted.set(name, [...(this.made.planted.get(name) ?? []), key]);
  }
}
