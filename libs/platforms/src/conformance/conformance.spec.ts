import { existsSync, readdirSync } from 'node:fs';
import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { storableText } from '@app/shared';
import { unexplainedLinesFen, unexplainedOrderFen } from '@app/contracts/canonical';
import {
  ConformanceKit,
  DETAIL_CASES,
  Platform,
  PlatformCall,
  PlatformError,
  PlatformRegistry,
  ScriptedAnswer,
  ScriptedOrder,
  ScriptedRequest,
  ScriptedStory,
  registryEnvironment,
} from '..';

/** One suite for every folder that the registry finds; a folder brings its own wire form in conformance.kit.ts. */

type Script = (request: ScriptedRequest) => ScriptedAnswer | 'drop-connection';

const NOW = new Date('2026-11-22T10:00:00+08:00');
const MINUTE = 60_000;

class ScriptedServer {
  script: Script = () => ({ body: '', status: 503 });
  private readonly server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://x');
      const headers = request.headers as Record<string, string | undefined>;
      const answer = this.script({
        path: url.pathname,
        query: url.searchParams,
        headers,
        body: Buffer.concat(parts).toString('utf8'),
      });
      if (answer === 'drop-connection') return request.socket.destroy();
      response.writeHead(answer.status ?? 200, answer.headers);
      return response.end(answer.body);
    });
  });
  async start(): Promise<string> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

const call: PlatformCall = {
  shop: { platformShopId: '2200001', appKey: '12345678', appSecret: 'helloworld', accessToken: 'token' },
  wireNow: () => NOW,
  storyNow: () => NOW,
};

const FIXTURES = join(__dirname, '../../../../test/fixtures/platforms');

/** Platforms that belong to the tests alone, and those of PLATFORM_FOLDERS. */
function furtherFolders(): string[] {
  const own = existsSync(FIXTURES)
    ? readdirSync(FIXTURES, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => join(FIXTURES, name, 'adapter'))
    : [];
  return [...registryEnvironment().extraFolders, ...own];
}

const QUIET: Omit<ScriptedStory, 'orders'> = {
  onPageServed: () => undefined,
  onShip: () => 'accepted',
  onCancelWaybill: () => 'cancelled',
};

async function failure(act: Promise<unknown>): Promise<PlatformError> {
  const error = await act.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(PlatformError);
  return error as PlatformError;
}

function orders(count: number): ScriptedOrder[] {
  const from = NOW.getTime() - 90 * MINUTE;
  return Array.from({ length: count }, (_, index) => ({
    platformOrderNo: String(2231958349000000000n + BigInt(index)),
    createdAtMs: from + index * 5_000,
    modifiedAtMs: from + index * 5_000,
  }));
}

const window = { from: new Date(NOW.getTime() - 120 * MINUTE), to: NOW };

/** A story in which, after each page, an order in the middle of what was not read yet is edited and leaves the window. */
function movingStory(kit: ConformanceKit): { script: Script; all: ScriptedOrder[]; served(): number } {
  const all = orders(437);
  let served = 0;
  const onPageServed = (): void => {
    served += 1;
    const edited = all[(served * 41) % all.length]!;
    edited.modifiedAtMs = NOW.getTime() + served * 1_000;
  };
  return { script: kit.server({ ...QUIET, orders: () => all, onPageServed }), all, served: () => served };
}

/** Orders that never left the window. */
function stillIn(all: readonly ScriptedOrder[]): string[] {
  return all.filter((order) => order.modifiedAtMs <= window.to.getTime()).map((order) => order.platformOrderNo);
}

/** Folders are found while the suite runs, so a further one is judged without an edit here. */
describe('every platform folder', () => {
  const server = new ScriptedServer();
  let baseUrl = '';
  const each: { platform: Platform; kit: ConformanceKit }[] = [];

  beforeAll(async () => {
    baseUrl = await server.start();
    const extraFolders = furtherFolders();
    for (const { code, folder } of (await PlatformRegistry.load({ env: {}, extraFolders })).all()) {
      const { conformanceKit } = (await import(join(folder, 'conformance.kit'))) as { conformanceKit: ConformanceKit };
      const registry = await PlatformRegistry.load({ env: conformanceKit.env(baseUrl), extraFolders });
      each.push({ platform: registry.get(code), kit: conformanceKit });
    }
  });
  afterAll(() => server.stop());

  it('[P5] is found by the registry, at least one', () => {
    expect(each.length).toBeGreaterThan(0);
  });

  it('[P5] reproduces every recorded sign', () => {
    for (const { kit } of each) {
      expect(kit.signs.length).toBeGreaterThan(0);
      for (const vector of kit.signs)
        expect([vector.title, kit.sign(vector.params, vector.secret)]).toEqual([vector.title, vector.sign]);
    }
  });

  it('[P5] gives every broken or refusing answer its error kind', async () => {
    for (const { platform, kit } of each) {
      for (const { title, answer, kind } of kit.errors) {
        server.script = () => answer;
        const error = await failure(platform.port.orderDetail(call, '1'));
        expect([title, error.kind]).toEqual([title, kind]);
      }
    }
  }, 180_000);

  it('[P5] maps details with sums that agree, ids that keep every digit, and the raw text unchanged', async () => {
    for (const { platform, kit } of each) {
      for (const detail of kit.details) {
        server.script = () => detail.answer;
        const order = await platform.port.orderDetail(call, detail.platformOrderNo);
        expect([detail.title, order.platformOrderNo, order.platformState]).toEqual([
          detail.title,
          detail.platformOrderNo,
          detail.platformState,
        ]);
        expect(order.amounts.payableFen).toBe(detail.payableFen);
        expect(order.lines).toHaveLength(detail.lineCount);
        expect(order.raw).toBe(detail.answer.body);
        expect([detail.title, unexplainedOrderFen(order.amounts) === 0]).toEqual([detail.title, detail.isConsistent]);
        if (detail.isConsistent) expect(unexplainedLinesFen(order)).toBe(0);
      }
    }
  });

  it('[P5] shows every case that an order can bring', () => {
    for (const { platform, kit } of each) {
      const shown = new Set(kit.details.flatMap(({ covers = [] }) => covers));
      expect([platform.code, DETAIL_CASES.filter((one) => !shown.has(one))]).toEqual([platform.code, []]);
    }
  });

  it('[P5] keeps words storable, ids whole and days in their month', async () => {
    for (const { platform, kit } of each) {
      for (const { title, answer, platformOrderNo, covers = [] } of kit.details) {
        server.script = () => answer;
        const order = await platform.port.orderDetail(call, platformOrderNo);
        const words = [order.buyerMessage ?? '', order.sellerMemo ?? '', ...order.lines.map((line) => line.title)];
        expect([title, words.map(storableText)]).toEqual([title, words]);
        if (covers.includes('emoji'))
          expect([title, words.join()]).toEqual([title, expect.stringMatching(/\p{Emoji_Presentation}/u)]);
        if (covers.includes('month-end'))
          expect([title, Date.parse(order.placedAt)]).toEqual([title, Date.parse('2026-10-31T23:59:59+08:00')]);
        if (covers.includes('long-ids'))
          expect([title, [order.platformOrderNo, ...order.lines.map((line) => line.platformLineNo)].join()]).toEqual([
            title,
            expect.stringMatching(/\d{18}[1-9]/),
          ]);
      }
    }
  });

  it('[P5] asks again by the platform’s clock when its own is off', async () => {
    for (const { platform, kit } of each) {
      if (!kit.clock) continue;
      const { refusal, timestampOf } = kit.clock;
      const ahead = new Date(NOW.getTime() + 20 * MINUTE);
      const asked: number[] = [];
      const answer = kit.details.find(({ isConsistent }) => isConsistent)!;
      server.script = (request) => {
        asked.push(timestampOf(request));
        const isRight = Math.abs(asked.at(-1)! - ahead.getTime()) < 2 * MINUTE;
        const given = isRight ? answer.answer : refusal;
        return { ...given, headers: { ...given.headers, date: ahead.toUTCString() } };
      };
      const order = await platform.port.orderDetail(call, answer.platformOrderNo);
      expect([platform.code, order.platformOrderNo, asked.length]).toEqual([platform.code, answer.platformOrderNo, 2]);
      // The clocks agree again, so that the next test starts afresh.
      server.script = () => ({ ...answer.answer, headers: { ...answer.answer.headers, date: NOW.toUTCString() } });
      await platform.port.orderDetail(call, answer.platformOrderNo);
    }
  });

  it('[P5] cuts windows to what the platform accepts, and finds every order in them', async () => {
    for (const { platform, kit } of each) {
      for (const [list, job] of [
        ['changed', 'orders'],
        ['census', 'census'],
      ] as const) {
        const { maxSpanSeconds } = platform.manifest.windows[job]!;
        const spanMs = maxSpanSeconds * 1_000;
        const long = { from: new Date(NOW.getTime() - 2 * spanMs - 500), to: NOW };
        const edges = [0, 1_000, spanMs, spanMs + 1_000, 2 * spanMs].map((back) => NOW.getTime() - back);
        const all = edges.map((at, index) => ({
          platformOrderNo: String(2231958349000000000n + BigInt(index)),
          createdAtMs: at,
          modifiedAtMs: at,
        }));
        const spans: number[] = [];
        const script = kit.server({ ...QUIET, orders: () => all });
        server.script = (request) => {
          const span = kit.spanOf(request);
          if (span?.list === list) spans.push(span.seconds);
          return script(request);
        };
        const seen = new Set<string>();
        const pages =
          list === 'changed' ? platform.port.changedOrders(call, long) : platform.port.censusOrders(call, long);
        for await (const page of pages) for (const item of page.items) seen.add(item.platformOrderNo);
        expect([platform.code, list, [...seen].sort()]).toEqual([
          platform.code,
          list,
          all.map((order) => order.platformOrderNo).sort(),
        ]);
        expect(spans.length).toBeGreaterThan(1);
        expect(Math.max(...spans)).toBeLessThanOrEqual(maxSpanSeconds);
      }
    }
  });

  it('[P5] reads lists that are empty', async () => {
    for (const { platform, kit } of each) {
      server.script = kit.server({ ...QUIET, orders: () => [] });
      for (const pages of [platform.port.changedOrders(call, window), platform.port.censusOrders(call, window)])
        for await (const page of pages) expect([platform.code, page.items]).toEqual([platform.code, []]);
    }
  });

  it('[P5] a client that does not know the paging loses orders, so the quirk is real', () => {
    for (const { platform, kit } of each) {
      if (!kit.naive) {
        expect([platform.code, platform.manifest.capabilities.paging]).toEqual([platform.code, 'cursor']);
        continue;
      }
      const { script, all } = movingStory(kit);
      const ask = (request: ScriptedRequest): ScriptedAnswer => script(request) as ScriptedAnswer;
      const read = kit.naive(ask, { fromMs: window.from.getTime(), toMs: window.to.getTime() });
      const lost = stillIn(all).filter((no) => !read.includes(no));
      expect([platform.code, lost.length]).toEqual([platform.code, expect.any(Number)]);
      expect(lost.length).toBeGreaterThan(0);
    }
  });

  it('[P5] loses no order of a window while orders are edited between its pages', async () => {
    for (const { platform, kit } of each) {
      const { script, all, served } = movingStory(kit);
      const listed = all.map((order) => order.platformOrderNo);
      server.script = script;
      const seen = new Set<string>();
      for await (const page of platform.port.changedOrders(call, window))
        for (const item of page.items) seen.add(item.platformOrderNo);
      expect(served()).toBeGreaterThan(3);
      expect([platform.code, stillIn(all).filter((no) => !seen.has(no))]).toEqual([platform.code, []]);
      expect([...seen].filter((no) => !listed.includes(no))).toEqual([]);
    }
  });

  it('[P5] loses no order of a window while others arrive in it between its pages', async () => {
    for (const { platform, kit } of each) {
      const all = orders(237);
      const before = all.map((order) => order.platformOrderNo);
      let served = 0;
      const onPageServed = (): void => {
        served += 1;
        if (served > 20) return;
        const at = NOW.getTime() - 60 * MINUTE - served * 1_000;
        all.push({ platformOrderNo: String(9231958349000000000n + BigInt(served)), createdAtMs: at, modifiedAtMs: at });
      };
      server.script = kit.server({ ...QUIET, orders: () => all, onPageServed });
      const seen = new Set<string>();
      for await (const page of platform.port.changedOrders(call, window))
        for (const item of page.items) seen.add(item.platformOrderNo);
      expect([platform.code, before.filter((no) => !seen.has(no))]).toEqual([platform.code, []]);
    }
  });

  it('[P5] lists every order of a census window with its version', async () => {
    for (const { platform, kit } of each) {
      const all = orders(231);
      server.script = kit.server({ ...QUIET, orders: () => all });
      const seen = new Map<string, string | undefined>();
      for await (const page of platform.port.censusOrders(call, window))
        for (const item of page.items) seen.set(item.platformOrderNo, item.modifiedAt);
      expect(seen.size).toBe(231);
      expect([...seen.values()].every((modifiedAt) => modifiedAt !== undefined)).toBe(true);
    }
  });

  it('[P5] counts the orders of a census window list by list, whatever pages and spans it is read in', async () => {
    for (const { platform, kit } of each) {
      const all = orders(231);
      server.script = kit.server({ ...QUIET, orders: () => all });
      const lists = new Map<string, { total: number | undefined; seen: Set<string> }>();
      for await (const { list = '', total, items } of platform.port.censusOrders(call, window)) {
        const known = lists.get(list) ?? { total, seen: new Set<string>() };
        for (const { platformOrderNo } of items) known.seen.add(platformOrderNo);
        lists.set(list, { ...known, total });
      }
      // A platform that does not count gives no total at all; one that counts gives it for each of its lists.
      const counted = [...lists].filter(([, { total }]) => total !== undefined);
      if (counted.length > 0) expect(counted).toHaveLength(lists.size);
      for (const [name, { total, seen }] of counted)
        expect([platform.code, name, seen.size]).toEqual([platform.code, name, total]);
    }
  });

  it('[P5] tells a parcel once: again is success, another waybill is a conflict, a lost answer is read back', async () => {
    for (const { platform, kit } of each) {
      const [order] = orders(1) as [ScriptedOrder];
      const verdicts: ('accepted' | 'already-shipped' | 'answer-lost')[] = [
        'answer-lost',
        'already-shipped',
        'already-shipped',
      ];
      server.script = kit.server({
        ...QUIET,
        orders: () => [order],
        onShip: (_no, parcel) => {
          const verdict = verdicts.shift()!;
          if (verdict !== 'already-shipped') order.shippedWith = parcel;
          return verdict;
        },
      });
      const notice = (waybillNo: string) => ({
        platformOrderNo: order.platformOrderNo,
        parcels: [
          {
            carrier: 'ZTO',
            waybillNo,
            lines: [{ platformLineNo: order.platformOrderNo, quantity: 1, orderedQuantity: 1 }],
          },
        ],
        finishesOrder: true,
        shippedBefore: false,
        idempotencyKey: 'k1',
      });
      expect((await platform.port.sendShipment(call, notice('78000001'))).kind).toBe('already-sent');
      expect((await platform.port.sendShipment(call, notice('78000001'))).kind).toBe('already-sent');
      expect((await platform.port.sendShipment(call, notice('78000002'))).kind).toBe('conflict');
    }
  });

  it('[P5] gives a label’s number back once: again is gone, and one that left is refused', async () => {
    for (const { platform, kit } of each) {
      if (!platform.manifest.capabilities.eWaybill) continue;
      const verdicts: ReturnType<ScriptedStory['onCancelWaybill']>[] = ['cancelled', 'gone', 'refused'];
      server.script = kit.server({ ...QUIET, orders: () => [], onCancelWaybill: () => verdicts.shift()! });
      const became: string[] = [];
      for (let n = 0; n < 3; n += 1)
        became.push(await platform.port.cancelWaybill(call, { waybillNo: '78000001', carrier: 'ZTO' }));
      expect([platform.code, became]).toEqual([platform.code, ['cancelled', 'gone', 'refused']]);
    }
  });
});
