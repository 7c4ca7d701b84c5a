import { Injectable } from '@nestjs/common';
import { rows, type Tx } from '@app/shared';

/** An entry of the audit trail; details is JSON text. */
export interface AuditEntryRow {
  id: string;
  at: Date;
  actor: string;
  act: string;
  subject: string;
  purpose: string | null;
  details: string;
  traceId: string;
  isSealed: boolean;
}

/** Reads the gateway's own audit trail. */
@Injectable()
export class AuditTrailRepository {
  /** Newest first: ids rise with time. `before` is the id of the last entry shown; empty = from the newest. */
  list(
    tx: Tx,
    companyId: string,
    filter: { actor?: string; subject?: string; from: Date | null },
    before: string,
    limit: number,
  ): Promise<AuditEntryRow[]> {
    return rows<AuditEntryRow>(
      tx,
      `SELECT e.id, e.at, e.actor, e.act, e.subject, e.purpose, e.details, e.trace_id,
              EXISTS (SELECT 1 FROM audit_seal s WHERE s.company_id = e.company_id AND s.entry_id = e.id) AS is_sealed
         FROM audit_entry e
        WHERE e.company_id = $1 AND ($2::text IS NULL OR e.actor = $2) AND ($3::text IS NULL OR e.subject = $3)
          AND ($4::timestamptz IS NULL OR e.at >= $4) AND ($5 = '' OR e.id < $5)
        ORDER BY e.id DESC LIMIT $6`,
      [companyId, filter.actor ?? null, filter.subject ?? null, filter.from, before, limit],
    );
  }
}
