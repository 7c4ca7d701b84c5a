import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { unexplainedLinesFen, unexplainedOrderFen } from '@app/contracts/canonical';
import {
  ConformanceKit,
  Platform,
  PlatformCall,
  PlatformError,
  PlatformRegistry,
  ScriptedAnswer,
  ScriptedOrder,
  ScriptedRequest,
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

async function codes(): Promise<string[]> {
  return (await PlatformRegistry.load({ env: {}, extraFolders: [] })).codes();
}

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

/** Folders are found while the suite runs, so a further one is judged without an edit here. */
describe('every platform folder', () => {
  const server = new ScriptedServer();
  let baseUrl = '';
  const each: { platform: Platform; kit: ConformanceKit }[] = [];

  beforeAll(async () => {
    baseUrl = await server.start();
    for (const code of await codes()) {
      const { conformanceKit } = (await import(join(__dirname, '..', code, 'conformance.kit'))) as {
        conformanceKit: ConformanceKit;
      };
      const registry = await PlatformRegistry.load({ env: conformanceKit.env(baseUrl), extraFolders: [] });
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
  });

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

  it('[P5] loses no order of a window while orders are edited between its pages', async () => {
    for (const { platform, kit } of each) {
      const all = orders(437);
      let served = 0;
      const onPageServed = (): void => {
        served += 1;
        // An order in the middle of what was not read yet is edited and leaves the window.
        const edited = all[(served * 41) % all.length]!;
        edited.modifiedAtMs = NOW.getTime() + served * 1_000;
      };
      const listed = all.map((order) => order.platformOrderNo);
      server.script = kit.server({ orders: () => all, onPageServed, onShip: () => 'accepted' });
      const seen = new Set<string>();
      for await (const page of platform.port.changedOrders(call, window))
        for (const item of page.items) seen.add(item.platformOrderNo);
      const stillInside = all
        .filter((order) => order.modifiedAtMs <= window.to.getTime())
        .map((order) => order.platformOrderNo);
      expect(served).toBeGreaterThan(3);
      expect(stillInside.filter((no) => !seen.has(no))).toEqual([]);
      expect([...seen].filter((no) => !listed.includes(no))).toEqual([]);
    }
  });

  it('[P5] lists every order of a census window with its version', async () => {
    for (const { platform, kit } of each) {
      const all = orders(231);
      server.script = kit.server({ orders: () => all, onPageServed: () => undefined, onShip: () => 'accepted' });
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
      server.script = kit.server({ orders: () => all, onPageServed: () => undefined, onShip: () => 'accepted' });
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
        orders: () => [order],
        onPageServed: () => undefined,
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
});
