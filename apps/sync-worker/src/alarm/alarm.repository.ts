import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';

/** An alarm as stored. */
export interface AlarmRow {
  companyId: string;
  id: string;
  kind: string;
  subject: string;
  shopId: string | null;
  since: Date;
  closedAt: Date | null;
  message: string;
  advice: string;
}

@Injectable()
export class AlarmRepository {
  /** Opens an alarm; while one of its kind and subject is open, only its words are renewed. Returns whether it is new. */
  async open(tx: Tx, alarm: Omit<AlarmRow, 'closedAt'>): Promise<boolean> {
    const found = await rows<{ isNew: boolean }>(
      tx,
      `INSERT INTO alarm (company_id, id, kind, subject, shop_id, since, message, advice) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (company_id, kind, subject) WHERE closed_at IS NULL DO UPDATE SET message = excluded.message, advice = excluded.advice
       RETURNING id = $2 AS is_new`,
      [alarm.companyId, alarm.id, alarm.kind, alarm.subject, alarm.shopId, alarm.since, alarm.message, alarm.advice],
    );
    return found[0]?.isNew ?? false;
  }

  /** Closes the open alarm of a subject; 0 rows when there is none. */
  close(tx: Tx, companyId: string, kinds: readonly string[], subject: string, at: Date): Promise<number> {
    return execute(
      tx,
      'UPDATE alarm SET closed_at = $4 WHERE company_id = $1 AND kind = ANY($2::text[]) AND subject = $3 AND closed_at IS NULL',
      [companyId, kinds, subject, at],
    );
  }

  /** Closes the open alarms of many subjects; 0 rows when there are none, the usual case. */
  closeAll(
    tx: Tx,
    companyId: string,
    kinds: readonly string[],
    subjects: readonly string[],
    at: Date,
  ): Promise<number> {
    return execute(
      tx,
      'UPDATE alarm SET closed_at = $4 WHERE company_id = $1 AND kind = ANY($2::text[]) AND subject = ANY($3::text[]) AND closed_at IS NULL',
      [companyId, kinds, subjects, at],
    );
  }

  list(
    tx: Tx,
    companyId: string,
    filter: { isOpen: boolean | null; shops: readonly string[] | null; after: string; limit: number },
  ): Promise<AlarmRow[]> {
    return rows<AlarmRow>(
      tx,
      `SELECT company_id, id, kind, subject, shop_id, since, closed_at, message, advice FROM alarm
        WHERE company_id = $1 AND ($2::boolean IS NULL OR (closed_at IS NULL) = $2) AND ($3::text[] IS NULL OR shop_id = ANY($3)) AND id > $4
        ORDER BY id LIMIT $5`,
      [companyId, filter.isOpen, filter.shops, filter.after, filter.limit],
    );
  }
}
