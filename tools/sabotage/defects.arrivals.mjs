const SYNC = 'apps/sync-worker/src';
const TRANSPORT = 'libs/platforms/src/kit/transport.ts';
const inWebhooks = { project: 'api', spec: `${SYNC}/message/webhook.api-spec.ts` };
const inListing = { project: 'unit', spec: `${SYNC}/census/census.listing.spec.ts` };
const inClient = (name) => ({ project: 'unit', spec: `libs/platforms/src/${name}/${name}.client.spec.ts` });
const patch = (file, find, replace) => ({ file, find, replace });

/** Mistakes in what comes in from platforms of any kind: webhooks, listings of the census, HTTP. */
export const ARRIVAL_DEFECTS = [
  {
    id: 'webhook-first-secret-alone',
    title: 'a message is judged by the secret of one company alone, although the app has several here',
    patches: [
      patch(
        `${SYNC}/message/webhook.service.ts`,
        'for (const app of shops.map((shop): AppAccess',
        'for (const app of shops.slice(0, 1).map((shop): AppAccess',
      ),
    ],
    ...inWebhooks,
  },
  {
    id: 'webhook-receipt-first',
    title: 'a message is acknowledged before what follows from it is stored',
    patches: [
      patch(
        `${SYNC}/message/webhook.service.ts`,
        'await Promise.all(messages.map((message) =>',
        'void Promise.all(messages.map((message) =>',
      ),
    ],
    ...inWebhooks,
  },
  {
    id: 'webhook-bytes-written-anew',
    title: 'the bytes of a message are written anew before they are judged',
    patches: [
      patch(
        `${SYNC}/message/webhook.controller.ts`,
        'rawBody: rawBodyOf(request),',
        "rawBody: Buffer.from(rawBodyOf(request).toString('utf8').replace(/\\s+/g, ' ')),",
      ),
    ],
    ...inWebhooks,
  },
  {
    id: 'census-lists-in-one',
    title: 'orders of several lists are counted as if they stood in one',
    patches: [
      patch(
        `${SYNC}/census/census.listing.ts`,
        'const list = this.lists.get(name) ?? { total, seen',
        'const list = [...this.lists.values()][0] ?? { total, seen',
      ),
    ],
    ...inListing,
  },
  {
    id: 'census-hidden-not-told',
    title: 'a row that the second listing showed counts as shown by the first',
    patches: [
      patch(`${SYNC}/census/census.listing.ts`, 'filter((listing) => listing > 1)', 'filter((listing) => listing > 2)'),
    ],
    ...inListing,
  },
  {
    id: 'transport-skew-backwards',
    title: 'the platform’s clock is taken for behind when it is ahead',
    patches: [
      patch(
        TRANSPORT,
        'const measured = answer.platformTime.getTime() + 500 - middle;',
        'const measured = middle - answer.platformTime.getTime() - 500;',
      ),
    ],
    ...inClient('taobao'),
  },
  {
    id: 'transport-inflated-without-cap',
    title: 'an answer may inflate to any size',
    patches: [patch(TRANSPORT, '{ maxOutputLength: this.limits.maxAnswerBytes }', '{ maxOutputLength: 2 ** 30 }')],
    ...inClient('taobao'),
  },
  {
    id: 'transport-lost-write-not-done',
    title: 'a write whose answer was unreadable counts as not done',
    patches: [
      patch(TRANSPORT, 'outcomeUnknown: request.isWrite === true,', 'outcomeUnknown: request.isWrite === undefined,'),
    ],
    ...inClient('pinduoduo'),
  },
];
