import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { PlatformRegistry, type ParsedBill } from '@app/platforms';
import {
  AppError,
  assertShop,
  Audit,
  chunk,
  inTransaction,
  killPoint,
  newId,
  STORY_CLOCK,
  storableText,
  type Caller,
  type StoryClock,
  type Tx,
} from '@app/shared';
import { DataSource } from 'typeorm';
import { EntryRepository } from '../entry/entry.repository';
import type { BillImportAnswer } from './bill.dto';
import { BillRepository, type BillFileRow, type BillShop, type KeyedRow, type StoredRow } from './bill.repository';
import { daysWithin, entriesOf, keyed as keyedOf, periodOf, postingPeriod } from './bill.rules';

/** Rows per statement. */
const CHUNK = 5_000;
/** A damaged file has as many problems as rows; the first ones tell enough. */
const MAX_PROBLEMS = 100;

/** A file that was sent. */
export interface SentBill {
  shopId: string;
  format: string;
  fileName: string;
  bytes: Buffer;
}

interface Problem {
  code: string;
  row?: number;
  message: string;
}

function differs(row: KeyedRow, stored: StoredRow | undefined): boolean {
  if (!stored) return false;
  const isSameMoney = row.inFen === stored.inFen && row.outFen === stored.outFen;
  return (
    !isSameMoney ||
    row.businessType !== stored.businessType ||
    Date.parse(row.occurredAt) !== stored.occurredAt.getTime()
  );
}

/** What an answer tells about a stored file. */
export function toImportAnswer(file: BillFileRow): BillImportAnswer {
  return {
    id: file.billId,
    rows: file.rowCount,
    new: file.newCount,
    duplicate: file.duplicateCount,
    whole: file.isWhole,
    problems: JSON.parse(file.problems) as Problem[],
  };
}

/** Takes bill files in: proves them, keeps their rows once, and posts each row. */
@Injectable()
export class BillImport {
  constructor(
    private readonly dataSource: DataSource,
    private readonly registry: PlatformRegistry,
    private readonly bills: BillRepository,
    private readonly entries: EntryRepository,
    private readonly audit: Audit,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /**
   * One transaction: a file that is not whole leaves a record of itself and no rows; one that was sent before changes
   * nothing. Throws SHOP.NOT_FOUND, BILL_FORMAT.UNKNOWN, BILL_FILE.INVALID, BILL_FILE.OTHER_ACCOUNT.
   */
  async take(caller: Caller, sent: SentBill): Promise<BillImportAnswer> {
    assertShop(caller, sent.shopId);
    const shop = await inTransaction(this.dataSource, (tx) => this.bills.shop(tx, caller.companyId, sent.shopId));
    if (!shop) throw new AppError('SHOP.NOT_FOUND', `There is no shop ${sent.shopId}.`);
    const parsed = await this.parse(shop, sent);
    const sha256 = createHash('sha256').update(sent.bytes).digest('hex');
    const answer = await inTransaction(this.dataSource, async (tx) => {
      await this.bills.lockShop(tx, caller.companyId, sent.shopId);
      const same = await this.bills.findSame(tx, caller.companyId, sent.shopId, sha256);
      if (same) return { ...toImportAnswer(same), new: 0, duplicate: same.newCount + same.duplicateCount };
      return this.store(tx, caller, { sent, parsed, sha256 });
    });
    killPoint('bill.after-commit');
    return answer;
  }

  private parse(shop: BillShop, sent: SentBill): Promise<ParsedBill> {
    const port = this.registry.has(shop.platform) ? this.registry.get(shop.platform).port : undefined;
    const formats = port?.billFormats ?? [];
    if (!port?.parseBill || !formats.includes(sent.format))
      throw new AppError(
        'BILL_FORMAT.UNKNOWN',
        `Shop ${shop.shopId} (${shop.platform}) has no bills of format ${sent.format}; known are ${formats.join(', ') || 'none'}.`,
      );
    return port.parseBill(sent.format, sent.bytes);
  }

  private async store(
    tx: Tx,
    caller: Caller,
    bill: { sent: SentBill; parsed: ParsedBill; sha256: string },
  ): Promise<BillImportAnswer> {
    const { companyId } = caller;
    const { sent, parsed, sha256 } = bill;
    await this.checkAccount(tx, companyId, sent.shopId, parsed);
    // A flow number that stands twice in a file makes it not whole; its rows are only counted.
    const keyed = [...new Map(keyedOf(parsed.rows).map((row) => [row.lineKey, row])).values()];
    const known = parsed.isWhole
      ? await this.storedRows(tx, companyId, sent.shopId, keyed)
      : new Map<string, StoredRow>();
    const fresh = parsed.isWhole ? keyed.filter(({ lineKey }) => !known.has(lineKey)) : [];
    const differing = keyed.filter((row) => differs(row, known.get(row.lineKey)));
    const problems: Problem[] = [
      ...parsed.problems,
      ...differing.map(({ rowNo }) => ({
        code: 'row_differs',
        row: rowNo,
        message: `Line ${rowNo} is stored with another amount, time or type from an earlier file; that stays.`,
      })),
    ];
    const file: BillFileRow = {
      billId: newId('bil'),
      shopId: sent.shopId,
      format: sent.format,
      fileName: storableText(sent.fileName),
      detailName: storableText(parsed.detailName ?? ''),
      sha256,
      byteCount: sent.bytes.length,
      account: parsed.account ?? '',
      coversFrom: parsed.from ? new Date(parsed.from) : null,
      coversTo: parsed.to ? new Date(parsed.to) : null,
      isWhole: parsed.isWhole,
      rowCount: parsed.rows.length,
      newCount: fresh.length,
      duplicateCount: parsed.isWhole ? parsed.rows.length - fresh.length : 0,
      problems: JSON.stringify(problems.slice(0, MAX_PROBLEMS)),
      uploadedAt: this.story.now(),
      uploadedBy: caller.clientId,
    };
    await this.bills.putFile(tx, companyId, file);
    if (parsed.isWhole) {
      await this.bills.putDays(
        tx,
        companyId,
        sent.shopId,
        file.billId,
        parsed.from && parsed.to ? daysWithin(parsed.from, parsed.to) : [],
      );
      await this.post(tx, companyId, file, fresh);
    }
    await this.audit.record(tx, companyId, {
      actor: caller.clientId,
      act: 'bill.imported',
      subject: file.billId,
      details: { shopId: sent.shopId, new: fresh.length, whole: parsed.isWhole },
    });
    killPoint('bill.before-commit');
    return toImportAnswer(file);
  }

  private async storedRows(
    tx: Tx,
    companyId: string,
    shopId: string,
    keyed: readonly KeyedRow[],
  ): Promise<Map<string, StoredRow>> {
    const stored = new Map<string, StoredRow>();
    for (const part of chunk(keyed, CHUNK)) {
      const keys = part.map(({ lineKey }) => lineKey);
      for (const row of await this.bills.storedRows(tx, companyId, shopId, keys)) stored.set(row.lineKey, row);
    }
    return stored;
  }

  /** Bills of two accounts in one shop would be reconciled as one; a mistaken upload is the usual cause. */
  private async checkAccount(tx: Tx, companyId: string, shopId: string, parsed: ParsedBill): Promise<void> {
    if (!parsed.isWhole) return;
    // Some platforms' files name no account; they say nothing about whose they are.
    if (!parsed.account) return;
    const account = await this.bills.accountOf(tx, companyId, shopId);
    if (account && account !== parsed.account)
      throw new AppError(
        'BILL_FILE.OTHER_ACCOUNT',
        `The file is of account ${parsed.account}, the bills of shop ${shopId} are of account ${account}; send it for the shop that it belongs to.`,
        { shopId },
      );
  }

  /** Payments first, so that refunds of the same file find what they take back. */
  private async post(tx: Tx, companyId: string, file: BillFileRow, fresh: readonly KeyedRow[]): Promise<void> {
    const closed = await this.entries.closedPeriods(tx, companyId, file.shopId);
    const isRefund = ({ entryKind }: KeyedRow): boolean => entryKind === 'refund';
    const parts = [
      ...chunk(
        fresh.filter((row) => !isRefund(row)),
        CHUNK,
      ),
      ...chunk(fresh.filter(isRefund), CHUNK),
    ];
    for (const part of parts) {
      await this.bills.putLines(tx, companyId, file.shopId, file.billId, part);
      const refunded = part.filter(isRefund).flatMap((row) => row.platformOrderNo ?? []);
      const payments = await this.entries.paymentsOf(tx, companyId, file.shopId, refunded);
      const postings = part.map((row) => ({
        transactionId: newId('etx'),
        lineKey: row.lineKey,
        entryKind: row.entryKind,
        platformOrderNo: row.platformOrderNo ?? null,
        occurredAt: row.occurredAt,
        ...postingPeriod(periodOf(new Date(row.occurredAt)), closed),
        reverses: isRefund(row) ? (payments.get(row.platformOrderNo ?? '') ?? null) : null,
        entries: entriesOf(row),
      }));
      await this.entries.post(tx, companyId, file.shopId, file.uploadedAt, postings);
    }
  }
}
