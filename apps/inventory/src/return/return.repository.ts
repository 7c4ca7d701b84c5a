import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';

/** A line of a parcel that came back. */
export interface ReturnLine {
  returnId: string;
  lineNo: number;
  skuId: string;
  skuCode: string;
  warehouse: string;
  quantity: number;
  grade: 'A' | 'B' | 'C';
  isMatched: boolean;
  returnVersion: number;
}

/** SQL of the copy of returned parcels. */
@Injectable()
export class ReturnRepository {
  /** Locks the lines of some returns in key order; 0 rows: none of them is known yet. */
  lock(tx: Tx, companyId: string, returnIds: readonly string[]): Promise<ReturnLine[]> {
    return rows<ReturnLine>(
      tx,
      `SELECT return_id, line_no, sku_id, sku_code, warehouse, quantity, grade, is_matched, return_version FROM return_in
        WHERE company_id = $1 AND return_id = ANY($2::text[]) ORDER BY return_id, line_no FOR UPDATE`,
      [companyId, returnIds],
    );
  }

  /** Stores lines; of a known one only the match and the version change, since goods are counted once. */
  async store(tx: Tx, companyId: string, lines: readonly ReturnLine[]): Promise<void> {
    await execute(
      tx,
      `INSERT INTO return_in AS r (company_id, return_id, line_no, sku_id, sku_code, warehouse, quantity, grade, is_matched, return_version)
       SELECT $1, l.* FROM unnest($2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::boolean[], $10::bigint[])
           AS l(return_id, line_no, sku_id, sku_code, warehouse, quantity, grade, is_matched, return_version)
        ORDER BY l.return_id, l.line_no
       ON CONFLICT (company_id, return_id, line_no) DO UPDATE SET is_matched = r.is_matched OR excluded.is_matched, return_version = excluded.return_version`,
      [
        companyId,
        lines.map((line) => line.returnId),
        lines.map((line) => line.lineNo),
        lines.map((line) => line.skuId),
        lines.map((line) => line.skuCode),
        lines.map((line) => line.warehouse),
        lines.map((line) => line.quantity),
        lines.map((line) => line.grade),
        lines.map((line) => line.isMatched),
        lines.map((line) => line.returnVersion),
      ],
    );
  }
}
