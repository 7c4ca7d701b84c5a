import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';
import type { Holder, OpenHold } from './holder.rules';

/** A row that explains the reserved counter. */
export interface ReservationLineRow {
  holder: Holder;
  id: string;
  reserveId: string;
  lineId: string;
  skuId: string;
  warehouse: string;
  revision: number;
  kind: 'reserve' | 'release' | 'ship_out';
  delta: number;
  causeType: string;
  causeId: string;
  actor: string;
  at: Date;
}

/** SQL of the rows that explain what is reserved. */
@Injectable()
export class ReservationLineRepository {
  /** Appends rows. A repeat of the same reserve or settlement violates its unique key: the callers' locks rule it out. */
  async append(tx: Tx, companyId: string, lines: readonly ReservationLineRow[]): Promise<void> {
    await execute(
      tx,
      `INSERT INTO reservation_line (company_id, holder_type, holder_id, id, reserve_id, line_id, sku_id, warehouse, revision, kind, delta, cause_type, cause_id, actor, at)
       SELECT $1, l.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[], $11::bigint[], $12::text[], $13::text[], $14::text[], $15::timestamptz[]) AS l`,
      [
        companyId,
        lines.map((line) => line.holder.type),
        lines.map((line) => line.holder.id),
        lines.map((line) => line.id),
        lines.map((line) => line.reserveId),
        lines.map((line) => line.lineId),
        lines.map((line) => line.skuId),
        lines.map((line) => line.warehouse),
        lines.map((line) => line.revision),
        lines.map((line) => line.kind),
        lines.map((line) => line.delta),
        lines.map((line) => line.causeType),
        lines.map((line) => line.causeId),
        lines.map((line) => line.actor),
        lines.map((line) => line.at),
      ],
    );
  }

  /** What holders still hold, per reserve row, oldest first. The caller has locked the holders, so it stays true. */
  async openOf(
    tx: Tx,
    companyId: string,
    type: Holder['type'],
    holderIds: readonly string[],
  ): Promise<(OpenHold & { holderId: string })[]> {
    return rows(
      tx,
      `SELECT holder_id, reserve_id, line_id, sku_id, warehouse, sum(delta)::bigint AS open
         FROM reservation_line WHERE company_id = $1 AND holder_type = $2 AND holder_id = ANY($3::text[])
        GROUP BY holder_id, reserve_id, line_id, sku_id, warehouse HAVING sum(delta) > 0
        ORDER BY holder_id, reserve_id`,
      [companyId, type, holderIds],
    );
  }
}
