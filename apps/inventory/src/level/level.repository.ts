import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';
import type { LevelKey, Movement, StockLevel } from './level.book';

const COLUMNS = `l.sku_id, l.warehouse, l.on_hand, l.reserved, l.damaged, l.quarantine, l.incoming, l.safety, l.version, l.occupied,
  COALESCE(s.code, l.sku_id) AS sku_code`;

/** SQL of the counters and their ledger. */
@Injectable()
export class LevelRepository {
  /**
   * Locks every level of some SKUs, in the order of SKU and warehouse, so that two batches never deadlock.
   * 0 rows: none of them was ever in stock.
   */
  lockSkus(tx: Tx, companyId: string, skuIds: readonly string[]): Promise<StockLevel[]> {
    return rows<StockLevel>(
      tx,
      `SELECT ${COLUMNS}
         FROM stock_level l LEFT JOIN sku s ON s.company_id = l.company_id AND s.sku_id = l.sku_id
        WHERE l.company_id = $1 AND l.sku_id = ANY($2::text[]) ORDER BY l.sku_id, l.warehouse FOR UPDATE OF l`,
      [companyId, skuIds],
    );
  }

  /** Makes empty levels where there are none. A concurrent maker is waited for; its row stays as it is. */
  async makeMissing(tx: Tx, companyId: string, keys: readonly LevelKey[]): Promise<void> {
    await execute(
      tx,
      `INSERT INTO stock_level (company_id, sku_id, warehouse)
       SELECT $1, k.sku_id, k.warehouse FROM unnest($2::text[], $3::text[]) AS k(sku_id, warehouse) ORDER BY 2, 3
       ON CONFLICT DO NOTHING`,
      [companyId, keys.map(({ skuId }) => skuId), keys.map(({ warehouse }) => warehouse)],
    );
  }

  /** Writes counters of levels that this transaction has locked. Returns the new versions by position of the input. */
  async write(tx: Tx, companyId: string, levels: readonly StockLevel[]): Promise<void> {
    await execute(
      tx,
      `UPDATE stock_level l
          SET on_hand = n.on_hand, reserved = n.reserved, damaged = n.damaged, quarantine = n.quarantine,
              incoming = n.incoming, safety = n.safety, version = n.version, occupied = n.occupied::jsonb
         FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::text[])
           AS n(sku_id, warehouse, on_hand, reserved, damaged, quarantine, incoming, safety, version, occupied)
        WHERE l.company_id = $1 AND l.sku_id = n.sku_id AND l.warehouse = n.warehouse`,
      [
        companyId,
        levels.map((level) => level.skuId),
        levels.map((level) => level.warehouse),
        levels.map((level) => level.onHand),
        levels.map((level) => level.reserved),
        levels.map((level) => level.damaged),
        levels.map((level) => level.quarantine),
        levels.map((level) => level.incoming),
        levels.map((level) => level.safety),
        levels.map((level) => level.version),
        levels.map((level) => JSON.stringify(level.occupied)),
      ],
    );
  }

  /** Appends to the ledger in the given order. A cause that was posted already violates its unique key. */
  async post(tx: Tx, companyId: string, movements: readonly Movement[], actor: string, at: Date): Promise<void> {
    await execute(
      tx,
      `INSERT INTO stock_movement (company_id, sku_id, warehouse, bucket, before, after, delta, cause_type, cause_id, cause_line, cause_revision, actor, at)
       SELECT $1, m.sku_id, m.warehouse, m.bucket, m.before, m.after, m.delta, m.cause_type, m.cause_id, m.cause_line, m.cause_revision, $12, $13
         FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::text[], $10::text[], $11::bigint[])
           WITH ORDINALITY AS m(sku_id, warehouse, bucket, before, after, delta, cause_type, cause_id, cause_line, cause_revision, no)
        ORDER BY m.no`,
      [
        companyId,
        movements.map((movement) => movement.skuId),
        movements.map((movement) => movement.warehouse),
        movements.map((movement) => movement.bucket),
        movements.map((movement) => movement.before),
        movements.map((movement) => movement.after),
        movements.map((movement) => movement.delta),
        movements.map((movement) => movement.cause.type),
        movements.map((movement) => movement.cause.id),
        movements.map((movement) => movement.cause.line),
        movements.map((movement) => movement.cause.revision),
        actor,
        at,
      ],
    );
  }

  /** Notes SKUs of which more is free, as far as orders wait for them. */
  async noteRises(tx: Tx, companyId: string, notes: readonly { id: string; skuId: string }[]): Promise<void> {
    await execute(
      tx,
      `INSERT INTO stock_rise (company_id, id, sku_id)
       SELECT $1, r.id, r.sku_id FROM unnest($2::text[], $3::text[]) AS r(id, sku_id)
        WHERE EXISTS (SELECT 1 FROM short_want s WHERE s.company_id = $1 AND s.sku_id = r.sku_id)`,
      [companyId, notes.map(({ id }) => id), notes.map(({ skuId }) => skuId)],
    );
  }
}
