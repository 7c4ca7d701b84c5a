import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  createLogger,
  inTransaction,
  newId,
  pageOf,
  readCursor,
  WIRE_CLOCK,
  type Caller,
  type Page,
  type Tx,
  type WireClock,
} from '@app/shared';
import type { AlarmDto, AlarmsQuery } from './alarm.dto';
import { AlarmRepository, type AlarmRow } from './alarm.repository';

const log = createLogger('alarm');

/** What a person should be told. */
export interface AlarmToRaise {
  kind: AlarmKind;
  /** What it is about; one alarm per kind and subject is open at a time. */
  subject: string;
  shopId: string | null;
  message: string;
  advice: string;
}

/** Every kind of alarm. */
export type AlarmKind =
  | 'TOKEN_REVOKED'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_EXPIRING'
  | 'PLATFORM_REFUSES'
  | 'WORK_FAILED'
  | 'SHIP_NOTICE_FAILED'
  | 'CENSUS_GAP'
  | 'CENSUS_NOT_PROVEN'
  | 'STOCK_REFUSED'
  | 'STOCK_DRIFT'
  | 'SHELF_REFUSED'
  | 'PLATFORM_BAN'
  | 'SCOPE_MISSING'
  | 'PUSH_CONNECTION'
  | 'BILL_NOT_WHOLE'
  | 'BILL_ACCOUNT_REFUSED'
  | 'AFTER_SALE_WITHOUT_ORDER'
  | 'UNKNOWN_STATUS'
  | 'AMOUNT_MISMATCH'
  | 'ORDER_PARKED';

/** The one place for alarms. */
@Injectable()
export class AlarmService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: AlarmRepository,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** Opens an alarm within the transaction of what causes it. */
  async raise(tx: Tx, companyId: string, alarm: AlarmToRaise): Promise<void> {
    const isNew = await this.repository.open(tx, { companyId, id: newId('alm'), since: this.wire.date(), ...alarm });
    if (isNew) log.warn({ companyId, kind: alarm.kind, subject: alarm.subject, shopId: alarm.shopId }, alarm.message);
  }

  /** Closes what is open about a subject. */
  async settle(tx: Tx, companyId: string, kinds: readonly AlarmKind[], subject: string): Promise<void> {
    await this.repository.close(tx, companyId, kinds, subject, this.wire.date());
  }

  /** Closes what is open about many subjects, in one statement. */
  async settleAll(tx: Tx, companyId: string, kinds: readonly AlarmKind[], subjects: readonly string[]): Promise<void> {
    await this.repository.closeAll(tx, companyId, kinds, subjects, this.wire.date());
  }

  list(caller: Caller, query: AlarmsQuery): Promise<Page<AlarmDto>> {
    const after = String(readCursor(query.cursor, 1)?.[0] ?? '');
    const isOpen = query.open === undefined ? null : query.open === 'true';
    return inTransaction(this.dataSource, async (tx) => {
      const found = await this.repository.list(tx, caller.companyId, {
        isOpen,
        shops: caller.shops,
        after,
        limit: query.limit + 1,
      });
      return pageOf(found, query.limit, (alarm) => [alarm.id], toDto);
    });
  }
}

function toDto(alarm: AlarmRow): AlarmDto {
  const { id, kind, subject, shopId, message, advice } = alarm;
  return {
    id,
    kind,
    subject,
    shopId,
    since: alarm.since.toISOString(),
    closedAt: alarm.closedAt?.toISOString() ?? null,
    message,
    advice,
  };
}
