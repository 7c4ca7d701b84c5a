import { sleep, systemWireClock } from '@app/shared';
import { until } from '../harness/wait';
import { demand, demandSame, stopwatch } from './demand';
import type { Fault } from './fault';
import type { Kit } from './kit';
import { awaitStored, placeCrowd, storyPasses } from './paging.faults';
import type { PlatformExchange } from './platform-proxy';

const LIST = 'taobao.trades.sold.increment.get';
const EXPIRED =
  '{"error_response":{"code":27,"msg":"Invalid session","sub_code":"session-expired","sub_msg":"授权已过期，请重新授权","request_id":"expired1"}}';

const tokenStateOf = async (kit: Kit, shopId: string) =>
  (await kit.api.get<{ token: { state: string } }>(`/sync/v1/shops/${shopId}/health`)).token.state;

/** The session with which a shop calls at present. */
async function sessionOf(kit: Kit, platformShopId: string): Promise<string> {
  const { items } = await kit.simulator.call<{
    items: { shops: { platformShopId: string; accessToken: string }[] }[];
  }>('GET', '/apps');
  return items.flatMap(({ shops }) => shops).find((shop) => shop.platformShopId === platformShopId)!.accessToken;
}

/** Windows in which a page was answered more than once with success; a page of a window is named by all of its parameters. */
function pagesReadTwice(calls: readonly PlatformExchange[]): string[] {
  const seen = new Map<string, number>();
  for (const { method, form, errorCode } of calls) {
    if (method !== LIST || errorCode !== '' || form.get('use_has_next') === null) continue;
    const page = ['start_modified', 'end_modified', 'page_no'].map((name) => form.get(name)).join(' ');
    seen.set(page, (seen.get(page) ?? 0) + 1);
  }
  return [...seen].filter(([, times]) => times > 1).map(([page]) => page);
}

export const F7: Fault = {
  id: 'F7',
  title: 'the token expires in the middle of paging',
  must: 'refresh once under a lock, resume at the same page; no double refresh',
  async run(kit) {
    const placed = await placeCrowd(kit, 130);
    await storyPasses(kit, 1);
    const old = await sessionOf(kit, kit.merchant.platformShopId);
    let pages = 0;
    const rule = kit.platform.rule({
      name: 'token expired',
      asksPlatform: false,
      where: ({ session, method, form }) => {
        if (session !== old) return false;
        const isOver = pages > 0;
        if (method === LIST && form.get('use_has_next') !== null) pages += 1;
        return isOver;
      },
      answer: () => EXPIRED,
    });
    const first = kit.platform.calls.length;
    const took = stopwatch();
    await kit.switchShop('resume', 'pull');
    await awaitStored(kit, placed);
    const recoveryMs = took();
    const calls = kit.platform.calls.slice(first).filter(({ session }) => session === old || session === '');
    const refreshes = calls.filter(({ method }) => method.endsWith('/oauth/token')).length;
    demand(rule.injected > 1, 'several requests met the refusal in the middle of a window', rule.injected);
    demandSame(refreshes, 1, 'exactly one refresh was asked for');
    const during = kit.platform.calls.slice(first).filter(({ at }) => at < systemWireClock.now() - recoveryMs + 3_000);
    demandSame(pagesReadTwice(during), [], 'no page is read again');
    demandSame(await tokenStateOf(kit, kit.merchant.shopId), 'valid', 'the token is valid');
    demand((await sessionOf(kit, kit.merchant.platformShopId)) !== old, 'the platform has given another token');
    return {
      injected: rule.injected,
      happened: `refused after the first page of a window of ${placed.length} orders, in ${rule.injected} requests at once`,
      held: 'one refresh for all requests; reading went on at the same page, none was read twice; all stored',
      recoveryMs,
    };
  },
};

export const F8: Fault = {
  id: 'F8',
  title: 'the refresh token is revoked',
  must: 'mark the shop "re-authorise", pause its queues, keep others running, tell the user',
  async run(kit) {
    const { merchant, second, simulator } = kit;
    const { items: apps } = await simulator.call<{ items: { platform: string; appKey: string }[] }>('GET', '/apps');
    const grant = `/apps/${apps.find(({ platform }) => platform === simulator.platform)!.appKey}/shops/${merchant.platformShopId}`;
    const session = await sessionOf(kit, merchant.platformShopId);
    const first = kit.platform.calls.length;
    await simulator.call('POST', `${grant}/revoke`);
    await until(
      'the shop is marked',
      async () => (await tokenStateOf(kit, merchant.shopId)) === 'revoked',
      30_000,
      200,
    );
    const refusals = kit.platform.calls.slice(first).filter(({ errorCode }) => errorCode === '27').length;
    const waiting = await kit.place();
    const quietFrom = kit.platform.calls.length;
    const other = await kit.place(1, {}, second);
    await second.orderWhen(other.platformOrderNo, 'stored', () => true);
    await sleep(6_000);
    const called = kit.platform.calls.slice(quietFrom).filter((call) => call.session === session);
    demand(
      called.length === 0,
      'the revoked shop calls no more',
      called.map(({ method }) => method),
    );
    demand((await merchant.order(waiting.platformOrderNo)) === undefined, 'its orders wait on the platform');
    const alarms = await kit.openAlarms('TOKEN_REVOKED', merchant.shopId);
    demandSame(alarms.length, 1, 'the owner is told by one alarm');
    demandSame((await kit.openAlarms('TOKEN_REVOKED', second.shopId)).length, 0, 'the other shop has no such alarm');
    await simulator.call('POST', `${grant}/restore`);
    const took = stopwatch();
    await kit.authorise(merchant);
    await merchant.orderWhen(waiting.platformOrderNo, 'stored', () => true, 40_000);
    const recoveryMs = took();
    demandSame((await kit.openAlarms('TOKEN_REVOKED', merchant.shopId)).length, 0, 'the alarm is settled');
    return {
      injected: refusals,
      happened: 'the platform refused access and refresh token of one shop of two',
      held: 'that shop made no further call and has one alarm; the other pulled on; after authorising nothing was missing',
      recoveryMs,
    };
  },
};

const ban = (seconds: number, code: number, subCode: string) =>
  `{"error_response":{"code":${code},"msg":"Call Limited","sub_code":"${subCode}","sub_msg":"This ban will last for ${seconds} more seconds","request_id":"ban1"}}`;

interface BanCase {
  seconds: number;
  answer: string;
  /** Whether a call falls under the ban. */
  covers(call: PlatformExchange): boolean;
}

/** Bans once, and measures when the next covered call leaves. */
async function banned(kit: Kit, { seconds, answer, covers }: BanCase): Promise<{ early: number; lateMs: number }> {
  let until_ = 0;
  const rule = kit.platform.rule({
    name: 'ban',
    times: 1,
    asksPlatform: false,
    where: covers,
    answer: () => {
      until_ = systemWireClock.now() + seconds * 1_000;
      return answer;
    },
  });
  await kit.place();
  await until('the ban is stated', () => rule.injected === 1, 20_000);
  // Requests that were on their way already when the ban was stated are no breach of it.
  const grace = systemWireClock.now() + 150;
  await until(
    'a covered call leaves again',
    () => kit.platform.calls.some((call) => covers(call) && call.at > until_),
    (seconds + 20) * 1_000,
    100,
  );
  const next = kit.platform.calls.filter((call) => covers(call) && call.at > grace);
  return {
    early: next.filter(({ at }) => at < until_ - 20).length,
    lateMs: next.find(({ at }) => at >= until_ - 20)!.at - until_,
  };
}

export const F34: Fault = {
  id: 'F34',
  title: 'the platform says "banned for N more seconds"',
  must: 'honour N exactly per (app, method, shop); other shops unaffected',
  async run(kit) {
    const mine = await sessionOf(kit, kit.merchant.platformShopId);
    const others = await sessionOf(kit, kit.second.platformShopId);
    const from = kit.platform.calls.length;
    const ofShop = await banned(kit, {
      seconds: 8,
      answer: ban(8, 5, 'isp.call-limited-by-user'),
      covers: ({ session }) => session === mine,
    });
    const otherShop = kit.platform.calls.slice(from).filter(({ session }) => session === others).length;
    demandSame(ofShop.early, 0, 'no call of the banned shop leaves too early');
    demand(otherShop >= 4, 'the other shop calls on', otherShop);
    const methodFrom = kit.platform.calls.length;
    const ofMethod = await banned(kit, {
      seconds: 8,
      answer: ban(8, 7, 'accesscontrol.limited-by-api-access-count'),
      covers: ({ method, session }) => method === 'taobao.trades.sold.increment.get' && session === mine,
    });
    const otherMethods = kit.platform.calls
      .slice(methodFrom)
      .filter(({ method, session }) => session === mine && method !== LIST && method.startsWith('taobao.')).length;
    demandSame(ofMethod.early, 0, 'no call of the banned method leaves too early');
    demand(Math.max(ofShop.lateMs, ofMethod.lateMs) < 4_000, 'calls go on soon after the ban', [ofShop, ofMethod]);
    const { lateMs } = ofMethod;
    return {
      injected: 2,
      happened: `one shop banned for 8 s, then one method for 8 s; meanwhile ${otherShop} calls of the other shop, ${otherMethods} of other methods`,
      held: `no covered call left early; the first left ${ofShop.lateMs} and ${lateMs} ms after the end`,
      recoveryMs: Math.max(ofShop.lateMs, lateMs),
    };
  },
};
