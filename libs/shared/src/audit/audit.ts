import { createHash } from 'node:crypto';
import { Inject, Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { execute, inTransaction, row, rows, type Tx } from '../db/transaction';
import { newId } from '../ids/ids';
import { createLogger } from '../logging/logger';
import { currentTraceId } from '../logging/trace';
import { canonicalJson } from '../idempotency/idempotency';
import type { StoryClock } from '../time/story-clock';
import { sleep } from '../time/wire-clock';
import { STORY_CLOCK } from '../tokens';

const log = createLogger('audit');
const SEAL_EVERY_MS = 1_000;
const SEAL_BATCH = 1_000;
const SEAL_LOCK = 4_701_339;

/** One act worth a line in the audit trail. Never holds receiver data or secrets. */
export interface AuditAct {
  actor: string;
  act: string;
  subject: string;
  /** Why personal data was revealed; required for reveals. */
  purpose?: string;
  details?: Record<string, unknown>;
}

interface EntryRow {
  companyId: string;
  id: string;
  at: Date;
  actor: string;
  act: string;
  subject: string;
  purpose: string | null;
  details: string;
  traceId: string;
}

function hashOf(previous: string, entry: EntryRow): string {
  return createHash('sha256')
    .update(
      canonicalJson([
        previous,
        entry.companyId,
        entry.id,
        entry.at.toISOString(),
        entry.actor,
        entry.act,
        entry.subject,
        entry.purpose,
        entry.details,
        entry.traceId,
      ]),
    )
    .digest('hex');
}

/** The audit trail: entries in the transaction of the act, sealed into a hash chain afterwards by one writer. */
@Injectable()
export class Audit {
  constructor(@Inject(STORY_CLOCK) private readonly story: StoryClock) {}

  async record(tx: Tx, companyId: string, act: AuditAct): Promise<void> {
    await execute(
      tx,
      `WITH entry AS (
         INSERT INTO audit_entry (company_id, id, at, actor, act, subject, purpose, details, trace_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING company_id, id)
       INSERT INTO audit_unsealed (company_id, entry_id) SELECT company_id, id FROM entry`,
      [
        companyId,
        newId('aud'),
        this.story.now(),
        act.actor,
        act.act,
        act.subject,
        act.purpose ?? null,
        JSON.stringify(act.details ?? {}),
        currentTraceId(),
      ],
    );
  }

  /** Recomputes a company's chain; returns the seals that do not hold and the number of entries not yet sealed. */
  async check(tx: Tx, companyId: string): Promise<{ checked: number; unsealed: number; broken: string[] }> {
    const sealed = await rows<EntryRow & { hash: string; sealNo: number; entryId: string }>(
      tx,
      `SELECT s.seal_no, s.hash, s.entry_id, e.* FROM audit_seal s LEFT JOIN audit_entry e ON e.company_id = s.company_id AND e.id = s.entry_id
        WHERE s.company_id = $1 ORDER BY s.seal_no`,
      [companyId],
    );
    const broken: string[] = [];
    let previous = '';
    for (const [index, seal] of sealed.entries()) {
      if (seal.sealNo !== index + 1 || !seal.id || hashOf(previous, seal) !== seal.hash)
        broken.push(`audit seal ${seal.sealNo} (entry ${seal.entryId}) does not hold`);
      previous = seal.hash;
    }
    const total = await row<{ count: number }>(tx, 'SELECT count(*) AS count FROM audit_entry WHERE company_id = $1', [
      companyId,
    ]);
    return { checked: sealed.length, unsealed: (total?.count ?? 0) - sealed.length, broken };
  }
}

/** Seals entries about once a second; an advisory lock keeps it to one writer per service. */
@Injectable()
export class AuditSealer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopper = new AbortController();
  private loop: Promise<void> | undefined;

  constructor(private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopper.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopper.signal.aborted) {
      const sealed = await this.sealOnce().catch((error: Error) => {
        log.warn({ cause: error.message }, 'audit entries could not be sealed; trying again');
        return 0;
      });
      if (sealed < SEAL_BATCH) await sleep(SEAL_EVERY_MS, this.stopper.signal);
    }
  }

  /** Seals one batch of what is waiting and returns its size; public for tests. */
  sealOnce(): Promise<number> {
    return inTransaction(this.dataSource, async (tx) => {
      const lock = await row<{ locked: boolean }>(
        tx,
        'SELECT pg_try_advisory_xact_lock($1, hashtext(current_schema())) AS locked',
        [SEAL_LOCK],
      );
      if (!lock?.locked) return 0;
      const entries = await this.waiting(tx);
      if (entries.length === 0) return 0;
      const heads = new Map<string, { no: number; hash: string }>();
      const seals: { companyId: string; no: number; entryId: string; hash: string }[] = [];
      for (const entry of entries) {
        const head = heads.get(entry.companyId) ?? (await this.headOf(tx, entry.companyId));
        const next = { no: head.no + 1, hash: hashOf(head.hash, entry) };
        seals.push({ companyId: entry.companyId, no: next.no, entryId: entry.id, hash: next.hash });
        heads.set(entry.companyId, next);
      }
      await this.write(tx, seals);
      return seals.length;
    });
  }

  /** Entries that wait, of all companies, in the order of their ids. One index read per entry, however long the trail is. */
  private waiting(tx: Tx): Promise<EntryRow[]> {
    return rows<EntryRow>(
      tx,
      `SELECT e.* FROM (SELECT company_id, entry_id FROM audit_unsealed ORDER BY company_id, entry_id LIMIT $1) u
        CROSS JOIN LATERAL (SELECT * FROM audit_entry WHERE company_id = u.company_id AND id = u.entry_id) e
        ORDER BY u.company_id, u.entry_id`,
      [SEAL_BATCH],
    );
  }

  private async write(
    tx: Tx,
    seals: readonly { companyId: string; no: number; entryId: string; hash: string }[],
  ): Promise<void> {
    const companies = seals.map(({ companyId }) => companyId);
    const entries = seals.map(({ entryId }) => entryId);
    await execute(
      tx,
      `INSERT INTO audit_seal (company_id, seal_no, entry_id, hash)
       SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[])`,
      [companies, seals.map(({ no }) => no), entries, seals.map(({ hash }) => hash)],
    );
    await execute(
      tx,
      `DELETE FROM audit_unsealed u USING unnest($1::text[], $2::text[]) AS s(company_id, entry_id)
        WHERE u.company_id = s.company_id AND u.entry_id = s.entry_id`,
      [companies, entries],
    );
  }

  private async headOf(tx: Tx, companyId: string): Promise<{ no: number; hash: string }> {
    const head = await row<{ sealNo: number; hash: string }>(
      tx,
      'SELECT seal_no, hash FROM audit_seal WHERE company_id = $1 ORDER BY seal_no DESC LIMIT 1',
      [companyId],
    );
    return head ? { no: head.sealNo, hash: head.hash } : { no: 0, hash: '' };
  }
}
