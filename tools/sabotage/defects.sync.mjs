const SYNC = 'apps/sync-worker/src';
const inUnit = (spec) => ({ project: 'unit', spec: `${SYNC}/${spec}` });
const inWork = (test) => ({ project: 'db', spec: `${SYNC}/work/work.db-spec.ts`, test });
const inTogether = (test) => ({ project: 'db', spec: `${SYNC}/work/work-together.db-spec.ts`, test });
const inChanges = (test) => ({ project: 'api', spec: `${SYNC}/notice/changed-waybill.api-spec.ts`, test });
const inOnHand = (test) => ({ project: 'api', spec: `${SYNC}/push/on-hand.api-spec.ts`, test });
const inShelf = (test) => ({ project: 'api', spec: `${SYNC}/push/shelf.api-spec.ts`, test });
const patch = (name, find, replace) => ({ file: `${SYNC}/${name}.ts`, find, replace });

/** Mistakes in pulls, the census, pushes, ship notices, waybills, tokens and the work rows. */
export const SYNC_DEFECTS = [
  {
    id: 'notice-old-number-forgotten',
    title: 'a parcel gets another number, and nobody knows which one the platform shows',
    patches: [
      patch(
        'notice/notice.repository',
        'array_prepend(s.waybill_no, array_remove(s.earlier_waybill_nos, excluded.waybill_no))',
        'array_remove(s.earlier_waybill_nos, excluded.waybill_no)',
      ),
    ],
    ...inChanges('tells the platform of the change once'),
  },
  {
    id: 'notice-old-answer-believed',
    title: 'the platform’s answer to the old number ends the notice of the new one',
    patches: [patch('notice/notice.repository', 'AND waybill_no = $7', "AND $7::text <> ''")],
    ...inChanges('takes the answer to the old number for no answer to the new one'),
  },
  {
    id: 'work-asked-passed-over',
    title: 'a run passes over rows that are just being asked for again, and they lie until their reference is given up',
    patches: [
      patch('work/work.repository', 'ORDER BY subject FOR UPDATE)', 'ORDER BY subject FOR UPDATE SKIP LOCKED)'),
    ],
    project: 'db',
    spec: `${SYNC}/work/work-together.db-spec.ts`,
    test: 'just being asked for again',
  },
  {
    id: 'notice-of-closed-line',
    title: 'a ship notice names a line that the platform closed while the parcel was leaving',
    patches: [
      patch(
        'notice/notice.rules',
        'untold.filter(({ platformLineNo }) => !closed.has(platformLineNo))',
        'untold.filter(({ platformLineNo }) => platformLineNo)',
      ),
    ],
    ...inUnit('notice/notice.rules.spec.ts'),
  },
  {
    id: 'recent-time-ahead',
    title: 'an order that states a time of tomorrow counts as read until then',
    patches: [patch('pull/recent.orders', 'Math.min(Date.parse(modifiedAt), startedAt)', 'Date.parse(modifiedAt)')],
    ...inUnit('pull/recent.orders.spec.ts'),
  },
  {
    id: 'pull-no-overlap',
    title: 'a window begins where the one before it ended',
    patches: [
      patch('pull/pull.rules', 'const from = wholeSecond(after - overlap);', 'const from = wholeSecond(after);'),
    ],
    ...inUnit('pull/pull.rules.spec.ts'),
  },
  {
    id: 'pull-window-between-seconds',
    title: 'a window of the longest span is asked for as two, since it begins between seconds',
    patches: [patch('pull/pull.rules', 'return Math.floor(ms / 1_000) * 1_000;', 'return ms;')],
    ...inUnit('pull/pull.rules.spec.ts'),
  },
  {
    id: 'pull-order-twice-a-page',
    title: 'two readings of an order share a request, and one verdict is taken for both',
    patches: [patch('pull/order.intake', 'return isRepeated || numbers.size > BATCH;', 'return numbers.size > BATCH;')],
    ...inUnit('pull/order.intake.spec.ts'),
  },
  {
    id: 'pull-shared-failure-spreads',
    title: 'an order that cannot be stored holds up the windows whose orders shared its request',
    patches: [
      patch(
        'pull/order.intake',
        'if (batches.length === 1) return [{ error }];',
        'if (batches.length > 0) return batches.map(() => ({ error }));',
      ),
    ],
    ...inUnit('pull/order.intake.spec.ts'),
  },
  {
    id: 'pull-asked-span-is-success',
    title: 'a span that a person asked for counts as a success of the schedule',
    patches: [
      patch(
        'pull/pull.repository',
        'windows.filter(({ requestId }) => requestId === null)',
        'windows.filter(({ requestId }) => requestId !== undefined)',
      ),
    ],
    ...inTogether('only what the schedule cut is a success of the schedule'),
  },
  {
    id: 'pull-beat-twice',
    title: 'a beat of the schedule that was kept a little early is kept again',
    patches: [
      patch(
        'pull/pull.rules',
        'return Math.ceil((nowMs + everyMs / 2 - phase) / everyMs) * everyMs + phase;',
        'return Math.ceil((nowMs - phase) / everyMs) * everyMs + phase;',
      ),
    ],
    ...inUnit('pull/pull.rules.spec.ts'),
  },
  {
    id: 'after-sale-same-by-time',
    title: 'an after-sale that ended without a new time counts as stored already',
    patches: [patch('after-sale/recent.after-sales', 'JSON.stringify(content)', 'JSON.stringify(content.modifiedAt)')],
    ...inUnit('after-sale/recent.after-sales.spec.ts'),
  },
  {
    id: 'census-same-is-older',
    title: 'an order that is stored at the listed time counts as older',
    patches: [patch('census/census.rules', 'at > stored.getTime() && isPulled', 'at >= stored.getTime() && isPulled')],
    ...inUnit('census/census.rules.spec.ts'),
  },
  {
    id: 'census-proven-with-gaps',
    title: 'a window in which orders are older is proven',
    patches: [
      patch(
        'census/census.rules',
        'const isWhole = finding.missing.length === 0 && finding.older.length === 0;',
        'const isWhole = finding.missing.length === 0;',
      ),
    ],
    ...inUnit('census/census.rules.spec.ts'),
  },
  {
    id: 'census-believes-first-listing',
    title: 'a window is proven by one listing, whatever the platform counts',
    patches: [patch('census/census.listing', 'isProven: unlisted === 0 && (', 'isProven: true || (')],
    ...inUnit('census/census.listing.spec.ts'),
  },
  {
    id: 'push-raises-at-once',
    title: 'a number that raises is told although the change pull lags',
    patches: [
      patch(
        'push/push.rules',
        'const isRaise = present === null || row.wanted! >= present;',
        'const isRaise = present === null;',
      ),
    ],
    ...inWork('lets the newest number win'),
  },
  {
    id: 'shelf-held-pieces-for-sale',
    title: 'a listing stays on the shelf while pieces are held for its own orders alone',
    patches: [patch('push/shelf.repository', 'coalesce(t.target = t.occupied AND', 'coalesce(t.target = 0 AND')],
    ...inShelf('does not count the pieces of its own open orders'),
  },
  {
    id: 'shelf-unknown-sku-empty',
    title: 'a SKU that nobody has linked counts as sold out, and its listing leaves the shelf',
    patches: [patch('push/shelf.repository', 'p.told_no = p.wanted_no, false)))', 'p.told_no = p.wanted_no, true)))')],
    ...inShelf('leaves a listing where it is'),
  },
  {
    id: 'shelf-off-untold',
    title: 'a listing that a rule took off the shelf gets no number any more, and never comes back',
    patches: [
      patch(
        'push/target.repository',
        'AND (l.is_on_shelf OR sh.listing_id IS NOT NULL) AND c.bundles',
        'AND l.is_on_shelf AND c.bundles',
      ),
    ],
    ...inShelf('puts it back with the first number'),
  },
  {
    id: 'shelf-link-not-followed',
    title: 'a listing stays on the shelf when its last open SKU is decided by its link and no number changes',
    patches: [patch('push/push.consumers', 'await this.desk.askShelf(tx, context.companyId, keys);', '')],
    ...inShelf('leaves a listing where it is'),
  },
  {
    id: 'shelf-refusal-repeated',
    title: 'a move that the platform refused is asked for again though no number changed',
    patches: [patch('push/shelf.repository', '(refused_no IS DISTINCT FROM no AND CASE', '(true AND CASE')],
    ...inShelf('shows a refusal with an alarm'),
  },
  {
    id: 'push-on-hand-own-orders-twice',
    title: 'a platform that takes on-hand numbers is told what may be sold, and subtracts its own orders again',
    patches: [
      patch(
        'push/target.repository',
        'THEN (x.share + x.occupied)::int END AS target',
        'THEN x.share::int END AS target',
      ),
    ],
    ...inOnHand('tells what may be sold and the pieces of its own open orders'),
  },
  {
    id: 'push-departed-still-occupied',
    title:
      'pieces that left are added to the number until inventory has booked them, though the platform may know of them',
    patches: [
      patch(
        'push/target.repository',
        'sum(u.pieces) - greatest(0, coalesce((SELECT g.pieces',
        'sum(u.pieces) - least(0, coalesce((SELECT g.pieces',
      ),
    ],
    ...inOnHand('leaves departed pieces out before the platform is told of them'),
  },
  {
    id: 'push-not-told-again',
    title: 'an on-hand number is not told again when the platform has subtracted a parcel from it',
    patches: [
      patch(
        'notice/notice.handler',
        "if (state === 'told' && ended.skuIds.length > 0)",
        "if (state === 'failed' && ended.skuIds.length > 0)",
      ),
    ],
    ...inOnHand('leaves departed pieces out before the platform is told of them'),
  },
  {
    id: 'push-older-told-last',
    title: 'an answer that comes late overwrites the newer number',
    patches: [
      patch(
        'push/push.repository',
        'p.listing_sku_id = n.listing_sku_id AND p.told_no < n.no`',
        'p.listing_sku_id = n.listing_sku_id AND p.told_no <> n.no`',
      ),
    ],
    ...inWork('lets the newest number win'),
  },
  {
    id: 'waybill-taken-again',
    title: 'a retry takes a second waybill instead of looking for the lost one',
    patches: [patch('waybill/waybill.service', "isRepeat: row.state === 'asked' };", 'isRepeat: false };')],
    project: 'api',
    spec: `${SYNC}/waybill/waybill.api-spec.ts`,
    test: 'finds the number whose answer was lost',
  },
  {
    id: 'ban-for-every-method',
    title: 'a ban of one method bans every call of the shop',
    patches: [patch('platform/ban.keeper', "(row.method === '' || row.method === method) && row.until", 'row.until')],
    ...inWork('honours a ban for exactly its method and shop'),
  },
  {
    id: 'work-share-uncounted',
    title: 'what is on its way does not count against the share of its shop',
    patches: [
      patch(
        'work/work.repository',
        '                 ORDER BY ${TURN}, d.due_at, d.subject',
        '                   AND (d.queued_until > $1) IS NOT TRUE ORDER BY ${TURN}, d.due_at, d.subject',
      ),
    ],
    ...inWork('never has more of one shop on the way than its share'),
  },
  {
    id: 'work-wanted-again-lost',
    title: 'work that was wanted again while it ran is done',
    patches: [patch('work/work.repository', 'AND w.wanted_no = e.wanted_no', 'AND w.wanted_no >= e.wanted_no')],
    ...inWork('keeps a row due that was wanted again while it ran'),
  },
  {
    id: 'work-claimed-twice',
    title: 'a row that another run holds can be claimed',
    patches: [
      patch(
        'work/work.repository',
        'AND (claimed_until IS NULL OR claimed_until < $4)',
        'AND (claimed_until IS NULL OR claimed_until > $4)',
      ),
    ],
    ...inWork('runs a row once when many workers take it'),
  },
  {
    id: 'numbers-not-in-turn',
    title:
      'a link and a stock fact that come together each miss the other, and goods that are gone are told to platforms',
    patches: [patch('push/number-turn.repository', 'pg_advisory_xact_lock(', 'pg_advisory_xact_lock_shared(')],
    project: 'api',
    spec: `${SYNC}/push/numbers-in-turn.api-spec.ts`,
  },
  {
    id: 'waybill-refusal-believed',
    title: 'a refused waybill is not taken for a sign that the order has changed unseen',
    patches: [patch('waybill/waybill.service', "error.kind === 'rejected'", "error.kind === 'not-found'")],
    project: 'api',
    spec: `${SYNC}/waybill/waybill.api-spec.ts`,
    test: 'reads the orders of a refused number again',
  },
  {
    id: 'token-window-wrong-end',
    title: 'a token is refreshed after its end instead of before it',
    patches: [
      patch(
        'token/token.rules',
        'const from = end - rules.refreshWindow.fromSecondsBeforeEnd * 1_000;',
        'const from = end + rules.refreshWindow.fromSecondsBeforeEnd * 1_000;',
      ),
    ],
    ...inUnit('token/token.rules.spec.ts'),
  },
  {
    id: 'notice-refunded-line-open',
    title: 'a refunded line keeps the last parcel from finishing the order',
    patches: [
      patch(
        'notice/notice.rules',
        "ENDED.has(state) || line.refundState === 'succeeded';",
        "ENDED.has(state) || line.refundState === 'withdrawn';",
      ),
    ],
    ...inUnit('notice/notice.rules.spec.ts'),
  },
  {
    id: 'notice-lines-told-again',
    title: 'lines that an earlier parcel told are told again',
    patches: [
      patch(
        'notice/notice.rules',
        'all.filter(({ platformLineNo }) => !toldLines.has(platformLineNo));',
        "all.filter(({ platformLineNo }) => platformLineNo !== '');",
      ),
    ],
    ...inUnit('notice/notice.rules.spec.ts'),
  },
  {
    id: 'work-outside-is-failure',
    title: 'a platform that is away makes dead letters',
    patches: [
      patch(
        'work/work.rules',
        "return error.kind === 'transient' ? { kind: 'outside' } : { kind: 'failure' };",
        "return { kind: 'failure' };",
      ),
    ],
    ...inUnit('work/work.rules.spec.ts'),
  },
];
