import { gzipSync } from 'node:zlib';
import { sleep } from '@app/shared';
import { until } from '../harness/wait';
import { demand, demandSame, stopwatch } from './demand';
import type { Fault } from './fault';
import type { Kit } from './kit';
import type { FakedAnswer, Rule } from './platform-proxy';

const DETAIL = 'taobao.trade.fullinfo.get';
const MIB = 1_024 * 1_024;

interface Unreadable {
  id: string;
  method: string;
  size: number;
  cause: string;
}

const unreadableOf = (kit: Kit) =>
  kit.reader.all<Unreadable>(`/sync/v1/unreadable-answers?shopId=${kit.merchant.shopId}`);

/** Nothing that was damaged may have become a parked item or a dead letter. */
async function nothingWasParsed(kit: Kit, before: { parked: number; failed: number }): Promise<void> {
  demandSame(await setAside(kit), before, 'nothing was parked or given up');
}

async function setAside(kit: Kit): Promise<{ parked: number; failed: number }> {
  const parked = (await kit.api.all('/orders/v1/parked-items')).length;
  return { parked, failed: (await kit.failedJobs()).length };
}

export const F9: Fault = {
  id: 'F9',
  title: 'HTML with status 200 (login page, gateway error)',
  must: 'classify as transport error, retry with back-off, never parse',
  async run(kit) {
    const aside = await setAside(kit);
    const before = await kit.platformCount('html-200');
    await kit.platformFaults([{ kind: 'html-200', p: 1, times: 14 }]);
    const { platformOrderNo } = await kit.place();
    const took = stopwatch();
    await kit.merchant.orderWhen(platformOrderNo, 'stored', () => true, 60_000);
    const injected = (await kit.platformCount('html-200')) - before;
    await nothingWasParsed(kit, aside);
    demand((await kit.openAlarms('TOKEN_REVOKED')).length === 0, 'a login page is no refused token');
    return {
      injected,
      happened: `${injected} answers were a login page with status 200`,
      held: 'every one was a transport error and tried again; no token marked, nothing parked, the order came in',
      recoveryMs: took(),
    };
  },
};

export const F10: Fault = {
  id: 'F10',
  title: 'gzip cut short or corrupt, and a zip bomb',
  must: 'as F9; the body limit applies after inflation',
  async run(kit) {
    const aside = await setAside(kit);
    const before = await kit.platformCount('broken-gzip');
    await kit.platformFaults([{ kind: 'broken-gzip', p: 1, times: 8 }]);
    const first = await kit.place();
    const took = stopwatch();
    await kit.merchant.orderWhen(first.platformOrderNo, 'stored', () => true, 60_000);
    const recoveryMs = took();
    const broken = (await kit.platformCount('broken-gzip')) - before;
    await kit.platformFaults([]);
    const bomb = gzipSync(Buffer.alloc(256 * MIB), { level: 9 });
    const memory = kit.memoryOf('sync');
    const rule = kit.platform.rule({
      name: 'zip bomb',
      times: 12,
      answer: () => ({ body: bomb, headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' } }),
    });
    let most = 0;
    const second = await kit.place();
    await until(
      'the bombs are over',
      () => {
        most = Math.max(most, kit.memoryOf('sync'));
        return rule.injected >= 12;
      },
      60_000,
      20,
    );
    await kit.merchant.orderWhen(second.platformOrderNo, 'stored', () => true, 60_000);
    await nothingWasParsed(kit, aside);
    demand(most - memory < 160, 'memory stays flat (MiB before, at most)', [memory, most]);
    return {
      injected: broken + rule.injected,
      happened: `${broken} answers cut in the middle of their gzip, ${rule.injected} of ${Math.round(bomb.length / 1_024)} KiB that inflate to 256 MiB`,
      held: `tried again until they were whole; memory of sync rose from ${memory} to at most ${most} MiB`,
      recoveryMs,
    };
  },
};

/** Ways in which a JSON text can be no JSON. */
const DAMAGE: Record<string, (text: string) => FakedAnswer | string> = {
  'cut in half': (text) => text.slice(0, text.length / 2),
  NaN: (text) => text.replace(/"payment":"[^"]*"/, '"payment":NaN'),
  'a key stated twice': (text) => text.replace('"trade":{', '"trade":{"payment":"0.01",'),
  'a byte order mark': (text) => `\uFEFF${text}`,
};

export const F11: Fault = {
  id: 'F11',
  title: 'JSON cut in half, NaN, duplicate keys, BOM',
  must: 'reject the payload, keep raw bytes for 7 days, no partial write',
  async run(kit) {
    const aside = await setAside(kit);
    let injected = 0;
    let recoveryMs = 0;
    for (const [name, damage] of Object.entries(DAMAGE)) {
      const known = new Set((await unreadableOf(kit)).map(({ id }) => id));
      const { platformOrderNo } = await kit.place();
      const sent = new Set<string>();
      const rule: Rule = kit.platform.rule({
        name,
        method: DETAIL,
        where: ({ form }) => form.get('tid') === platformOrderNo,
        answer: (text) => {
          const damaged = damage(text);
          sent.add(typeof damaged === 'string' ? damaged : damaged.body.toString());
          return damaged;
        },
      });
      await until(`answers with ${name} were delivered`, () => rule.injected >= 3, 30_000, 100);
      await sleep(500);
      const rows = await kit.sql('SELECT 1 FROM orders.platform_order WHERE platform_order_no = $1', [platformOrderNo]);
      demandSame(rows.length, 0, `an answer with ${name} writes nothing of the order`);
      const kept = (await unreadableOf(kit)).filter(({ id, method }) => !known.has(id) && method === DETAIL);
      demand(kept.length > 0, `the answer with ${name} is kept`);
      const { body } = await kit.reader.get<{ body: string }>(`/sync/v1/unreadable-answers/${kept[0]!.id}`);
      demand(sent.has(Buffer.from(body, 'base64').toString()), `the bytes with ${name} are kept as they came`);
      rule.off();
      const took = stopwatch();
      await kit.merchant.orderWhen(platformOrderNo, 'stored', () => true, 60_000);
      recoveryMs = Math.max(recoveryMs, took());
      injected += rule.injected;
    }
    await nothingWasParsed(kit, aside);
    return {
      injected,
      happened: `details of four orders delivered as ${Object.keys(DAMAGE).join(', ')}`,
      held: '0 rows of the order meanwhile; the bytes are kept as they came; stored once the answer was whole',
      recoveryMs,
    };
  },
};
