import { execute, row, rows, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import type { Carrier } from './carrier.rules';

@Injectable()
export class CarrierRepository {
  /** The company's own changes alone; a company has some dozens at most. */
  own(tx: Tx, companyId: string): Promise<Carrier[]> {
    return rows(tx, 'SELECT code, name, is_active FROM carrier WHERE company_id = $1', [companyId]);
  }

  /** A shop's default carrier, empty while it has none, with what the company changed of that carrier: one row at most. */
  async defaultOf(tx: Tx, companyId: string, shopId: string): Promise<{ code: string; own: Carrier[] }> {
    const found = await row<{ chosen: string; code: string | null; name: string; isActive: boolean }>(
      tx,
      `SELECT s.default_carrier AS chosen, c.code, c.name, c.is_active
         FROM shop s LEFT JOIN carrier c ON c.company_id = s.company_id AND c.code = s.default_carrier
        WHERE s.company_id = $1 AND s.shop_id = $2`,
      [companyId, shopId],
    );
    if (!found) return { code: '', own: [] };
    const { chosen, code, name, isActive } = found;
    return { code: chosen, own: code === null ? [] : [{ code, name, isActive }] };
  }

  async store(tx: Tx, companyId: string, carrier: Carrier): Promise<void> {
    await execute(
      tx,
      `INSERT INTO carrier (company_id, code, name, is_active) VALUES ($1, $2, $3, $4)
       ON CONFLICT (company_id, code) DO UPDATE SET name = excluded.name, is_active = excluded.is_active`,
      [companyId, carrier.code, carrier.name, carrier.isActive],
    );
  }
}
