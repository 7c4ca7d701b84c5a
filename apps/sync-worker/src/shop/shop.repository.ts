import { Injectable } from '@nestjs/common';
import { execute, row, rows, type Tx } from '@app/shared';
import type { ShopRow, Switch, TokenState } from './shop.types';

/** Columns of a ShopRow, of the table `shop` under its own name. A shop without a ban, the usual case, is known by its row. */
export const SHOP_COLUMNS = `shop.company_id, shop.id, shop.platform, platform_shop_id, name, app_key, app_secret_sealed, credentials_sealed, go_live_at, default_carrier, pull_from,
  token_state, access_token_sealed, refresh_token_sealed, token_no, token_expires_at, refresh_expires_at, token_scopes, token_error, refresh_claimed_until,
  next_refresh_at, pull, pull_until, pull_reason, push, push_until, push_reason, ship_notice, ship_notice_until, ship_notice_reason, push_percent,
  push_floor, messages_subscribed_at, version, shop.created_at,
  EXISTS (SELECT 1 FROM ban b WHERE b.company_id = shop.company_id AND b.platform = shop.platform AND b.app_key = shop.app_key AND b.shop_id IN ('', shop.id)) AS has_ban`;

const SWITCH_COLUMN: Record<Switch, string> = { pull: 'pull', push: 'push', 'ship-notice': 'ship_notice' };

/** A token as it is written. */
export interface TokenWrite {
  accessTokenSealed: string;
  refreshTokenSealed: string | null;
  expiresAt: Date | null;
  refreshExpiresAt: Date | null;
  scopes: string | null;
  nextRefreshAt: Date | null;
}

@Injectable()
export class ShopRepository {
  async insert(
    tx: Tx,
    shop: Omit<
      ShopRow,
      | 'pull'
      | 'pullUntil'
      | 'pullReason'
      | 'push'
      | 'pushUntil'
      | 'pushReason'
      | 'shipNotice'
      | 'shipNoticeUntil'
      | 'shipNoticeReason'
      | 'pushPercent'
      | 'pushFloor'
      | 'messagesSubscribedAt'
      | 'version'
      | 'tokenError'
      | 'refreshClaimedUntil'
      | 'hasBan'
    >,
  ): Promise<boolean> {
    const changed = await execute(
      tx,
      `INSERT INTO shop (company_id, id, platform, platform_shop_id, name, app_key, app_secret_sealed, credentials_sealed, go_live_at, default_carrier, pull_from,
         token_state, access_token_sealed, refresh_token_sealed, token_no, token_expires_at, refresh_expires_at, token_scopes, next_refresh_at, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
       ON CONFLICT (company_id, platform, platform_shop_id) DO NOTHING`,
      [
        shop.companyId,
        shop.id,
        shop.platform,
        shop.platformShopId,
        shop.name,
        shop.appKey,
        shop.appSecretSealed,
        shop.credentialsSealed,
        shop.goLiveAt,
        shop.defaultCarrier,
        shop.pullFrom,
        shop.tokenState,
        shop.accessTokenSealed,
        shop.refreshTokenSealed,
        shop.tokenNo,
        shop.tokenExpiresAt,
        shop.refreshExpiresAt,
        shop.tokenScopes,
        shop.nextRefreshAt,
        shop.createdAt,
      ],
    );
    return changed === 1;
  }

  find(tx: Tx, companyId: string, id: string): Promise<ShopRow | undefined> {
    return row<ShopRow>(tx, `SELECT ${SHOP_COLUMNS} FROM shop WHERE company_id = $1 AND id = $2`, [companyId, id]);
  }

  /** Locks the shop's row. */
  lock(tx: Tx, companyId: string, id: string): Promise<ShopRow | undefined> {
    return row<ShopRow>(tx, `SELECT ${SHOP_COLUMNS} FROM shop WHERE company_id = $1 AND id = $2 FOR UPDATE`, [
      companyId,
      id,
    ]);
  }

  findByPlatformId(tx: Tx, companyId: string, platform: string, platformShopId: string): Promise<ShopRow | undefined> {
    return row<ShopRow>(
      tx,
      `SELECT ${SHOP_COLUMNS} FROM shop WHERE company_id = $1 AND platform = $2 AND platform_shop_id = $3`,
      [companyId, platform, platformShopId],
    );
  }

  /** Shops in order of their ids, only those named when a list is given. */
  list(tx: Tx, companyId: string, only: readonly string[] | null, after: string, limit: number): Promise<ShopRow[]> {
    return rows<ShopRow>(
      tx,
      `SELECT ${SHOP_COLUMNS} FROM shop WHERE company_id = $1 AND ($2::text[] IS NULL OR id = ANY($2)) AND id > $3 ORDER BY id LIMIT $4`,
      [companyId, only, after, limit],
    );
  }

  /** Every shop of every company: for the schedule, which acts for all of them. */
  all(tx: Tx): Promise<ShopRow[]> {
    return rows<ShopRow>(tx, `SELECT ${SHOP_COLUMNS} FROM shop ORDER BY company_id, id`);
  }

  /** Changes what is given and raises the version. The row is locked by the caller. */
  async change(
    tx: Tx,
    companyId: string,
    id: string,
    change: { name?: string; goLiveAt?: Date; defaultCarrier?: string },
  ): Promise<void> {
    await execute(
      tx,
      `UPDATE shop SET name = coalesce($3, name), go_live_at = coalesce($4, go_live_at), default_carrier = coalesce($5, default_carrier), version = version + 1
        WHERE company_id = $1 AND id = $2`,
      [companyId, id, change.name ?? null, change.goLiveAt ?? null, change.defaultCarrier ?? null],
    );
  }

  async setSwitch(
    tx: Tx,
    companyId: string,
    id: string,
    what: Switch,
    state: string,
    until: Date | null,
    reason: string | null,
  ): Promise<void> {
    const column = SWITCH_COLUMN[what];
    await execute(
      tx,
      `UPDATE shop SET ${column} = $3, ${column}_until = $4, ${column}_reason = $5, version = version + 1 WHERE company_id = $1 AND id = $2`,
      [companyId, id, state, until, reason],
    );
  }

  /** Ends pauses whose time has come, for all companies; 0 rows is the usual case. Two of one shop count as one change. */
  endPauses(tx: Tx, storyNow: Date): Promise<number> {
    const columns = Object.values(SWITCH_COLUMN);
    const isOver = (column: string): string => `(${column} = 'paused' AND ${column}_until <= $1)`;
    const ended = columns.map(
      (column) => `${column} = CASE WHEN ${isOver(column)} THEN 'on' ELSE ${column} END,
          ${column}_until = CASE WHEN ${isOver(column)} THEN NULL ELSE ${column}_until END,
          ${column}_reason = CASE WHEN ${isOver(column)} THEN NULL ELSE ${column}_reason END`,
    );
    return execute(
      tx,
      `UPDATE shop SET ${ended.join(', ')}, version = version + 1 WHERE ${columns.map(isOver).join(' OR ')}`,
      [storyNow],
    );
  }

  /** Stores a token; it is the shop's present one from here on. */
  async storeToken(tx: Tx, companyId: string, id: string, token: TokenWrite): Promise<void> {
    await execute(
      tx,
      `UPDATE shop SET access_token_sealed = $3, refresh_token_sealed = $4, token_expires_at = $5, refresh_expires_at = $6, token_scopes = $7, next_refresh_at = $8,
              token_state = 'valid', token_error = NULL, token_no = token_no + 1, refresh_claimed_until = NULL, messages_subscribed_at = NULL
        WHERE company_id = $1 AND id = $2`,
      [
        companyId,
        id,
        token.accessTokenSealed,
        token.refreshTokenSealed,
        token.expiresAt,
        token.refreshExpiresAt,
        token.scopes,
        token.nextRefreshAt,
      ],
    );
  }

  /** Sets the token's state unless a newer token was stored meanwhile: then 0 rows change. */
  setTokenState(
    tx: Tx,
    companyId: string,
    id: string,
    tokenNo: number,
    state: TokenState,
    error: string | null,
  ): Promise<number> {
    return execute(
      tx,
      `UPDATE shop SET token_state = $4, token_error = $5 WHERE company_id = $1 AND id = $2 AND token_no = $3 AND token_state <> $4`,
      [companyId, id, tokenNo, state, error],
    );
  }

  /**
   * Claims the refresh of one token: 1 row for the only worker that may ask the platform, 0 for every other one and
   * when a newer token was stored. The claim ends by itself, so a killed worker blocks nobody for long.
   */
  claimRefresh(tx: Tx, companyId: string, id: string, tokenNo: number, now: Date, until: Date): Promise<number> {
    return execute(
      tx,
      `UPDATE shop SET refresh_claimed_until = $5
        WHERE company_id = $1 AND id = $2 AND token_no = $3 AND (refresh_claimed_until IS NULL OR refresh_claimed_until < $4)`,
      [companyId, id, tokenNo, now, until],
    );
  }

  async releaseRefresh(
    tx: Tx,
    companyId: string,
    id: string,
    tokenNo: number,
    nextRefreshAt: Date | null,
  ): Promise<void> {
    await execute(
      tx,
      'UPDATE shop SET refresh_claimed_until = NULL, next_refresh_at = $4 WHERE company_id = $1 AND id = $2 AND token_no = $3',
      [companyId, id, tokenNo, nextRefreshAt],
    );
  }

  async setSubscribed(tx: Tx, companyId: string, id: string, at: Date): Promise<void> {
    await execute(tx, 'UPDATE shop SET messages_subscribed_at = $3 WHERE company_id = $1 AND id = $2', [
      companyId,
      id,
      at,
    ]);
  }

  async insertAuthorisation(
    tx: Tx,
    auth: { companyId: string; state: string; shopId: string; redirectUri: string; expiresAt: Date },
  ): Promise<void> {
    await execute(
      tx,
      'INSERT INTO authorisation (company_id, state, shop_id, redirect_uri, expires_at) VALUES ($1, $2, $3, $4, $5)',
      [auth.companyId, auth.state, auth.shopId, auth.redirectUri, auth.expiresAt],
    );
  }

  /** Finds a state among all companies: the callback carries no token, the unguessable state names the company. Locks the row. */
  lockAuthorisation(
    tx: Tx,
    state: string,
  ): Promise<
    | { companyId: string; state: string; shopId: string; redirectUri: string; expiresAt: Date; usedAt: Date | null }
    | undefined
  > {
    return row(
      tx,
      'SELECT company_id, state, shop_id, redirect_uri, expires_at, used_at FROM authorisation WHERE state = $1 FOR UPDATE',
      [state],
    );
  }

  async useAuthorisation(tx: Tx, companyId: string, state: string, at: Date): Promise<void> {
    await execute(tx, 'UPDATE authorisation SET used_at = $3 WHERE company_id = $1 AND state = $2', [
      companyId,
      state,
      at,
    ]);
  }
}
