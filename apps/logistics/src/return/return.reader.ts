import { groupBy, inTransaction, pageOf, readCursor, type Caller, type Page, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { InterceptRepository } from '../intercept/intercept.repository';
import { visibleWarehouses } from '../parcel/limits';
import type { ReturnDto, ReturnQuery } from './return.dto';
import { ReturnRepository, type ReturnLineRow, type ReturnRow } from './return.repository';
import { plainNumber } from './return.rules';

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

/** What belongs to a return beside its row. */
interface Parts {
  lines: readonly ReturnLineRow[];
  awaited: readonly { skuCode: string; quantity: number }[];
  intercept: string | null;
}

function toReturnDto(row: ReturnRow, { lines, awaited, intercept }: Parts): ReturnDto {
  const { id, version, state, isMatched, waybillNo, carrier, warehouse, parcelId, orderId, platformOrderNo } = row;
  return {
    id,
    version,
    state,
    isMatched,
    waybillNo,
    carrier,
    warehouse,
    parcelId,
    intercept,
    orderId,
    platformOrderNo,
    shopId: row.shopId,
    platform: row.platform,
    platformAfterSaleNos: row.platformAfterSaleNos,
    flags: row.flags,
    awaited: awaited.map(({ skuCode, quantity }) => ({ skuCode, quantity })),
    lines: lines.map((line) => ({
      lineNo: line.lineNo,
      skuCode: line.skuCode,
      quantity: line.quantity,
      grade: line.grade,
      flag: line.flag || null,
    })),
    expectedAt: iso(row.expectedAt),
    receivedAt: iso(row.receivedAt),
    receivedBy: row.receivedBy,
    matchedAt: iso(row.matchedAt),
    matchedBy: row.matchedBy,
  };
}

/** Shows returns. */
@Injectable()
export class ReturnReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly returns: ReturnRepository,
    private readonly intercepts: InterceptRepository,
  ) {}

  async list(caller: Caller, query: ReturnQuery): Promise<Page<ReturnDto>> {
    const after = readCursor(query.cursor, 1)?.[0];
    const page = await inTransaction(this.dataSource, async (tx) => {
      const found = await this.returns.list(tx, caller.companyId, {
        state: query.state ?? null,
        isMatched: query.matched ?? null,
        waybillNo: query.waybillNo === undefined ? null : plainNumber(query.waybillNo),
        orderId: query.orderId ?? null,
        warehouses: visibleWarehouses(caller, query.warehouse),
        shops: caller.shops,
        after: after === undefined ? null : String(after),
        limit: query.limit + 1,
      });
      return pageOf(
        found,
        query.limit,
        (one) => [one.id],
        (one) => one,
      );
    });
    const items = await inTransaction(this.dataSource, (tx) => this.present(tx, caller.companyId, page.items));
    return { items, nextCursor: page.nextCursor };
  }

  /** One return with its lines. */
  async one(tx: Tx, companyId: string, row: ReturnRow): Promise<ReturnDto> {
    return (await this.present(tx, companyId, [row]))[0]!;
  }

  /** Reads what belongs to returns: three further statements for any number of them. */
  private async present(tx: Tx, companyId: string, returns: readonly ReturnRow[]): Promise<ReturnDto[]> {
    const ids = returns.map(({ id }) => id);
    const lines = groupBy(await this.returns.lines(tx, companyId, ids), ({ returnId }) => returnId);
    const awaited = groupBy(await this.returns.awaited(tx, companyId, ids), ({ returnId }) => returnId);
    const parcelIds = returns.flatMap(({ parcelId }) => (parcelId ? [parcelId] : []));
    const states = new Map(
      (await this.intercepts.statesOf(tx, companyId, parcelIds)).map(({ parcelId, state }) => [parcelId, state]),
    );
    return returns.map((row) =>
      toReturnDto(row, {
        lines: lines.get(row.id) ?? [],
        awaited: awaited.get(row.id) ?? [],
        intercept: (row.parcelId && states.get(row.parcelId)) || null,
      }),
    );
  }
}
