import { rows, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import type { InterceptState } from '../intercept/intercept.rules';
import type { ParcelLineRow } from './parcel.repository';

/** A line of a parcel with what becomes of the parcel's number and of the parcel; `lineId` is null for a parcel without lines. */
type ContentRow = Omit<ParcelLineRow, 'lineId'> &
  ParcelStanding & {
    lineId: string | null;
  };

/** What became of giving a parcel's number back, and whether it shall come back. */
export interface ParcelStanding {
  waybillReturn: 'due' | 'done' | 'refused' | null;
  intercept: InterceptState | null;
}

/** A parcel's lines and standing. */
export interface ParcelContents extends ParcelStanding {
  lines: ParcelLineRow[];
}

@Injectable()
export class ContentsRepository {
  /** Lines and standing of parcels by parcel id, in one statement; lines by line and SKU. */
  async of(tx: Tx, companyId: string, parcelIds: readonly string[]): Promise<Map<string, ParcelContents>> {
    const contents = new Map<string, ParcelContents>();
    if (parcelIds.length === 0) return contents;
    const found = await rows<ContentRow>(
      tx,
      `SELECT n.id AS parcel_id, w.state AS waybill_return, i.state AS intercept,
              l.line_id, l.sku_id, l.order_id, l.platform_order_no, l.platform_line_no, l.sku_code, l.title, l.quantity
         FROM unnest($2::text[]) AS n(id)
         LEFT JOIN waybill_cancel w ON w.company_id = $1 AND w.parcel_id = n.id
         LEFT JOIN intercept i ON i.company_id = $1 AND i.parcel_id = n.id
         LEFT JOIN parcel_line l ON l.company_id = $1 AND l.parcel_id = n.id
        ORDER BY n.id, l.line_id, l.sku_id`,
      [companyId, parcelIds],
    );
    for (const { waybillReturn, intercept, lineId, ...line } of found) {
      const known = contents.get(line.parcelId) ?? { lines: [], waybillReturn, intercept };
      if (lineId !== null) known.lines.push({ ...line, lineId });
      contents.set(line.parcelId, known);
    }
    return contents;
  }
}
