import { Injectable } from '@nestjs/common';
import { AppError, ServiceHttp } from '@app/shared';
import type { BillFile } from '@app/platforms';
import type { ShopRow } from '../shop/shop.types';

/** A file of a million rows takes its time. */
const POST_TIMEOUT_MS = 120_000;
const ASK_TIMEOUT_MS = 30_000;

/** What settlement answers about one file. */
interface BillAnswer {
  rows: number;
  new: number;
  whole: boolean;
  problems: { code: string; row?: number; message: string }[];
}

/** What became of the files of a day at settlement. */
export type Delivered = {
  kind: 'whole' | 'not-whole' | 'other-account' | 'shop-unknown';
  rows: number;
  /** Rows that were not there before. */
  fresh: number;
  reason: string;
};

/** The settlement service, as bills need it. */
@Injectable()
export class BillDelivery {
  constructor(private readonly http: ServiceHttp) {}

  /**
   * Hands the files of a day over, each with its bytes unchanged; settlement takes the same file once. Throws when it
   * gave no verdict: then nothing may be taken as stored.
   */
  async post(shop: ShopRow, files: readonly BillFile[]): Promise<Delivered> {
    const sum: Delivered = { kind: 'whole', rows: 0, fresh: 0, reason: '' };
    for (const file of files) {
      const one = await this.postOne(shop, file);
      sum.rows += one.rows;
      sum.fresh += one.fresh;
      if (one.kind === 'whole') continue;
      sum.kind = one.kind;
      sum.reason = one.reason;
      if (one.kind !== 'not-whole') break;
    }
    return sum;
  }

  /** Days of a span, both ends included, of which settlement has no whole file. */
  async missingDays(shop: ShopRow, first: string, last: string): Promise<Set<string>> {
    const query = new URLSearchParams({ shopId: shop.id, from: first, to: last, limit: '1' });
    const answer = await this.http.get<{ coverage?: { missingDays: string[] } }>(
      this.http.at('settlement', `/v1/bills?${query.toString()}`),
      { companyId: shop.companyId, timeoutMs: ASK_TIMEOUT_MS },
    );
    return new Set(answer.coverage?.missingDays ?? []);
  }

  private async postOne(shop: ShopRow, file: BillFile): Promise<Delivered> {
    const form = new FormData();
    form.append('shopId', shop.id);
    form.append('format', file.format);
    form.append('file', new Blob([Uint8Array.from(file.bytes)], { type: 'application/octet-stream' }), file.fileName);
    try {
      const answer = await this.http.post<BillAnswer>(this.http.at('settlement', '/v1/bills'), form, {
        companyId: shop.companyId,
        timeoutMs: POST_TIMEOUT_MS,
      });
      const reason = answer.problems.map(({ message }) => message).join(' ');
      if (!answer.whole)
        return { kind: 'not-whole', rows: answer.rows, fresh: 0, reason: `${file.fileName}: ${reason}` };
      return { kind: 'whole', rows: answer.rows, fresh: answer.new, reason };
    } catch (error) {
      const kind = error instanceof AppError ? MEANING[error.code] : undefined;
      if (!kind) throw error;
      return { kind, rows: 0, fresh: 0, reason: (error as AppError).message };
    }
  }
}

/** Refusals of settlement that are a verdict on the file or the shop and no failure of ours. */
const MEANING: Readonly<Record<string, Delivered['kind']>> = {
  'BILL_FILE.INVALID': 'not-whole',
  'BILL_FILE.OTHER_ACCOUNT': 'other-account',
  'SHOP.NOT_FOUND': 'shop-unknown',
};
