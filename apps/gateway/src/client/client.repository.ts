import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';

/** A program that may take tokens. */
export interface ClientRow {
  companyId: string;
  clientId: string;
  name: string;
  kind: 'client' | 'service';
  secretHash: string;
  scopes: string[];
  /** null = all. */
  shops: string[] | null;
  /** null = all. */
  warehouses: string[] | null;
  createdAt: Date;
  disabledAt: Date | null;
  version: number;
}

const COLUMNS =
  'company_id, client_id, name, kind, secret_hash, scopes, shops, warehouses, created_at, disabled_at, version';

/** All statements on companies and clients. */
@Injectable()
export class ClientRepository {
  /**
   * The client with an id, of whatever company: at the token endpoint the id alone is known. Ids are random or reserved,
   * so there is at most one; should there ever be two, none is given.
   */
  async findForToken(tx: Tx, clientId: string): Promise<ClientRow | undefined> {
    const found = await rows<ClientRow>(tx, `SELECT ${COLUMNS} FROM client WHERE client_id = $1 LIMIT 2`, [clientId]);
    return found.length === 1 ? found[0] : undefined;
  }

  find(tx: Tx, companyId: string, clientId: string): Promise<ClientRow | undefined> {
    return row<ClientRow>(tx, `SELECT ${COLUMNS} FROM client WHERE company_id = $1 AND client_id = $2`, [
      companyId,
      clientId,
    ]);
  }

  /** The client with its row locked until the transaction ends. */
  lock(tx: Tx, companyId: string, clientId: string): Promise<ClientRow | undefined> {
    return row<ClientRow>(tx, `SELECT ${COLUMNS} FROM client WHERE company_id = $1 AND client_id = $2 FOR UPDATE`, [
      companyId,
      clientId,
    ]);
  }

  list(tx: Tx, companyId: string, after: string, limit: number): Promise<ClientRow[]> {
    return rows<ClientRow>(
      tx,
      `SELECT ${COLUMNS} FROM client WHERE company_id = $1 AND client_id > $2 ORDER BY client_id LIMIT $3`,
      [companyId, after, limit],
    );
  }

  /** Inserts or replaces a client, by its key; a replaced one is enabled and its version rises. */
  async put(tx: Tx, client: Omit<ClientRow, 'disabledAt' | 'version'>): Promise<void> {
    await execute(
      tx,
      `INSERT INTO client AS c (company_id, client_id, name, kind, secret_hash, scopes, shops, warehouses, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (company_id, client_id) DO UPDATE
         SET name = excluded.name, secret_hash = excluded.secret_hash, scopes = excluded.scopes, shops = excluded.shops,
             warehouses = excluded.warehouses, disabled_at = NULL, version = c.version + 1`,
      [
        client.companyId,
        client.clientId,
        client.name,
        client.kind,
        client.secretHash,
        client.scopes,
        client.shops,
        client.warehouses,
        client.createdAt,
      ],
    );
  }

  async disable(tx: Tx, companyId: string, clientId: string, at: Date): Promise<void> {
    await execute(
      tx,
      'UPDATE client SET disabled_at = $3, version = version + 1 WHERE company_id = $1 AND client_id = $2 AND disabled_at IS NULL',
      [companyId, clientId, at],
    );
  }

  async setSecretHash(tx: Tx, companyId: string, clientId: string, secretHash: string): Promise<void> {
    await execute(
      tx,
      'UPDATE client SET secret_hash = $3, version = version + 1 WHERE company_id = $1 AND client_id = $2',
      [companyId, clientId, secretHash],
    );
  }

  /** Inserts a company; without effect when it is there. */
  async addCompany(tx: Tx, companyId: string, name: string, at: Date): Promise<void> {
    await execute(tx, 'INSERT INTO company (company_id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
      companyId,
      name,
      at,
    ]);
  }

  /** The first companies by id; for the command line, which must choose one. */
  listCompanies(tx: Tx): Promise<{ companyId: string; name: string }[]> {
    return rows(tx, 'SELECT company_id, name FROM company ORDER BY company_id LIMIT 20');
  }
}
