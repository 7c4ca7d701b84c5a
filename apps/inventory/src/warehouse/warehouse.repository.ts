import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';

/** A place from which goods are sent. */
export interface Warehouse {
  code: string;
  name: string;
  priority: number;
  isActive: boolean;
  allowsNegative: boolean;
  version: number;
}

const COLUMNS = 'code, name, priority, is_active, allows_negative, version';

/** SQL of warehouses. */
@Injectable()
export class WarehouseRepository {
  /** Codes of active warehouses in the order in which routing tries them. */
  async routable(tx: Tx, companyId: string): Promise<string[]> {
    const found = await rows<{ code: string }>(
      tx,
      'SELECT code FROM warehouse WHERE company_id = $1 AND is_active ORDER BY priority, code',
      [companyId],
    );
    return found.map(({ code }) => code);
  }

  /** All codes of a company's warehouses. */
  async codes(tx: Tx, companyId: string): Promise<Set<string>> {
    const found = await rows<{ code: string }>(tx, 'SELECT code FROM warehouse WHERE company_id = $1', [companyId]);
    return new Set(found.map(({ code }) => code));
  }

  list(tx: Tx, companyId: string, only: readonly string[] | null, after: string, limit: number): Promise<Warehouse[]> {
    return rows<Warehouse>(
      tx,
      `SELECT ${COLUMNS} FROM warehouse WHERE company_id = $1 AND ($2::text[] IS NULL OR code = ANY($2)) AND code > $3 ORDER BY code LIMIT $4`,
      [companyId, only, after, limit],
    );
  }

  find(tx: Tx, companyId: string, code: string): Promise<Warehouse | undefined> {
    return row<Warehouse>(tx, `SELECT ${COLUMNS} FROM warehouse WHERE company_id = $1 AND code = $2`, [
      companyId,
      code,
    ]);
  }

  /** Locks one warehouse for a change. */
  lock(tx: Tx, companyId: string, code: string): Promise<Warehouse | undefined> {
    return row<Warehouse>(tx, `SELECT ${COLUMNS} FROM warehouse WHERE company_id = $1 AND code = $2 FOR UPDATE`, [
      companyId,
      code,
    ]);
  }

  /** False when the code is taken. */
  async insert(tx: Tx, companyId: string, warehouse: Warehouse): Promise<boolean> {
    const { code, name, priority, isActive, version } = warehouse;
    const made = await execute(
      tx,
      'INSERT INTO warehouse (company_id, code, name, priority, is_active, version) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING',
      [companyId, code, name, priority, isActive, version],
    );
    return made === 1;
  }

  async update(tx: Tx, companyId: string, warehouse: Warehouse): Promise<void> {
    const { code, name, priority, isActive, version } = warehouse;
    await execute(
      tx,
      'UPDATE warehouse SET name = $3, priority = $4, is_active = $5, version = $6 WHERE company_id = $1 AND code = $2',
      [companyId, code, name, priority, isActive, version],
    );
  }
}
