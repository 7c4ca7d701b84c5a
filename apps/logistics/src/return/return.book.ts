import { returnReceived } from '@app/contracts';
import { Audit, killPoint, newId, Outbox, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { Clocks } from '../clocks';
import { toReturnItem } from './return.facts';
import { ReturnRepository, type ReturnLineRow, type ReturnRow } from './return.repository';
import { contentHash, flagsOf, merged, type CountedLine, type Owner } from './return.rules';

/** Whose goods a return holds, as far as that decides about it. */
type Ownership = Pick<Owner, 'orderId' | 'platformOrderNo' | 'shopId' | 'platformAfterSaleNos'> & {
  platform: string | null;
};

/** A parcel as a clerk counted it. */
export interface Receipt {
  waybillNo: string;
  carrier: string | null;
  warehouse: string;
  lines: readonly CountedLine[];
  actor: string;
}

/** Writes counted returns, and tells each of their versions, in the transaction of the caller, who holds the number's lock. */
@Injectable()
export class ReturnBook {
  constructor(
    private readonly returns: ReturnRepository,
    private readonly outbox: Outbox,
    private readonly audit: Audit,
    private readonly clocks: Clocks,
  ) {}

  /** Writes a first count. `known`: the expected row, if there is one; `owner`: undefined when nobody knows whose it is. */
  async receive(
    tx: Tx,
    companyId: string,
    receipt: Receipt,
    known: ReturnRow | undefined,
    owner: Owner | undefined,
  ): Promise<ReturnRow> {
    const now = this.clocks.story.now();
    const counted = merged(receipt.lines);
    const row: ReturnRow = {
      id: known?.id ?? newId('ret'),
      version: (known?.version ?? 0) + 1,
      state: 'received',
      waybillNo: receipt.waybillNo,
      carrier: receipt.carrier ?? owner?.carrier ?? null,
      warehouse: receipt.warehouse,
      isMatched: owner !== undefined,
      parcelId: owner?.parcelId ?? null,
      orderId: owner?.orderId ?? null,
      platformOrderNo: owner?.platformOrderNo ?? null,
      shopId: owner?.shopId ?? null,
      platform: owner?.platform ?? null,
      platformAfterSaleNos: owner?.platformAfterSaleNos ?? [],
      flags: [],
      contentHash: contentHash(counted),
      expectedAt: known?.expectedAt ?? null,
      receivedAt: now,
      receivedBy: receipt.actor,
      matchedAt: owner ? now : null,
      matchedBy: owner ? receipt.actor : null,
    };
    const lines = counted.map((line, index): ReturnLineRow => ({
      ...line,
      returnId: row.id,
      lineNo: index + 1,
      flag: '',
    }));
    await this.judge(tx, companyId, row, lines);
    await this.returns.receive(tx, companyId, row, lines);
    await this.tell(tx, companyId, row, lines, 'return.received', receipt.actor);
    return row;
  }

  /** Writes whose goods a counted parcel holds, and tells it. */
  async match(tx: Tx, companyId: string, known: ReturnRow, owner: Ownership, actor: string): Promise<ReturnRow> {
    const { orderId, platformOrderNo, shopId, platform, platformAfterSaleNos } = owner;
    const row: ReturnRow = {
      ...known,
      version: known.version + 1,
      isMatched: true,
      orderId,
      platformOrderNo,
      shopId,
      platform,
      platformAfterSaleNos,
      matchedAt: this.clocks.story.now(),
      matchedBy: actor,
    };
    const lines = await this.returns.lines(tx, companyId, [row.id]);
    await this.judge(tx, companyId, row, lines);
    await this.returns.rewrite(tx, companyId, row, lines);
    await this.tell(tx, companyId, row, lines, 'return.matched', actor);
    return row;
  }

  /** Writes which after-sales a counted parcel answers, and tells it. */
  async answers(tx: Tx, companyId: string, known: ReturnRow, platformAfterSaleNos: string[]): Promise<void> {
    const row: ReturnRow = { ...known, version: known.version + 1, platformAfterSaleNos };
    const lines = await this.returns.lines(tx, companyId, [row.id]);
    await this.returns.rewrite(tx, companyId, row, lines);
    await this.tell(tx, companyId, row, lines, 'return.after-sales', 'rule:returns');
  }

  /** Sets the flags of the row and its lines from what had left; nothing fits or not while nobody knows whose it is. */
  private async judge(tx: Tx, companyId: string, row: ReturnRow, lines: ReturnLineRow[]): Promise<void> {
    if (!row.orderId) return;
    const left = row.parcelId
      ? await this.returns.piecesOfParcel(tx, companyId, row.parcelId)
      : await this.returns.piecesOfOrder(tx, companyId, row.orderId, row.id);
    const flags = flagsOf(lines, left, row.parcelId !== null);
    for (const [index, line] of lines.entries()) line.flag = flags.lines[index]!;
    row.flags = flags.parcel;
  }

  private async tell(
    tx: Tx,
    companyId: string,
    row: ReturnRow,
    lines: readonly ReturnLineRow[],
    act: string,
    actor: string,
  ): Promise<void> {
    await this.outbox.append(tx, companyId, [{ fact: returnReceived, items: [toReturnItem(row, lines)] }]);
    const { waybillNo, version, isMatched, orderId, flags } = row;
    await this.audit.record(tx, companyId, {
      actor,
      act,
      subject: row.id,
      details: { waybillNo, version, isMatched, orderId, flags },
    });
    killPoint('return.before-commit');
  }
}
