import { newAfterSale, applyAfterSale, putAfterSales } from '../after-sale/canonical-after-sale.rules';
import type { CanonicalAfterSale, CanonicalOrder, OrderStockItem, ParcelItem, ShipNoticeItem } from '@app/contracts';
import { applyCanonical, newAggregate, type LinkLookup } from '../intake/canonical.rules';
import { judgeVersion, versionOf, type ItemVersion } from '../intake/version.rules';
import { decide } from '../order/decision.rules';
import type { DecisionContext, OrderAggregate } from '../order/order.types';
import { applyNotice, applyParcel, noticeOf, parcelsOf } from '../parcel/parcel.rules';
import type { Shop } from '../shop/shop.repository';
import { applyStock } from '../stock/stock.rules';

const PURE_SHOP: Shop = {
  companyId: 'cmp',
  shopId: 'shp',
  platform: 'taobao',
  platformShopId: '1',
  name: 'S',
  goLiveAt: new Date('2026-01-01T00:00:00Z'),
  defaultCarrier: 'SF',
};

/** Something that happens to an order: a version of it on the platform, or a fact of another service. */
export type Happening =
  | { canonical: CanonicalOrder }
  | { afterSale: CanonicalAfterSale }
  | { stock: OrderStockItem }
  | { parcel: ParcelItem }
  | { notice: ShipNoticeItem };

/** An order in memory, changed by the same rules as the stored one, without a database. */
export class PureOrder {
  aggregate!: OrderAggregate;
  private version: ItemVersion | undefined;
  private readonly versions = new Map<string, number>();
  private readonly afterSaleVersions = new Map<string, ItemVersion>();

  constructor(
    first: CanonicalOrder,
    private readonly linkOf: LinkLookup = (listingSkuId) => ({
      noStock: false,
      components: [{ skuId: `sku_${listingSkuId}`, skuCode: listingSkuId, quantity: 1 }],
    }),
    private readonly context: DecisionContext = {
      now: new Date('2026-11-11T02:00:00Z'),
      holdsOnRemark: true,
      toleranceFen: 100,
    },
  ) {
    this.happen({ canonical: first });
  }

  /** The same order with a life of its own from here on. */
  fork(): PureOrder {
    const other = Object.assign(Object.create(PureOrder.prototype) as PureOrder, this, {
      aggregate: structuredClone(this.aggregate),
      versions: new Map(this.versions),
      afterSaleVersions: new Map(this.afterSaleVersions),
    });
    return other;
  }

  /** Applies what is newer than what is known, and decides. */
  happen(happening: Happening): void {
    if ('canonical' in happening) this.take(happening.canonical);
    else if ('afterSale' in happening) this.ask(happening.afterSale);
    else if ('stock' in happening)
      this.once(`stock`, happening.stock.stockRevision, () => applyStock(this.aggregate, happening.stock));
    else if ('parcel' in happening)
      this.once(happening.parcel.parcelId, happening.parcel.parcelVersion, () =>
        parcelsOf('cmp', happening.parcel).forEach((parcel) => applyParcel(this.aggregate, parcel)),
      );
    else
      this.once(happening.notice.noticeId, happening.notice.noticeVersion, () =>
        applyNotice(this.aggregate, noticeOf('cmp', happening.notice)),
      );
    this.decide();
  }

  decide(now = this.context.now): void {
    decide(this.aggregate, { ...this.context, now });
  }

  private once(subject: string, version: number, apply: () => void): void {
    if (version <= (this.versions.get(subject) ?? 0)) return;
    this.versions.set(subject, version);
    apply();
  }

  private ask(item: CanonicalAfterSale): void {
    const version = versionOf(item);
    const no = item.platformAfterSaleNo;
    const stored = this.afterSaleVersions.get(no);
    if (stored && judgeVersion(stored, version) !== 'newer') return;
    this.afterSaleVersions.set(no, version);
    const known = this.aggregate.afterSales.find(({ platformAfterSaleNo }) => platformAfterSaleNo === no);
    if (known) applyAfterSale(known, item);
    else {
      const ids = { afterSaleId: `afs_${no}`, orderId: 'ord_1' };
      putAfterSales(this.aggregate, [newAfterSale('cmp', PURE_SHOP, item, ids, this.context.now)]);
    }
  }

  private take(item: CanonicalOrder): void {
    const version = versionOf(item);
    if (this.version && judgeVersion(this.version, version) !== 'newer') return;
    this.version = version;
    this.aggregate ??= newAggregate('cmp', PURE_SHOP, item, 'ord_1', this.context.now);
    applyCanonical(this.aggregate, item, this.linkOf);
  }
}

/** What inventory tells when it holds everything that an order wants. */
export function allHeld(
  { order, lines }: OrderAggregate,
  stockRevision: number,
  change: { warehouseOf?: (index: number) => string; shippedOut?: boolean; state?: OrderStockItem['state'] } = {},
): OrderStockItem {
  const { warehouseOf = () => 'HZ1', shippedOut = false, state = shippedOut ? 'shipped_out' : 'reserved' } = change;
  return {
    orderId: order.orderId,
    stockRevision,
    orderVersion: 1,
    state,
    lines: lines.flatMap((line, index) =>
      (line.components ?? []).map(({ skuId, skuCode, quantity }) => {
        const wanted = line.quantity * quantity;
        return {
          lineId: line.lineId,
          skuId,
          skuCode,
          warehouse: warehouseOf(index),
          wanted,
          reserved: shippedOut ? 0 : wanted,
          shippedOut: shippedOut ? wanted : 0,
          short: 0,
        };
      }),
    ),
  };
}

/** All orders in which some things can happen. */
export function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}
