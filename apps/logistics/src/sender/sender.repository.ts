import { row, rows, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';

/** Where parcels of a warehouse are sent from. */
export interface SenderRow {
  warehouse: string;
  version: number;
  name: string;
  phone: string;
  province: string;
  city: string;
  district: string;
  address: string;
}

@Injectable()
export class SenderRepository {
  find(tx: Tx, companyId: string, warehouse: string): Promise<SenderRow | undefined> {
    return row(
      tx,
      'SELECT warehouse, version, name, phone, province, city, district, address FROM sender WHERE company_id = $1 AND warehouse = $2',
      [companyId, warehouse],
    );
  }

  list(
    tx: Tx,
    companyId: string,
    filter: { warehouses: readonly string[] | null; after: string | null; limit: number },
  ): Promise<SenderRow[]> {
    return rows(
      tx,
      `SELECT warehouse, version, name, phone, province, city, district, address FROM sender
        WHERE company_id = $1 AND ($2::text[] IS NULL OR warehouse = ANY($2)) AND ($3::text IS NULL OR warehouse > $3) ORDER BY warehouse LIMIT $4`,
      [companyId, filter.warehouses, filter.after, filter.limit],
    );
  }

  /** Stores the address and returns it with its version; an equal address keeps its version. */
  async store(tx: Tx, companyId: string, sender: Omit<SenderRow, 'version'>): Promise<SenderRow> {
    const { warehouse, name, phone, province, city, district, address } = sender;
    const stored = await row<SenderRow>(
      tx,
      `INSERT INTO sender (company_id, warehouse, name, phone, province, city, district, address) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (company_id, warehouse) DO UPDATE
          SET name = excluded.name, phone = excluded.phone, province = excluded.province, city = excluded.city, district = excluded.district, address = excluded.address,
              version = sender.version + CASE WHEN (sender.name, sender.phone, sender.province, sender.city, sender.district, sender.address)
                                               = (excluded.name, excluded.phone, excluded.province, excluded.city, excluded.district, excluded.address) THEN 0 ELSE 1 END
       RETURNING warehouse, version, name, phone, province, city, district, address`,
      [companyId, warehouse, name, phone, province, city, district, address],
    );
    return stored!;
  }
}
