const AT = 'libs/platforms/src/jd/jd';
const inUnit = (name) => ({ project: 'unit', spec: `${AT}.${name}.spec.ts` });
const patch = (name, find, replace) => ({ file: `${AT}.${name}.ts`, find, replace });

/** Mistakes in how JD's interface is read and called. */
export const JD_DEFECTS = [
  {
    id: 'jd-sign-without-version',
    title: 'the sign leaves out the version, as if it were no parameter',
    patches: [patch('signer', "name !== '' && name !== 'sign' &&", "name !== 'v' && name !== 'sign' &&")],
    ...inUnit('signer'),
  },
  {
    id: 'jd-application-in-yuan',
    title: 'the amount of a refund application is read as yuan, like that of a service order',
    patches: [
      patch(
        'after-sale-mapper',
        "refundFen: readFen(asText(row['applyRefundSum']), 'applyRefundSum'),",
        "refundFen: readYuan(asText(row['applyRefundSum']), 'applyRefundSum'),",
      ),
    ],
    ...inUnit('after-sales'),
  },
  {
    id: 'jd-balance-left-out',
    title: 'what was paid from the JD balance is not counted as paid',
    patches: [
      patch(
        'order-amounts',
        "yuan.of(order, 'orderPayment') + yuan.of(order, 'balanceUsed');",
        "yuan.of(order, 'orderPayment');",
      ),
    ],
    ...inUnit('order-mapper'),
  },
  {
    id: 'jd-shares-told-as-payments',
    title: 'the adapter’s shares of a payment pass for what JD told of each line',
    patches: [
      patch(
        'order-amounts',
        '...(lines.length > 1 && { areLinesShared: true }),',
        '...(lines.length < 1 && { areLinesShared: true }),',
      ),
    ],
    ...inUnit('order-mapper'),
  },
  {
    id: 'jd-deep-pages',
    title: 'a window is cut only when its last pages stay empty anyway',
    patches: [
      patch(
        'orders',
        'const parts = count > MOST_ROWS ? halves(window) : undefined;',
        'const parts = count > MOST_ROWS * PAGE_SIZE ? halves(window) : undefined;',
      ),
    ],
    ...inUnit('orders'),
  },
  {
    id: 'jd-hidden-rows-believed',
    title: 'a list that shows fewer rows than it counts is believed',
    patches: [patch('paging', 'if (seen.size >= counted) return;', 'if (seen.size >= 0 || counted === 0) return;')],
    ...inUnit('after-sales'),
  },
  {
    id: 'jd-locked-cancelled',
    title: 'an order that JD locked counts as cancelled',
    patches: [patch('status', "LOCKED: 'paid',", "LOCKED: 'cancelled',")],
    ...inUnit('status'),
  },
  {
    id: 'jd-shipped-already-success',
    title: '“shipped already” is a success whatever waybill JD shows',
    patches: [
      patch(
        'shipments',
        'if (state.allShipped && wanted.every((waybillNo) => shown.has(waybillNo))) return',
        'if (state.allShipped && wanted.every((waybillNo) => waybillNo)) return',
      ),
    ],
    ...inUnit('shipments'),
  },
  {
    id: 'jd-cipher-shown',
    title: 'a cipher is shown as if it were a name',
    patches: [
      patch(
        'receiver-mapper',
        'if (text === undefined || isTdeCipher(text)) return undefined;',
        'if (text === undefined) return undefined;',
      ),
    ],
    ...inUnit('order-mapper'),
  },
];
