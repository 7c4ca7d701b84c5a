import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@app/shared';
import { SHOP_COLUMNS } from '../shop/shop.repository';
import type { ShopRow } from '../shop/shop.types';

/** An app with one of its shops, whose secret opens the connection, and the companies whose messages come by it. */
export interface AppRow {
  platform: string;
  appKey: string;
  companyId: string;
  shopId: string;
  companies: string[];
}

@Injectable()
export class MessageRepository {
  /** Remembers a message; 0 rows when it was seen within the last 30 days. */
  remember(
    tx: Tx,
    message: { companyId: string; platform: string; messageId: string; topic: string; shopId: string },
    at: Date,
  ): Promise<number> {
    return execute(
      tx,
      'INSERT INTO message_seen (company_id, platform, message_id, topic, shop_id, seen_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING',
      [message.companyId, message.platform, message.messageId, message.topic, message.shopId, at],
    );
  }

  /** Forgets messages of all companies that are older than a moment. */
  forget(tx: Tx, before: Date): Promise<number> {
    return execute(tx, 'DELETE FROM message_seen WHERE seen_at < $1', [before]);
  }

  /** Apps of all companies with at least one usable shop, one row each. */
  apps(tx: Tx): Promise<AppRow[]> {
    return rows<AppRow>(
      tx,
      `SELECT DISTINCT ON (platform, app_key) platform, app_key, company_id, id AS shop_id,
              array_agg(company_id) OVER (PARTITION BY platform, app_key) AS companies
         FROM shop WHERE token_state IN ('valid', 'expiring') ORDER BY platform, app_key, company_id, id`,
    );
  }

  /** Shops of any company whose app has this key, or the one shop with this id; the address of a webhook names either. */
  shopsAt(tx: Tx, platform: string, shopOrAppId: string): Promise<ShopRow[]> {
    return rows<ShopRow>(
      tx,
      `SELECT ${SHOP_COLUMNS} FROM shop WHERE platform = $1 AND (app_key = $2 OR id = $2) ORDER BY company_id, id LIMIT 200`,
      [platform, shopOrAppId],
    );
  }

  /** The shops, of any company, that a message of an app speaks of. */
  shopsOf(
    tx: Tx,
    platform: string,
    appKey: string,
    platformShopId: string,
  ): Promise<{ companyId: string; id: string; platform: string; name: string; tokenNo: number }[]> {
    return rows(
      tx,
      'SELECT company_id, id, platform, name, token_no FROM shop WHERE platform = $1 AND app_key = $2 AND platform_shop_id = $3 ORDER BY company_id, id',
      [platform, appKey, platformShopId],
    );
  }

  /** Shops whose messages are not opened yet. */
  unsubscribed(tx: Tx): Promise<{ companyId: string; id: string; platform: string }[]> {
    return rows(
      tx,
      `SELECT s.company_id, s.id, s.platform FROM shop s WHERE s.messages_subscribed_at IS NULL AND s.token_state IN ('valid', 'expiring')
          AND NOT EXISTS (SELECT 1 FROM work w WHERE w.company_id = s.company_id AND w.kind = 'subscribe' AND w.subject = s.id)`,
    );
  }
}
