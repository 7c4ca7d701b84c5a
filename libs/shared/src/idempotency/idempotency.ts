import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller';
import { execute, row, type Tx } from '../db/transaction';
import { AppError } from '../errors/app-error';
import type { WireClock } from '../time/wire-clock';
import { WIRE_CLOCK } from '../tokens';

/** JSON with sorted members, so that equal bodies have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    member && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** Hash by which two request bodies are told apart. */
export function bodyHash(value: unknown): string {
  return createHash('sha256')
    .update(canonicalJson(value) ?? '')
    .digest('hex');
}

/** A call that may carry an Idempotency-Key. */
export interface KeyedCall {
  caller: Caller;
  /** The header's value; undefined runs the effect plainly. */
  key: string | undefined;
  route: string;
  body: unknown;
}

@Injectable()
export class Idempotency {
  constructor(@Inject(WIRE_CLOCK) private readonly wire: WireClock) {}

  /**
   * Runs an effect once per key, in the effect's own transaction: a failure forgets the key, a repeat gets the first
   * answer, the same key with another body throws IDEMPOTENCY.KEY_REUSED. A parallel repeat waits for the first.
   */
  async once<T>(tx: Tx, call: KeyedCall, effect: () => Promise<T>): Promise<T> {
    if (!call.key) return effect();
    if (call.key.length > 200)
      throw new AppError('VALIDATION', 'An Idempotency-Key has at most 200 characters.', {
        errors: [{ field: 'Idempotency-Key', code: 'MAX_LENGTH', message: 'at most 200 characters' }],
      });
    const { companyId, clientId } = call.caller;
    const hash = bodyHash(call.body);
    const fresh = await execute(
      tx,
      `INSERT INTO idempotency_key (company_id, client_id, key, route, body_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      [companyId, clientId, call.key, call.route, hash, this.wire.date()],
    );
    if (fresh === 0) {
      const known = await row<{ route: string; bodyHash: string; response: string }>(
        tx,
        `SELECT route, body_hash, response FROM idempotency_key WHERE company_id = $1 AND client_id = $2 AND key = $3`,
        [companyId, clientId, call.key],
      );
      if (known && known.bodyHash === hash && known.route === call.route) return JSON.parse(known.response) as T;
      throw new AppError(
        'IDEMPOTENCY.KEY_REUSED',
        `The Idempotency-Key "${call.key}" was used for another call; take a new key for a new call.`,
      );
    }
    const answer = await effect();
    await execute(
      tx,
      `UPDATE idempotency_key SET response = $4 WHERE company_id = $1 AND client_id = $2 AND key = $3`,
      [companyId, clientId, call.key, JSON.stringify(answer ?? null)],
    );
    return answer;
  }
}
