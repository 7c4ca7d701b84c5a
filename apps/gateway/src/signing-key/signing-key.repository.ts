import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';

/** A key pair that signs tokens. */
export interface SigningKeyRow {
  kid: string;
  /** JSON text. */
  publicJwk: string;
  /** PKCS #8 PEM, sealed with the master key in the context `signing-key:<kid>`. */
  sealedPrivateKey: string;
  createdAt: Date;
  signsFrom: Date;
}

const KEY_LOCK = 4_701_340;

/** All statements on signing keys; they belong to the installation, not to a company. */
@Injectable()
export class SigningKeyRepository {
  list(tx: Tx): Promise<SigningKeyRow[]> {
    return rows<SigningKeyRow>(
      tx,
      'SELECT kid, public_jwk, sealed_private_key, created_at, signs_from FROM signing_key ORDER BY signs_from, kid',
    );
  }

  /** Makes gateways that start at once wait for each other, so that only one makes the first key. */
  async lock(tx: Tx): Promise<void> {
    await execute(tx, 'SELECT pg_advisory_xact_lock($1)', [KEY_LOCK]);
  }

  async add(tx: Tx, key: SigningKeyRow): Promise<void> {
    await execute(
      tx,
      'INSERT INTO signing_key (kid, public_jwk, sealed_private_key, created_at, signs_from) VALUES ($1, $2, $3, $4, $5)',
      [key.kid, key.publicJwk, key.sealedPrivateKey, key.createdAt, key.signsFrom],
    );
  }

  async remove(tx: Tx, kids: readonly string[]): Promise<void> {
    await execute(tx, 'DELETE FROM signing_key WHERE kid = ANY($1)', [kids]);
  }
}
