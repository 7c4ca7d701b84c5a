import { rows, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';

/** A statement about one subject. */
export interface Finding {
  subject: string;
  detail: string;
}

const SHOWN = 20;

/** What must never be found among parcels; each list shows 20 rows at most. */
@Injectable()
export class LogisticsVerificationRepository {
  async count(tx: Tx, companyId: string): Promise<{ parcels: number; waybills: number; fulfilments: number }> {
    const found = await rows<{ parcels: number; waybills: number; fulfilments: number }>(
      tx,
      `SELECT (SELECT count(*) FROM parcel WHERE company_id = $1) AS parcels,
              (SELECT count(*) FROM waybill WHERE company_id = $1) AS waybills,
              (SELECT count(*) FROM fulfilment WHERE company_id = $1) AS fulfilments`,
      [companyId],
    );
    return found[0]!;
  }

  /** Parcels that left without a departure granted before. */
  leftWithoutDeparture(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows(
      tx,
      `SELECT id AS subject, 'shipped at ' || COALESCE(shipped_at::text, '?') || ', departure ' || COALESCE(departed_at::text, 'none') AS detail FROM parcel
        WHERE company_id = $1 AND state IN ('shipped', 'delivered', 'exception') AND (departed_at IS NULL OR shipped_at IS NULL OR departed_at > shipped_at) LIMIT ${SHOWN}`,
      [companyId],
    );
  }

  /** Fulfilment lines of which more is in live parcels than was released; a planned comparison is still to judge the others. */
  exceeding(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows(
      tx,
      `SELECT p.fulfilment_id AS subject, 'line ' || l.line_id || ': ' || sum(l.quantity) || ' in parcels, ' || COALESCE(max(f.quantity), 0) || ' released' AS detail
         FROM parcel p
         JOIN parcel_line l ON l.company_id = p.company_id AND l.parcel_id = p.id
         LEFT JOIN fulfilment_line f ON f.company_id = p.company_id AND f.fulfilment_id = p.fulfilment_id AND f.line_id = l.line_id AND f.sku_id = l.sku_id
        WHERE p.company_id = $1 AND p.state IN ('labelled', 'departing', 'shipped', 'delivered', 'exception')
          AND NOT EXISTS (SELECT 1 FROM parcel o WHERE o.company_id = p.company_id AND o.fulfilment_id = p.fulfilment_id AND o.resume_due_at IS NOT NULL)
          AND EXISTS (SELECT 1 FROM fulfilment c WHERE c.company_id = p.company_id AND c.fulfilment_id = p.fulfilment_id AND c.revision = p.revision)
        GROUP BY p.fulfilment_id, l.line_id, l.sku_id
       HAVING sum(l.quantity) > COALESCE(max(f.quantity), 0) LIMIT ${SHOWN}`,
      [companyId],
    );
  }

  /** Numbers that two parcels bear, and parcels whose number was never remembered. */
  doubtfulWaybills(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows(
      tx,
      `SELECT p.id AS subject, 'waybill ' || p.carrier || ' ' || p.waybill_no || ' belongs to ' || COALESCE(w.parcel_id, 'nobody') AS detail
         FROM parcel p LEFT JOIN waybill w ON w.company_id = p.company_id AND w.carrier = p.carrier AND w.waybill_no = p.waybill_no
        WHERE p.company_id = $1 AND p.waybill_no IS NOT NULL AND w.parcel_id IS DISTINCT FROM p.id LIMIT ${SHOWN}`,
      [companyId],
    );
  }

  /** Fulfilments whose count of open pieces differs from their lines and parcels. */
  miscounted(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows(
      tx,
      `SELECT f.fulfilment_id AS subject, 'open_count ' || f.open_count || ', really ' || COALESCE(sum(greatest(l.quantity - COALESCE(c.covered, 0), 0)), 0) AS detail
         FROM fulfilment f
         LEFT JOIN fulfilment_line l ON l.company_id = f.company_id AND l.fulfilment_id = f.fulfilment_id
         LEFT JOIN (SELECT p.fulfilment_id, pl.line_id, pl.sku_id, sum(pl.quantity) AS covered
                      FROM parcel p JOIN parcel_line pl ON pl.company_id = p.company_id AND pl.parcel_id = p.id
                     WHERE p.company_id = $1 AND p.state IN ('labelled', 'departing', 'shipped', 'delivered', 'exception')
                     GROUP BY p.fulfilment_id, pl.line_id, pl.sku_id) c
                ON c.fulfilment_id = f.fulfilment_id AND c.line_id = l.line_id AND c.sku_id = l.sku_id
        WHERE f.company_id = $1
        GROUP BY f.fulfilment_id, f.open_count
       HAVING f.open_count <> COALESCE(sum(greatest(l.quantity - COALESCE(c.covered, 0), 0)), 0) LIMIT ${SHOWN}`,
      [companyId],
    );
  }

  /** Labelled parcels that a stopped fulfilment still has: each must be in a pull-out. */
  labelledThoughStopped(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows(
      tx,
      `SELECT p.id AS subject, 'is ' || p.state || ' though fulfilment ' || p.fulfilment_id || ' is stopped: ' || f.reason AS detail
         FROM parcel p JOIN fulfilment f ON f.company_id = p.company_id AND f.fulfilment_id = p.fulfilment_id
        WHERE p.company_id = $1 AND p.state IN ('labelled', 'departing') AND f.state = 'stopped' LIMIT ${SHOWN}`,
      [companyId],
    );
  }

  /** What is under way: open pull-outs, departures without an answer, comparisons and numbers to be given back. */
  async underWay(tx: Tx, companyId: string): Promise<number> {
    const found = await rows<{ count: number }>(
      tx,
      `SELECT (SELECT count(*) FROM pull_out WHERE company_id = $1 AND state = 'open')
            + (SELECT count(*) FROM parcel WHERE company_id = $1 AND (state IN ('departing', 'requesting') OR resume_due_at IS NOT NULL))
            + (SELECT count(*) FROM waybill_cancel WHERE company_id = $1 AND state = 'due') AS count`,
      [companyId],
    );
    return found[0]?.count ?? 0;
  }
}
