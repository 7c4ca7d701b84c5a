import {
  AppError,
  Audit,
  Idempotency,
  inStatement,
  inTransaction,
  killPoint,
  pageOf,
  readCursor,
  type Caller,
  type Page,
  type Tx,
} from '@app/shared';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clocks } from '../clocks';
import { isVisible, visibleWarehouses } from '../parcel/limits';
import { ExpectedReturns } from '../return/expected-returns';
import { toInterceptDto, type AnswerDto, type InterceptDto, type InterceptQuery } from './intercept.dto';
import { InterceptRepository, type InterceptListRow } from './intercept.repository';

/** Where clerks see intercepts and enter what the carrier answered. */
@Injectable()
export class InterceptDesk {
  constructor(
    private readonly dataSource: DataSource,
    private readonly intercepts: InterceptRepository,
    private readonly expected: ExpectedReturns,
    private readonly audit: Audit,
    private readonly clocks: Clocks,
    private readonly idempotency: Idempotency,
  ) {}

  async list(caller: Caller, query: InterceptQuery): Promise<Page<InterceptDto>> {
    const after = readCursor(query.cursor, 1)?.[0];
    const filter = {
      state: query.state ?? null,
      warehouses: visibleWarehouses(caller, query.warehouse),
      shops: caller.shops,
      after: after === undefined ? null : String(after),
      limit: query.limit + 1,
    };
    const found = await inStatement(this.dataSource, (tx) => this.intercepts.list(tx, caller.companyId, filter));
    return pageOf(found, query.limit, (one) => [one.id], toInterceptDto);
  }

  /**
   * Enters the carrier's answer. A repeat of the answer that stands answers the same. Locks the parcel.
   * Throws INTERCEPT.NOT_FOUND, INTERCEPT.VERSION_CONFLICT, INTERCEPT.STATE_FORBIDS.
   */
  answer(
    caller: Caller,
    key: string | undefined,
    id: string,
    state: 'caught' | 'too_late',
    body: AnswerDto,
  ): Promise<InterceptDto> {
    const route = `POST /logistics/v1/intercepts/${id}/${state}`;
    return inTransaction(this.dataSource, (tx) =>
      this.idempotency.once(tx, { caller, key, route, body }, () => this.close(tx, caller, id, state, body)),
    );
  }

  private async close(
    tx: Tx,
    caller: Caller,
    id: string,
    state: 'caught' | 'too_late',
    body: AnswerDto,
  ): Promise<InterceptDto> {
    const { companyId, clientId } = caller;
    const seen = await this.intercepts.find(tx, companyId, id);
    if (!seen || !isVisible(caller, seen)) throw new AppError('INTERCEPT.NOT_FOUND', `There is no intercept ${id}.`);
    await this.intercepts.lockParcel(tx, companyId, seen.parcelId);
    const now = (await this.intercepts.find(tx, companyId, id))!;
    if (now.state === state) return toInterceptDto(now);
    assertOpen(now, body.expectedVersion);
    const note = body.reason ?? '';
    await this.intercepts.close(tx, companyId, now.parcelId, {
      state,
      by: clientId,
      at: this.clocks.story.now(),
      note,
    });
    await this.expected.follow(tx, companyId, [now.waybillNo]);
    await this.audit.record(tx, companyId, {
      actor: clientId,
      act: `intercept.${state.replace('_', '-')}`,
      subject: now.parcelId,
      details: { interceptId: id, note },
    });
    killPoint('intercept.before-commit');
    return toInterceptDto((await this.intercepts.find(tx, companyId, id))!);
  }
}

function assertOpen(intercept: InterceptListRow, expectedVersion: number): void {
  const { id, state, version, closedBy } = intercept;
  if (state !== 'asked')
    throw new AppError(
      'INTERCEPT.STATE_FORBIDS',
      `Intercept ${id} is ${state} already (${closedBy ?? ''}); only one that is asked can be answered. Read it again.`,
      { state, version },
    );
  if (version !== expectedVersion)
    throw new AppError(
      'INTERCEPT.VERSION_CONFLICT',
      `Intercept ${id} has version ${version}, not ${expectedVersion}; read it again.`,
      { state, version },
    );
}
