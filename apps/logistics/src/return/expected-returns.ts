import { newId, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { Clocks } from '../clocks';
import { NumberRepository } from './number.repository';
import { ReturnBook } from './return.book';
import { ReturnRepository, type ReturnRow } from './return.repository';
import { ownersOf, plainNumber, type Owner } from './return.rules';

const ACTOR = 'rule:returns';

/** A number with everybody who may own it and the rows there are. */
export interface NumberView {
  owners: Owner[];
  returns: ReturnRow[];
}

/** The row of an owner: that of its parcel, or of the one box that buyers send under the number. */
export function rowOf(owner: Owner, returns: readonly ReturnRow[]): ReturnRow | undefined {
  return returns.find((row) => row.parcelId === owner.parcelId && row.waybillNo === owner.waybillNo);
}

function isSame(row: ReturnRow, owner: Owner): boolean {
  return (
    row.carrier === owner.carrier &&
    row.warehouse === owner.warehouse &&
    row.orderId === owner.orderId &&
    row.shopId === owner.shopId &&
    row.platformAfterSaleNos.join() === owner.platformAfterSaleNos.join()
  );
}

/** Knows which parcels come back, derived from intercepts and after-sales within the transaction of what changed. */
@Injectable()
export class ExpectedReturns {
  constructor(
    private readonly numbers: NumberRepository,
    private readonly returns: ReturnRepository,
    private readonly book: ReturnBook,
    private readonly clocks: Clocks,
  ) {}

  /**
   * Brings the returns of some numbers up to what is known now: expected rows come and go; a counted parcel that nobody
   * knew is matched; one that answers other after-sales than it said is told again. Locks the numbers.
   */
  async follow(tx: Tx, companyId: string, waybillNos: readonly string[]): Promise<void> {
    const numbers = [...new Set(waybillNos.map(plainNumber))].filter((number) => number !== '');
    if (numbers.length === 0) return;
    await this.numbers.lock(tx, companyId, numbers);
    const missing: (Owner & { id: string })[] = [];
    const unwanted: string[] = [];
    for (const { owners, returns } of (await this.view(tx, companyId, numbers)).values()) {
      const owned = new Set<ReturnRow>();
      for (const owner of owners) {
        const row = rowOf(owner, returns);
        if (row) owned.add(row);
        if (!row && owner.isAwaited) missing.push({ ...owner, id: newId('ret') });
        else if (row?.state === 'expected' && !owner.isAwaited) unwanted.push(row.id);
        else if (row) await this.renew(tx, companyId, row, owner);
      }
      unwanted.push(...returns.filter((row) => row.state === 'expected' && !owned.has(row)).map(({ id }) => id));
    }
    if (unwanted.length > 0) await this.returns.forget(tx, companyId, unwanted);
    await this.returns.expect(tx, companyId, missing, this.clocks.story.now());
  }

  /** Everybody who may own some numbers, and the rows there are. The caller holds the numbers' locks. */
  async view(tx: Tx, companyId: string, numbers: readonly string[]): Promise<Map<string, NumberView>> {
    const parcels = await this.numbers.outward(tx, companyId, numbers);
    const claims = await this.numbers.claims(tx, companyId, numbers);
    const returns = await this.returns.ofNumbers(tx, companyId, numbers);
    const of = <T extends { waybillNo: string }>(number: string, things: readonly T[]) =>
      things.filter(({ waybillNo }) => waybillNo === number);
    return new Map(
      numbers.map((number) => [
        number,
        { owners: ownersOf(of(number, parcels), of(number, claims)), returns: of(number, returns) },
      ]),
    );
  }

  private async renew(tx: Tx, companyId: string, row: ReturnRow, owner: Owner): Promise<void> {
    if (row.state === 'expected') {
      if (!isSame(row, owner)) await this.returns.renew(tx, companyId, row.id, owner);
    } else if (!row.isMatched) await this.book.match(tx, companyId, row, owner, ACTOR);
    // What a person matched to another order stays there, whoever names its number later.
    else if (!owner.orderIds.includes(row.orderId!)) return;
    else if (row.platformAfterSaleNos.join() !== owner.platformAfterSaleNos.join())
      await this.book.answers(tx, companyId, row, owner.platformAfterSaleNos);
  }
}
