import { Type, type Static } from '@sinclair/typebox';
import { defineFact } from '@app/shared';

const Id = Type.String({ minLength: 1, maxLength: 200 });

/** A shop as the other services need it. */
export const ShopItem = Type.Object({
  shopId: Id,
  shopVersion: Type.Integer({ minimum: 1 }),
  platform: Type.String(),
  platformShopId: Type.String(),
  name: Type.String(),
  /** Orders placed before this are stored and counted, never reserved, shipped or pushed. */
  goLiveAt: Type.String({ format: 'date-time' }),
  /** Carrier code used when nothing else is asked. */
  defaultCarrier: Type.String(),
});
export type ShopItem = Static<typeof ShopItem>;

/** A shop was added or changed. */
export const shopChanged = defineFact({
  name: 'shop.changed',
  producer: 'sync',
  consumers: ['catalog', 'orders', 'logistics', 'settlement'],
  subjectKind: 'shop',
  subjectField: 'shopId',
  versionField: 'shopVersion',
  schema: ShopItem,
});

/** What the platform was told about a parcel for one of its orders. `noticeId` is `<parcelId>/<orderId>`. */
export const ShipNoticeItem = Type.Object({
  noticeId: Id,
  noticeVersion: Type.Integer({ minimum: 1 }),
  state: Type.Union([Type.Literal('pending'), Type.Literal('told'), Type.Literal('failed')]),
  parcelId: Id,
  orderId: Id,
  platformOrderNo: Id,
  /** Why it failed, in words for the merchant; empty otherwise. */
  reason: Type.String(),
});
export type ShipNoticeItem = Static<typeof ShipNoticeItem>;

const noticeFact = (name: string) =>
  defineFact({
    name,
    producer: 'sync',
    consumers: ['orders'],
    subjectKind: 'ship-notice',
    subjectField: 'noticeId',
    versionField: 'noticeVersion',
    schema: ShipNoticeItem,
  });

/** The platform knows of the parcel. */
export const shipNoticeTold = noticeFact('ship-notice.told');
/** The platform refused the notice; a person must look. */
export const shipNoticeFailed = noticeFact('ship-notice.failed');
/** Facts whose items are ShipNoticeItem. */
export const SHIP_NOTICE_FACTS = [shipNoticeTold, shipNoticeFailed] as const;
