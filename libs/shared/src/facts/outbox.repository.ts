import { Injectable } from '@nestjs/common';
import { tableRows } from '../db/table-rows';
import { execute, row, rows, type Tx } from '../db/transaction';

/** A row ready to be written into the outbox. */
export interface OutboxRow {
  companyId: string;
  eventId: string;
  name: string;
  traceId: string;
  occurredAt: Date;
  recordedAt: Date;
  items: string;
  /** The items when they are too large to travel. */
  whole: string | null;
  consumers: readonly string[];
}

/** A delivery that the relay has claimed. */
export interface ClaimedDelivery {
  companyId: string;
  eventId: string;
  consumer: string;
  name: string;
  traceId: string;
  occurredAt: Date;
  items: string;
}

@Injectable()
export class OutboxRepository {
  /** Two statements in one packet for any number of facts: the facts, and a delivery for each of their consumers. */
  async insert(tx: Tx, facts: readonly OutboxRow[]): Promise<void> {
    const deliveries = facts.flatMap(({ companyId, eventId, consumers }) =>
      consumers.map((consumer) => ({ companyId, eventId, consumer, sends: 0 })),
    );
    const factRows = await tableRows(tx, 'outbox', facts);
    const deliveryRows = await tableRows(tx, 'outbox_delivery', deliveries);
    const written = [execute(tx, 'INSERT INTO outbox SELECT n.* FROM unnest($1::outbox[]) AS n', [factRows])];
    if (deliveries.length > 0)
      written.push(
        execute(tx, 'INSERT INTO outbox_delivery SELECT n.* FROM unnest($1::outbox_delivery[]) AS n', [deliveryRows]),
      );
    await Promise.all(written);
  }

  /**
   * Claims unsent deliveries of all companies in order of their facts. Locks the delivery rows, passing over those that
   * another relay holds; 0 rows means that nothing waits. Facts are read once each, whatever the number of their consumers.
   * The caller sends within the same transaction.
   */
  async claim(tx: Tx, limit: number): Promise<ClaimedDelivery[]> {
    const deliveries = await rows<Pick<ClaimedDelivery, 'companyId' | 'eventId' | 'consumer'>>(
      tx,
      `SELECT company_id, event_id, consumer FROM outbox_delivery
        WHERE sent_at IS NULL AND acked_at IS NULL ORDER BY event_id LIMIT $1 FOR UPDATE SKIP LOCKED`,
      [limit],
    );
    if (deliveries.length === 0) return [];
    const facts = await rows<Omit<ClaimedDelivery, 'consumer'>>(
      tx,
      `SELECT o.company_id, o.event_id, o.name, o.trace_id, o.occurred_at, o.items
         FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS d(company_id, event_id)) d
         JOIN outbox o ON o.company_id = d.company_id AND o.event_id = d.event_id`,
      [deliveries.map(({ companyId }) => companyId), deliveries.map(({ eventId }) => eventId)],
    );
    const known = new Map(facts.map((fact) => [`${fact.companyId} ${fact.eventId}`, fact]));
    return deliveries.map((delivery) => ({ ...known.get(`${delivery.companyId} ${delivery.eventId}`)!, ...delivery }));
  }

  async markSent(tx: Tx, deliveries: readonly ClaimedDelivery[], at: Date): Promise<void> {
    await execute(
      tx,
      `UPDATE outbox_delivery d SET sent_at = $4, sends = d.sends + 1
         FROM unnest($1::text[], $2::text[], $3::text[]) AS c(company_id, event_id, consumer)
        WHERE d.company_id = c.company_id AND d.event_id = c.event_id AND d.consumer = c.consumer`,
      [deliveries.map((d) => d.companyId), deliveries.map((d) => d.eventId), deliveries.map((d) => d.consumer), at],
    );
  }

  /** Acknowledges once; repeats and unknown ids change 0 rows. */
  acknowledge(tx: Tx, companyId: string, consumer: string, eventIds: readonly string[], at: Date): Promise<number> {
    return execute(
      tx,
      `UPDATE outbox_delivery SET acked_at = $4
        WHERE company_id = $1 AND consumer = $2 AND event_id = ANY($3::text[]) AND acked_at IS NULL`,
      [companyId, consumer, eventIds, at],
    );
  }

  /**
   * Makes unacknowledged deliveries that were sent before a moment due again, oldest first, `limit` at most.
   * Rows locked by a relay are passed over; fewer than `limit` means that no more are left.
   */
  resend(tx: Tx, sentBefore: Date, limit: number): Promise<number> {
    return execute(
      tx,
      `UPDATE outbox_delivery d SET sent_at = NULL
         FROM (SELECT company_id, event_id, consumer FROM outbox_delivery
                WHERE acked_at IS NULL AND sent_at IS NOT NULL AND sent_at < $1
                ORDER BY sent_at LIMIT $2 FOR UPDATE SKIP LOCKED) due
        WHERE d.company_id = due.company_id AND d.event_id = due.event_id AND d.consumer = due.consumer`,
      [sentBefore, limit],
    );
  }

  /** How many deliveries wait per consumer. Reads the two partial indexes of unacknowledged rows alone. */
  backlog(tx: Tx): Promise<{ consumer: string; waiting: number }[]> {
    return rows(
      tx,
      `SELECT consumer, count(*) AS waiting FROM (
         SELECT consumer FROM outbox_delivery WHERE sent_at IS NULL AND acked_at IS NULL
         UNION ALL SELECT consumer FROM outbox_delivery WHERE acked_at IS NULL AND sent_at IS NOT NULL) open
        GROUP BY consumer`,
    );
  }

  /** The items of a fact that are too large to travel; undefined when there is no such fact. */
  whole(tx: Tx, companyId: string, eventId: string): Promise<{ items: string; whole: string | null } | undefined> {
    return row(tx, 'SELECT items, whole FROM outbox WHERE company_id = $1 AND event_id = $2', [companyId, eventId]);
  }

  /**
   * Deletes facts of all companies that were recorded before a moment and that every consumer has acknowledged, oldest
   * first, `limit` at most. Locks the facts it deletes; a fact that is not acknowledged stays, however old it is.
   */
  forget(tx: Tx, recordedBefore: Date, limit: number): Promise<number> {
    return execute(
      tx,
      `WITH old AS (
         SELECT o.company_id, o.event_id FROM outbox o
          WHERE o.recorded_at < $1 AND NOT EXISTS (
            SELECT 1 FROM outbox_delivery d WHERE d.company_id = o.company_id AND d.event_id = o.event_id AND d.acked_at IS NULL)
          ORDER BY o.recorded_at LIMIT $2 FOR UPDATE SKIP LOCKED),
       deliveries AS (
         DELETE FROM outbox_delivery d USING old WHERE d.company_id = old.company_id AND d.event_id = old.event_id)
       DELETE FROM outbox o USING old WHERE o.company_id = old.company_id AND o.event_id = old.event_id`,
      [recordedBefore, limit],
    );
  }

  /** Facts that some consumer has not acknowledged, oldest first, at most 20; for `verify`. */
  unacknowledged(
    tx: Tx,
    companyId: string,
  ): Promise<{ eventId: string; consumer: string; name: string; recordedAt: Date; sends: number }[]> {
    return rows(
      tx,
      `SELECT d.event_id, d.consumer, o.name, o.recorded_at, d.sends
         FROM outbox_delivery d JOIN outbox o ON o.company_id = d.company_id AND o.event_id = d.event_id
        WHERE d.acked_at IS NULL AND d.company_id = $1 ORDER BY o.recorded_at LIMIT 20`,
      [companyId],
    );
  }
}
