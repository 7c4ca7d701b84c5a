const AT = 'libs/platforms/src/douyin/douyin';
const inUnit = (name) => ({ project: 'unit', spec: `${AT}.${name}.spec.ts` });
const patch = (name, find, replace) => ({ file: `${AT}.${name}.ts`, find, replace });

/** Mistakes in how Douyin's interface is read and called. */
export const DOUYIN_DEFECTS = [
  {
    id: 'douyin-sign-without-timestamp',
    title: 'the sign leaves out the timestamp',
    patches: [
      patch(
        'signer',
        "const SIGNED = ['app_key', 'method', 'param_json', 'timestamp', 'v'] as const;",
        "const SIGNED = ['app_key', 'method', 'param_json', 'v'] as const;",
      ),
    ],
    ...inUnit('signer'),
  },
  {
    id: 'douyin-event-sign-parsed',
    title: 'the sign of a push message is judged over its parsed text instead of its bytes',
    patches: [
      patch(
        'push',
        'isSameSign(eventSign(app, request.rawBody, method), stated)',
        "isSameSign(eventSign(app, Buffer.from(JSON.stringify(JSON.parse(request.rawBody.toString('utf8')))), method), stated)",
      ),
    ],
    ...inUnit('push'),
  },
  {
    id: 'douyin-pages-from-one',
    title: 'pages of orders are counted from 1',
    patches: [
      patch(
        'orders',
        `    firstPage: 0,
    mostRows: MOST_ROWS,`,
        `    firstPage: 1,
    mostRows: MOST_ROWS,`,
      ),
    ],
    ...inUnit('orders'),
  },
  {
    id: 'douyin-sort-of-other-time',
    title: 'changed orders are sorted by creation while they are cut by change',
    patches: [patch('orders', 'order_by: time, order_asc: true', "order_by: 'create_time', order_asc: true")],
    ...inUnit('orders'),
  },
  {
    id: 'douyin-edges-left-out',
    title: 'a window is asked for without the seconds at its ends',
    patches: [patch('lists', 'export const EDGE_SECONDS = 1;', 'export const EDGE_SECONDS = 0;')],
    ...inUnit('orders'),
  },
  {
    id: 'douyin-unknown-refund-none',
    title: 'an after-sale status that is not in the sheet counts as no refund',
    patches: [patch('status', "lookUp(REFUNDS, status, 'unknown')", "lookUp(REFUNDS, status, 'none')")],
    ...inUnit('status'),
  },
  {
    id: 'douyin-partly-is-shipped',
    title: 'an order of which a part has left counts as shipped',
    patches: [patch('status', "'101': 'part_shipped',", "'101': 'shipped',")],
    ...inUnit('status'),
  },
  {
    id: 'douyin-one-piece-told',
    title: 'a parcel tells one piece of each of its lines',
    patches: [patch('shipments', 'shipped_num: quantity,', 'shipped_num: Math.min(1, quantity),')],
    ...inUnit('shipments'),
  },
  {
    id: 'douyin-first-answer-ours',
    title: 'the answer of an earlier notice, which a repeated request id brings back, is taken for ours',
    patches: [
      patch(
        'shipments',
        'const isOurs = told.length === 0 || parcels.every(({ waybillNo }) => told.includes(waybillNo));',
        'const isOurs = told.length === 0 || parcels.some(() => told.length > 0);',
      ),
    ],
    ...inUnit('shipments'),
  },
  {
    id: 'douyin-siblings-refused',
    title: 'a deleted SKU spoils the number of its siblings',
    patches: [
      patch(
        'stock',
        'if (chunk.length > 1 && isOneToBlame(error)) {',
        'if (chunk.length > SKUS_PER_CALL && isOneToBlame(error)) {',
      ),
    ],
    ...inUnit('stock'),
  },
  {
    id: 'douyin-post-twice',
    title: 'the freight that a refund holds already is added again',
    patches: [
      patch(
        'after-sale-mapper',
        "(rules.refundHoldsPost ? 0 : fenOf(info, 'refund_post_amount'))",
        "(rules.refundHoldsPost ? fenOf(info, 'refund_post_amount') : 0)",
      ),
    ],
    ...inUnit('after-sales'),
  },
];
