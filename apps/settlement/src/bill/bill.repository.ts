import { Injectable } from '@nestjs/common';
import type { BillRow } from '@app/platforms';
import { execute, row, rows, type Tx } from '@app/shared';

/** A bill file as stored. */
export interface BillFileRow {
  billId: string;
  shopId: string;
  format: string;
  fileName: string;
  detailName: string;
  sha256: string;
  byteCount: number;
  account: string;
  coversFrom: Date | null;
  coversTo: Date | null;
  isWhole: boolean;
  rowCount: number;
  newCount: number;
  duplicateCount: number;
  /** JSON text. */
  problems: string;
  uploadedAt: Date;
  uploadedBy: string;
}

/** A row to be stored, with its key. */
export interface KeyedRow extends BillRow {
  lineKey: string;
}

/** What a stored row says about the money. */
export interface StoredRow {
  lineKey: string;
  inFen: number;
  outFen: number;
  occurredAt: Date;
  businessType: string;
}

/** A shop as settlement knows it. */
export interface BillShop {
  shopId: string;
  platform: string;
  goLiveAt: Date;
}

/** What bills moved for an order, by kind. */
export interface OrderBilled {
  shopId: string;
  platformOrderNo: string;
  entryKind: string;
  rows: number;
  netFen: number;
}

const FILE_COLUMNS = `bill_id, shop_id, format, file_name, detail_name, sha256, byte_count, account, covers_from, covers_to, is_whole,
  row_count, new_count, duplicate_count, problems, uploaded_at, uploaded_by`;

/** All statements on bill files, their rows and the days that they cover. */
@Injectable()
export class BillRepository {
  /** One import or closing per shop at a time; held until the transaction ends. */
  async lockShop(tx: Tx, companyId: string, shopId: string): Promise<void> {
    await rows(tx, `SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 4701)) IS NULL AS held`, [
      companyId,
      shopId,
    ]);
  }

  shop(tx: Tx, companyId: string, shopId: string): Promise<BillShop | undefined> {
    return row<BillShop>(tx, 'SELECT shop_id, platform, go_live_at FROM shop WHERE company_id = $1 AND shop_id = $2', [
      companyId,
      shopId,
    ]);
  }

  /** The same bytes taken in before for this shop. */
  findSame(tx: Tx, companyId: string, shopId: string, sha256: string): Promise<BillFileRow | undefined> {
    return row<BillFileRow>(
      tx,
      `SELECT ${FILE_COLUMNS} FROM bill_file WHERE company_id = $1 AND shop_id = $2 AND sha256 = $3`,
      [companyId, shopId, sha256],
    );
  }

  /** The account of the shop's whole files, if there is one yet. */
  async accountOf(tx: Tx, companyId: string, shopId: string): Promise<string | undefined> {
    const found = await row<{ account: string }>(
      tx,
      `SELECT account FROM bill_file WHERE company_id = $1 AND shop_id = $2 AND is_whole AND account <> '' ORDER BY uploaded_at LIMIT 1`,
      [companyId, shopId],
    );
    return found?.account;
  }

  /** Rows that are stored under these keys. */
  storedRows(tx: Tx, companyId: string, shopId: string, lineKeys: readonly string[]): Promise<StoredRow[]> {
    return rows<StoredRow>(
      tx,
      'SELECT line_key, in_fen, out_fen, occurred_at, business_type FROM bill_line WHERE company_id = $1 AND shop_id = $2 AND line_key = ANY($3)',
      [companyId, shopId, lineKeys],
    );
  }

  async putFile(tx: Tx, companyId: string, file: BillFileRow): Promise<void> {
    await execute(
      tx,
      `INSERT INTO bill_file (company_id, ${FILE_COLUMNS})
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
      [
        companyId,
        file.billId,
        file.shopId,
        file.format,
        file.fileName,
        file.detailName,
        file.sha256,
        file.byteCount,
        file.account,
        file.coversFrom,
        file.coversTo,
        file.isWhole,
        file.rowCount,
        file.newCount,
        file.duplicateCount,
        file.problems,
        file.uploadedAt,
        file.uploadedBy,
      ],
    );
  }

  async putDays(tx: Tx, companyId: string, shopId: string, billId: string, days: readonly string[]): Promise<void> {
    await execute(
      tx,
      'INSERT INTO bill_day (company_id, shop_id, day, bill_id) SELECT $1, $2, d, $3 FROM unnest($4::date[]) AS d ON CONFLICT DO NOTHING',
      [companyId, shopId, billId, days],
    );
  }

  /** Stores rows that are known to be new. */
  async putLines(tx: Tx, companyId: string, shopId: string, billId: string, items: readonly KeyedRow[]): Promise<void> {
    await execute(
      tx,
      `INSERT INTO bill_line (company_id, shop_id, line_key, bill_id, row_no, flow_no, business_no, merchant_order_no, platform_order_no, occurred_at,
              in_fen, out_fen, balance_fen, currency, business_type, remark, entry_kind)
       SELECT $1, $2, x."lineKey", $3, x."rowNo", x."flowNo", x."businessNo", x."merchantOrderNo", x."platformOrderNo", x."occurredAt",
              x."inFen", x."outFen", x."balanceFen", 'CNY', x."businessType", x.remark, x."entryKind"
         FROM jsonb_to_recordset($4::jsonb) AS x("lineKey" text, "rowNo" int, "flowNo" text, "businessNo" text, "merchantOrderNo" text, "platformOrderNo" text,
              "occurredAt" timestamptz, "inFen" bigint, "outFen" bigint, "balanceFen" bigint, "businessType" text, remark text, "entryKind" text)
        ORDER BY x."lineKey"`,
      [companyId, shopId, billId, JSON.stringify(items)],
    );
  }

  /** A page of files, newest first; `after` holds the keys of the last one shown. */
  list(
    tx: Tx,
    companyId: string,
    shopIds: readonly string[] | null,
    after: { at: Date; billId: string } | null,
    limit: number,
  ): Promise<BillFileRow[]> {
    return rows<BillFileRow>(
      tx,
      `SELECT ${FILE_COLUMNS} FROM bill_file
        WHERE company_id = $1 AND ($2::text[] IS NULL OR shop_id = ANY($2)) AND ($3::timestamptz IS NULL OR (uploaded_at, bill_id) < ($3, $4::text))
        ORDER BY uploaded_at DESC, bill_id DESC LIMIT $5`,
      [companyId, shopIds, after?.at ?? null, after?.billId ?? null, limit],
    );
  }

  /** The days of a span that no whole file covers; both ends included. */
  async missingDays(tx: Tx, companyId: string, shopId: string, first: string, last: string): Promise<string[]> {
    const found = await rows<{ day: string }>(
      tx,
      `SELECT to_char(d, 'YYYY-MM-DD') AS day FROM generate_series($3::date, $4::date, interval '1 day') AS d
        WHERE NOT EXISTS (SELECT 1 FROM bill_day b WHERE b.company_id = $1 AND b.shop_id = $2 AND b.day = d::date) ORDER BY d`,
      [companyId, shopId, first, last],
    );
    return found.map(({ day }) => day);
  }

  /** What bills moved for orders with these numbers, in whichever shop. */
  billedOf(tx: Tx, companyId: string, platformOrderNos: readonly string[]): Promise<OrderBilled[]> {
    return rows<OrderBilled>(
      tx,
      `SELECT shop_id, platform_order_no, entry_kind, count(*) AS rows, sum(in_fen - out_fen)::bigint AS net_fen FROM bill_line
        WHERE company_id = $1 AND platform_order_no = ANY($2) GROUP BY shop_id, platform_order_no, entry_kind ORDER BY shop_id, platform_order_no, entry_kind`,
      [companyId, platformOrderNos],
    );
  }
}
