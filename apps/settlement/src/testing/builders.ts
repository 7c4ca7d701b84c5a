import type { AfterSaleFactItem, OrderFactItem, ParcelItem, ReturnItem, ShopItem } from '@app/contracts';

/** An order of two lines, 100 + 50 fen and 10 fen of freight. */
export function orderItem(changes: Partial<OrderFactItem> = {}): OrderFactItem {
  const line = (no: number, paidFen: number) => ({
    lineId: `orl_${no}`,
    platformLineNo: `9${no}`,
    listingId: 'l1',
    listingSkuId: `ls${no}`,
    quantity: 1,
    noStock: false,
    wants: [{ skuId: `sku_${no}`, skuCode: `TEE-${no}`, quantity: 1 }],
    paidFen,
    refundedFen: 0,
    refund: 'none' as const,
  });
  return {
    orderId: 'ord_1',
    orderVersion: 1,
    shopId: 'shp_1',
    platform: 'taobao',
    platformOrderNo: '2700012345678901234',
    platformState: 'paid',
    status: 'paid',
    placedAt: '2026-11-01T12:00:00+08:00',
    paidAt: '2026-11-01T12:01:00+08:00',
    shipBy: null,
    stock: 'reserve',
    region: { province: '浙江省', city: '杭州市' },
    currency: 'CNY',
    amounts: {
      goodsFen: 150,
      freightFen: 10,
      shopDiscountFen: 0,
      platformDiscountFen: 0,
      payableFen: 160,
      paidFen: 160,
    },
    lines: [line(1, 100), line(2, 50)],
    ...changes,
  };
}

/** A parcel with both lines of that order. */
export function parcelItem(changes: Partial<ParcelItem> = {}): ParcelItem {
  const line = (no: number) => ({
    orderId: 'ord_1',
    platformOrderNo: '2700012345678901234',
    lineId: `orl_${no}`,
    platformLineNo: `9${no}`,
    skuId: `sku_${no}`,
    skuCode: `TEE-${no}`,
    quantity: 1,
  });
  return {
    parcelId: 'pcl_1',
    parcelVersion: 1,
    state: 'shipped',
    fulfilmentId: 'ful_1',
    fulfilmentRevision: 1,
    shopId: 'shp_1',
    platform: 'taobao',
    warehouse: 'HZ1',
    carrier: 'YTO',
    waybillNo: 'YT1',
    shippedAt: '2026-11-02T10:00:00+08:00',
    deliveredAt: null,
    lines: [line(1), line(2)],
    ...changes,
  };
}

/** The shop of both. */
export function shopItem(changes: Partial<ShopItem> = {}): ShopItem {
  return {
    shopId: 'shp_1',
    shopVersion: 1,
    platform: 'taobao',
    platformShopId: '2200001',
    name: '旗舰店',
    goLiveAt: '2026-10-01T00:00:00+08:00',
    defaultCarrier: 'YTO',
    ...changes,
  };
}

/** A refund of that order's first line, granted after the sale. */
export function afterSaleItem(changes: Partial<AfterSaleFactItem> = {}): AfterSaleFactItem {
  return {
    afterSaleId: 'afs_1',
    afterSaleVersion: 1,
    shopId: 'shp_1',
    platform: 'taobao',
    platformAfterSaleNo: '9001',
    orderId: 'ord_1',
    platformOrderNo: '2700012345678901234',
    lineId: 'orl_1',
    kind: 'return_refund',
    state: 'succeeded',
    refundFen: 100,
    countedFen: 100,
    currency: 'CNY',
    goodsComeBack: true,
    returnWaybillNo: 'SF1',
    returnCarrier: 'SF',
    createdAt: '2026-11-05T10:00:00+08:00',
    modifiedAt: '2026-11-06T10:00:00+08:00',
    ...changes,
  };
}

/** What came back for it. */
export function returnItem(changes: Partial<ReturnItem> = {}): ReturnItem {
  return {
    returnId: 'ret_1',
    returnVersion: 1,
    isMatched: true,
    shopId: 'shp_1',
    platform: 'taobao',
    warehouse: 'HZ1',
    waybillNo: 'SF1',
    parcelId: null,
    orderId: 'ord_1',
    platformOrderNo: '2700012345678901234',
    platformAfterSaleNos: [],
    receivedAt: '2026-11-07T10:00:00+08:00',
    lines: [{ lineNo: 1, skuId: 'sku_1', skuCode: 'TEE-1', quantity: 1, grade: 'A' }],
    ...changes,
  };
}
