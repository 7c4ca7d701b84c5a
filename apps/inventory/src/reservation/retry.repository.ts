import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';

/** A note that more of a SKU is free. */
export interface StockRise {
  companyId: string;
  id: string;
  skuId: string;
  afterPaidAt: Date | null;
  afterOrderId: string | null;
}

/** A place in the line of waiting orders. */
export interface WaitingOrder {
  paidAt: Date;
  orderId: string;
}

/** SQL of the due work: short orders to judge again, reservations that expire. Acts over all companies. */
@Injectable()
export class RetryRepository {
  /** Whether there is a note to take, and whether a reservation has expired; one look in place of two transactions. */
  async isDue(tx: Tx, now: Date): Promise<{ rises: boolean; expiries: boolean }> {
    const found = await rows<{ rises: boolean; expiries: boolean }>(
      tx,
      `SELECT EXISTS (SELECT 1 FROM stock_rise) AS rises,
              EXISTS (SELECT 1 FROM reservation WHERE state = 'reserved' AND expires_at <= $1) AS expiries`,
      [now],
    );
    return found[0]!;
  }

  /** Takes notes of one company away, passing over those that another process holds; none: nothing is due. */
  take(tx: Tx, limit: number): Promise<StockRise[]> {
    return rows<StockRise>(
      tx,
      `DELETE FROM stock_rise r
        USING (SELECT company_id, id FROM stock_rise
                WHERE company_id = (SELECT company_id FROM stock_rise ORDER BY id LIMIT 1)
                ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) due
        WHERE r.company_id = due.company_id AND r.id = due.id
        RETURNING r.company_id, r.id, r.sku_id, r.after_paid_at, r.after_order_id`,
      [limit],
    );
  }

  /** Orders that wait for a SKU, behind a place in the line, oldest payment first. */
  waiting(tx: Tx, companyId: string, rise: StockRise, limit: number): Promise<WaitingOrder[]> {
    return rows<WaitingOrder>(
      tx,
      `SELECT paid_at, order_id FROM short_want
        WHERE company_id = $1 AND sku_id = $2 AND ($3::timestamptz IS NULL OR (paid_at, order_id) > ($3, $4::text))
        ORDER BY paid_at, order_id LIMIT $5`,
      [companyId, rise.skuId, rise.afterPaidAt, rise.afterOrderId, limit],
    );
  }

  /** Notes that the line behind a place is still to be judged. */
  async noteRest(tx: Tx, rise: StockRise, id: string, last: WaitingOrder): Promise<void> {
    await execute(
      tx,
      'INSERT INTO stock_rise (company_id, id, sku_id, after_paid_at, after_order_id) VALUES ($1, $2, $3, $4, $5)',
      [rise.companyId, id, rise.skuId, last.paidAt, last.orderId],
    );
  }

  /** Notes every SKU that orders wait for though some of it is free: the net under notes lost to a race. */
  noteAll(tx: Tx): Promise<number> {
    return execute(
      tx,
      `INSERT INTO stock_rise (company_id, id, sku_id)
       SELECT w.company_id, 'ris_sweep_' || w.sku_id, w.sku_id
         FROM (SELECT DISTINCT s.company_id, s.sku_id FROM short_want s
                 JOIN stock_level l ON l.company_id = s.company_id AND l.sku_id = s.sku_id WHERE l.on_hand > l.reserved) w
       ON CONFLICT DO NOTHING`,
    );
  }

  /** Reservations past their expiry by story time, oldest first; locked rows of others are passed over. */
  expired(tx: Tx, at: Date, limit: number): Promise<{ companyId: string; id: string }[]> {
    return rows(
      tx,
      `SELECT company_id, id FROM reservation WHERE state = 'reserved' AND expires_at <= $1
        ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
      [at, limit],
    );
  }
}
