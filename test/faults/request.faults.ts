import { connect } from 'node:net';
import { sleep } from '@app/shared';
import { ApiClient } from '../harness/api-client';
import { SERVICE_APPS, type ServiceKey } from '../harness/topology';
import { ask, filled, operationsOf, type Operation } from './api-operations';
import { canonicalOrder } from './content.faults';
import { demand, demandSame, stopwatch } from './demand';
import type { Fault } from './fault';
import type { Kit } from './kit';

/** Texts that a statement put together from text would execute or choke on. */
const INJECTIONS = [
  `'; DROP TABLE platform_order; --`,
  `' OR '1'='1`,
  `1; SELECT pg_sleep(5)`,
  `x' UNION SELECT version() --`,
  `$1`,
  `\\'; DELETE FROM stock_level; --`,
  `%' OR 1=1 /*`,
  `{"$gt":""}`,
  `[]`,
  `a\u0000b`,
  `\uD83D`,
  `created_at DESC; TRUNCATE alarm`,
  `-9223372036854775809`,
  `NaN`,
  `1e400`,
  '../../etc/passwd',
];

/** Operations whose effect is not of the database or that end the caller's own access. */
const UNTOUCHED = /^\/(auth\/token|auth\/clients|webhooks|health|metrics|docs)/;

/** Number of rows of every table, without those that grow by being asked (limits, audit of reads). */
async function rowCounts(kit: Kit): Promise<Record<string, number>> {
  return kit.withOwner(async (client) => {
    const tables = await client.query<{ name: string }>(
      `SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname = ANY($1)`,
      [['identity', 'catalog', 'orders', 'inventory', 'logistics', 'settlement']],
    );
    const counts: Record<string, number> = {};
    for (const { name } of tables.rows)
      counts[name] = Number((await client.query<{ n: string }>(`SELECT count(*) AS n FROM ${name}`)).rows[0]!.n);
    return counts;
  });
}

interface Fuzzed {
  asked: number;
  worst: string[];
  slowestMs: number;
}

async function fuzzGets(kit: Kit, operations: readonly Operation[], client: ApiClient): Promise<Fuzzed> {
  const result: Fuzzed = { asked: 0, worst: [], slowestMs: 0 };
  const one = async (path: string) => {
    const took = stopwatch();
    const { status } = await ask(client, 'GET', path);
    result.asked += 1;
    result.slowestMs = Math.max(result.slowestMs, took());
    if (status >= 500) result.worst.push(`${status} ${path}`);
  };
  for (const { path, query, pathNames } of operations) {
    const plain = filled(path, () => 'unknown');
    const required = query
      .filter((parameter) => parameter.required)
      .map(({ name }) => `${name}=${kit.merchant.shopId}`);
    for (const text of INJECTIONS) {
      const value = encodeURIComponent(text.toWellFormed());
      // Each in turn, and those of one operation side by side, so that thousands of calls take seconds.
      await Promise.all([
        ...query.map(({ name }) => one(`${plain}?${[...required, `${name}=${value}`].join('&')}`)),
        ...pathNames.map((name) => one(filled(path, (other) => (other === name ? text.toWellFormed() : 'unknown')))),
        one(`${plain}?sort=${value}&order=${value}&fields=${value}`),
      ]);
    }
  }
  return result;
}

/** Texts in bodies: stored as they are, run by nobody. */
async function fuzzBodies(kit: Kit): Promise<number> {
  const { api } = kit;
  let asked = 0;
  const story = await kit.simulator.story();
  for (const [index, text] of INJECTIONS.entries()) {
    const safe = text.replaceAll('\u0000', '').toWellFormed();
    const code = `F42-${index}`;
    const product = await api.call<{ name: string }>('POST', '/catalog/v1/products', {
      code,
      name: safe,
      skus: [{ code: `${code}-A`, spec: { [safe.slice(0, 40)]: safe }, barcodes: [] }],
    });
    demand(product.status < 500, `a product named ${safe}`, product.body);
    if (product.status === 201) demandSame(product.body.name, safe.trim(), 'its name is stored as it is');
    const no = `F42-${index}`;
    const [verdict] = await kit.intake([canonicalOrder(kit, no, story, { sellerMemo: text, buyerMessage: text })]);
    demandSame(verdict!.verdict, 'stored', 'an order with such remarks is stored');
    const stored = (await kit.merchant.order(no)) as unknown as { sellerMemo: string };
    demandSame(stored.sellerMemo, text.replaceAll('\u0000', '').toWellFormed(), 'its remark is shown as it was');
    asked += 2;
  }
  return asked;
}

async function fuzzImport(kit: Kit): Promise<number> {
  const form = new FormData();
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const rows = INJECTIONS.map((text) => [text, text, text, text].map(cell).join(','));
  form.set('key', `f42-${performance.now()}`);
  form.set('cause', INJECTIONS[0]!);
  form.set('file', new Blob([`skuCode,warehouse,quantity,bucket\n${rows.join('\n')}\n`]), `'; DROP TABLE x; --.csv`);
  const answer = await kit.api.call<{ posted: number; items: { verdict: string }[] }>(
    'POST',
    '/inventory/v1/adjustments/import',
    form,
  );
  demandSame([answer.status, answer.body.posted], [200, 0], 'no row of a poisoned file is posted');
  demandSame(answer.body.items.filter(({ verdict }) => verdict !== 'refused').length, 0, 'each row is refused');
  const broken = new FormData();
  broken.set('file', new Blob([`\u0000';DROP\n`]), 'bill.csv');
  broken.set('shopId', kit.merchant.shopId);
  broken.set('format', `' OR 1=1`);
  const bill = await kit.api.call('POST', '/settlement/v1/bills', broken);
  demand(bill.status >= 400 && bill.status < 500, 'a poisoned bill is refused', bill.status);
  return rows.length + 1;
}

export const F42: Fault = {
  id: 'F42',
  title: 'SQL injection in filters, sort, JSON and CSV',
  must: 'parameters only; the fuzz shows 0 errors and 0 effect',
  async run(kit) {
    // Nothing else may change rows meanwhile.
    await kit.switchShop('pause', 'pull');
    await kit.switchShop('pause', 'pull', kit.second);
    await sleep(3_000);
    const operations = (await operationsOf(kit)).filter(
      ({ method, path }) => method === 'GET' && !UNTOUCHED.test(path),
    );
    const before = await rowCounts(kit);
    const took = stopwatch();
    const gets = await fuzzGets(kit, operations, kit.reader);
    const again = await fuzzGets(kit, operations, kit.api);
    const after = await rowCounts(kit);
    demandSame([...gets.worst, ...again.worst].slice(0, 10), [], 'no answer is a server error');
    // Audit rows of what was revealed are the only trace that reading leaves.
    const changed = Object.keys(before).filter((name) => before[name] !== after[name] && !/\.audit/.test(name));
    demandSame(changed, [], 'reading changes no number of rows');
    demand(Math.max(gets.slowestMs, again.slowestMs) < 4_500, 'nothing sleeps in the database', gets.slowestMs);
    const bodies = (await fuzzBodies(kit)) + (await fuzzImport(kit));
    await kit.switchShop('resume', 'pull');
    await kit.switchShop('resume', 'pull', kit.second);
    const injected = gets.asked + again.asked + bodies;
    return {
      injected,
      happened: `${INJECTIONS.length} texts in every parameter of ${operations.length} reading calls, in bodies, and in files`,
      held: `${injected} requests, 0 server errors, 0 rows changed by reading; texts stored as they are; each poisoned row refused`,
      recoveryMs: took(),
    };
  },
};

const PLANTED = { tenantId: 'cmp_other', companyId: 'cmp_other', role: 'admin', reserved: 999_999, isAdmin: true };

export const F43: Fault = {
  id: 'F43',
  title: 'mass assignment (tenantId, role, reserved)',
  must: 'DTO allow-list; an unknown field in a request to us is 400',
  async run(kit) {
    const operations = (await operationsOf(kit)).filter(
      ({ method, body, path }) => method !== 'GET' && body !== undefined && !/^\/(auth\/token|webhooks)/.test(path),
    );
    const services = new Map<ServiceKey, ApiClient>();
    for (const key of Object.keys(SERVICE_APPS) as ServiceKey[])
      if (key !== 'gateway')
        services.set(
          key,
          await ApiClient.login(kit.topology.gatewayUrl, `svc-${key}`, kit.topology.env.SERVICE_CLIENT_SECRET!),
        );
    const before = await rowCounts(kit);
    const passed: string[] = [];
    const unseen: string[] = [];
    let injected = 0;
    const took = stopwatch();
    for (const { method, path, body } of operations) {
      const whole = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {};
      const poisoned = { ...whole, ...PLANTED };
      const asking = [kit.api, ...services.values()];
      let answer = await ask(
        kit.api,
        method,
        filled(path, () => 'unknown'),
        poisoned,
      );
      for (const client of asking) {
        if (answer.status !== 403) break;
        answer = await client.call<unknown>(
          method,
          filled(path, () => 'unknown'),
          poisoned,
          {
            'x-huidian-company': 'cmp_demo',
          },
        );
      }
      if (answer.status === 403) {
        unseen.push(`${method} ${path}`);
        continue;
      }
      injected += Object.keys(PLANTED).length;
      const named = ((answer.body as { errors?: { field: string }[] }).errors ?? []).map(({ field }) => field);
      const missing = Object.keys(PLANTED).filter((name) => !named.includes(name));
      if (answer.status !== 400 || missing.length > 0)
        passed.push(`${method} ${path}: ${answer.status}, not named ${missing.join(' ')}`);
    }
    demandSame(passed, [], 'every call refuses and names the unknown fields');
    demand(unseen.length <= 6, 'nearly every call could be asked', unseen);
    const after = await rowCounts(kit);
    demandSame(after['identity.client'], before['identity.client'], 'no client was made');
    return {
      injected,
      happened: `${Object.keys(PLANTED).join(', ')} added to the bodies of ${operations.length - unseen.length} writing calls`,
      held: `each answered 400 and named every planted field${unseen.length > 0 ? `; ${unseen.length} need identity:admin and were not reached` : ''}`,
      recoveryMs: took(),
    };
  },
};

const MIB = 1_024 * 1_024;

/** Status of a raw request; 0 when the connection was broken off before an answer. */
function raw(
  url: string,
  head: string,
  body: (write: (part: Buffer) => Promise<boolean>) => Promise<void>,
): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    let isDone = false;
    const end = () => {
      isDone = true;
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0));
    };
    socket.setTimeout(30_000, end);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.includes('\r\n\r\n')) setTimeout(end, 50);
    });
    socket.on('close', end);
    socket.on('error', end);
    const write = (part: Buffer): Promise<boolean> =>
      new Promise((done) => {
        if (isDone || !socket.writable) return done(false);
        if (socket.write(part)) return done(!isDone);
        const drained = () => {
          socket.off('close', closed);
          done(!isDone);
        };
        const closed = () => {
          socket.off('drain', drained);
          done(false);
        };
        socket.once('drain', drained);
        socket.once('close', closed);
      });
    socket.on('connect', () => {
      socket.write(head);
      void body(write);
    });
  });
}

const headOf = (path: string, token: string, more: string[]) =>
  [
    `POST ${path} HTTP/1.1`,
    'host: x',
    `authorization: Bearer ${token}`,
    'content-type: application/json',
    ...more,
    '',
    '',
  ].join('\r\n');

async function hundredMib(write: (part: Buffer) => Promise<boolean>, isChunked: boolean): Promise<void> {
  const part = Buffer.alloc(MIB, 0x20);
  for (let sent = 0; sent < 100; sent += 1) {
    const framed = isChunked
      ? Buffer.concat([Buffer.from(`${MIB.toString(16)}\r\n`), part, Buffer.from('\r\n')])
      : part;
    if (!(await write(framed))) return;
  }
}

/** Statuses of oversized requests to one address. */
async function oversized(url: string, path: string, token: string): Promise<Record<string, number>> {
  const length = 100 * MIB;
  const sized = headOf(path, token, [`content-length: ${length}`]);
  const chunked = headOf(path, token, ['transfer-encoding: chunked']);
  const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
  const object = `{"lines":${deep},"items":${deep},"skus":${deep},"components":${deep}}`;
  const query = Array.from({ length: 100_000 }, (_, i) => `p${i}=1`).join('&');
  const post = async (body: string) =>
    (
      await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body,
      })
    ).status;
  return {
    '100 MiB': await raw(url, sized, (write) => hundredMib(write, false)),
    '100 MiB in chunks': await raw(url, chunked, (write) => hundredMib(write, true)),
    '10,000 levels': await post(deep),
    '10,000 levels in fields': await post(object),
    '100,000 parameters': await raw(
      url,
      `GET ${path.replace(/\/[^/]*$/, '/x')}?${query} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`,
      () => Promise.resolve(),
    ),
  };
}

const POST_OF: Record<ServiceKey, string> = {
  gateway: '/auth/clients',
  catalog: '/catalog/v1/products',
  orders: '/orders/v1/orders/unknown/approve',
  inventory: '/inventory/v1/adjustments',
  logistics: '/logistics/v1/parcels/ship',
  settlement: '/settlement/v1/reconciliations',
  sync: '/sync/v1/shops',
};

export const F45: Fault = {
  id: 'F45',
  title: 'oversized body (100 MB), deep JSON (10,000 levels), 100,000 query parameters',
  must: '413/400 early, memory flat',
  async run(kit) {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'demo',
      client_secret: 'demo-secret',
    });
    const token = (
      (await (await fetch(`${kit.topology.gatewayUrl}/auth/token`, { method: 'POST', body: form })).json()) as {
        access_token: string;
      }
    ).access_token;
    const targets = (Object.keys(SERVICE_APPS) as ServiceKey[]).map((key) => ({
      key,
      direct: kit.topology.env[SERVICE_APPS[key].url]!,
      path: POST_OF[key],
    }));
    const wrong: string[] = [];
    const grown: string[] = [];
    let injected = 0;
    let most = 0;
    const took = stopwatch();
    const judge = (where: string, statuses: Record<string, number>) => {
      for (const [what, status] of Object.entries(statuses)) {
        injected += 1;
        // 0: broken off while the caller was still sending, before an answer could reach it.
        const isEarly = what.startsWith('100 MiB') ? [0, 413] : [400, 403, 404, 413, 414, 431];
        if (!isEarly.includes(status)) wrong.push(`${where}: ${what} answered ${status}`);
      }
    };
    for (const { key, direct, path } of targets) {
      const before = [kit.memoryOf(key), kit.memoryOf('gateway')];
      judge(`${key} itself`, await oversized(direct, path, token));
      if (key !== 'gateway') judge(`${key} through the gateway`, await oversized(kit.topology.gatewayUrl, path, token));
      const rise = Math.max(kit.memoryOf(key) - before[0]!, kit.memoryOf('gateway') - before[1]!);
      most = Math.max(most, rise);
      if (rise > 90) grown.push(`${key} by ${rise} MiB`);
      demandSame((await fetch(`${direct}/health/live`)).status, 200, `${key} lives`);
    }
    demandSame(wrong, [], 'each is refused early');
    demandSame(grown, [], 'memory stays flat');
    await kit.serviceReady();
    return {
      injected,
      happened: `${injected} oversized requests to seven services, directly and through the gateway`,
      held: `refused by 4xx or broken off while sending; no process grew by more than ${most} MiB; all alive`,
      recoveryMs: took(),
    };
  },
};
