const ORDERS = 'apps/orders/src';
const LOGISTICS = 'apps/logistics/src';
const INVENTORY = 'apps/inventory/src';
const patch = (file, find, replace) => ({ file: `${file}.ts`, find, replace });
const inRefunds = (test) => ({ project: 'unit', spec: `${ORDERS}/after-sale/refund.spec.ts`, test });
const inAfterSales = (test) => ({ project: 'db', spec: `${ORDERS}/after-sale/after-sale.db-spec.ts`, test });
const inIntercepts = (test) => ({ project: 'api', spec: `${LOGISTICS}/intercept/intercept.api-spec.ts`, test });
const inReturns = (test) => ({ project: 'api', spec: `${LOGISTICS}/return/return.api-spec.ts`, test });
const inStock = (test) => ({ project: 'db', spec: `${INVENTORY}/return/return.db-spec.ts`, test });

/** Mistakes in the after-sales of orders. */
const OF_ORDERS = [
  {
    id: 'after-sale-refund-counted-twice',
    title: 'several after-sales of a line together give back more than was paid',
    patches: [
      patch(
        `${ORDERS}/after-sale/refund.rules`,
        '    this.left.set(lineId, (this.left.get(lineId) ?? 0) - taken);\n',
        '    this.left.set(lineId, Math.max(taken, this.left.get(lineId) ?? 0));\n',
      ),
    ],
    ...inRefunds('ends the same when several after-sales together give back more than was paid'),
  },
  {
    id: 'after-sale-other-currency-counted',
    title: 'an amount in another currency counts like one of the order',
    patches: [
      patch(
        `${ORDERS}/after-sale/refund.rules`,
        'if (afterSale.currency === order.currency) {',
        'if (afterSale.currency && order.currency) {',
      ),
    ],
    ...inRefunds('holds an order when far more was given back than was paid'),
  },
  {
    id: 'after-sale-second-request-hidden',
    title: 'a request that was answered hides another one of the line that is open',
    patches: [
      patch(
        `${ORDERS}/after-sale/refund.rules`,
        '(newest(open) ?? newest(succeeded) ?? newest(statements))',
        '(newest(statements) ?? newest(open) ?? newest(succeeded))',
      ),
    ],
    ...inRefunds('stays open while another after-sale of the line is open'),
  },
  {
    id: 'after-sale-stranger-ships',
    title: 'money that went back for a line that nobody knows holds nothing',
    patches: [
      patch(
        `${ORDERS}/after-sale/refund.rules`,
        'one.refundFen > 0 && givesMoney(one) && isUnknownAfterSale(one),',
        'one.refundFen > 0 && givesMoney(one) && one.orderId === null,',
      ),
    ],
    ...inRefunds('lets nothing leave after money went back for a line that nobody knows'),
  },
  {
    id: 'after-sale-part-cancels-line',
    title: 'a refund of a part of the money cancels the whole line',
    patches: [
      patch(
        `${ORDERS}/after-sale/refund.rules`,
        'Math.max(1, paidOf(line) - slack) : paidOf(line)',
        'Math.max(1, slack - paidOf(line)) : paidOf(line)',
      ),
    ],
    ...inRefunds('leaves the goods to be shipped when only a part of the money went back'),
  },
  {
    id: 'after-sale-untold-amount-cancels',
    title: 'the order alone says that money went back, and the line is cancelled before anybody said how much',
    patches: [
      patch(
        `${ORDERS}/after-sale/refund.rules`,
        '(isUntold ? countedFen : line.refundedFen) >= wholeFen',
        'line.refundedFen >= wholeFen',
      ),
    ],
    ...inRefunds('gives no goods up while the order alone says that money went back'),
  },
  {
    id: 'after-sale-told-line-slack',
    title: 'a refund above what a line was told to have paid is taken from the other lines',
    patches: [
      patch(
        `${ORDERS}/after-sale/refund.rules`,
        'if (order.amounts.areLinesShared !== true) return 0;',
        'if (order.amounts.areLinesShared === false) return 0;',
      ),
    ],
    project: 'api',
    spec: `${ORDERS}/after-sale/after-sales.api-spec.ts`,
    test: 'counts not a fen above what a line paid where the platform tells that',
  },
  {
    id: 'after-sale-slack-after-split',
    title: 'lines of an order that was split are taken for rounded among themselves',
    patches: [
      patch(`${ORDERS}/after-sale/refund.rules`, 'order.parentOrderNo !== null', 'order.parentOrderNo === undefined'),
    ],
    ...inRefunds('knows the whole payment of a line whose share was rounded before the platform split its order'),
  },
  {
    id: 'after-sale-line-alone',
    title: 'an after-sale of the whole order speaks of no line',
    patches: [
      patch(
        `${ORDERS}/after-sale/refund.rules`,
        'return afterSale.lineId === line.lineId || (afterSale.lineId === null && !line.isRemoved);',
        'return afterSale.lineId === line.lineId || (isNamed && !line.isRemoved);',
      ),
    ],
    ...inRefunds('holds the whole order when its line is not one of the order'),
  },
  {
    id: 'after-sale-exchange-free',
    title: 'an open exchange lets the goods leave that it may change',
    patches: [
      patch(
        `${ORDERS}/after-sale/refund.rules`,
        "(one.kind === 'exchange' || (one.kind === 'other' && one.platformLineNo !== null))",
        "one.kind === 'other' && one.platformLineNo !== null",
      ),
    ],
    ...inRefunds('of an exchange holds what is still here'),
  },
  {
    id: 'after-sale-orphan-unseen',
    title: 'an order is stored beside its orphan and does not see it',
    patches: [
      patch(
        `${ORDERS}/intake/intake.writer`,
        'putAfterSales(order, [{ ...orphan, orderId: order.order.orderId }]);',
        "if (orphan.state === 'requested') putAfterSales(order, [{ ...orphan, orderId: order.order.orderId }]);",
      ),
    ],
    ...inAfterSales('keeps an after-sale whose order is unknown'),
  },
  {
    id: 'after-sale-orphan-lock-shared',
    title: 'an orphan is stored while its order is, and each misses the other',
    patches: [patch(`${ORDERS}/after-sale/after-sale.writer`, "[shop.shopId], 'alone');", "[shop.shopId], 'shared');")],
    ...inAfterSales('leaves no after-sale waiting when it and its order arrive at the same moment'),
  },
];

/** Mistakes around parcels that shall come back, and goods that did. */
const OF_PARCELS = [
  {
    id: 'intercept-missed-at-the-door',
    title: 'a parcel that is scanned out while its refund arrives is never asked back',
    patches: [
      patch(
        `${LOGISTICS}/parcel/ship.service`,
        '      await this.intercepts.derive(tx, companyId, [left.id]);\n',
        '      await this.intercepts.derive(tx, companyId, []);\n',
      ),
    ],
    ...inIntercepts('catches a parcel that left while the refund was on its way'),
  },
  {
    id: 'intercept-of-delivered',
    title: 'a parcel that the buyer has is asked back',
    patches: [
      patch(
        `${LOGISTICS}/intercept/intercept.rules`,
        "new Set(['shipped', 'exception']);",
        "new Set(['shipped', 'exception', 'delivered']);",
      ),
      patch(
        `${LOGISTICS}/intercept/intercept.repository`,
        "p.state IN ('departing', 'shipped', 'exception')",
        "p.state IN ('departing', 'shipped', 'exception', 'delivered')",
      ),
    ],
    ...inIntercepts('asks for nothing where a part was refunded'),
  },
  {
    id: 'intercept-survives-withdrawal',
    title: 'an intercept stays after its refund was withdrawn',
    patches: [
      patch(
        `${LOGISTICS}/order/order.repository`,
        'return changed.map(({ orderId }) => orderId);',
        'return changed.filter(({ refunds }) => refunds.length > 0).map(({ orderId }) => orderId);',
      ),
    ],
    ...inIntercepts('withdraws an intercept that nobody answered'),
  },
  {
    id: 'intercept-answered-at-any-version',
    title: 'a clerk answers an intercept that was asked anew since it was read',
    patches: [
      patch(
        `${LOGISTICS}/intercept/intercept.desk`,
        'if (version !== expectedVersion)',
        'if (version < expectedVersion)',
      ),
    ],
    ...inIntercepts('withdraws an intercept that nobody answered'),
  },
  {
    id: 'return-parallel-scans',
    title: 'clerks who scan one parcel at the same time do not wait for each other',
    patches: [
      patch(
        `${LOGISTICS}/return/number.repository`,
        'SELECT pg_advisory_xact_lock(hashtextextended(k, 4701341))',
        'SELECT pg_advisory_xact_lock_shared(hashtextextended(k, 4701341))',
      ),
    ],
    ...inReturns('has one effect when ten clerks scan one parcel at once'),
  },
  {
    id: 'return-blanks-count',
    title: 'a blank before or behind a scanned number makes another number of it',
    patches: [
      patch(`${LOGISTICS}/return/return.rules`, "waybillNo.replace(/\\s+/g, '')", "waybillNo.replace(/\\t+/g, '')"),
    ],
    ...inReturns('receives an intercepted parcel under its own number'),
  },
  {
    id: 'return-other-count-accepted',
    title: 'another count of a parcel is answered as if it were the first',
    patches: [
      patch(
        `${LOGISTICS}/return/return.rules`,
        'canonicalJson([skuId, grade, quantity])',
        'canonicalJson([skuId, quantity, grade.length])',
      ),
    ],
    ...inReturns('refuses another count of a parcel'),
  },
  {
    id: 'return-never-matched',
    title: 'goods that nobody knew stay unmatched when an after-sale names their number',
    patches: [
      patch(
        `${LOGISTICS}/return/expected-returns`,
        'else if (!row.isMatched) await',
        'else if (!row.isMatched && row.orderId) await',
      ),
    ],
    ...inReturns('takes in a parcel that nobody knows'),
  },
  {
    id: 'return-of-elsewhere-shown',
    title: 'a client of one warehouse is told what was counted in another',
    patches: [
      patch(
        `${LOGISTICS}/return/receive.service`,
        "const isPlaceMine = row?.state !== 'received' ||",
        "const isPlaceMine = row?.state !== 'expected' ||",
      ),
    ],
    ...inReturns('tells nothing of a parcel that was counted in a warehouse'),
  },
  {
    id: 'return-quarantine-kept',
    title: 'matched goods are booked by grade and stay in quarantine too',
    patches: [
      patch(
        `${INVENTORY}/return/return.service`,
        'if (wasQuarantined) book.move(',
        "if (wasQuarantined && grade === 'C') book.move(",
      ),
    ],
    ...inStock('keeps goods that nobody owns in quarantine'),
  },
  {
    id: 'return-booked-per-version',
    title: 'each later version of a matched return books its goods once more',
    patches: [
      patch(
        `${INVENTORY}/return/return.service`,
        `      return before.isMatched || !line.isMatched
        ? []
        : [{ line: { ...before, isMatched: true }, wasQuarantined: true }];`,
        '      return line.isMatched ? [{ line, wasQuarantined: !before.isMatched }] : [];',
      ),
      patch(
        `${INVENTORY}/return/return.service`,
        'book.move(skuId, warehouse, bucket, quantity, cause(GRADED, 1));',
        'book.move(skuId, warehouse, bucket, quantity, cause(GRADED, line.returnVersion));',
      ),
    ],
    ...inStock('explains each returned piece by one movement'),
  },
  {
    id: 'return-second-hand-on-sale',
    title: 'goods for second-hand sale go back on sale',
    patches: [patch(`${INVENTORY}/return/return.service`, "B: 'damaged', C: null", "B: 'onHand', C: null")],
    ...inStock('keeps defective pieces apart'),
  },
];

/** Mistakes in after-sales, intercepts and returns. */
export const AFTER_SALE_DEFECTS = [...OF_ORDERS, ...OF_PARCELS];
