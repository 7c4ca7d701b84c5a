import { Injectable } from '@nestjs/common';
import { inTransaction, pageOf, readCursor, type Caller, type Page } from '@app/shared';
import { DataSource } from 'typeorm';
import type { AuditEntryAnswer, AuditQuery } from './audit-trail.dto';
import { AuditTrailRepository } from './audit-trail.repository';

/** Shows who did what to clients. */
@Injectable()
export class AuditTrailService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly trail: AuditTrailRepository,
  ) {}

  async list(caller: Caller, query: AuditQuery): Promise<Page<AuditEntryAnswer>> {
    const [before = ''] = readCursor(query.cursor, 1) ?? [];
    const filter = { actor: query.actor, subject: query.subject, from: query.from ? new Date(query.from) : null };
    const found = await inTransaction(this.dataSource, (tx) =>
      this.trail.list(tx, caller.companyId, filter, String(before), query.limit + 1),
    );
    return pageOf(
      found,
      query.limit,
      ({ id }) => [id],
      (entry) => ({ ...entry, at: entry.at.toISOString(), details: JSON.parse(entry.details) as unknown }),
    );
  }
}
