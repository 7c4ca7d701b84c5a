import { rows, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import type { Finding } from './verification.repository';

const SHOWN = 20;

/** What must never be found among intercepts and returns; each list shows 20 rows at most. */
@Injectable()
export class ReturnsVerificationRepository {
  async count(tx: Tx, companyId: string): Promise<{ intercepts: number; returns: number; parcels: number }> {
    const found = await rows<{ intercepts: number; returns: number; parcels: number }>(
      tx,
      `SELECT (SELECT count(*) FROM intercept WHERE company_id = $1) AS intercepts,
              (SELECT count(*) FROM return_parcel WHERE company_id = $1) AS returns,
              (SELECT count(*) FROM parcel WHERE company_id = $1 AND state IN ('shipped', 'exception')) AS parcels`,
      [companyId],
    );
    return found[0]!;
  }

  /** Parcels under way with goods that shall not reach the buyer, which nobody asks back and which did not come back. */
  notIntercepted(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows(
      tx,
      `SELECT DISTINCT p.id AS subject, 'is ' || p.state || ' though order ' || f.order_id || ' is ' || f.kind || ', intercept ' || COALESCE(i.state, 'none') AS detail
         FROM refund_in_force f
         JOIN parcel_line l ON l.company_id = f.company_id AND l.order_id = f.order_id AND f.line_id IN ('', l.line_id)
         JOIN parcel p ON p.company_id = l.company_id AND p.id = l.parcel_id AND p.state IN ('shipped', 'exception')
         LEFT JOIN intercept i ON i.company_id = p.company_id AND i.parcel_id = p.id
        WHERE f.company_id = $1 AND (i.state IS NULL OR i.state = 'withdrawn')
          AND NOT EXISTS (SELECT 1 FROM return_parcel r WHERE r.company_id = p.company_id AND r.parcel_id = p.id AND r.state = 'received')
        LIMIT ${SHOWN}`,
      [companyId],
    );
  }

  /** Intercepts without a parcel that left, unanswered ones whose question is over, and open ones with nothing expected. */
  doubtfulIntercepts(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows(
      tx,
      `SELECT i.id AS subject, 'is ' || i.state || ', parcel ' || i.parcel_id || ' is ' || COALESCE(p.state, 'unknown') || ', its return is ' || COALESCE(r.state, 'not expected') AS detail
         FROM intercept i
         LEFT JOIN parcel p ON p.company_id = i.company_id AND p.id = i.parcel_id
         LEFT JOIN return_parcel r ON r.company_id = i.company_id AND r.parcel_id = i.parcel_id
        WHERE i.company_id = $1
          AND (p.state IS NULL OR p.state NOT IN ('shipped', 'delivered', 'exception')
               OR (i.state = 'asked' AND (p.state = 'delivered' OR r.state = 'received'))
               OR (i.state IN ('asked', 'caught') AND r.state IS NULL)
               OR (i.state = 'asked' AND NOT EXISTS (
                     SELECT 1 FROM parcel_line l JOIN refund_in_force f ON f.company_id = l.company_id AND f.order_id = l.order_id AND f.line_id IN ('', l.line_id)
                      WHERE l.company_id = i.company_id AND l.parcel_id = i.parcel_id)))
        LIMIT ${SHOWN}`,
      [companyId],
    );
  }

  /** Received returns without a counted line, unmatched ones whose number an after-sale names, and expected ones that nobody waits for. */
  doubtfulReturns(tx: Tx, companyId: string): Promise<Finding[]> {
    return rows(
      tx,
      `SELECT r.id AS subject, r.state || ' under ' || r.waybill_no || ': ' ||
              CASE WHEN r.state = 'expected' THEN 'nobody waits for it' WHEN r.is_matched THEN 'nothing was counted' ELSE 'unmatched though an after-sale names it, or empty' END AS detail
         FROM return_parcel r
        WHERE r.company_id = $1
          AND ((r.state = 'received' AND NOT EXISTS (SELECT 1 FROM return_line l WHERE l.company_id = r.company_id AND l.return_id = r.id))
            OR (NOT r.is_matched AND EXISTS (SELECT 1 FROM after_sale a WHERE a.company_id = r.company_id AND a.return_waybill_no = r.waybill_no AND a.state NOT IN ('refused', 'withdrawn')))
            OR (r.state = 'expected'
                AND NOT EXISTS (SELECT 1 FROM intercept i WHERE i.company_id = r.company_id AND i.parcel_id = r.parcel_id AND i.state IN ('asked', 'caught'))
                AND NOT EXISTS (SELECT 1 FROM after_sale a WHERE a.company_id = r.company_id AND a.return_waybill_no = r.waybill_no AND a.state NOT IN ('refused', 'withdrawn'))))
        LIMIT ${SHOWN}`,
      [companyId],
    );
  }
}
