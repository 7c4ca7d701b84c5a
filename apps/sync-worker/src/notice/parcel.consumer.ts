import { Injectable, type OnModuleInit } from '@nestjs/common';
import { FactRegistry, groupBy, type FactContext, type FactHandler, type Tx } from '@app/shared';
import { PARCEL_FACTS, type ParcelItem } from '@app/contracts';
import { ShopRepository } from '../shop/shop.repository';
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
    private readonly shops: ShopRepository,
    private readonly desk: WorkDesk,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe(PARCEL_FACTS, this);
  }

  async apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    const fresh = await this.notices.put(tx, context.companyId, (items as ParcelItem[]).flatMap(noticesOf));
    for (const [shopId, notices] of groupBy(fresh, (notice) => notice.shopId)) {
      const shop = await this.shops.find(tx, context.companyId, shopId);
      if (shop)
        await this.desk.request(
          tx,
          shop,
          'notice',
          notices.map(({ parcelId, orderId }) => `${parcelId}/${orderId}`),
        );
    }
  }
}

function noticesOf(parcel: ParcelItem): Parameters<NoticeRepository['put']>[2][number][] {
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
    };
  });
}
