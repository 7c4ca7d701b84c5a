const ORDERS = 'apps/orders/src';
const inUnit = (spec, test) => ({ project: 'unit', spec: `${ORDERS}/${spec}`, test });
const inDb = (spec, test) => ({ project: 'db', spec: `${ORDERS}/${spec}`, test });
const patch = (name, find, replace) => ({ file: `${ORDERS}/${name}.ts`, find, replace });

/** Mistakes in intake, holds, decisions and departures of orders. */
export const ORDER_DEFECTS = [
  {
    id: 'orders-older-revision-leaves',
    title: 'a parcel that was packed for an older revision may leave',
    patches: [
      patch(
        'fulfilment/departure.rules',
        'if (revision !== fulfilment.revision)',
        'if (revision > fulfilment.revision)',
      ),
    ],
    ...inDb('fulfilment/departure.db-spec.ts', 'lets a person take back a departure'),
  },
  {
    id: 'orders-refund-does-not-block',
    title: 'an open refund request does not block a departure',
    patches: [
      patch(
        'order/hold.rules',
        "return closedAt === null && type !== 'ship_notice_failed';",
        "return closedAt === null && type !== 'ship_notice_failed' && type !== 'refund_requested';",
      ),
    ],
    ...inDb('fulfilment/departure.db-spec.ts', 'refuses every departure from the commit of a refund request on'),
  },
  {
    id: 'orders-agreed-refund-closed',
    title: 'a refund that the seller agreed to is not open any more',
    patches: [
      {
        file: 'libs/contracts/src/canonical/canonical-order.ts',
        find: "readonly RefundState[] = ['requested', 'agreed', 'unknown'];",
        replace: "readonly RefundState[] = ['requested', 'unknown'];",
      },
    ],
    project: 'unit',
    spec: 'libs/contracts/src/canonical/canonical-order.spec.ts',
  },
  {
    id: 'orders-hold-released-early',
    title: 'a hold with a release time ends at the next look',
    patches: [
      patch('order/hold.rules', 'hold.releaseAt && hold.releaseAt <= now)', 'hold.releaseAt && hold.since <= now)'),
    ],
    ...inUnit('order/decision.spec.ts'),
  },
  {
    id: 'orders-arrival-decides',
    title: 'of two versions of the same moment the one that arrives last wins',
    patches: [
      patch(
        'intake/version.rules',
        "return incoming.contentHash > stored.contentHash ? 'newer' : 'older';",
        "return incoming.contentHash !== stored.contentHash ? 'newer' : 'older';",
      ),
    ],
    ...inUnit('intake/version.spec.ts'),
  },
  {
    id: 'orders-future-not-clamped',
    title: 'a modified time in the future is taken as it is, so that no later change is newer',
    patches: [
      patch('intake/version.rules', 'modifiedAt: modifiedAt <= fetchedAt ? modifiedAt : fetchedAt,', 'modifiedAt,'),
    ],
    ...inUnit('intake/version.spec.ts'),
  },
  {
    id: 'orders-state-falls-back',
    title: 'a platform state falls back when an older one is told later',
    patches: [
      patch(
        'order/order.rules',
        'return RANKS[stated] >= RANKS[known] ? stated : known;',
        "return stated === 'unknown' ? known : stated;",
      ),
    ],
    ...inUnit('order/decision.spec.ts'),
  },
  {
    id: 'orders-receiver-change-missed',
    title: 'a changed receiver is seen only where the platform gives a merge key',
    patches: [
      {
        file: 'libs/contracts/src/canonical/receiver-mark.ts',
        find: 'return masked !== otherMasked || Boolean(key && otherKey && key !== otherKey);',
        replace: 'return Boolean(key && otherKey && key !== otherKey);',
      },
    ],
    ...inUnit('order/decision.spec.ts'),
  },
  {
    id: 'orders-departed-given-back',
    title: 'pieces that have departed are given back before they are booked out',
    patches: [
      patch(
        'order/order.rules',
        'quantity: Math.max(needed(line) * quantity, departed.of(line.lineId, skuId)),',
        'quantity: needed(line) * quantity,',
      ),
    ],
    ...inUnit('order/decision.spec.ts'),
  },
  {
    id: 'intake-sku-of-before',
    title: 'a line whose SKU the buyer has changed is taken for linked, and its new goods are not looked up',
    patches: [
      patch(
        'intake/intake.writer',
        'return line !== undefined && line.components !== null && line.listingSkuId === (listingSkuId || listingId);',
        'return line !== undefined && line.components !== null && (listingSkuId || listingId) !== "";',
      ),
    ],
    ...inDb('intake/intake.db-spec.ts', 'that a newer content names in place'),
  },
  {
    id: 'orders-lock-missing',
    title: 'orders are not locked while a decision is made (FOR UPDATE is missing)',
    patches: [
      patch(
        'order/order.repository',
        "ORDER BY order_id FOR UPDATE ${passOver ? 'SKIP LOCKED' : ''}`",
        "ORDER BY order_id ${passOver ? 'FOR UPDATE SKIP LOCKED' : ''}`",
      ),
    ],
    ...inDb('fulfilment/departure.db-spec.ts', 'passes over an order that somebody is deciding about'),
  },
  {
    id: 'orders-company-missing',
    title: 'the count of orders per status is not limited to the caller’s company',
    patches: [
      patch(
        'order/order-list.repository',
        'FROM working_order WHERE company_id = $1 AND ($2::text[] IS NULL OR shop_id = ANY($2)) GROUP BY status',
        'FROM working_order WHERE $1::text IS NOT NULL AND ($2::text[] IS NULL OR shop_id = ANY($2)) GROUP BY status',
      ),
    ],
    project: 'api',
    spec: `${ORDERS}/orders.api-spec.ts`,
    test: 'shows a limited client nothing of other shops or companies',
  },
];
