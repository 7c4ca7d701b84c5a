import { CanonicalAfterSale } from './canonical-after-sale';
import { CanonicalListing } from './canonical-listing';
import { CanonicalOrder } from './canonical-order';

/** A paid order with two lines; used as the OpenAPI example and by tests. */
export const CANONICAL_ORDER_EXAMPLE: CanonicalOrder = {
  platformOrderNo: '2231958349212345678',
  platformState: 'paid',
  rawStatus: 'WAIT_SELLER_SEND_GOODS',
  modifiedAt: '2026-11-11T00:00:42+08:00',
  fetchStartedAt: '2026-11-11T00:01:09+08:00',
  fetchedAt: '2026-11-11T00:01:10+08:00',
  placedAt: '2026-11-11T00:00:03+08:00',
  paidAt: '2026-11-11T00:00:41+08:00',
  shipBy: '2026-11-13T23:59:59+08:00',
  currency: 'CNY',
  buyer: { id: 'AAHd5d-EAAeGwJedwSHpg8bT', nick: 't**' },
  receiver: {
    cipher: { oaid: '1Xx8Example' },
    masked: {
      name: '李*',
      phone: '139****0000',
      province: '北京',
      city: '北京市',
      district: '朝阳区',
      town: '望京街道',
      address: '望京**',
    },
    mergeKey: '1Xx8Example',
  },
  buyerMessage: '请发顺丰',
  sellerMemo: '加急',
  flag: 1,
  amounts: {
    goodsFen: 29880,
    freightFen: 600,
    shopDiscountFen: 5000,
    platformDiscountFen: 0,
    payableFen: 25480,
    paidFen: 25480,
  },
  lines: [
    {
      platformLineNo: '2231958349213345678',
      listingId: '612345678901',
      listingSkuId: '4567890123456',
      merchantCode: 'TEE-BLACK-XL',
      title: '示例T恤',
      specText: '颜色分类:黑色;尺码:XL',
      quantity: 1,
      unitPriceFen: 19900,
      discountFen: 3926,
      paidFen: 15974,
      refundState: 'none',
      platformLineState: 'paid',
    },
    {
      platformLineNo: '2231958349214345678',
      listingId: '612345678902',
      listingSkuId: '4567890123999',
      merchantCode: 'SOCK-WHITE',
      title: '示例袜子',
      specText: '颜色分类:白色',
      quantity: 2,
      unitPriceFen: 4990,
      discountFen: 1074,
      paidFen: 8906,
      refundState: 'none',
      platformLineState: 'paid',
    },
  ],
  raw: '{"tid":2231958349212345678,"status":"WAIT_SELLER_SEND_GOODS"}',
};

/** A listing with one SKU. */
export const CANONICAL_LISTING_EXAMPLE: CanonicalListing = {
  listingId: '612345678901',
  merchantCode: 'TEE',
  title: '示例T恤',
  status: 'on_shelf',
  rawStatus: 'onsale',
  deductsOn: 'pay',
  modifiedAt: '2026-11-10T12:00:00+08:00',
  fetchedAt: '2026-11-10T12:05:00+08:00',
  currency: 'CNY',
  skus: [
    {
      listingSkuId: '4567890123456',
      merchantCode: 'TEE-BLACK-XL',
      specText: '颜色分类:黑色;尺码:XL',
      priceFen: 19900,
      quantity: 95,
      withHold: 1,
      status: 'on_shelf',
    },
  ],
};

/** A refund asked for before shipping. */
export const CANONICAL_AFTER_SALE_EXAMPLE: CanonicalAfterSale = {
  platformAfterSaleNo: '273645192837465123',
  platformOrderNo: '2231958349212345678',
  platformLineNo: '2231958349213345678',
  kind: 'refund_only',
  state: 'requested',
  rawStatus: 'WAIT_SELLER_AGREE',
  phase: 'before_completion',
  platformVersion: '1762848000000',
  refundFen: 15974,
  quantity: 1,
  goodsComeBack: false,
  reason: '不想要了',
  createdAt: '2026-11-11T09:00:00+08:00',
  modifiedAt: '2026-11-11T09:00:00+08:00',
  fetchedAt: '2026-11-11T09:00:05+08:00',
  currency: 'CNY',
  raw: '{"refund_id":"273645192837465123","status":"WAIT_SELLER_AGREE"}',
};
