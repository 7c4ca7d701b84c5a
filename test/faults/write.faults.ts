import type { TrueStock } from '../harness/simulator-control';
import { until } from '../harness/wait';
import { demand, demandSame, stopwatch } from './demand';
import type { Fault } from './fault';
import type { Kit } from './kit';

interface Listing {
  listingSkuId: string;
  lastTold: number | null;
  wanted: number | null;
  result: string;
}

/** The number that the platform truly shows of a listing SKU. */
async function shown(kit: Kit, listingSkuId: string): Promise<number> {
  const stock = await kit.simulator.truth<TrueStock>('stock');
  return stock.find((row) => row.listingSkuId === listingSkuId)!.quantity;
}

/** Pushing on, a changed stock, and its number on the platform although answers are lost. */
async function pushOfStock(kit: Kit): Promise<{ injected: number; number: number }> {
  const { merchant, api } = kit;
  const code = merchant.codes[3]!;
  const stock = await kit.simulator.truth<TrueStock>('stock');
  const { listingSkuId } = stock.find(
    (row) => row.merchantCode === code && row.platformShopId === merchant.platformShopId,
  )!;
  await api.post(`/sync/v1/shops/${merchant.shopId}/push/enable`, { dryRun: false });
  const settled = async (wanted: number) => {
    let last: Listing | undefined;
    await until(
      `the platform shows ${wanted} of ${code}`,
      async () => {
        const items = await api.all<Listing>(`/sync/v1/listings?shopId=${merchant.shopId}`);
        last = items.find((item) => item.listingSkuId === listingSkuId);
        if (last?.lastTold === wanted && (await shown(kit, listingSkuId)) === wanted) return true;
        throw new Error(JSON.stringify(last));
      },
      60_000,
      300,
    );
  };
  await kit.setFree(code, 700);
  await settled((await kit.stockOf(code)).sellable);
  const before = await kit.platformCount('timeout-after-write');
  await kit.platformFaults([{ kind: 'timeout-after-write', p: 1, times: 2 }]);
  await kit.setFree(code, 555);
  const { sellable } = await kit.stockOf(code);
  await settled(sellable);
  return { injected: (await kit.platformCount('timeout-after-write')) - before, number: sellable };
}

export const F35: Fault = {
  id: 'F35',
  title: 'the platform does the work and the answer is lost (waybill, ship notice, stock)',
  must: 're-query before repeat; "already shipped" counts as success if numbers agree',
  async run(kit) {
    const order = await kit.reserved(2);
    await kit.merchant.orderWhen(order.platformOrderNo, 'released', ({ fulfilment }) => fulfilment === 'released');
    const start = await kit.platformCount('timeout-after-write');
    await kit.platformFaults([{ kind: 'timeout-after-write', p: 1, times: 2, method: 'cainiao.waybill.ii.get' }]);
    let parcel: { id: string; waybillNo: string } | undefined;
    await until(
      'the clerk has a waybill',
      async () => {
        const { items } = await kit.api.get<{ items: { id: string; waybillNo: string; state: string }[] }>(
          `/logistics/v1/parcels?orderId=${order.id}`,
        );
        parcel = items.find(({ state }) => state === 'labelled');
        if (parcel) return true;
        const work = await kit.merchant.workFor(order.id);
        if (work) await kit.api.call('POST', `/logistics/v1/fulfilments/${work.fulfilmentId}/parcels`, {});
        return false;
      },
      60_000,
      500,
    );
    const waybills = (await kit.platformCount('timeout-after-write')) - start;
    await kit.platformFaults([
      { kind: 'timeout-after-write', p: 1, times: 3, method: 'taobao.logistics.offline.send' },
      { kind: 'timeout-after-write', p: 1, times: 3, method: 'alibaba.ascp.logistics.offline.send' },
    ]);
    const first = kit.platform.calls.length;
    const took = stopwatch();
    demandSame((await kit.merchant.ship(parcel!.waybillNo)).status, 200, 'the parcel leaves');
    await kit.merchant.orderWhen(order.platformOrderNo, 'told', ({ notice }) => notice === 'told', 60_000);
    const recoveryMs = took();
    const notices = (await kit.platformCount('timeout-after-write')) - start - waybills;
    const truth = await kit.simulator.order(order.platformOrderNo);
    demandSame(
      truth.notices.map(({ waybillNo }) => waybillNo),
      [parcel!.waybillNo],
      'the platform was told once',
    );
    const calls = kit.platform.calls.slice(first).filter(({ form }) => form.toString().includes(order.platformOrderNo));
    const sends = calls.flatMap(({ method }, at) =>
      method.includes('logistics') && method.endsWith('send') ? [at] : [],
    );
    for (let i = 1; i < sends.length; i += 1)
      demand(
        calls.slice(sends[i - 1]! + 1, sends[i]).some(({ method }) => method === 'taobao.trade.fullinfo.get'),
        'the platform was asked before the notice was repeated',
        calls.map(({ method }) => method),
      );
    demand(waybills > 0 && notices > 0, 'answers of waybill and notice were lost', [waybills, notices]);
    const push = await pushOfStock(kit);
    demand(push.injected > 0, 'an answer of a stock number was lost', push);
    return {
      injected: waybills + notices + push.injected,
      happened: `done but unanswered: ${waybills} waybills, ${notices} ship notices (sent ${sends.length}×), ${push.injected} stock numbers`,
      held: `one waybill, one notice there, order told; the platform shows ${push.number} as it should`,
      recoveryMs,
    };
  },
};
