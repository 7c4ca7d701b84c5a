const AT = 'libs/platforms/src/taobao/taobao';
const inUnit = (name) => ({ project: 'unit', spec: `${AT}.${name}.spec.ts` });
const patch = (name, find, replace) => ({ file: `${AT}.${name}.ts`, find, replace });
/** What all adapters share. */
const KIT = 'libs/platforms/src/kit';
const kitPatch = (name, find, replace) => ({ file: `${KIT}/${name}.ts`, find, replace });
const inKit = (name) => ({ project: 'unit', spec: `${KIT}/${name}.spec.ts` });

/** Mistakes in how Taobao's interface is read and called. */
export const TAOBAO_DEFECTS = [
  {
    id: 'taobao-empty-signed',
    title: 'empty parameters are sent and signed',
    patches: [patch('signer', "value !== undefined && value !== '') kept", 'value !== undefined) kept')],
    ...inUnit('signer'),
  },
  {
    id: 'taobao-sign-locale',
    title: 'parameters are sorted by the rules of a language instead of by bytes',
    patches: [
      patch('signer', '.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))', ".sort((a, b) => a.localeCompare(b, 'en'))"),
    ],
    ...inUnit('signer'),
  },
  {
    id: 'taobao-ids-as-numbers',
    title: 'ids of 19 digits pass through a JavaScript number',
    patches: [kitPatch('answer.json', '(digits) => digits)', '(digits) => String(Number(digits)))')],
    ...inKit('answer.json'),
  },
  {
    id: 'taobao-ban-seconds',
    title: 'the seconds that a ban names are ignored',
    patches: [patch('errors', 'isLimited ? (ban ?? 1) * 1_000', 'isLimited ? 1_000')],
    ...inUnit('errors'),
  },
  {
    id: 'taobao-write-repeated',
    title: 'a write whose answer was lost is sent again',
    patches: [kitPatch('transport', "error.kind === 'transient' && !request.isWrite)", "error.kind === 'transient')")],
    ...inUnit('client'),
  },
  {
    id: 'taobao-b04-success',
    title: '“shipped already” (B04) is a success whatever waybill the platform shows',
    patches: [
      patch(
        'shipments',
        "line?.isShipped && !waybillsOf(parcels, lineNo).includes(line.waybillNo ?? ''),",
        "line?.isShipped && line.waybillNo === '' && !waybillsOf(parcels, lineNo).includes(''),",
      ),
    ],
    ...inUnit('shipments'),
  },
  {
    id: 'taobao-freight-in-line',
    title: 'the payment of an order’s only line contains the freight',
    patches: [
      patch(
        'order-amounts',
        'if (lines.length === 1) return told([goodsPaymentFen]);',
        'if (lines.length === 1) return told([goodsPaymentFen + freightFen]);',
      ),
    ],
    ...inUnit('order-mapper'),
  },
  {
    id: 'taobao-forward-paging',
    title: 'pages are read forwards while rows move',
    patches: [
      kitPatch(
        'paging',
        'for (let page = last - 1; page >= 1; page -= 1) {',
        'for (let page = 1; page < last; page += 1) {',
      ),
    ],
    ...inKit('paging'),
  },
  {
    id: 'taobao-first-page-is-all',
    title: 'a full first page is taken for the whole window',
    patches: [
      kitPatch(
        'paging',
        'counted < list.pageSize && rows.length < list.pageSize;',
        'counted <= list.pageSize && rows.length <= list.pageSize;',
      ),
    ],
    ...inKit('paging'),
  },
  {
    id: 'taobao-census-filter',
    title: 'the census lists with the filter of the change pull',
    patches: [
      patch(
        'orders',
        "for (const type of [undefined, HIDDEN_TYPES.join(',')]) {",
        "for (const type of [[...DEFAULT_TYPES, ...HIDDEN_TYPES].join(',')]) {",
      ),
    ],
    ...inUnit('orders'),
  },
  {
    id: 'taobao-unknown-refund-none',
    title: 'a refund status that is not in the sheet counts as no refund',
    patches: [patch('status', "lookUp(REFUNDS, status, 'unknown')", "lookUp(REFUNDS, status, 'none')")],
    ...inUnit('status'),
  },
  {
    id: 'taobao-plain-address',
    title: 'an address that arrives plain is kept plain',
    patches: [
      patch(
        'receiver-mapper',
        "address: maskUnlessMasked(cleanText(trade['receiver_address'], 1_024), maskAddress),",
        "address: cleanText(trade['receiver_address'], 1_024),",
      ),
    ],
    ...inUnit('order-mapper'),
  },
  {
    id: 'taobao-stock-increment',
    title: 'stock of a SKU is told as an increment instead of the full number',
    patches: [
      patch(
        'stock',
        `num_iid: listingId,
      type: '1',`,
        `num_iid: listingId,
      type: '2',`,
      ),
    ],
    ...inUnit('stock'),
  },
  {
    id: 'taobao-bill-sum',
    title: 'a bill whose rows add up to more than its foot states passes (off by the sign)',
    patches: [patch('bill-proof', 'if (stated.fen !== sum)', 'if (stated.fen > sum)')],
    ...inUnit('bill'),
  },
];
