import { Inject, Injectable } from '@nestjs/common';
import {
  AppError,
  assertShop,
  Audit,
  Idempotency,
  inTransaction,
  newId,
  pageOf,
  readCursor,
  startOfShanghaiDay,
  STORY_CLOCK,
  toShanghaiIso,
  type Caller,
  type Page,
  type StoryClock,
  type Tx,
} from '@app/shared';
import { DataSource } from 'typeorm';
import { BillRepository } from '../bill/bill.repository';
import type {
  LineAnswer,
  LinesQuery,
  ReconcileBody,
  ReconciliationAnswer,
  ReconciliationsQuery,
  ResolveBody,
  TotalsAnswer,
} from './reconciliation.dto';
import { ReconciliationRepository, type LineRow, type ReconciliationRow } from './reconciliation.repository';

function toAnswer(row: ReconciliationRow): ReconciliationAnswer {
  return {
    id: row.reconciliationId,
    shopId: row.shopId,
    from: toShanghaiIso(row.fromAt),
    to: toShanghaiIso(row.toAt),
    asOf: toShanghaiIso(row.asOf),
    state: row.state,
    problem: row.problem,
    totals: row.totals ? (JSON.parse(row.totals) as TotalsAnswer) : null,
    classes: row.classes ? (JSON.parse(row.classes) as ReconciliationAnswer['classes']) : null,
  };
}

/** A line as it is shown. */
export function toLineAnswer(row: LineRow): LineAnswer {
  const { lineNo, billFile, billRow, dueAt, ...rest } = row;
  return {
    id: String(lineNo),
    ...rest,
    differenceFen: row.billedFen - row.expectedFen,
    bill: billFile === null || billRow === null ? null : { file: billFile, row: billRow },
    dueAt: dueAt ? toShanghaiIso(dueAt) : null,
  };
}

const instantOf = (text: string): Date => (text.length === 10 ? startOfShanghaiDay(text) : new Date(text));

/** Orders reconciliations, shows them, and keeps what people say about their lines. */
@Injectable()
export class ReconciliationService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly reconciliations: ReconciliationRepository,
    private readonly bills: BillRepository,
    private readonly idempotency: Idempotency,
    private readonly audit: Audit,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /** Throws SHOP.NOT_FOUND, VALIDATION when the span is empty, IDEMPOTENCY.KEY_REUSED. */
  start(caller: Caller, body: ReconcileBody, key: string | undefined): Promise<ReconciliationAnswer> {
    assertShop(caller, body.shopId);
    const [fromAt, toAt, now] = [instantOf(body.from), instantOf(body.to), this.story.now()];
    if (!(fromAt < toAt))
      throw new AppError('VALIDATION', 'from must be before to.', {
        errors: [{ field: 'to', code: 'ORDER', message: 'must be after from' }],
      });
    const { companyId } = caller;
    return inTransaction(this.dataSource, (tx) =>
      this.idempotency.once(tx, { caller, key, route: 'POST reconciliations', body }, async () => {
        if (!(await this.bills.shop(tx, companyId, body.shopId)))
          throw new AppError('SHOP.NOT_FOUND', `There is no shop ${body.shopId}.`);
        const id = newId('rec');
        await this.reconciliations.add(tx, {
          companyId,
          reconciliationId: id,
          shopId: body.shopId,
          fromAt,
          toAt,
          asOf: toAt < now ? toAt : now,
          requestedBy: caller.clientId,
        });
        await this.audit.record(tx, companyId, {
          actor: caller.clientId,
          act: 'reconciliation.requested',
          subject: id,
          details: { shopId: body.shopId },
        });
        return toAnswer(await this.need(tx, caller, id));
      }),
    );
  }

  /** Throws RECONCILIATION.NOT_FOUND. */
  async find(caller: Caller, id: string): Promise<ReconciliationAnswer> {
    return toAnswer(await inTransaction(this.dataSource, (tx) => this.need(tx, caller, id)));
  }

  /** Throws SHOP.NOT_FOUND, CURSOR.INVALID. */
  list(caller: Caller, query: ReconciliationsQuery): Promise<Page<ReconciliationAnswer>> {
    if (query.shopId) assertShop(caller, query.shopId);
    const before = readCursor(query.cursor, 1)?.[0];
    return inTransaction(this.dataSource, async (tx) => {
      const shopIds = query.shopId ? [query.shopId] : caller.shops;
      const found = await this.reconciliations.list(
        tx,
        caller.companyId,
        shopIds,
        before === undefined ? null : String(before),
        query.limit + 1,
      );
      return pageOf(found, query.limit, (row) => [row.reconciliationId], toAnswer);
    });
  }

  /** Throws RECONCILIATION.NOT_FOUND, RECONCILIATION.NOT_DONE, CURSOR.INVALID. */
  lines(caller: Caller, id: string, query: LinesQuery): Promise<Page<LineAnswer>> {
    const after = Number(readCursor(query.cursor, 1)?.[0] ?? 0);
    if (!Number.isSafeInteger(after) || after < 0 || after > 2 ** 31 - 1)
      throw new AppError('CURSOR.INVALID', 'The cursor is not one that this list gave; begin without a cursor.');
    return inTransaction(this.dataSource, async (tx) => {
      await this.needDone(tx, caller, id);
      const found = await this.reconciliations.lines(
        tx,
        caller.companyId,
        id,
        { class: query.class ?? null, after },
        query.limit + 1,
      );
      return pageOf(found, query.limit, (row) => [row.lineNo], toLineAnswer);
    });
  }

  /** Throws RECONCILIATION.NOT_FOUND, RECONCILIATION.NOT_DONE, RECONCILIATION_LINE.NOT_FOUND, RECONCILIATION_LINE.VERSION_CONFLICT. */
  resolve(caller: Caller, id: string, line: string, body: ResolveBody): Promise<LineAnswer> {
    const lineNo = /^\d{1,9}$/.test(line) ? Number(line) : 0;
    const { expectedVersion, resolution, note } = body;
    const owner = body.owner ?? caller.clientId;
    return inTransaction(this.dataSource, async (tx) => {
      const { companyId } = caller;
      await this.needDone(tx, caller, id);
      const changed = await this.reconciliations.resolve(tx, companyId, id, {
        lineNo,
        expectedVersion,
        owner,
        resolution,
        note,
        at: this.story.now(),
      });
      if (!changed) throw await this.whyNot(tx, companyId, id, line, lineNo);
      await this.audit.record(tx, companyId, {
        actor: caller.clientId,
        act: 'reconciliation-line.resolved',
        subject: `${id}/${line}`,
        details: { resolution, owner, version: changed.version },
      });
      return toLineAnswer(changed);
    });
  }

  /** A done reconciliation of the caller's shops. Throws RECONCILIATION.NOT_FOUND, RECONCILIATION.NOT_DONE. */
  async needDone(tx: Tx, caller: Caller, id: string): Promise<ReconciliationRow> {
    const found = await this.need(tx, caller, id);
    if (found.state !== 'done')
      throw new AppError(
        'RECONCILIATION.NOT_DONE',
        `Reconciliation ${id} is ${found.state}; its lines exist when it is done.`,
        { state: found.state },
      );
    return found;
  }

  private async need(tx: Tx, caller: Caller, id: string): Promise<ReconciliationRow> {
    const found = await this.reconciliations.find(tx, caller.companyId, id);
    if (!found || (caller.shops && !caller.shops.includes(found.shopId)))
      throw new AppError('RECONCILIATION.NOT_FOUND', `There is no reconciliation ${id}.`);
    return found;
  }

  private async whyNot(tx: Tx, companyId: string, id: string, line: string, lineNo: number): Promise<AppError> {
    const present = await this.reconciliations.line(tx, companyId, id, lineNo);
    if (!present) return new AppError('RECONCILIATION_LINE.NOT_FOUND', `Reconciliation ${id} has no line ${line}.`);
    return new AppError(
      'RECONCILIATION_LINE.VERSION_CONFLICT',
      `Line ${line} is at version ${present.version}; read it again.`,
      { version: present.version },
    );
  }
}
