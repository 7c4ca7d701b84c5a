import { AppError, Idempotency, inTransaction, killPoint, type Caller, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { InterceptService } from '../intercept/intercept.service';
import { SkuDirectory } from '../sku/sku.directory';
import { ExpectedReturns, rowOf } from './expected-returns';
import { NumberRepository } from './number.repository';
import { ReturnBook, type Receipt } from './return.book';
import type { ReceiveDto, ReturnDto } from './return.dto';
import { ReturnReader } from './return.reader';
import type { ReturnRow } from './return.repository';
import { contentHash, plainNumber, type CountedLine, type Owner } from './return.rules';

/** What a scanned number may mean. */
interface Candidate {
  owner: Owner | undefined;
  row: ReturnRow | undefined;
}

/** What counting a parcel touches. */
@Injectable()
export class ReceiveDesk {
  constructor(
    readonly skus: SkuDirectory,
    readonly numbers: NumberRepository,
    readonly expected: ExpectedReturns,
    readonly book: ReturnBook,
    readonly reader: ReturnReader,
    readonly intercepts: InterceptService,
  ) {}
}

/** Counts parcels that come back. The number decides: each parcel is counted once, however often it is scanned. */
@Injectable()
export class ReceiveService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly desk: ReceiveDesk,
    private readonly idempotency: Idempotency,
  ) {}

  /**
   * Locks the parcels that left under the number, then the number. Throws VALIDATION, WAREHOUSE.NOT_FOUND,
   * RETURN.NOT_FOUND, RETURN.AMBIGUOUS_WAYBILL, RETURN.ALREADY_RECEIVED, PARCEL.STATE_FORBIDS, SERVICE.UNAVAILABLE.
   */
  async receive(
    caller: Caller,
    key: string | undefined,
    body: ReceiveDto,
  ): Promise<{ isNew: boolean; answer: ReturnDto }> {
    const { companyId } = caller;
    const number = plainNumber(body.waybillNo);
    if (number === '') throw invalid('waybillNo', 'is empty');
    const skuIds = await this.desk.skus.require(companyId, body.lines);
    const lines = body.lines.map((line): CountedLine => ({ ...line, skuId: skuIds.get(line.skuCode)! }));
    let isNew = false;
    const answer = await inTransaction(this.dataSource, (tx) => {
      isNew = false;
      const call = { caller, key, route: 'POST /logistics/v1/returns/receive', body };
      return this.idempotency.once(tx, call, async () => {
        await this.desk.numbers.lockParcels(tx, companyId, number);
        await this.desk.numbers.lock(tx, companyId, [number]);
        const found = await this.candidate(tx, caller, number, body.carrier);
        if (found.row?.state === 'received') return this.again(tx, companyId, found.row, body, lines);
        isNew = true;
        return this.count(tx, caller, number, body, lines, found);
      });
    });
    killPoint('return.after-commit');
    return { isNew, answer };
  }

  private async count(
    tx: Tx,
    caller: Caller,
    number: string,
    body: ReceiveDto,
    lines: readonly CountedLine[],
    { owner, row }: Candidate,
  ): Promise<ReturnDto> {
    const { companyId, clientId } = caller;
    const receipt: Receipt = {
      waybillNo: number,
      carrier: body.carrier ?? null,
      warehouse: await this.warehouse(tx, caller, body.warehouse, owner),
      lines,
      actor: clientId,
    };
    const received = await this.desk.book.receive(tx, companyId, receipt, row, owner);
    if (received.parcelId) await this.desk.intercepts.derive(tx, companyId, [received.parcelId]);
    return this.desk.reader.one(tx, companyId, received);
  }

  /** The one thing that the number means; nothing at all when nobody knows it. */
  private async candidate(tx: Tx, caller: Caller, number: string, carrier: string | undefined): Promise<Candidate> {
    const { companyId } = caller;
    const { owners, returns } = (await this.desk.expected.view(tx, companyId, [number])).get(number)!;
    const owned = owners.map((owner): Candidate => ({ owner, row: rowOf(owner, returns) }));
    const others = returns
      .filter((row) => !owned.some((one) => one.row === row))
      .map((row): Candidate => ({ owner: undefined, row }));
    const all = [...owned, ...others];
    if (all.length === 0) {
      await this.assertGone(tx, companyId, number);
      return { owner: undefined, row: undefined };
    }
    const mine = all.filter((one) => isMine(caller, one));
    if (mine.length === 0)
      throw new AppError('RETURN.NOT_FOUND', `No parcel that you may see comes back under the number ${number}.`);
    const chosen = chosenOf(mine, carrier);
    if (chosen) return chosen;
    throw new AppError(
      'RETURN.AMBIGUOUS_WAYBILL',
      `Several parcels come back under the number ${number}; name the carrier of the one that you have.`,
      {
        candidates: mine.map((one) => ({
          carrier: carrierOf(one),
          parcelId: one.owner?.parcelId ?? null,
          orderId: one.owner?.orderId ?? one.row?.orderId ?? null,
        })),
      },
    );
  }

  private async assertGone(tx: Tx, companyId: string, number: string): Promise<void> {
    const parcel = await this.desk.numbers.atHome(tx, companyId, number);
    if (!parcel) return;
    throw new AppError(
      'PARCEL.STATE_FORBIDS',
      `Parcel ${parcel.id} (${number}) is ${parcel.state}: it has not left, so it cannot come back. Ship it, or take it out and acknowledge its pull-out.`,
      { parcelId: parcel.id, state: parcel.state, version: parcel.version },
    );
  }

  /** Where the goods are: as the clerk says; else where they left from; else where the caller works; else the first warehouse. */
  private async warehouse(
    tx: Tx,
    caller: Caller,
    asked: string | undefined,
    owner: Owner | undefined,
  ): Promise<string> {
    const { companyId, warehouses } = caller;
    const isMine = (code: string) => warehouses?.includes(code) ?? true;
    if (asked) {
      if (!isMine(asked) || !(await this.desk.numbers.warehouse(tx, companyId, [asked])))
        throw new AppError(
          'WAREHOUSE.NOT_FOUND',
          `There is no warehouse ${asked} with a sender address; look at GET /logistics/v1/senders.`,
        );
      return asked;
    }
    if (owner?.warehouse && isMine(owner.warehouse)) return owner.warehouse;
    const first = await this.desk.numbers.warehouse(tx, companyId, warehouses);
    if (!first)
      throw invalid('warehouse', 'must name where the goods are, since no warehouse has a sender address yet');
    return first;
  }

  /** The same count once more answers the same; another one is refused, since goods were booked by the first. */
  private async again(
    tx: Tx,
    companyId: string,
    row: ReturnRow,
    body: ReceiveDto,
    lines: readonly CountedLine[],
  ): Promise<ReturnDto> {
    const answer = await this.desk.reader.one(tx, companyId, row);
    const isSame = contentHash(lines) === row.contentHash && (body.warehouse ?? row.warehouse) === row.warehouse;
    if (isSame) return answer;
    const counted = answer.lines.map(({ quantity, skuCode, grade }) => `${quantity} × ${skuCode} ${grade}`).join(', ');
    throw new AppError(
      'RETURN.ALREADY_RECEIVED',
      `Parcel ${row.waybillNo} was counted at ${answer.receivedAt} in ${row.warehouse} with ${counted}. Correct the stock by POST /inventory/v1/adjustments where that was wrong.`,
      { returnId: row.id, receivedAt: answer.receivedAt, warehouse: row.warehouse, lines: answer.lines },
    );
  }
}

const carrierOf = ({ owner, row }: Candidate): string | null => row?.carrier ?? owner?.carrier ?? null;

/** True when the caller may see whose goods it is and, once it was counted, where they are. */
function isMine({ shops, warehouses }: Caller, { owner, row }: Candidate): boolean {
  const shopId = row?.shopId ?? owner?.shopId;
  const isPlaceMine = row?.state !== 'received' || !row.warehouse || (warehouses?.includes(row.warehouse) ?? true);
  return isPlaceMine && (!shopId || (shops?.includes(shopId) ?? true));
}

/**
 * Of several things under one number: the one that is waited for, else the one of the named carrier, else the one that was
 * counted before. A carrier that nobody told may be any. Undefined: the carrier must be named, or decides nothing.
 */
function chosenOf(all: readonly Candidate[], carrier: string | undefined): Candidate | undefined {
  if (all.length === 1) return all[0];
  if (!carrier && new Set(all.map(carrierOf)).size > 1) return undefined;
  const exact = carrier ? all.filter((one) => carrierOf(one) === carrier) : all;
  const fitting = carrier ? all.filter((one) => carrierOf(one) === carrier || carrierOf(one) === null) : all;
  const awaited = fitting.filter(({ owner, row }) => (row ? row.state === 'expected' : owner?.isAwaited === true));
  const counted = fitting.filter(({ row }) => row?.state === 'received');
  return [awaited, exact, counted].find(({ length }) => length === 1)?.[0];
}

function invalid(field: string, message: string): AppError {
  return new AppError('VALIDATION', `${field} ${message}.`, { errors: [{ field, code: 'REQUIRED', message }] });
}
