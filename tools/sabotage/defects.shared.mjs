const FACTS = 'libs/shared/src/facts';
const inFacts = (test) => ({ project: 'db', spec: 'test/facts/facts.db-spec.ts', test });
const inUnit = (spec) => ({ project: 'unit', spec });
const FEN = 'libs/shared/src/money/fen.ts';
const SHANGHAI = 'libs/shared/src/time/shanghai.ts';
const AUDIT = 'libs/shared/src/audit/audit.ts';

/** Mistakes in what every service stands on: facts, money, time, rights, audit trail, repeated calls. */
export const SHARED_DEFECTS = [
  {
    id: 'facts-stale-accepted',
    title: 'a version that was applied already is accepted again (< becomes <=)',
    patches: [
      {
        file: `${FACTS}/inbox.repository.ts`,
        find: 'WHERE v.version < excluded.version',
        replace: 'WHERE v.version <= excluded.version',
      },
    ],
    ...inFacts('has one effect when another fact tells the same version'),
  },
  {
    id: 'facts-inbox-not-checked',
    title: 'the inbox remembers what was parked, and parks it again all the same',
    patches: [
      {
        file: `${FACTS}/fact.consumer.ts`,
        find: 'const unseen = await this.unseen(tx, companyId, requests, ({ reference, itemNo }) => [reference, itemNo]);',
        replace: `await this.unseen(tx, companyId, requests, ({ reference, itemNo }) => [reference, itemNo]);
      const unseen = requests;`,
      },
    ],
    ...inFacts('parks an item that breaks the schema'),
  },
  {
    id: 'facts-bisect-loses',
    title: 'the halves of a refused batch leave out the item in the middle',
    patches: [
      {
        file: `${FACTS}/fact.consumer.ts`,
        find: 'items.slice(middle));',
        replace: 'items.slice(middle + 1));',
      },
    ],
    ...inFacts('parks the one item that the database refuses'),
  },
  {
    id: 'facts-replay-any-version',
    title: 'a parked item is replayed without regard to the version that was applied since',
    patches: [
      {
        file: `${FACTS}/fact.consumer.ts`,
        find: 'this.applyFresh(tx, known.fact, known.handler, context, [item as Record<string, unknown>]),',
        replace: 'known.handler.apply(tx, [item], context),',
      },
    ],
    ...inFacts('does nothing with a replayed item'),
  },
  {
    id: 'facts-gate-spoils',
    title: 'a fact that fails takes those with it that share its transaction',
    patches: [
      {
        file: `${FACTS}/fact.gate.ts`,
        find: 'if (together.length > 1 && !isConnectionError(error))',
        replace: 'if (together.length > MOST_AT_ONCE && !isConnectionError(error))',
      },
    ],
    ...inUnit(`${FACTS}/fact.gate.spec.ts`),
  },
  {
    id: 'facts-times-shared',
    title: 'facts that share a transaction all happened when the first of them did',
    patches: [
      {
        file: `${FACTS}/fact.consumer.ts`,
        find: 'new Date(envelopes.get(item)!.occurredAt)',
        replace: 'new Date([...envelopes.values(), envelopes.get(item)!][0]!.occurredAt)',
      },
    ],
    project: 'db',
    spec: 'apps/settlement/src/settlement.db-spec.ts',
    test: 'keeps the time of each fact',
  },
  {
    id: 'facts-split-loses',
    title: 'the item that did not fit into a row is not put into the next one',
    patches: [
      {
        file: `${FACTS}/outbox.ts`,
        find: 'if (open.length === MAX_ITEMS || bytes + size > MAX_BYTES) close();',
        replace: `if (open.length === MAX_ITEMS || bytes + size > MAX_BYTES) {
      close();
      continue;
    }`,
      },
    ],
    ...inFacts('splits a fact above 256 kB'),
  },
  {
    id: 'facts-sweep-unacknowledged',
    title: 'facts are forgotten when they were sent, not when they were acknowledged',
    patches: [
      {
        file: `${FACTS}/outbox.repository.ts`,
        find: 'd.event_id = o.event_id AND d.acked_at IS NULL)',
        replace: 'd.event_id = o.event_id AND d.sent_at IS NULL)',
      },
    ],
    ...inFacts('removes what was acknowledged'),
  },
  {
    id: 'facts-ack-for-all',
    title: 'the acknowledgement of one consumer counts for all of them',
    patches: [
      {
        file: `${FACTS}/outbox.repository.ts`,
        find: 'WHERE company_id = $1 AND consumer = $2 AND event_id = ANY($3::text[]) AND acked_at IS NULL',
        replace: 'WHERE company_id = $1 AND $2::text IS NOT NULL AND event_id = ANY($3::text[]) AND acked_at IS NULL',
      },
    ],
    project: 'db',
    spec: 'libs/shared/src/facts/outbox.db-spec.ts',
  },
  {
    id: 'facts-claimed-twice',
    title: 'two relays claim the same delivery (FOR UPDATE SKIP LOCKED is missing)',
    patches: [
      {
        file: `${FACTS}/outbox.repository.ts`,
        find: 'LIMIT $1 FOR UPDATE SKIP LOCKED',
        replace: 'LIMIT $1',
      },
    ],
    project: 'db',
    spec: 'libs/shared/src/facts/outbox.db-spec.ts',
  },
  {
    id: 'money-float',
    title: 'yuan become fen by floating point',
    patches: [
      {
        file: FEN,
        find: "const value = Number(match[2]) * 100 + Number((match[3] ?? '').padEnd(2, '0'));",
        replace: "const value = Math.trunc(Number(`${match[2]}.${match[3] ?? '0'}`) * 100);",
      },
    ],
    ...inUnit('libs/shared/src/money/fen.spec.ts'),
  },
  {
    id: 'money-odd-fen-first',
    title: 'the odd fen go to the first parts instead of the largest remainders',
    patches: [
      {
        file: FEN,
        find: 'remainders.sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));',
        replace: 'remainders.sort((a, b) => a.index - b.index);',
      },
    ],
    ...inUnit('libs/shared/src/money/fen.spec.ts'),
  },
  {
    id: 'time-platform-as-utc',
    title: 'a time of the platform is read as UTC',
    patches: [
      {
        file: SHANGHAI,
        find: 'return exists ? `${day}T${time}+08:00` : undefined;',
        replace: 'return exists ? toShanghaiIso(new Date(`${day}T${time}Z`)) : undefined;',
      },
    ],
    ...inUnit('libs/shared/src/time/shanghai.spec.ts'),
  },
  {
    id: 'time-day-cut-utc',
    title: 'days are cut at midnight of UTC',
    patches: [
      {
        file: SHANGHAI,
        find: 'return plainAt(at)?.slice(0, 10) ??',
        replace: 'return at.toISOString().slice(0, 10) ??',
      },
    ],
    ...inUnit('libs/shared/src/time/shanghai.spec.ts'),
  },
  {
    id: 'auth-any-scope',
    title: 'one of the scopes that a call needs is enough',
    patches: [
      {
        file: 'libs/shared/src/auth/auth.guard.ts',
        find: 'if (missing.length > 0)',
        replace: 'if (missing.length > 0 && missing.length === needed.length)',
      },
    ],
    ...inUnit('libs/shared/src/auth/auth.guard.spec.ts'),
  },
  {
    id: 'auth-expired-token',
    title: 'a token is good for a day after its end (clock tolerance in the wrong unit)',
    patches: [
      {
        file: 'libs/shared/src/auth/token.verifier.ts',
        find: 'const TOLERANCE_SECONDS = 5;',
        replace: 'const TOLERANCE_SECONDS = 5_000;',
      },
    ],
    ...inUnit('libs/shared/src/auth/token.verifier.spec.ts'),
  },
  {
    id: 'auth-part-of-scopes',
    title: 'a token request with one scope that the client has is granted whole',
    patches: [
      {
        file: 'apps/gateway/src/token/token.rules.ts',
        find: 'if (refused.length > 0)',
        replace: 'if (refused.length > 0 && refused.length === asked.length)',
      },
    ],
    ...inUnit('apps/gateway/src/token/token.rules.spec.ts'),
  },
  {
    id: 'audit-not-chained',
    title: 'seals of the audit trail do not hold the seal before them',
    patches: [
      { file: AUDIT, find: 'hash: hashOf(head.hash, entry) };', replace: "hash: hashOf('', entry) };" },
      { file: AUDIT, find: 'hashOf(previous, seal) !== seal.hash)', replace: "hashOf('', seal) !== seal.hash)" },
    ],
    project: 'db',
    spec: 'libs/shared/src/audit/audit.db-spec.ts',
  },
  {
    id: 'idempotency-other-body',
    title: 'a used Idempotency-Key answers another body with the first answer',
    patches: [
      {
        file: 'libs/shared/src/idempotency/idempotency.ts',
        find: 'if (known && known.bodyHash === hash && known.route === call.route)',
        replace: 'if (known && known.route === call.route)',
      },
    ],
    project: 'api',
    spec: 'apps/catalog/src/listing/listing.api-spec.ts',
    test: 'answers a repeat with the same Idempotency-Key once',
  },
];
