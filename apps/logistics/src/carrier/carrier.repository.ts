import { execute, rows, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import type { Carrier } from './carrier.rules';

@Injectable()
export class CarrierRepository {
  /** The company's own changes alone; a company has some dozens at most. */
  own(tx: Tx, companyId: string): Promise<Carrier[]> {
    return rows(tx, 'SELECT code, name, is_active FROM carrier WHERE company_id = $1', [companyId]);
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
