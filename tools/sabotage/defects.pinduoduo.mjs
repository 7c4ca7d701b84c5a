const AT = 'libs/platforms/src/pinduoduo/pinduoduo';
const inUnit = (name) => ({ project: 'unit', spec: `${AT}.${name}.spec.ts` });
const patch = (name, find, replace) => ({ file: `${AT}.${name}.ts`, find, replace });

/** Mistakes in how Pinduoduo's interface is read and called. */
export const PINDUODUO_DEFECTS = [
  {
    id: 'pinduoduo-list-in-fen',
    title: 'the amount of the refund list is read as fen, like that of the detail',
    patches: [
      patch(
        'after-sale-mapper',
        "const refundFen = yuanTextToFen(asText(row['refund_amount']) ?? '0');",
        "const refundFen = asInteger(row['refund_amount']);",
      ),
    ],
    ...inUnit('after-sales'),
  },
  {
    id: 'pinduoduo-window-not-cut',
    title: 'a change window is cut by the span of the census',
    patches: [
      patch(
        'orders',
        'for (const slice of slices(window, MAX_INCREMENT_SECONDS)) {',
        'for (const slice of slices(window, MAX_CENSUS_SECONDS)) {',
      ),
    ],
    ...inUnit('orders'),
  },
  {
    id: 'pinduoduo-count-without-total',
    title: 'the count is asked with use_has_next, which leaves the total out',
    patches: [patch('orders', "page_size: '1', use_has_next: 'false'", "page_size: '1', use_has_next: 'true'")],
    ...inUnit('orders'),
  },
  {
    id: 'pinduoduo-partial-refund-closes',
    title: 'a partial refund closes an order that was shipped',
    patches: [
      patch('status', "(shipping !== 'unknown' && isRefundedInFull))", "(shipping !== 'unknown' || isRefundedInFull))"),
    ],
    ...inUnit('status'),
  },
  {
    id: 'pinduoduo-unknown-refund-none',
    title: 'a refund status that is not in the sheet counts as no refund',
    patches: [
      patch(
        'status',
        `      return 'succeeded';
    default:
      return 'unknown';`,
        `      return 'succeeded';
    default:
      return 'none';`,
      ),
    ],
    ...inUnit('status'),
  },
  {
    id: 'pinduoduo-plain-receiver',
    title: 'a receiver that arrives plain is kept plain',
    patches: [
      patch(
        'receiver-mapper',
        "return text.includes('*') ? text : mask(text);",
        "return text.includes('*') ? mask(text) : text;",
      ),
    ],
    ...inUnit('order-mapper'),
  },
  {
    id: 'pinduoduo-shipped-already-success',
    title: 'an order that is shipped already was told by us, whatever number stands there',
    patches: [
      patch(
        'shipments',
        'if (verdict) return verdict;',
        "if (verdict) return { kind: 'already-sent', state: shown.state };",
      ),
    ],
    ...inUnit('shipments'),
  },
  {
    id: 'pinduoduo-stock-increment',
    title: 'stock of a SKU is told as an increment instead of the full number',
    patches: [patch('stock', "const ABSOLUTE = '1';", "const ABSOLUTE = '2';")],
    ...inUnit('stock'),
  },
];
