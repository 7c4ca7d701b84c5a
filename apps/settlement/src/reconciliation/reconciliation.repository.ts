import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';
import type { LineClass } from './reconciliation.dto';

/** A reconciliation as stored. */
export interface ReconciliationRow {
  companyId: string;
  reconciliationId: string;
  shopId: string;
  fromAt: Date;
  toAt: Date;
  asOf: Date;
  state: 'waiting' | 'done' | 'failed';
  requestedBy: string;
  tries: number;
  problem: string | null;
  /** JSON texts. */
  totals: string | null;
  classes: string | null;
}

/** A line as stored. */
export interface LineRow {
  lineNo: number;
  class: LineClass;
  platformOrderNo: string | null;
  orderId: string | null;
  entryKind: string | null;
  expectedFen: number;
  billedFen: number;
  expectedFeeFen: number;
  billedFeeFen: number;
  billFile: string | null;
  billRow: number | null;
  dueAt: Date | null;
  owner: string | null;
  resolution: string | null;
  note: string | null;
  version: number;
}

const COLUMNS =
  'company_id, reconciliation_id, shop_id, from_at, to_at, as_of, state, requested_by, tries, problem, totals, classes';
const LINE_COLUMNS = `line_no, class, platform_order_no, order_id, entry_kind, expected_fen, billed_fen, expected_fee_fen, billed_fee_fen,
  bill_file, bill_row, due_at, owner, resolution, note, version`;

/** All statements on reconciliations and their lines, but for the comparison itself. */
@Injectable()
export class ReconciliationRepository {
  async add(tx: Tx, row: Omit<ReconciliationRow, 'state' | 'tries' | 'problem' | 'totals' | 'classes'>): Promise<void> {
    await execute(
      tx,
      `INSERT INTO reconciliation (company_id, reconciliation_id, shop_id, from_at, to_at, as_of, state, requested_by) VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7)`,
      [row.companyId, row.reconciliationId, row.shopId, row.fromAt, row.toAt, row.asOf, row.requestedBy],
    );
  }

  find(tx: Tx, companyId: string, id: string): Promise<ReconciliationRow | undefined> {
    return row<ReconciliationRow>(
      tx,
      `SELECT ${COLUMNS} FROM reconciliation WHERE company_id = $1 AND reconciliation_id = $2`,
      [companyId, id],
    );
  }

  list(
    tx: Tx,
    companyId: string,
    shopIds: readonly string[] | null,
    before: string | null,
    limit: number,
  ): Promise<ReconciliationRow[]> {
    return rows<ReconciliationRow>(
      tx,
      `SELECT ${COLUMNS} FROM reconciliation WHERE company_id = $1 AND ($2::text[] IS NULL OR shop_id = ANY($2)) AND ($3::text IS NULL OR reconciliation_id < $3)
        ORDER BY reconciliation_id DESC LIMIT $4`,
      [companyId, shopIds, before, limit],
    );
  }

  /** The oldest waiting one of any company, locked until the transaction ends; others skip it. Undefined = nothing waits. */
  takeWaiting(tx: Tx): Promise<ReconciliationRow | undefined> {
    return row<ReconciliationRow>(
      tx,
      `SELECT ${COLUMNS} FROM reconciliation WHERE state = 'waiting' ORDER BY reconciliation_id LIMIT 1 FOR UPDATE SKIP LOCKED`,
    );
  }

  async finish(tx: Tx, companyId: string, id: string, totals: string, classes: string): Promise<void> {
    await execute(
      tx,
      `UPDATE reconciliation SET state = 'done', totals = $3, classes = $4 WHERE company_id = $1 AND reconciliation_id = $2`,
      [companyId, id, totals, classes],
    );
  }

  /** Counts a failed try; after the last one the reconciliation is failed. */
  async countTry(tx: Tx, companyId: string, id: string, problem: string, maxTries: number): Promise<void> {
    await execute(
      tx,
      `UPDATE reconciliation SET tries = tries + 1, problem = $3, state = CASE WHEN tries + 1 >= $4 THEN 'failed' ELSE state END
        WHERE company_id = $1 AND reconciliation_id = $2 AND state = 'waiting'`,
      [companyId, id, problem, maxTries],
    );
  }

  /** Lines after one, in the order of their numbers. */
  lines(
    tx: Tx,
    companyId: string,
    id: string,
    filter: { class: string | null; after: number },
    limit: number,
  ): Promise<LineRow[]> {
    return rows<LineRow>(
      tx,
      `SELECT ${LINE_COLUMNS} FROM reconciliation_line
        WHERE company_id = $1 AND reconciliation_id = $2 AND ($3::text IS NULL OR class = $3) AND line_no > $4 ORDER BY line_no LIMIT $5`,
      [companyId, id, filter.class, filter.after, limit],
    );
  }

  line(tx: Tx, companyId: string, id: string, lineNo: number): Promise<LineRow | undefined> {
    return row<LineRow>(
      tx,
      `SELECT ${LINE_COLUMNS} FROM reconciliation_line WHERE company_id = $1 AND reconciliation_id = $2 AND line_no = $3`,
      [companyId, id, lineNo],
    );
  }

  /** Writes a resolution over the expected version; undefined = the line has another version. */
  resolve(
    tx: Tx,
    companyId: string,
    id: string,
    change: { lineNo: number; expectedVersion: number; owner: string; resolution: string; note: string; at: Date },
  ): Promise<LineRow | undefined> {
    return row<LineRow>(
      tx,
      `UPDATE reconciliation_line SET owner = $5, resolution = $6, note = $7, resolved_at = $8, version = version + 1
        WHERE company_id = $1 AND reconciliation_id = $2 AND line_no = $3 AND version = $4 RETURNING ${LINE_COLUMNS}`,
      [companyId, id, change.lineNo, change.expectedVersion, change.owner, change.resolution, change.note, change.at],
    );
  }
}
