import { until } from '../harness/wait';
import { demand, demandSame, stopwatch } from './demand';
import type { Fault } from './fault';

const DETAIL = 'taobao.trade.fullinfo.get';
const REFUSED =
  '{"error_response":{"code":15,"msg":"Remote service error","sub_code":"isv.invalid-parameter:poison","sub_msg":"planted refusal","request_id":"poison1"}}';

export const F23: Fault = {
  id: 'F23',
  title: 'a worker killed between the database commit and its acknowledgement',
  must: 'rerun changes nothing; visible as a duplicate count, not as an error',
  async run(kit) {
    const code = kit.merchant.codes[0]!;
    const before = await kit.stockOf(code);
    const failed = (await kit.failedJobs()).length;
    const victim = kit.topology.service('inventory');
    await victim.stop();
    victim.setEnv({ HUIDIAN_MODE: 'test', HUIDIAN_KILL_AT: 'consumer.after-commit:1' });
    await victim.start();
    const { platformOrderNo } = await kit.place(3);
    await victim.ended(40_000);
    victim.setEnv({ HUIDIAN_MODE: 'demo', HUIDIAN_KILL_AT: undefined });
    const took = stopwatch();
    await victim.start();
    await kit.merchant.orderWhen(platformOrderNo, 'reserved', ({ stock }) => stock === 'reserved', 60_000);
    await until(
      'the repeat is counted',
      async () => (await kit.metric('inventory', 'huidian_fact_items_total', { outcome: 'repeated' })) > 0,
      60_000,
      300,
    );
    const recoveryMs = took();
    const repeated = await kit.metric('inventory', 'huidian_fact_items_total', { outcome: 'repeated' });
    demandSame((await kit.stockOf(code)).reserved - before.reserved, 3, 'the order is reserved once');
    demandSame((await kit.failedJobs()).length, failed, 'no job failed');
    return {
      injected: 1,
      happened: 'inventory killed by SIGKILL after it had committed a fact and before it acknowledged',
      held: `reserved once; ${repeated} items counted as repeated, none as failed`,
      recoveryMs,
    };
  },
};

export const F36: Fault = {
  id: 'F36',
  title: 'one poison job that always fails',
  must: 'at most 5 tries, dead letter with payload and cause, the rest flows',
  async run(kit) {
    const { platformOrderNo: poison } = await kit.place();
    const rule = kit.platform.rule({
      name: 'poison',
      method: DETAIL,
      asksPlatform: false,
      where: ({ form }) => form.get('tid') === poison,
      answer: () => REFUSED,
    });
    const mine = async () => (await kit.failedJobs()).find(({ payload }) => JSON.stringify(payload).includes(poison));
    await until('the poison job was tried', () => rule.injected > 0, 20_000, 50);
    const flowed = stopwatch();
    const other = await kit.place();
    await kit.merchant.orderWhen(other.platformOrderNo, 'stored', () => true, 20_000);
    const othersMs = flowed();
    await until('it is given up', async () => (await mine()) !== undefined, 90_000, 500);
    const job = (await mine())!;
    demand(job.tries <= 5, 'at most five tries', job);
    demand(job.cause.includes('planted refusal'), 'the dead letter names the cause', job.cause);
    // Beside the five of its own work, every window that overlaps the order's change tries it once.
    demand(rule.injected <= 40, 'the platform was asked for it a bounded number of times', rule.injected);
    const asked = rule.injected;
    demand(
      (await kit.openAlarms('WORK_FAILED')).some(({ subject }) => subject.includes(poison)),
      'an alarm names it',
    );
    rule.off();
    const took = stopwatch();
    await kit.api.post(`/sync/v1/failed-jobs/${job.id}/replay`);
    await kit.merchant.orderWhen(poison, 'stored', () => true, 20_000);
    return {
      injected: asked,
      happened: `every detail of one order was refused, ${asked} times; another order placed meanwhile`,
      held: `given up after ${job.tries} tries with cause and order; the other came in after ${(othersMs / 1_000).toFixed(1)} s; the replay stored it`,
      recoveryMs: took(),
    };
  },
};
