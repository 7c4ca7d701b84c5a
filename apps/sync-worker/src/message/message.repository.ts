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

/** A shop that messages speak of. */
export interface MessageShop {
  companyId: string;
  id: string;
  platform: string;
  platformShopId: string;
}

@Injectable()
export class MessageRepository {
  /** Remembers messages of a company; answers `platform/message id` of those not seen within the last 30 days. */
  async remember(
    tx: Tx,
    companyId: string,
    messages: readonly { platform: string; messageId: string; topic: string; shopId: string }[],
    at: Date,
  ): Promise<Set<string>> {
    const fresh = await rows<{ platform: string; messageId: string }>(
      tx,
      `INSERT INTO message_seen (company_id, platform, message_id, topic, shop_id, seen_at)
       SELECT $1, m.platform, m.message_id, m.topic, m.shop_id, $6
         FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS m(platform, message_id, topic, shop_id)
        ORDER BY m.platform, m.message_id
       ON CONFLICT DO NOTHING RETURNING platform, message_id`,
      [
        companyId,
        messages.map(({ platform }) => platform),
        messages.map(({ messageId }) => messageId),
        messages.map(({ topic }) => topic),
        messages.map(({ shopId }) => shopId),
        at,
      ],
    );
    return new Set(fresh.map(({ platform, messageId }) => `${platform}/${messageId}`));
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

  /** The shops, of any company, that messages of an app speak of. */
  shopsOf(tx: Tx, platform: string, appKey: string, platformShopIds: readonly string[]): Promise<MessageShop[]> {
    return rows<MessageShop>(
      tx,
      `SELECT company_id, id, platform, platform_shop_id FROM shop
        WHERE platform = $1 AND app_key = $2 AND platform_shop_id = ANY($3::text[]) ORDER BY company_id, id`,
      [platform, appKey, platformShopIds],
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
