const STOCK = 'apps/inventory/src';
const LOGISTICS = 'apps/logistics/src';
const inDb = (spec, test) => ({ project: 'db', spec: `${STOCK}/${spec}`, test });
const inApi = (spec, test) => ({ project: 'api', spec, test });
const patch = (app, name, find, replace) => ({ file: `${app}/${name}.ts`, find, replace });

/** Mistakes in stock, its reservations, parcels and labels, and the catalogue. */
export const GOODS_DEFECTS = [
  {
    id: 'stock-on-hand-promised',
    title: 'what is on hand is promised, not what is on hand and not reserved',
    patches: [
      patch(
        STOCK,
        'level/level.book',
        'return level ? level.onHand - level.reserved : 0;',
        'return level ? level.onHand : 0;',
      ),
    ],
    ...inDb('reservation/reservation.db-spec.ts', 'never oversells with 20 parallel'),
  },
  {
    id: 'stock-lock-missing',
    title: 'levels are not locked while they are counted (FOR UPDATE is missing)',
    patches: [
      patch(
        STOCK,
        'level/level.repository',
        'ORDER BY l.sku_id, l.warehouse FOR UPDATE OF l`',
        'ORDER BY l.sku_id, l.warehouse`',
      ),
    ],
    ...inDb('reservation/reservation.db-spec.ts', 'never oversells with 20 parallel'),
  },
  {
    id: 'stock-occupied-after-shipping',
    title: 'pieces of an order that the platform calls shipped still count as occupied there',
    patches: [
      patch(
        STOCK,
        'reservation/order-stock.rules',
        "if (!onHandPlatforms.has(item.platform) || item.platformState !== 'paid' || item.stock !== 'reserve')",
        "if (!onHandPlatforms.has(item.platform) || item.stock !== 'reserve')",
      ),
    ],
    ...inDb('reservation/occupied.db-spec.ts', 'end when the platform calls the order shipped'),
  },
  {
    id: 'stock-parcel-out-twice',
    title: 'the dedupe key of parcel lines is kept, and what is not new is posted all the same',
    patches: [
      patch(
        STOCK,
        'reservation/order-stock.service',
        `const fresh = await this.orders.storeParcelLines(tx, companyId, [...lines.values()], this.story.now());`,
        `const fresh = [...lines.values()];
    await this.orders.storeParcelLines(tx, companyId, fresh, this.story.now());`,
      ),
    ],
    ...inDb('reservation/order-stock.db-spec.ts', 'takes a parcel out of stock once'),
  },
  {
    id: 'stock-newest-first',
    title: 'the order that paid last is served first',
    patches: [
      patch(
        STOCK,
        'reservation/order-stock.service',
        '(a.paidAt?.getTime() ?? 0) - (b.paidAt?.getTime() ?? 0) ||',
        '(b.paidAt?.getTime() ?? 0) - (a.paidAt?.getTime() ?? 0) ||',
      ),
    ],
    ...inDb('reservation/order-stock.db-spec.ts', 'serves a batch in the order of payment'),
  },
  {
    id: 'stock-needs-not-summed',
    title: 'a SKU that a line wants twice is looked at one want at a time',
    patches: [
      patch(
        STOCK,
        'reservation/routing.rules',
        'return [...sumBySku(needs)].every(([skuId, quantity]) => this.left(skuId, warehouse) >= quantity);',
        'return needs.every(({ skuId, quantity }) => this.left(skuId, warehouse) >= quantity);',
      ),
    ],
    project: 'unit',
    spec: `${STOCK}/reservation/routing.rules.spec.ts`,
  },
  {
    id: 'stock-safety-sold',
    title: 'the safety stock is told as sellable',
    patches: [
      patch(
        STOCK,
        'level/level.ledger',
        'return level.onHand - level.reserved - level.safety;',
        'return level.onHand - level.reserved;',
      ),
    ],
    ...inApi(`${STOCK}/inventory.api-spec.ts`, 'shows stock with its parts, and sellable by its formula'),
  },
  {
    id: 'stock-reserved-adjusted-away',
    title: 'an adjustment may take pieces that are promised',
    patches: [
      patch(
        STOCK,
        'adjustment/adjustment.service',
        "(one.line.bucket === 'onHand' && !belowReserved ? level.reserved : 0),",
        "(one.line.bucket === 'onHand' && belowReserved ? level.reserved : 0),",
      ),
    ],
    ...inApi(`${STOCK}/inventory.api-spec.ts`, 'never lets stock turn negative'),
  },
  {
    id: 'parcel-shipped-twice',
    title: 'a second scan ships a parcel again that has left meanwhile',
    patches: [
      patch(
        LOGISTICS,
        'parcel/ship.service',
        "this.desk.store.changeFrom(tx, companyId, begun.id, 'departing', {",
        'this.desk.store.change(tx, companyId, begun.id, {',
      ),
    ],
    ...inApi(`${LOGISTICS}/parcel/ship.api-spec.ts`, 'ships one waybill once when ten scanners read it at once'),
  },
  {
    id: 'label-newest-revision',
    title: 'a label bears the newest revision, though its pieces were chosen before it',
    patches: [
      patch(
        LOGISTICS,
        'parcel/label.service',
        'const revision = Math.min(parcel.revision, answer.revision, fulfilment.revision);',
        'const revision = Math.max(parcel.revision, answer.revision, fulfilment.revision);',
      ),
    ],
    ...inApi(`${LOGISTICS}/parcel/label.api-spec.ts`, 'never puts the pieces of an old revision under a newer one'),
  },
  {
    id: 'label-for-stopped',
    title: 'a label is made although its fulfilment was stopped while the waybill was asked for',
    patches: [patch(LOGISTICS, 'parcel/label.service', "if (fulfilment.state !== 'stopped') {", 'if (fulfilment) {')],
    ...inApi(`${LOGISTICS}/parcel/label.api-spec.ts`, 'gives the number back when the fulfilment was stopped while'),
  },
  {
    id: 'label-failure-remembered',
    title: 'the Idempotency-Key of a refused label is remembered',
    patches: [
      patch(
        LOGISTICS,
        'parcel/label.service',
        "{ state: 'cancelled', reason, requestKey: null });",
        "{ state: 'cancelled', reason });",
      ),
    ],
    ...inApi(
      `${LOGISTICS}/parcel/label.api-spec.ts`,
      'forgets the Idempotency-Key of a label that the platform refused',
    ),
  },
  {
    id: 'label-receiver-not-compared',
    title: 'a kept label is good again although its receiver changed',
    patches: [
      patch(
        LOGISTICS,
        'parcel/resume.service',
        'const isGood = held.receiverHash === receiverHash(answer.receiver) && (await',
        'const isGood = (await',
      ),
    ],
    ...inApi(`${LOGISTICS}/pull-out/pull-out.api-spec.ts`),
  },
  {
    id: 'catalog-person-overwritten',
    title: 'the rule overwrites the link that a person made',
    patches: [
      patch(
        'apps/catalog/src',
        'listing/listing.rules',
        "if (sku.linkedBy === 'person') return sku;",
        "if (sku.linkedBy === 'person' && sku.noStock) return sku;",
      ),
    ],
    ...inApi('apps/catalog/src/listing/listing.api-spec.ts', 'never overwrites a person’s link'),
  },
];
