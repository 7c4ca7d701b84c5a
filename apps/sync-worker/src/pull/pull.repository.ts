import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';
import type { PullKind, WindowKind } from './pull.kinds';
import type { PlannedWindow } from './pull.rules';

/** SQL: up to where the orders of the shop in `pull_state p` are read, windows passed over that fail again and again. */
export const ORDERS_READ_TO = `coalesce((SELECT min(w.after_at) FROM change_window w
   WHERE w.company_id = p.company_id AND w.shop_id = p.shop_id AND w.kind = 'orders' AND w.state = 'due' AND w.request_id IS NULL AND w.tries < 5), p.planned_to)`;

/** How far a shop's schedule has come. */
export interface PullState {
  companyId: string;
  shopId: string;
  kind: PullKind;
  plannedTo: Date;
  nextPlanAt: Date;
  lastSuccessAt: Date | null;
}

/** A schedule that is due, locked for planning. */
export interface DuePlan extends Pick<PullState, 'companyId' | 'shopId' | 'kind' | 'plannedTo'> {
  platform: string;
  /** Windows cut by the schedule that are not read yet. */
  openWindows: number;
}

/** How far a schedule has come, and when it is looked at again. */
export type MovedPlan = Pick<PullState, 'companyId' | 'shopId' | 'kind' | 'plannedTo' | 'nextPlanAt'>;

/** A window to be stored. */
export interface NewWindow extends PlannedWindow {
  id: string;
  shopId: string;
  kind: WindowKind;
}

/** A change window as stored. */
export interface WindowRow {
  companyId: string;
  id: string;
  shopId: string;
  kind: WindowKind;
  fromAt: Date;
  toAt: Date;
  afterAt: Date;
  requestId: string | null;
  state: 'due' | 'done';
  listed: number;
  stored: number;
  parked: number;
  tries: number;
  lastError: string | null;
  doneAt: Date | null;
}

/** A pull that a person asked for. */
export interface PullRequestRow {
  companyId: string;
  id: string;
  shopId: string;
  kind: string;
  fromAt: Date | null;
  toAt: Date | null;
  platformOrderNo: string | null;
  isDryRun: boolean;
  state: 'running' | 'done' | 'failed';
  result: string | null;
  createdAt: Date;
  doneAt: Date | null;
}

const WINDOW_COLUMNS =
  'company_id, id, shop_id, kind, from_at, to_at, after_at, request_id, state, listed, stored, parked, tries, last_error, done_at';
const REQUEST_COLUMNS =
  'company_id, id, shop_id, kind, from_at, to_at, platform_order_no, is_dry_run, state, result, created_at, done_at';

/** A window that was read, and what was found in it. */
export interface ReadWindow extends Pick<WindowRow, 'companyId' | 'id' | 'shopId' | 'kind' | 'requestId'> {
  counts: { listed: number; stored: number; parked: number; tries: number };
}

@Injectable()
export class PullRepository {
  /** Begins schedules; those that have begun stay where they are. */
  async start(
    tx: Tx,
    companyId: string,
    shopId: string,
    plans: readonly { kind: PullKind; from: Date }[],
    at: Date,
  ): Promise<void> {
    await execute(
      tx,
      `INSERT INTO pull_state (company_id, shop_id, kind, planned_to, next_plan_at)
       SELECT $1, $2, p.kind, p.planned_to, $5 FROM unnest($3::text[], $4::timestamptz[]) AS p(kind, planned_to) ON CONFLICT DO NOTHING`,
      [companyId, shopId, plans.map(({ kind }) => kind), plans.map(({ from }) => from), at],
    );
  }

  /**
   * Locks the schedules of all companies whose time has come and whose shop is pulled; bills need no token of the shop. The
   * windows are counted as of the statement's beginning: one that is closed meanwhile still counts, so that never too many
   * are open.
   */
  lockDue(tx: Tx, kinds: readonly PullKind[], now: Date): Promise<DuePlan[]> {
    return rows<DuePlan>(
      tx,
      `WITH due AS (
         SELECT p.company_id, p.shop_id, p.kind, s.platform
           FROM pull_state p JOIN shop s ON s.company_id = p.company_id AND s.id = p.shop_id
          WHERE p.kind = ANY($1::text[]) AND p.next_plan_at <= $2 AND s.pull = 'on' AND (p.kind = 'bills' OR s.token_state IN ('valid', 'expiring'))
          ORDER BY p.next_plan_at LIMIT 1000)
       SELECT p.company_id, p.shop_id, p.kind, p.planned_to, d.platform,
              (SELECT count(*) FROM change_window w WHERE w.company_id = p.company_id AND w.shop_id = p.shop_id AND w.kind = p.kind AND w.state = 'due' AND w.request_id IS NULL) AS open_windows
         FROM pull_state p JOIN due d USING (company_id, shop_id, kind)
        WHERE p.next_plan_at <= $2
        ORDER BY p.company_id, p.shop_id, p.kind FOR UPDATE OF p`,
      [kinds, now],
    );
  }

  /** Writes how far schedules have come, and when they are looked at again. */
  async movePlans(tx: Tx, moved: readonly MovedPlan[]): Promise<void> {
    if (moved.length === 0) return;
    await execute(
      tx,
      `UPDATE pull_state p SET planned_to = m.planned_to, next_plan_at = m.next_plan_at
         FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[]) AS m(company_id, shop_id, kind, planned_to, next_plan_at)
        WHERE p.company_id = m.company_id AND p.shop_id = m.shop_id AND p.kind = m.kind`,
      [
        moved.map(({ companyId }) => companyId),
        moved.map(({ shopId }) => shopId),
        moved.map(({ kind }) => kind),
        moved.map(({ plannedTo }) => plannedTo),
        moved.map(({ nextPlanAt }) => nextPlanAt),
      ],
    );
  }

  /** Makes the next window of a kind due now, wherever its schedule stands. */
  async hasten(tx: Tx, companyId: string, shopId: string, kind: PullKind, now: Date): Promise<void> {
    await execute(
      tx,
      'UPDATE pull_state SET next_plan_at = least(next_plan_at, $4) WHERE company_id = $1 AND shop_id = $2 AND kind = $3',
      [companyId, shopId, kind, now],
    );
  }

  async succeeded(tx: Tx, companyId: string, shopId: string, kind: PullKind, at: Date): Promise<void> {
    await execute(
      tx,
      'UPDATE pull_state SET last_success_at = $4 WHERE company_id = $1 AND shop_id = $2 AND kind = $3',
      [companyId, shopId, kind, at],
    );
  }

  states(tx: Tx, companyId: string, shopId: string): Promise<PullState[]> {
    return rows<PullState>(
      tx,
      'SELECT company_id, shop_id, kind, planned_to, next_plan_at, last_success_at FROM pull_state WHERE company_id = $1 AND shop_id = $2',
      [companyId, shopId],
    );
  }

  /** Up to where every scheduled window is read, story time; nothing before the first plan. */
  async completeTo(tx: Tx, companyId: string, shopId: string, kind: WindowKind): Promise<Date | undefined> {
    const found = await row<{ at: Date }>(
      tx,
      `SELECT coalesce((SELECT min(after_at) FROM change_window w
                         WHERE w.company_id = p.company_id AND w.shop_id = p.shop_id AND w.kind = p.kind AND w.state = 'due' AND w.request_id IS NULL), p.planned_to) AS at
         FROM pull_state p WHERE p.company_id = $1 AND p.shop_id = $2 AND p.kind = $3`,
      [companyId, shopId, kind],
    );
    return found?.at;
  }

  /** As completeTo of orders, but passing over windows that fail again and again; with the time of the last success (wire) beside it. */
  readTo(tx: Tx, companyId: string, shopId: string): Promise<{ at: Date; lastSuccessAt: Date | null } | undefined> {
    return row(
      tx,
      `SELECT ${ORDERS_READ_TO} AS at, p.last_success_at FROM pull_state p WHERE p.company_id = $1 AND p.shop_id = $2 AND p.kind = 'orders'`,
      [companyId, shopId],
    );
  }

  async insertWindows(
    tx: Tx,
    companyId: string,
    windows: readonly NewWindow[],
    requestId: string | null,
  ): Promise<void> {
    await execute(
      tx,
      `INSERT INTO change_window (company_id, id, shop_id, kind, from_at, to_at, after_at, request_id, state)
       SELECT $1, w.id, w.shop_id, w.kind, w.from_at, w.to_at, w.after_at, $8, 'due'
         FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[]) AS w(id, shop_id, kind, from_at, to_at, after_at)`,
      [
        companyId,
        windows.map(({ id }) => id),
        windows.map(({ shopId }) => shopId),
        windows.map(({ kind }) => kind),
        windows.map(({ from }) => from),
        windows.map(({ to }) => to),
        windows.map(({ after }) => after),
        requestId,
      ],
    );
  }

  /** Those of some windows that are not read yet, in order of time. */
  windowsToRead(tx: Tx, companyId: string, ids: readonly string[]): Promise<WindowRow[]> {
    return rows<WindowRow>(
      tx,
      `SELECT ${WINDOW_COLUMNS} FROM change_window WHERE company_id = $1 AND id = ANY($2::text[]) AND state = 'due' ORDER BY from_at, id`,
      [companyId, ids],
    );
  }

  /** Windows of the schedule that overlap a span, in order of time, at most 2 000. */
  windowsBetween(
    tx: Tx,
    companyId: string,
    shopId: string,
    kind: WindowKind,
    from: Date,
    to: Date,
  ): Promise<WindowRow[]> {
    return rows<WindowRow>(
      tx,
      `SELECT ${WINDOW_COLUMNS} FROM change_window
        WHERE company_id = $1 AND shop_id = $2 AND kind = $3 AND to_at > $4 AND from_at < $5 AND request_id IS NULL
        ORDER BY from_at LIMIT 2000`,
      [companyId, shopId, kind, from, to],
    );
  }

  /**
   * Closes windows of one company that were read; that is a success of their schedules, also when they were closed before.
   * Schedules are locked in the order of their keys, since two processes may read windows of one shop.
   */
  async closeWindows(tx: Tx, windows: readonly ReadWindow[], at: Date): Promise<void> {
    const scheduled = windows.filter(({ requestId }) => requestId === null);
    await execute(
      tx,
      `WITH closed AS (
         UPDATE change_window w SET state = 'done', listed = r.listed, stored = r.stored, parked = r.parked, tries = r.tries, last_error = NULL, done_at = $2
           FROM unnest($3::text[], $4::int[], $5::int[], $6::int[], $7::int[]) AS r(id, listed, stored, parked, tries)
          WHERE w.company_id = $1 AND w.id = r.id AND w.state = 'due'),
       reached AS (
         SELECT p.company_id, p.shop_id, p.kind FROM pull_state p
           JOIN (SELECT DISTINCT * FROM unnest($8::text[], $9::text[]) AS k(shop_id, kind)) s ON s.shop_id = p.shop_id AND s.kind = p.kind
          WHERE p.company_id = $1 ORDER BY p.shop_id, p.kind FOR UPDATE OF p)
       UPDATE pull_state p SET last_success_at = $2 FROM reached r
        WHERE p.company_id = r.company_id AND p.shop_id = r.shop_id AND p.kind = r.kind`,
      [
        windows[0]!.companyId,
        at,
        windows.map(({ id }) => id),
        windows.map(({ counts }) => counts.listed),
        windows.map(({ counts }) => counts.stored),
        windows.map(({ counts }) => counts.parked),
        windows.map(({ counts }) => counts.tries),
        scheduled.map(({ shopId }) => shopId),
        scheduled.map(({ kind }) => kind),
      ],
    );
  }

  async failWindow(tx: Tx, companyId: string, id: string, cause: string): Promise<void> {
    await execute(tx, 'UPDATE change_window SET tries = tries + 1, last_error = $3 WHERE company_id = $1 AND id = $2', [
      companyId,
      id,
      cause,
    ]);
  }

  async insertRequest(tx: Tx, request: PullRequestRow): Promise<void> {
    await execute(
      tx,
      `INSERT INTO pull_request (${REQUEST_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        request.companyId,
        request.id,
        request.shopId,
        request.kind,
        request.fromAt,
        request.toAt,
        request.platformOrderNo,
        request.isDryRun,
        request.state,
        request.result,
        request.createdAt,
        request.doneAt,
      ],
    );
  }

  findRequest(tx: Tx, companyId: string, shopId: string, id: string): Promise<PullRequestRow | undefined> {
    return row<PullRequestRow>(
      tx,
      `SELECT ${REQUEST_COLUMNS} FROM pull_request WHERE company_id = $1 AND shop_id = $2 AND id = $3`,
      [companyId, shopId, id],
    );
  }

  async endRequest(
    tx: Tx,
    companyId: string,
    id: string,
    state: 'done' | 'failed',
    result: string,
    at: Date,
  ): Promise<void> {
    await execute(
      tx,
      'UPDATE pull_request SET state = $3, result = $4, done_at = $5 WHERE company_id = $1 AND id = $2',
      [companyId, id, state, result, at],
    );
  }

  /** Sums over the windows of a request. */
  windowsOf(
    tx: Tx,
    companyId: string,
    shopId: string,
    requestId: string,
  ): Promise<{ windows: number; done: number; listed: number; stored: number; parked: number } | undefined> {
    return row(
      tx,
      `SELECT count(*) AS windows, count(*) FILTER (WHERE state = 'done') AS done, coalesce(sum(listed), 0)::bigint AS listed, coalesce(sum(stored), 0)::bigint AS stored, coalesce(sum(parked), 0)::bigint AS parked
         FROM change_window WHERE company_id = $1 AND shop_id = $2 AND request_id = $3`,
      [companyId, shopId, requestId],
    );
  }
}
