import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Verification, type InvariantResult, type Tx } from '@app/shared';
import { VerifyRepository, type CounterBreach } from './verify.repository';

const inWords = (breach: CounterBreach) =>
  `${breach.skuId}@${breach.warehouse}: ${breach.bucket} is ${breach.counter}, its rows say ${breach.explained}`;

/** Inventory's part of `verify`: nothing is sold twice. */
@Injectable()
export class InventoryVerification implements OnModuleInit {
  constructor(
    private readonly verification: Verification,
    private readonly repository: VerifyRepository,
  ) {}

  onModuleInit(): void {
    this.verification.add((tx, companyId) => this.counters(tx, companyId));
    this.verification.add((tx, companyId) => this.reservations(tx, companyId));
    this.verification.add((tx, companyId) => this.parcels(tx, companyId));
    this.verification.add((tx, companyId) => this.returns(tx, companyId));
    this.verification.add((tx, companyId) => this.occupied(tx, companyId));
  }

  async counters(tx: Tx, companyId: string): Promise<InvariantResult> {
    const breaches = await this.repository.unexplained(tx, companyId);
    return {
      invariant: '2 every stock counter equals its movements and none is negative',
      checked: await this.repository.countLevels(tx, companyId),
      inFlight: 0,
      breaches: breaches.map(inWords),
    };
  }

  async reservations(tx: Tx, companyId: string): Promise<InvariantResult> {
    const breaches = (await this.repository.unheld(tx, companyId)).map(inWords);
    const over = (await this.repository.oversettled(tx, companyId)).map(
      ({ reserveId, open }) => `reservation row ${reserveId} was settled beyond what it held (${open})`,
    );
    return {
      invariant: '2 reserved equals the open reservations',
      checked: await this.repository.countLevels(tx, companyId),
      inFlight: 0,
      breaches: [...breaches, ...over].slice(0, 20),
    };
  }

  async occupied(tx: Tx, companyId: string): Promise<InvariantResult> {
    const breaches = await this.repository.miscounted(tx, companyId);
    return {
      invariant: '2 what listings of on-hand platforms occupy equals the open reservations of their orders',
      checked: await this.repository.countLevels(tx, companyId),
      inFlight: 0,
      breaches: breaches.map(
        (one) =>
          `${one.skuId}@${one.warehouse}: listing ${one.listingSkuId} of shop ${one.shopId} occupies ${one.counter}, its orders hold ${one.explained}`,
      ),
    };
  }

  async returns(tx: Tx, companyId: string): Promise<InvariantResult> {
    const breaches = await this.repository.misbookedReturnLines(tx, companyId);
    return {
      invariant: '2 every returned line was booked exactly once by its grade, or waits in quarantine',
      checked: await this.repository.countReturnLines(tx, companyId),
      inFlight: 0,
      breaches: breaches.map(
        (one) =>
          `return ${one.returnId} line ${one.lineNo}: ${one.quantity} pieces of grade ${one.grade}, ${one.isMatched ? 'matched' : 'unmatched'}; booked ${one.booked} in ${one.bookings} places, ${one.quarantined} left in quarantine`,
      ),
    };
  }

  async parcels(tx: Tx, companyId: string): Promise<InvariantResult> {
    const breaches = await this.repository.unpostedParcelLines(tx, companyId);
    return {
      invariant: '2 every parcel line left stock exactly once',
      checked: await this.repository.countParcelLines(tx, companyId),
      inFlight: 0,
      breaches: breaches.map(
        (one) =>
          `parcel ${one.parcelId} line ${one.lineId} (${one.skuId}): ${one.quantity} pieces left, ${one.posted} were posted in ${one.movements} movements`,
      ),
    };
  }
}
