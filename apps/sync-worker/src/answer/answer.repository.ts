import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';

/** An answer of a platform that could not be read, as stored. */
export interface AnswerRow {
  companyId: string;
  id: string;
  shopId: string;
  platform: string;
  method: string;
  httpStatus: number;
  cause: string;
  size: number;
  isCut: boolean;
  bodySealed: string;
  keptAt: Date;
}

@Injectable()
export class AnswerRepository {
  /** Keeps an answer unless the shop has as many of them as may be kept since a moment; 0 rows then. */
  insert(tx: Tx, answer: AnswerRow, since: Date, atMost: number): Promise<number> {
    return execute(
      tx,
      `INSERT INTO unreadable_answer (company_id, id, shop_id, platform, method, http_status, cause, size, is_cut, body_sealed, kept_at)
       SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
        WHERE (SELECT count(*) FROM unreadable_answer WHERE company_id = $1 AND shop_id = $3 AND kept_at > $12) < $13`,
      [
        answer.companyId,
        answer.id,
        answer.shopId,
        answer.platform,
        answer.method,
        answer.httpStatus,
        answer.cause,
        answer.size,
        answer.isCut,
        answer.bodySealed,
        answer.keptAt,
        since,
        atMost,
      ],
    );
  }

  /** Newest first; ids rise with time. The bodies are left out. */
  list(
    tx: Tx,
    companyId: string,
    filter: { shopId: string | null; shops: readonly string[] | null; before: string | null; limit: number },
  ): Promise<Omit<AnswerRow, 'bodySealed'>[]> {
    return rows(
      tx,
      `SELECT company_id, id, shop_id, platform, method, http_status, cause, size, is_cut, kept_at FROM unreadable_answer
        WHERE company_id = $1 AND ($2::text IS NULL OR shop_id = $2) AND ($3::text[] IS NULL OR shop_id = ANY($3))
          AND ($4::text IS NULL OR id < $4)
        ORDER BY id DESC LIMIT $5`,
      [companyId, filter.shopId, filter.shops, filter.before, filter.limit],
    );
  }

  find(tx: Tx, companyId: string, id: string): Promise<AnswerRow | undefined> {
    return row<AnswerRow>(
      tx,
      `SELECT company_id, id, shop_id, platform, method, http_status, cause, size, is_cut, body_sealed, kept_at
         FROM unreadable_answer WHERE company_id = $1 AND id = $2`,
      [companyId, id],
    );
  }

  /** Forgets answers of all companies that are older than a moment. */
  forget(tx: Tx, before: Date): Promise<number> {
    return execute(tx, 'DELETE FROM unreadable_answer WHERE kept_at < $1', [before]);
  }
}
