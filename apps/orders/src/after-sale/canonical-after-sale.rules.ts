import { CanonicalAfterSaleSchema, type CanonicalAfterSale } from '@app/contracts';
import { check, newId } from '@app/shared';
import type { BadItem, BatchItem, SortedItems } from '../intake/batch.rules';
import { cleanTexts, dateOf, forbidsText, wrongInstants } from '../intake/canonical.rules';
import { momentOf, versionOf } from '../intake/version.rules';
import type { AfterSale, OrderAggregate } from '../order/order.types';
import type { Shop } from '../shop/shop.repository';
import type { PlatformAfterSaleRow } from './after-sale.repository';

const INSTANTS = ['createdAt', 'modifiedAt', 'fetchedAt', 'fetchStartedAt', 'deadlineAt'] as const;

/** Sorts the items of a batch into those that fit the schema and those to be set aside. */
export function sortAfterSales(items: readonly unknown[]): SortedItems<CanonicalAfterSale> {
  const good: BatchItem<CanonicalAfterSale>[] = [];
  const bad: BadItem[] = [];
  for (const [no, stated] of items.entries()) {
    const item = cleanTexts(stated);
    const checked = check(CanonicalAfterSaleSchema, item);
    const errors = checked.ok ? wrongInstants(checked.value, INSTANTS) : checked.errors;
    if (checked.ok && errors.length === 0) good.push({ no, item: checked.value, version: versionOf(checked.value) });
    else bad.push({ no, item, errors });
  }
  return { good, bad };
}

/** The row by which an after-sale is stored as received. */
export function platformAfterSaleRow(
  companyId: string,
  shopId: string,
  afterSaleId: string,
  { item, version }: BatchItem<CanonicalAfterSale>,
): PlatformAfterSaleRow {
  const { raw, ...canonical } = item;
  return {
    companyId,
    shopId,
    afterSaleId,
    platformAfterSaleNo: item.platformAfterSaleNo,
    platformOrderNo: item.platformOrderNo,
    canonical: JSON.stringify(canonical),
    raw,
    ...version,
  };
}

/** A new id of an after-sale. */
export const newAfterSaleId = (): string => newId('afs');

/** A new after-sale before its first content; orderId null = its order is unknown. */
export function newAfterSale(
  companyId: string,
  { shopId, platform }: Shop,
  item: CanonicalAfterSale,
  ids: { afterSaleId: string; orderId: string | null },
  now: Date,
): AfterSale {
  const afterSale: AfterSale = {
    companyId,
    afterSaleId: ids.afterSaleId,
    shopId,
    platform,
    platformAfterSaleNo: item.platformAfterSaleNo,
    platformOrderNo: item.platformOrderNo,
    platformLineNo: null,
    orderId: ids.orderId,
    lineId: null,
    version: 0,
    kind: item.kind,
    state: item.state,
    rawStatus: null,
    phase: null,
    platformVersion: null,
    refundFen: 0,
    countedFen: 0,
    excessFen: 0,
    counted: [],
    currency: item.currency,
    quantity: null,
    goodsComeBack: false,
    reason: '',
    description: '',
    returnWaybillNo: null,
    returnCarrier: null,
    askedAt: now,
    modifiedAt: now,
    fetchStartedAt: now,
    deadlineAt: null,
    forbids: null,
    goodsReceivedAt: null,
    returned: [],
    createdAt: now,
    updatedAt: now,
  };
  applyAfterSale(afterSale, item);
  return afterSale;
}

/** Brings a newer content of an after-sale in. It stays with the order that its first version named. */
export function applyAfterSale(afterSale: AfterSale, item: CanonicalAfterSale): void {
  Object.assign(afterSale, {
    platformLineNo: item.platformLineNo ?? null,
    kind: item.kind,
    state: item.state,
    rawStatus: item.rawStatus ?? null,
    phase: item.phase ?? null,
    platformVersion: item.platformVersion ?? null,
    refundFen: item.refundFen,
    currency: item.currency,
    quantity: item.quantity ?? null,
    goodsComeBack: item.goodsComeBack,
    reason: item.reason ?? '',
    description: item.description ?? '',
    returnWaybillNo: item.returnParcel?.waybillNo ?? null,
    returnCarrier: item.returnParcel?.carrier ?? null,
    askedAt: new Date(item.createdAt),
    ...momentOf(item),
    deadlineAt: dateOf(item.deadlineAt),
    forbids: forbidsText(item.forbids),
  } satisfies Partial<AfterSale>);
}

/** Brings after-sales into an order, new ones and newer content of known ones; sorted by id, as they are loaded. */
export function putAfterSales(aggregate: OrderAggregate, afterSales: readonly AfterSale[]): void {
  const known = new Set(aggregate.afterSales.map(({ afterSaleId }) => afterSaleId));
  aggregate.afterSales = [
    ...aggregate.afterSales,
    ...afterSales.filter(({ afterSaleId }) => !known.has(afterSaleId)),
  ].sort((a, b) => (a.afterSaleId < b.afterSaleId ? -1 : 1));
}
