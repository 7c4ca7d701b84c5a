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

/** A message that was not seen before, with a shop that it speaks of. */
export interface SeenMessage {
  companyId: string;
  shopId: string;
  platform: string;
  messageId: string;
}

@Injectable()
export class MessageRepository {
  /**
   * Remembers messages of an app for the shops that they speak of, of any company; answers those not seen within the last
   * 30 days, each with its shop. One that speaks of no shop here, or was seen, brings no row. Rows are written in the order
   * of their keys.
   */
  remember(
    tx: Tx,
    app: { platform: string; appKey: string },
    messages: readonly { messageId: string; topic: string; platformShopId: string }[],
    at: Date,
  ): Promise<SeenMessage[]> {
    return rows<SeenMessage>(
      tx,
      `INSERT INTO message_seen (company_id, platform, message_id, topic, shop_id, seen_at)
       SELECT s.company_id, s.platform, m.message_id, m.topic, s.id, $6
         FROM unnest($3::text[], $4::text[], $5::text[]) AS m(message_id, topic, platform_shop_id)
         JOIN shop s ON s.platform = $1 AND s.app_key = $2 AND s.platform_shop_id = m.platform_shop_id
        ORDER BY s.company_id, m.message_id, s.id
       ON CONFLICT DO NOTHING RETURNING company_id, shop_id, platform, message_id`,
      [
        app.platform,
        app.appKey,
        messages.map(({ messageId }) => messageId),
        messages.map(({ topic }) => topic),
        messages.map(({ platformShopId }) => platformShopId),
        at,
      ],
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

  /** Shops whose messages are not opened yet. */
  unsubscribed(tx: Tx): Promise<{ companyId: string; id: string; platform: string }[]> {
    return rows(
      tx,
      `SELECT s.company_id, s.id, s.platform FROM shop s WHERE s.messages_subscribed_at IS NULL AND s.token_state IN ('valid', 'expiring')
          AND NOT EXISTS (SELECT 1 FROM work w WHERE w.company_id = s.company_id AND w.kind = 'subscribe' AND w.subject = s.id)`,
    );
  }
}
