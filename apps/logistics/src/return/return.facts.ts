import type { ReturnItem } from '@app/contracts';
import { invariant } from '@app/shared';
import type { ReturnLineRow, ReturnRow } from './return.repository';

/** A parcel that was counted, as facts tell it. */
export function toReturnItem(row: ReturnRow, lines: readonly ReturnLineRow[]): ReturnItem {
  invariant(
    row.state === 'received' && row.warehouse && row.receivedAt,
    `Return ${row.id} is ${row.state}; only parcels that were counted are told.`,
  );
  return {
    returnId: row.id,
    returnVersion: row.version,
    isMatched: row.isMatched,
    shopId: row.shopId,
    platform: row.platform,
    warehouse: row.warehouse,
    waybillNo: row.waybillNo,
    parcelId: row.parcelId,
    orderId: row.orderId,
    platformOrderNo: row.platformOrderNo,
    platformAfterSaleNos: row.platformAfterSaleNos,
    receivedAt: row.receivedAt.toISOString(),
    lines: lines.map(({ lineNo, skuId, skuCode, quantity, grade }) => ({ lineNo, skuId, skuCode, quantity, grade })),
  };
}
