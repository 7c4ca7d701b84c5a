import { until } from '../harness/wait';
import { demand, demandSame, stopwatch } from './demand';
import type { Fault } from './fault';

const LIST = 'taobao.trades.sold.increment.get';
const DETAIL = 'taobao.trade.fullinfo.get';

export const F5: Fault = {
  id: 'F5',
  title: 'a refund arrives before its order',
  must: 'park as orphan, fetch the order, then apply; alarm if > 10 min',
  async run(kit) {
    const dropped = await kit.platformCount('drop-from-modified');
    // No list by change names the order any more, and its detail does not come through for a while.
    await kit.platformFaults([{ kind: 'drop-from-modified', p: 1, method: LIST }]);
    const { platformOrderNo: no } = await kit.place();
    const rule = kit.platform.rule({
      name: 'no detail',
      method: DETAIL,
      where: ({ form }) => form.get('tid') === no,
      answer: () => 'cut',
    });
    await kit.simulator.act(no, 'request-refund', { reason: '不想要了' });
    const list = async () =>
      (
        await kit.api.get<{ items: { isOrphan: boolean; state: string }[] }>(
          `/orders/v1/after-sales?platformOrderNo=${no}`,
        )
      ).items;
    await until('the refund is here', async () => (await list()).length === 1, 60_000, 200);
    demandSame((await list())[0]!.isOrphan, true, 'it waits as an orphan');
    demand((await kit.merchant.order(no)) === undefined, 'its order is not here');
    await until('its order is fetched', () => rule.injected > 0, 60_000, 100);
    const alarm = async () =>
      (await kit.openAlarms('AFTER_SALE_WITHOUT_ORDER')).filter(({ message }) => message.includes(no));
    demandSame((await alarm()).length, 0, 'no alarm before its time');
    // Eleven minutes pass for the watch.
    await until(
      'the watch has seen it',
      async () =>
        (
          await kit.sql(
            `UPDATE sync.after_sale_orphan SET seen_at = seen_at - interval '11 minutes' WHERE platform_order_no = $1 RETURNING 1`,
            [no],
          )
        ).length > 0,
      30_000,
      500,
    );
    await until('an alarm names it', async () => (await alarm()).length === 1, 40_000, 500);
    const injected = rule.injected + (await kit.platformCount('drop-from-modified')) - dropped;
    rule.off();
    const took = stopwatch();
    const order = await kit.merchant.orderWhen(
      no,
      'stored with its refund',
      (found) => found.holds.some(({ type }) => type === 'refund_requested'),
      90_000,
    );
    const recoveryMs = took();
    demandSame((order as unknown as { afterSale: string }).afterSale, 'open', 'the refund has taken effect');
    demandSame((await list())[0]!.isOrphan, false, 'it is no orphan any more');
    await until('the alarm is settled', async () => (await alarm()).length === 0, 40_000, 500);
    const { fulfilment } = (await kit.merchant.order(no))!;
    demand(['none', 'planned'].includes(fulfilment), 'nothing is released', fulfilment);
    return {
      injected,
      happened: 'an order missing from every list by change and its detail cut off; its refund came first',
      held: 'refund kept as orphan, its order fetched by number, alarm after 10 min; then held for the refund, alarm settled',
      recoveryMs,
    };
  },
};
