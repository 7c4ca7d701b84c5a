import { until } from '../harness/wait';
import { demand, demandSame, stopwatch } from './demand';
import type { Fault } from './fault';
import type { Kit } from './kit';
import type { PlatformExchange } from './platform-proxy';

const LIST = 'taobao.trades.sold.increment.get';
const DETAIL = 'taobao.trade.fullinfo.get';

/** Story time some minutes around now, for a pull of what was just placed. */
export async function spanAround(kit: Kit, minutesBack: number): Promise<{ from: string; to: string }> {
  const now = (await kit.simulator.story()).getTime();
  return { from: new Date(now - minutesBack * 60_000).toISOString(), to: new Date(now).toISOString() };
}

/** Waits until the story is some minutes further, so that a closed window can hold what just happened. */
export async function storyPasses(kit: Kit, minutes: number): Promise<void> {
  const until_ = (await kit.simulator.story()).getTime() + minutes * 60_000;
  await until('the story goes on', async () => (await kit.simulator.story()).getTime() >= until_, 60_000, 200);
}

/** Places unpaid orders quickly while nothing is pulled, so that one window holds all of them. */
export async function placeCrowd(kit: Kit, count: number): Promise<string[]> {
  await kit.switchShop('pause', 'pull');
  const placed: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const { platformOrderNo } = await kit.place(1, { paid: false, buyer: 1_000 + i }, kit.merchant, i % 3);
    placed.push(platformOrderNo);
  }
  return placed;
}

/** Numbers of all stored orders of the first shop. */
export async function storedNumbers(kit: Kit): Promise<Set<string>> {
  const items = await kit.api.all<{ platformOrderNo: string }>(`/orders/v1/orders?shopId=${kit.merchant.shopId}`, 500);
  return new Set(items.map(({ platformOrderNo }) => platformOrderNo));
}

export async function awaitStored(kit: Kit, numbers: readonly string[], withinMs = 60_000): Promise<void> {
  await until(
    `${numbers.length} orders are stored`,
    async () => {
      const stored = await storedNumbers(kit);
      const missing = numbers.filter((no) => !stored.has(no));
      if (missing.length === 0) return true;
      throw new Error(`${missing.length} missing, first ${missing[0]}`);
    },
    withinMs,
    500,
  );
}

/** What makes two list or detail calls ask for the same. */
const askedFor = ({ method, form }: PlatformExchange) =>
  [method, ...['tid', 'page_no', 'start_modified', 'end_modified', 'fields'].map((name) => form.get(name) ?? '')].join(
    ' ',
  );

export const F1: Fault = {
  id: 'F1',
  title: 'the same page delivered twice',
  must: 'write 0 rows on the second; counters unchanged',
  async run(kit) {
    const orders = [await kit.reserved(2), await kit.reserved(1)];
    await storyPasses(kit, 1);
    const span = await spanAround(kit, 30);
    const recorded = new Map<string, string>();
    const first = kit.platform.calls.length;
    await kit.pull({ kind: 'orders', ...span });
    for (const call of kit.platform.calls.slice(first)) if (call.text) recorded.set(askedFor(call), call.text);
    await kit.breaches();
    const housekeeping = /^(job_lease|idempotency_key|fact_epoch)$/;
    const before = await kit.fingerprint(['orders', 'inventory', 'logistics', 'settlement'], housekeeping);
    const stock = await kit.stockOf(kit.merchant.codes[0]!);
    const rule = kit.platform.rule({
      name: 'same page again',
      asksPlatform: false,
      where: (call) => (call.method === LIST || call.method === DETAIL) && recorded.has(askedFor(call)),
      answer: (_, call) => recorded.get(askedFor(call)),
    });
    const took = stopwatch();
    await kit.pull({ kind: 'orders', ...span });
    const recoveryMs = took();
    rule.off();
    const after = await kit.fingerprint(['orders', 'inventory', 'logistics', 'settlement'], housekeeping);
    const changed = Object.keys(after).filter((table) => after[table] !== before[table]);
    demandSame(changed, [], 'no row of orders, inventory, logistics or settlement is written');
    demandSame(await kit.stockOf(kit.merchant.codes[0]!), stock, 'counters are unchanged');
    demand(rule.injected >= orders.length, 'pages and details were delivered again', rule.injected);
    return {
      injected: rule.injected,
      happened: `${rule.injected} recorded answers delivered again, byte for byte`,
      held: `0 rows written in ${Object.keys(after).length} tables of four services; counters unchanged`,
      recoveryMs,
    };
  },
};

export const F2: Fault = {
  id: 'F2',
  title: 'rows shift to other pages while paging',
  must: 'miss none (backward paging + overlap); audit pull proves it',
  async run(kit) {
    const placed = await placeCrowd(kit, 130);
    await kit.platformFaults([{ kind: 'page-shift', p: 1, times: 12, method: LIST }]);
    const before = await kit.platformCount('page-shift');
    const took = stopwatch();
    await kit.switchShop('resume', 'pull');
    await awaitStored(kit, placed);
    const recoveryMs = took();
    await until(
      'all shifts were injected',
      async () => (await kit.platformCount('page-shift')) - before >= 3,
      30_000,
      300,
    );
    const injected = (await kit.platformCount('page-shift')) - before;
    await kit.platformFaults([]);
    const span = await spanAround(kit, 60);
    const audit = (await kit.pull({ kind: 'orders', ...span, dryRun: true })) as Record<string, number>;
    demand(audit.wouldStoreCount === 0 && audit.listed! > 0, 'the audit pull finds nothing missing', audit);
    return {
      injected,
      happened: `${injected} orders were edited between two pages of a window of ${placed.length}`,
      held: `all ${placed.length} stored; audit listed ${audit.listed}, missing 0`,
      recoveryMs,
    };
  },
};

export const F3: Fault = {
  id: 'F3',
  title: 'an order modified between list and detail',
  must: 'keep the newer; never go back in time',
  async run(kit) {
    const order = await kit.reserved();
    const no = order.platformOrderNo;
    const old = kit.platform.lastDetail(no)!.text;
    const rule = kit.platform.rule({
      name: 'edited meanwhile',
      method: DETAIL,
      times: 1,
      where: ({ form }) => form.get('tid') === no,
      before: () => kit.simulator.act(no, 'memo', { actor: 'seller', memo: 'the newer word' }),
    });
    await kit.simulator.act(no, 'memo', { actor: 'seller', memo: 'the older word' });
    const took = stopwatch();
    const newer = await kit.merchant.orderWhen(
      no,
      'as the detail said',
      (found) => (found as unknown as { sellerMemo: string }).sellerMemo === 'the newer word',
    );
    const recoveryMs = took();
    await storyPasses(kit, 1);
    const stale = kit.platform.rule({
      name: 'an old answer',
      method: DETAIL,
      times: 1,
      asksPlatform: false,
      where: ({ form }) => form.get('tid') === no,
      answer: () => old,
    });
    const verdict = await kit.pullOne(no);
    const after = (await kit.merchant.order(no)) as unknown as { sellerMemo: string; version: number };
    demand(verdict === 'older', 'the older answer is known as older', verdict);
    demandSame([after.sellerMemo, after.version], ['the newer word', newer.version], 'the order does not go back');
    return {
      injected: rule.injected + stale.injected,
      happened: 'edited after it was listed and before its detail was read; then an old detail was delivered',
      held: 'the newer content is stored, the older answer was judged "older" and wrote nothing',
      recoveryMs,
    };
  },
};

export const F4: Fault = {
  id: 'F4',
  title: 'status updates out of order (signed before shipped)',
  must: 'apply by rank and time; keep both in the event log',
  async run(kit) {
    const order = await kit.reserved();
    const no = order.platformOrderNo;
    const asked = kit.platform.lastDetail(no)!;
    await kit.switchShop('pause', 'pull');
    await kit.simulator.act(no, 'ship-elsewhere');
    const shipped = await kit.platform.again(asked);
    demand(shipped.includes('WAIT_BUYER_CONFIRM_GOODS'), 'the platform says shipped', shipped);
    await storyPasses(kit, 2);
    await kit.simulator.act(no, 'edit', { raw: { status: 'TRADE_BUYER_SIGNED' } });
    await kit.switchShop('resume', 'pull');
    const took = stopwatch();
    await kit.merchant.orderWhen(no, 'signed', ({ platformState }) => platformState === 'signed');
    const recoveryMs = took();
    const late = (name: string, text: string) =>
      kit.platform.rule({
        name,
        method: DETAIL,
        times: 1,
        asksPlatform: false,
        where: ({ form }) => form.get('tid') === no,
        answer: () => text,
      });
    const older = late('shipped, by its own time', shipped);
    const verdict = await kit.pullOne(no);
    demand(verdict === 'older', 'by its time the late word is older', verdict);
    await storyPasses(kit, 1);
    const now = new Date((await kit.simulator.story()).getTime() + 8 * 3_600_000)
      .toISOString()
      .slice(0, 19)
      .replace('T', ' ');
    const restated = late('shipped, with a newer time', shipped.replace(/"modified":"[^"]+"/, `"modified":"${now}"`));
    const second = await kit.pullOne(no);
    const found = (await kit.merchant.order(no)) as unknown as {
      platformState: string;
      log: { changes: string[] }[];
    };
    demand(second === 'updated', 'by its time the restated word is newer', second);
    demandSame(found.platformState, 'signed', 'by rank the state does not fall back');
    const log = found.log.flatMap(({ changes }) => changes).join('\n');
    demand(/platformState: paid → signed/.test(log) && /state_went_back set/.test(log), 'both stand in the log', log);
    return {
      injected: older.injected + restated.injected,
      happened: '"shipped" delivered twice after "signed": with its own time and with a newer one',
      held: 'state stays signed; the log names the way to signed and that the platform went back',
      recoveryMs,
    };
  },
};
