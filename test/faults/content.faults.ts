import { CANONICAL_ORDER_EXAMPLE } from '@app/contracts';
import type { ShownOrder } from '../harness/merchant';
import { until } from '../harness/wait';
import { demand, demandSame, stopwatch } from './demand';
import type { Fault } from './fault';
import type { Kit } from './kit';
import { storyPasses } from './paging.faults';
import type { PlatformExchange, Rule } from './platform-proxy';

const DETAIL = 'taobao.trade.fullinfo.get';

type Shown = ShownOrder & {
  flags: string[];
  unknownStatus: string | null;
  unexplainedFen: number;
  sellerMemo: string;
  buyer: { id: string };
  lines: { platformLineNo: string; listingId: string; listingSkuId: string; paidFen: number }[];
};

const orderWhen = async (kit: Kit, no: string, what: string, holds: (order: Shown) => boolean, withinMs = 40_000) =>
  (await kit.merchant.orderWhen(no, what, (order) => holds(order as Shown), withinMs)) as Shown;

const rawOf = async (kit: Kit, id: string) =>
  (await kit.reader.get<{ raw: string }>(`/orders/v1/orders/${id}?include=raw`)).raw;

const edit = (kit: Kit, no: string, raw: Record<string, unknown>) => kit.simulator.act(no, 'edit', { raw });

/** A canonical order of its own with the given changes. */
export function canonicalOrder(kit: Kit, no: string, story: Date, more: Record<string, unknown> = {}) {
  const at = story.toISOString();
  const { shipBy: _shipBy, buyerMessage: _remark, ...example } = CANONICAL_ORDER_EXAMPLE;
  return {
    ...example,
    platformOrderNo: no,
    placedAt: at,
    paidAt: at,
    modifiedAt: at,
    fetchStartedAt: at,
    fetchedAt: at,
    lines: example.lines.map((line, index) => ({ ...line, platformLineNo: `${no}-${index + 1}` })),
    raw: JSON.stringify({ tid: no }),
    ...more,
  };
}

/** Damages the details of one order as long as it is on. */
function rewrite(kit: Kit, name: string, no: string, change: (text: string, call: PlatformExchange) => string): Rule {
  return kit.platform.rule({
    name,
    method: DETAIL,
    where: ({ form }) => form.get('tid') === no,
    answer: change,
  });
}

export const F12: Fault = {
  id: 'F12',
  title: 'an unknown status and a new field',
  must: 'accept, store raw, flag "unmapped", never drop the order',
  async run(kit) {
    const strange = { status: 'WAIT_FOR_MOON_PHASE', brand_new_field: { depth: [1, 'zwei'] } };
    const known = await kit.reserved();
    await edit(kit, known.platformOrderNo, strange);
    const fresh = await kit.place(1, { paid: false });
    await edit(kit, fresh.platformOrderNo, strange);
    const held = [];
    for (const no of [known.platformOrderNo, fresh.platformOrderNo]) {
      const order = await orderWhen(kit, no, 'held', ({ unknownStatus }) => unknownStatus === strange.status);
      demandSame(order.holds.map(({ type }) => type).includes('platform_forbids'), true, 'the order is held');
      const raw = await rawOf(kit, order.id);
      demand(raw.includes('brand_new_field') && raw.includes('zwei'), 'the new field is kept in the raw text', raw);
      const alarms = await kit.openAlarms('UNKNOWN_STATUS', kit.merchant.shopId);
      demand(
        alarms.some(({ message }) => message.includes(no)),
        'an alarm names the order',
        alarms,
      );
      held.push(order);
    }
    demandSame(held[0]!.platformState, 'paid', 'an unknown status replaces nothing');
    const took = stopwatch();
    await edit(kit, known.platformOrderNo, { status: 'WAIT_SELLER_SEND_GOODS' });
    await edit(kit, fresh.platformOrderNo, { status: 'WAIT_BUYER_PAY' });
    for (const { platformOrderNo } of held)
      await orderWhen(
        kit,
        platformOrderNo,
        'free again',
        (order) => order.unknownStatus === null && order.holds.length === 0,
      );
    return {
      injected: 2,
      happened: 'a paid and a new order were stated with a status and a field that nobody knows',
      held: 'both stored with their raw text, held and named by an alarm; the known state stayed; free again afterwards',
      recoveryMs: took(),
    };
  },
};

export const F13: Fault = {
  id: 'F13',
  title: 'ids beyond 2^53, and ids with leading zeros',
  must: 'kept as strings end to end',
  async run(kit) {
    const { platformOrderNo: no } = await kit.place(1, { paid: false });
    const ids = {
      line: '9007199254740993',
      listing: '9223372036854775807',
      sku: '0012345678901234567',
      buyer: '000123456789012345678',
    };
    const rule = rewrite(kit, 'large ids', no, (text) =>
      text
        .replace(/"oid":("?)\d+\1/, `"oid":${ids.line}`)
        .replace(/"oid_str":"\d+"/, `"oid_str":"${ids.line}"`)
        .replaceAll(/"num_iid":"?\d+"?/g, `"num_iid":${ids.listing}`)
        .replace(/"sku_id":"?\d+"?/, `"sku_id":"${ids.sku}"`)
        .replace(/"buyer_open_uid":"[^"]+"/, `"buyer_open_uid":"${ids.buyer}"`),
    );
    const took = stopwatch();
    const order = await orderWhen(kit, no, 'stored', () => true);
    const recoveryMs = took();
    const line = order.lines[0]!;
    demandSame(
      [order.platformOrderNo, line.platformLineNo, line.listingId, line.listingSkuId, order.buyer.id],
      [no, ids.line, ids.listing, ids.sku, ids.buyer],
      'every digit of every id is kept',
    );
    demand(BigInt(no) > BigInt(Number.MAX_SAFE_INTEGER), 'the order number is beyond 2^53', no);
    const stored = await kit.sql<{ canonical: string }>(
      'SELECT canonical::text FROM orders.platform_order WHERE platform_order_no = $1',
      [no],
    );
    demand(
      Object.values(ids).every((id) => stored[0]!.canonical.includes(id)),
      'and in the stored form',
      stored[0],
    );
    const injected = rule.injected;
    rule.off();
    await kit.simulator.act(no, 'memo', { actor: 'seller', memo: 'the true ids again' });
    await orderWhen(kit, no, 'with its true ids', ({ sellerMemo }) => sellerMemo === 'the true ids again');
    return {
      injected,
      happened: 'a line 2^53 + 1, a listing 2^63 − 1 as bare numbers; a SKU and a buyer with leading zeros',
      held: 'each shown and stored digit by digit',
      recoveryMs,
    };
  },
};

export const F16: Fault = {
  id: 'F16',
  title: 'a modified time in the future (+1 day)',
  must: 'applied with its version clamped to the fetch time, watermark does not jump',
  async run(kit) {
    const order = await kit.reserved();
    const no = order.platformOrderNo;
    const lagBefore = await lagOf(kit);
    const tomorrow = new Date((await kit.simulator.story()).getTime() + 86_400_000).toISOString();
    await kit.simulator.act(no, 'edit', { raw: { seller_memo: 'from tomorrow' }, modifiedAt: tomorrow });
    demandSame(await kit.pullOne(no), 'updated', 'the order is applied');
    const rows = await kit.sql<{ ok: boolean }>(
      'SELECT modified_at <= fetched_at AND stated_modified_at > fetched_at AS ok FROM orders.platform_order WHERE platform_order_no = $1',
      [no],
    );
    demandSame(rows[0]!.ok, true, 'its version is clamped to the fetch');
    await storyPasses(kit, 1);
    const took = stopwatch();
    const now = (await kit.simulator.story()).toISOString();
    await kit.simulator.act(no, 'edit', { raw: { seller_memo: 'from now on' }, modifiedAt: now });
    await orderWhen(kit, no, 'edited again', ({ sellerMemo }) => sellerMemo === 'from now on');
    const next = await kit.place();
    await orderWhen(kit, next.platformOrderNo, 'stored', () => true);
    const recoveryMs = took();
    const lag = await lagOf(kit);
    demand(lag >= 0 && lag < lagBefore + 20, 'the watermark stays in the present (lag in s)', [lagBefore, lag]);
    return {
      injected: 1,
      happened: 'an order stated as modified a day ahead',
      held: 'applied, version clamped to its fetch; a later edit with the true time still won; the next order came in',
      recoveryMs,
    };
  },
};

const lagOf = async (kit: Kit) =>
  (await kit.api.get<{ lagSeconds: { orders: number } }>(`/sync/v1/shops/${kit.merchant.shopId}/health`)).lagSeconds
    .orders;

export const F17: Fault = {
  id: 'F17',
  title: 'a negative amount, discount above price, lines that do not sum up to what was paid',
  must: 'accept as stated, book the difference to suspense, raise a flag and an alarm',
  async run(kit) {
    const cases: [string, (text: string) => string][] = [
      ['negative amount', (text) => text.replace(/"payment":"[^"]*","post_fee"/, '"payment":"-12.00","post_fee"')],
      ['discount above price', (text) => text.replaceAll(/"discount_fee":"[^"]*"/g, '"discount_fee":"99999.00"')],
      [
        'lines that do not sum up',
        (text) => text.replaceAll(/"divide_order_fee":"[^"]*"/g, '"divide_order_fee":"1.00"'),
      ],
    ];
    const placed = [];
    for (const [what, change] of cases) {
      const lines = kit.merchant.codes.slice(0, 2).map((merchantCode) => ({ merchantCode, quantity: 1 }));
      const { platformOrderNo: no } = await kit.simulator.place(kit.merchant.platformShopId, lines, {});
      const rule = rewrite(kit, what, no, change);
      await kit.simulator.act(no, 'pay');
      placed.push({ what, no, rule });
    }
    const took = stopwatch();
    let flagged = 0;
    for (const { what, no } of placed) {
      const order = await orderWhen(kit, no, 'stored as paid', ({ platformState }) => platformState === 'paid');
      demand(order.flags.includes('amount_mismatch'), `${what}: the order is flagged`, order.amounts);
      demand(order.unexplainedFen !== 0, `${what}: the difference is stated`);
      demand(
        order.holds.some(({ type }) => type === 'amount_mismatch'),
        `${what}: the order is held`,
        order.holds,
      );
      const alarms = await kit.openAlarms('AMOUNT_MISMATCH', kit.merchant.shopId);
      demand(
        alarms.some(({ message }) => message.includes(no)),
        `${what}: an alarm names it`,
        alarms,
      );
      flagged += 1;
    }
    const recoveryMs = took();
    await suspended(kit, placed[2]!.no);
    for (const { rule } of placed) rule.off();
    const negative = await orderWhen(kit, placed[0]!.no, 'stored', () => true);
    demandSame(negative.amounts.payableFen, -1_200, 'the amount is kept as stated');
    return {
      injected: flagged,
      happened: placed.map(({ what }) => what).join('; '),
      held: 'stored as stated; difference shown, in suspense, flagged, held and named by an alarm',
      recoveryMs,
    };
  },
};

/** What neither lines nor freight explain of what was paid stands in settlement's suspense. */
async function suspended(kit: Kit, no: string): Promise<void> {
  await until(
    `the difference of ${no} stands in suspense`,
    async () => {
      const { items } = await kit.api.get<{ items: { unexplainedFen: number }[] }>(
        `/settlement/v1/orders?shopId=${kit.merchant.shopId}&platformOrderNo=${no}`,
      );
      return items.some(({ unexplainedFen }) => unexplainedFen !== 0);
    },
    30_000,
    300,
  );
}

export const F18: Fault = {
  id: 'F18',
  title: 'fractions of a fen, float 0.1 + 0.2',
  must: 'integers in minor units; anything else refused with a reason',
  async run(kit) {
    const { platformOrderNo: no } = await kit.place();
    const rule = rewrite(kit, 'a fraction of a fen', no, (text) =>
      text.replace(/"payment":"[^"]*"/, '"payment":"12.345"'),
    );
    await until('the order is given up', async () => (await deadFor(kit, no)) !== undefined, 60_000, 500);
    const job = (await deadFor(kit, no))!;
    demand(
      job.cause.includes('12.345') && job.cause.includes('payment'),
      'the reason names field and value',
      job.cause,
    );
    demand((await kit.merchant.order(no)) === undefined, 'nothing of the order is stored');
    const story = await kit.simulator.story();
    const item = canonicalOrder(kit, 'F18-float', story);
    const float = { ...item, amounts: { ...item.amounts, paidFen: 0.1 + 0.2 } };
    const [verdict] = await kit.intake([float]);
    demand(verdict?.verdict === 'parked', 'an amount that is no integer is set aside', verdict);
    demand(
      verdict.errors!.some(({ field }) => field === 'amounts.paidFen'),
      'and its field is named',
      verdict,
    );
    const answer = await kit.api.call<{ code: string }>('POST', '/inventory/v1/adjustments', {
      key: 'f18',
      cause: 'fault run',
      lines: [{ skuCode: kit.merchant.codes[0], warehouse: 'HZ1', quantity: 0.1 + 0.2, bucket: 'onHand' }],
    });
    demandSame([answer.status, answer.body.code], [400, 'VALIDATION'], 'a float quantity is refused');
    rule.off();
    const took = stopwatch();
    await kit.api.post(`/sync/v1/failed-jobs/${job.id}/replay`);
    await orderWhen(kit, no, 'stored', () => true);
    return {
      injected: rule.injected + 2,
      happened: '"12.345" yuan by the platform; 0.30000000000000004 in a batch and in a call',
      held: 'refused with field and value named, nothing stored; stored after the amount was right',
      recoveryMs: took(),
    };
  },
};

const deadFor = async (kit: Kit, no: string) =>
  (await kit.failedJobs()).find(({ payload }) => JSON.stringify(payload).includes(no));

export const F19: Fault = {
  id: 'F19',
  title: 'emoji, 4-byte characters, RTL marks, NUL, lone surrogates in remarks',
  must: 'stored and shown; NUL stripped, lone surrogate replaced; search and print do not crash',
  async run(kit) {
    const memo = '🛒👨‍👩‍👧 𠮷野家 \u202Eabc\u202C a\u0000b \uD83D end';
    const wanted = '🛒👨‍👩‍👧 𠮷野家 \u202Eabc\u202C ab \uFFFD end';
    const { platformOrderNo: no } = await kit.place();
    await kit.simulator.act(no, 'memo', { actor: 'seller', memo });
    const took = stopwatch();
    const order = await orderWhen(kit, no, 'stored with its remark', ({ sellerMemo }) => sellerMemo !== '');
    const recoveryMs = took();
    demandSame(order.sellerMemo, wanted, 'the remark is shown');
    const sent = kit.platform.lastDetail(no)!.text;
    demand(sent.includes('\\u0000') || sent.includes('\u0000'), 'the platform sent a NUL', sent.slice(0, 200));
    await orderWhen(kit, no, 'released', ({ fulfilment }) => fulfilment === 'released');
    const parcel = await kit.merchant.takeParcel(order.id);
    const label = await kit.api.call('GET', `/logistics/v1/parcels/${parcel.id}/label`);
    demandSame(label.status, 200, 'its label can be printed');
    for (const query of [
      `platformOrderNo=${encodeURIComponent(memo.toWellFormed())}`,
      `hold=${encodeURIComponent('🛒\u202E')}`,
      `cursor=${encodeURIComponent('👨‍👩‍👧')}`,
    ]) {
      const answer = await kit.api.call('GET', `/orders/v1/orders?${query}`);
      demand(answer.status < 500, `a search for ${query} does not crash`, answer.status);
    }
    return {
      injected: 1,
      happened: 'a remark with emoji, a character beyond the BMP, RTL marks, NUL and a lone surrogate',
      held: 'shown as it was, without the NUL and with U+FFFD for the surrogate; label printed, searches answered',
      recoveryMs,
    };
  },
};
