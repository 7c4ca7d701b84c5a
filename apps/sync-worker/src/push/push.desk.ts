import { Injectable } from '@nestjs/common';
import type { Tx } from '@app/shared';
import { ShopRepository } from '../shop/shop.repository';
import { WorkDesk } from '../work/work.desk';
import { NumberTurnRepository } from './number-turn.repository';
import { OnHandRepository } from './on-hand.repository';
import { PushRepository } from './push.repository';
import { ShelfRepository } from './shelf.repository';

/** Turns changed targets into work: one piece per listing, however often its number changes. */
@Injectable()
export class PushDesk {
  constructor(
    private readonly repository: PushRepository,
    private readonly onHand: OnHandRepository,
    private readonly turn: NumberTurnRepository,
    private readonly shelf: ShelfRepository,
    private readonly shops: ShopRepository,
    private readonly work: WorkDesk,
  ) {}

  /**
   * Lets one transaction at a time change what a company's numbers follow from: whoever computes them sees what those before
   * it committed. A link and a stock fact that come together would each miss the other otherwise, and a number of before
   * would stay: goods that are gone would be sold again. Ask for it before anything is read or written that numbers need.
   */
  takeTurn(tx: Tx, companyId: string): Promise<void> {
    return this.turn.take(tx, companyId);
  }

  /** Has what numbers follow from changed, in turn, computes the targets that `change` names anew and asks for the pushes that follow. */
  async want(
    tx: Tx,
    companyId: string,
    change: () => Promise<readonly { shopId: string; listingSkuId: string }[]>,
  ): Promise<void> {
    await this.takeTurn(tx, companyId);
    const keys = await change();
    if (keys.length === 0) return;
    const changed = await this.repository.want(tx, companyId, keys);
    if (changed.length === 0) return;
    const open = await this.repository.markPendingOf(tx, companyId, changed);
    const asked = changed.map(({ shopId, platform, listingId }) => ({
      shopId,
      platform,
      kind: 'push' as const,
      subject: `${shopId}/${listingId}`,
    }));
    await this.work.requestAll(
      tx,
      companyId,
      asked.filter(({ subject }) => open.has(subject)),
    );
  }

  /**
   * Counts pieces that left in parcels of a shop whose platform takes on-hand numbers. From here on they are no longer
   * added to its numbers: the platform is told of the parcel next, and subtracts them from its own number then.
   */
  async depart(tx: Tx, companyId: string, shopId: string, pieces: ReadonlyMap<string, number>): Promise<void> {
    await this.want(tx, companyId, async () => {
      await this.onHand.addDeparted(tx, companyId, shopId, pieces);
      return this.onHand.listingsOf(tx, companyId, shopId, [...pieces.keys()]);
    });
  }

  /**
   * Tells numbers again although they are the same: a platform that has just learnt of a parcel subtracted its pieces from
   * the number that stood there, which may have left them out already.
   */
  async tellAgain(tx: Tx, companyId: string, shopId: string, skuIds: readonly string[]): Promise<void> {
    await this.takeTurn(tx, companyId);
    const keys = await this.onHand.listingsOf(tx, companyId, shopId, skuIds);
    if (keys.length === 0) return;
    const listings = await this.onHand.makeDue(tx, companyId, shopId, keys);
    if (listings.length > 0) await this.ask(tx, companyId, shopId, listings);
  }

  /** Asks for the moves that listings need though no number changes: a rule or a link did. */
  async askShelf(tx: Tx, companyId: string, keys: readonly { shopId: string; listingSkuId: string }[]): Promise<void> {
    const steps = await this.shelf.stepsOfSkus(tx, companyId, keys);
    await this.work.requestAll(
      tx,
      companyId,
      steps.map(({ shopId, listingId, platform }) => ({
        shopId,
        platform,
        kind: 'push' as const,
        subject: `${shopId}/${listingId}`,
      })),
    );
  }

  /** Asks for pushes of what a shop still has to tell; null means every listing. */
  async ask(tx: Tx, companyId: string, shopId: string, listingIds: readonly string[] | null): Promise<number> {
    const shop = await this.shops.find(tx, companyId, shopId);
    if (!shop) return 0;
    const subjectOf = (listingId: string): string => `${shopId}/${listingId}`;
    const named = listingIds?.map((listingId) => ({ shopId, listingId }));
    const open = named
      ? [...(await this.repository.markPendingOf(tx, companyId, named))]
      : (await this.repository.markPending(tx, companyId, shopId)).map(subjectOf);
    await this.work.request(tx, shop, 'push', open);
    return open.length;
  }
}
