import { Injectable, type OnModuleInit } from '@nestjs/common';
import { FactRegistry, groupBy, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { PARCEL_FACTS, type ParcelItem } from '@app/contracts';
import { PlatformRegistry } from '@app/platforms';
import { PushDesk } from '../push/push.desk';
import { WorkDesk } from '../work/work.desk';
import { NoticeRepository } from './notice.repository';

/**
 * A parcel that left becomes a notice per order in it; whichever of the parcel's facts comes first, and once per number that
 * it bears.
 */
@Injectable()
export class ParcelConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly notices: NoticeRepository,
    private readonly desk: WorkDesk,
    private readonly numbers: PushDesk,
    private readonly platforms: PlatformRegistry,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe(PARCEL_FACTS, this);
  }

  async apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    const parcels = items as ParcelItem[];
    const fresh = await this.notices.put(
      tx,
      context.companyId,
      parcels.flatMap((parcel) => noticesOf(parcel, this.takesOnHand(parcel))),
    );
    await this.desk.requestAll(
      tx,
      context.companyId,
      fresh.flatMap(({ parcelId, orderId, shopId, platform }) =>
        platform === null ? [] : [{ shopId, platform, kind: 'notice' as const, subject: `${parcelId}/${orderId}` }],
      ),
    );
    // A parcel that only got another number left before, and is counted already.
    const departed = fresh.filter(({ isNew }) => isNew);
    await this.countDeparted(tx, context.companyId, parcels, departed);
  }

  /** Departures are counted by what the manifest says, so that another setting of the installation leaves no gap in them. */
  private takesOnHand({ platform }: ParcelItem): boolean {
    return this.platforms.has(platform) && this.platforms.get(platform).manifest.capabilities.stockMeans === 'on-hand';
  }

  private async countDeparted(
    tx: Tx,
    companyId: string,
    parcels: readonly ParcelItem[],
    fresh: readonly { parcelId: string; orderId: string }[],
  ): Promise<void> {
    const isFresh = new Set(fresh.map(({ parcelId, orderId }) => `${parcelId}/${orderId}`));
    const shops = new Map<string, Map<string, number>>();
    const seen = new Set<string>();
    for (const parcel of parcels.filter((one) => this.takesOnHand(one))) {
      // Two facts of one parcel may come together.
      if (seen.has(parcel.parcelId)) continue;
      seen.add(parcel.parcelId);
      const pieces = shops.get(parcel.shopId) ?? new Map<string, number>();
      for (const { orderId, skuId, quantity } of parcel.lines)
        if (isFresh.has(`${parcel.parcelId}/${orderId}`)) pieces.set(skuId, (pieces.get(skuId) ?? 0) + quantity);
      if (pieces.size > 0) shops.set(parcel.shopId, pieces);
    }
    for (const [shopId, pieces] of [...shops].sort(([a], [b]) => (a < b ? -1 : 1)))
      await this.numbers.depart(tx, companyId, shopId, pieces);
  }
}

function noticesOf(parcel: ParcelItem, takesOnHand: boolean): Parameters<NoticeRepository['put']>[2][number][] {
  return [...groupBy(parcel.lines, (line) => line.orderId)].map(([orderId, lines]) => {
    const quantities = new Map<string, number>();
    // Several SKUs of one line are one line to the platform; the largest number stands for it.
    for (const { platformLineNo, quantity } of lines)
      quantities.set(platformLineNo, Math.max(quantity, quantities.get(platformLineNo) ?? 0));
    return {
      parcelId: parcel.parcelId,
      orderId,
      shopId: parcel.shopId,
      platformOrderNo: lines[0]!.platformOrderNo,
      carrier: parcel.carrier,
      waybillNo: parcel.waybillNo,
      lines: JSON.stringify([...quantities].map(([platformLineNo, quantity]) => ({ platformLineNo, quantity }))),
      shippedAt: new Date(parcel.shippedAt),
      skuIds: takesOnHand ? [...new Set(lines.map(({ skuId }) => skuId))] : [],
    };
  });
}
