import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';
import type { BillState } from './bill.rules';

/** A bill account as stored; sealed members are opened by ShopSecrets alone. */
export interface BillAccountRow {
  companyId: string;
  shopId: string;
  appId: string;
  privateKeySealed: string;
  platformPublicKeySealed: string;
  accountNo: number;
  state: 'unproven' | 'working' | 'refused';
  error: string | null;
  setAt: Date;
}

/** A day of a shop as stored. */
export interface BillDayRow {
  companyId: string;
  shopId: string;
  day: string;
  state: BillState;
  dueAt: Date | null;
  fetchNo: number;
  tries: number;
  rowCount: number;
  newCount: number;
  reason: string;
  fetchedAt: Date | null;
}

/** How a fetch ended. */
export interface BillNote {
  state: BillState;
  dueAt: Date | null;
  rowCount: number;
  newCount: number;
  reason: string;
  fetchedAt: Date;
}

const ACCOUNT_COLUMNS =
  'company_id, shop_id, app_id, private_key_sealed, platform_public_key_sealed, account_no, state, error, set_at';
const DAY_COLUMNS =
  'company_id, shop_id, day, state, due_at, fetch_no, tries, row_count, new_count, reason, fetched_at';

@Injectable()
export class BillRepository {
  /** Sets a shop's account in place of the one before. */
  async putAccount(
    tx: Tx,
    account: Pick<
      BillAccountRow,
      'companyId' | 'shopId' | 'appId' | 'privateKeySealed' | 'platformPublicKeySealed' | 'setAt'
    >,
  ): Promise<void> {
    await execute(
      tx,
      `INSERT INTO bill_account AS a (company_id, shop_id, app_id, private_key_sealed, platform_public_key_sealed, state, set_at)
       VALUES ($1, $2, $3, $4, $5, 'unproven', $6)
       ON CONFLICT (company_id, shop_id) DO UPDATE SET app_id = excluded.app_id, private_key_sealed = excluded.private_key_sealed,
         platform_public_key_sealed = excluded.platform_public_key_sealed, state = 'unproven', error = NULL, set_at = excluded.set_at,
         account_no = a.account_no + 1`,
      [
        account.companyId,
        account.shopId,
        account.appId,
        account.privateKeySealed,
        account.platformPublicKeySealed,
        account.setAt,
      ],
    );
  }

  account(tx: Tx, companyId: string, shopId: string): Promise<BillAccountRow | undefined> {
    return row<BillAccountRow>(
      tx,
      `SELECT ${ACCOUNT_COLUMNS} FROM bill_account WHERE company_id = $1 AND shop_id = $2`,
      [companyId, shopId],
    );
  }

  /** Notes what the provider thinks of an account; 0 rows when another one was set meanwhile. */
  judge(
    tx: Tx,
    account: Pick<BillAccountRow, 'companyId' | 'shopId' | 'accountNo'>,
    state: 'working' | 'refused',
    error: string | null,
  ): Promise<number> {
    return execute(
      tx,
      'UPDATE bill_account SET state = $4, error = $5 WHERE company_id = $1 AND shop_id = $2 AND account_no = $3',
      [account.companyId, account.shopId, account.accountNo, state, error],
    );
  }

  /** Adds days to be fetched; those that are there stay as they are. */
  async insert(
    tx: Tx,
    companyId: string,
    shopId: string,
    days: readonly { day: string; dueAt: Date }[],
  ): Promise<void> {
    await execute(
      tx,
      `INSERT INTO bill_day (company_id, shop_id, day, state, due_at)
       SELECT $1, $2, d.day, 'waiting', d.due_at FROM unnest($3::text[], $4::timestamptz[]) AS d(day, due_at) ORDER BY d.day
       ON CONFLICT (company_id, shop_id, day) DO NOTHING`,
      [companyId, shopId, days.map(({ day }) => day), days.map(({ dueAt }) => dueAt)],
    );
  }

  /** Asks for days anew, whatever became of them before; a fetch under way does not end what is asked for here. */
  async ask(tx: Tx, companyId: string, shopId: string, days: readonly string[], at: Date): Promise<void> {
    await execute(
      tx,
      `INSERT INTO bill_day AS b (company_id, shop_id, day, state, due_at)
       SELECT $1, $2, d.day, 'waiting', $4 FROM unnest($3::text[]) AS d(day) ORDER BY d.day
       ON CONFLICT (company_id, shop_id, day) DO UPDATE SET state = 'waiting', due_at = excluded.due_at, fetch_no = b.fetch_no + 1, tries = 0, reason = ''`,
      [companyId, shopId, days, at],
    );
  }

  /** Makes days that the account before was refused for due now. */
  async askRefused(tx: Tx, companyId: string, shopId: string, at: Date): Promise<void> {
    await execute(
      tx,
      `UPDATE bill_day SET due_at = $3, fetch_no = fetch_no + 1, tries = 0 WHERE company_id = $1 AND shop_id = $2 AND state = 'refused'`,
      [companyId, shopId, at],
    );
  }

  find(tx: Tx, companyId: string, shopId: string, day: string): Promise<BillDayRow | undefined> {
    return row<BillDayRow>(
      tx,
      `SELECT ${DAY_COLUMNS} FROM bill_day WHERE company_id = $1 AND shop_id = $2 AND day = $3`,
      [companyId, shopId, day],
    );
  }

  /** Days of all companies that are due and whose shop is pulled, oldest first; those that are asked for already are left out. */
  due(
    tx: Tx,
    storyNow: Date,
    limit: number,
  ): Promise<{ companyId: string; shopId: string; platform: string; day: string }[]> {
    return rows(
      tx,
      `SELECT b.company_id, b.shop_id, s.platform, b.day
         FROM bill_day b JOIN shop s ON s.company_id = b.company_id AND s.id = b.shop_id
        WHERE b.due_at <= $1 AND s.pull = 'on'
          AND NOT EXISTS (SELECT 1 FROM work w WHERE w.company_id = b.company_id AND w.kind = 'bill' AND w.subject = b.shop_id || '/' || b.day)
        ORDER BY b.due_at, b.company_id, b.shop_id, b.day LIMIT $2`,
      [storyNow, limit],
    );
  }

  /** Writes how a fetch ended. 0 rows when the day was done by another run, or was asked for again after this one began. */
  note(tx: Tx, day: BillDayRow, note: BillNote): Promise<number> {
    return execute(
      tx,
      `UPDATE bill_day SET state = $5, due_at = $6, row_count = $7, new_count = new_count + $8, reason = $9, fetched_at = $10, tries = tries + 1
        WHERE company_id = $1 AND shop_id = $2 AND day = $3 AND fetch_no = $4 AND state <> 'done'`,
      [
        day.companyId,
        day.shopId,
        day.day,
        day.fetchNo,
        note.state,
        note.dueAt,
        note.rowCount,
        note.newCount,
        note.reason,
        note.fetchedAt,
      ],
    );
  }

  /** Shows that the work for a day was given up; it stays due for whoever replays it. 0 rows when it is done. */
  fail(tx: Tx, companyId: string, shopId: string, day: string, reason: string): Promise<number> {
    return execute(
      tx,
      `UPDATE bill_day SET state = 'failed', reason = $4 WHERE company_id = $1 AND shop_id = $2 AND day = $3 AND state <> 'done'`,
      [companyId, shopId, day, reason],
    );
  }

  /** Days of a shop within two days, both included, in order. */
  list(tx: Tx, companyId: string, shopId: string, first: string, last: string): Promise<BillDayRow[]> {
    return rows<BillDayRow>(
      tx,
      `SELECT ${DAY_COLUMNS} FROM bill_day WHERE company_id = $1 AND shop_id = $2 AND day BETWEEN $3 AND $4 ORDER BY day LIMIT 2000`,
      [companyId, shopId, first, last],
    );
  }
}
