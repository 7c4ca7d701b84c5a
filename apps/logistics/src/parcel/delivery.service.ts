import { parcelDelivered } from '@app/contracts';
import { AppError, Audit, inTransaction, Outbox, type Caller, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clocks } from '../clocks';
import { InterceptService } from '../intercept/intercept.service';
import { isVisible } from './limits';
import { toParcelItem } from './parcel.facts';
import { ParcelRepository, type ParcelRow } from './parcel.repository';
import { ParcelStore, type WholeParcel } from './parcel.store';

/** Knows when parcels have reached their buyers. */
@Injectable()
export class DeliveryService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly parcels: ParcelRepository,
    private readonly store: ParcelStore,
    private readonly outbox: Outbox,
    private readonly audit: Audit,
    private readonly clocks: Clocks,
    private readonly intercepts: InterceptService,
  ) {}

  /** The platform says that the buyers of these orders have their goods: their shipped parcels are delivered. */
  async deliverOrders(tx: Tx, companyId: string, orders: readonly { orderId: string; at: Date }[]): Promise<void> {
    await this.tell(tx, companyId, await this.parcels.deliverOrders(tx, companyId, orders, this.clocks.wire.date()));
  }

  /**
   * A carrier's feed or a person says that a parcel was delivered. A repeat answers the same; a time before shipping
   * counts as the time of shipping. Throws PARCEL.NOT_FOUND, PARCEL.STATE_FORBIDS.
   */
  deliver(caller: Caller, id: string, at: Date | null): Promise<WholeParcel> {
    const { companyId, clientId } = caller;
    return inTransaction(this.dataSource, async (tx) => {
      const parcel = await this.parcels.lock(tx, companyId, id);
      if (!parcel || !isVisible(caller, parcel)) throw new AppError('PARCEL.NOT_FOUND', `There is no parcel ${id}.`);
      if (parcel.state === 'delivered') return this.store.wholeOf(tx, companyId, id);
      if (!parcel.shippedAt || (parcel.state !== 'shipped' && parcel.state !== 'exception')) {
        throw new AppError(
          'PARCEL.STATE_FORBIDS',
          `Parcel ${id} is ${parcel.state}; only a parcel that has left can be delivered.`,
          { state: parcel.state, version: parcel.version },
        );
      }
      const told = at ?? this.clocks.story.now();
      const delivered = await this.store.change(tx, companyId, id, {
        state: 'delivered',
        deliveredAt: told > parcel.shippedAt ? told : parcel.shippedAt,
      });
      await this.audit.record(tx, companyId, { actor: clientId, act: 'parcel.delivered', subject: id });
      const [whole] = await this.tell(tx, companyId, [delivered]);
      return whole!;
    });
  }

  private async tell(tx: Tx, companyId: string, parcels: readonly ParcelRow[]): Promise<WholeParcel[]> {
    if (parcels.length === 0) return [];
    await this.intercepts.derive(
      tx,
      companyId,
      parcels.map(({ id }) => id),
    );
    const whole = await this.store.whole(tx, companyId, parcels);
    await this.outbox.append(tx, companyId, [{ fact: parcelDelivered, items: whole.map(toParcelItem) }]);
    return whole;
  }
}
