import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { CanonicalOrder } from '@app/contracts';
import type { Platform, PlatformCall } from '@app/platforms';
import { PlatformCalls } from '../platform/platform-calls';
import { ShopReader } from '../shop/shop.reader';
import { DONE, type TogetherOutcomes, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { WorkHandlers } from '../work/work.handlers';
import { judge } from '../work/work.rules';
import { OrderIntake } from './order.intake';

/** Orders that are read at a time; the shop's buckets bound the rate. */
const PARALLEL = 6;

type Outcomes = Map<string, WorkOutcome | { kind: 'threw'; error: unknown }>;

/** Pulls orders by their numbers; subject is `<shopId>/<platformOrderNo>`. Orders of one shop are read together and stored in one batch. */
@Injectable()
export class OrderHandler implements WorkHandler, OnModuleInit {
  constructor(
    private readonly handlers: WorkHandlers,
    private readonly shops: ShopReader,
    private readonly calls: PlatformCalls,
    private readonly intake: OrderIntake,
  ) {}

  onModuleInit(): void {
    this.handlers.register('order', this);
  }

  async run(work: Work, signal: AbortSignal): Promise<WorkOutcome> {
    const outcome = (await this.runTogether([work], signal)).get(work.subject)!;
    if (outcome.kind === 'threw') throw outcome.error;
    return outcome;
  }

  /** An order that cannot be read fails alone; a shop or a platform that cannot be reached fails all that are left. */
  async runTogether(works: readonly Work[], signal?: AbortSignal): Promise<TogetherOutcomes> {
    const outcomes: Outcomes = new Map();
    try {
      const shop = await this.shops.of(works[0]!);
      await this.calls.with(
        shop,
        async ({ port }, call) => {
          const { orders, stopped } = await this.read(port, call, works, outcomes);
          if (orders.size > 0) await this.intake.put(shop, [...orders.values()]);
          for (const subject of orders.keys()) outcomes.set(subject, DONE);
          if (stopped) throw stopped.error;
        },
        signal,
      );
    } catch (error) {
      for (const { subject } of works) if (!outcomes.has(subject)) outcomes.set(subject, { kind: 'threw', error });
    }
    return outcomes;
  }

  /** Reads until everything is read, or until the platform or the token says that nothing more can be had now. */
  private async read(
    port: Platform['port'],
    call: PlatformCall,
    works: readonly Work[],
    outcomes: Outcomes,
  ): Promise<{ orders: Map<string, CanonicalOrder>; stopped: { error: unknown } | undefined }> {
    const orders = new Map<string, CanonicalOrder>();
    const queue = works.map(({ subject }) => subject);
    let stopped: { error: unknown } | undefined;
    const take = async (): Promise<void> => {
      for (let subject = queue.shift(); subject !== undefined && !stopped; subject = queue.shift()) {
        try {
          orders.set(subject, await port.orderDetail(call, subject.slice(subject.indexOf('/') + 1)));
        } catch (error) {
          if (['wait', 'unauthorised'].includes(judge(error).kind)) stopped = { error };
          else outcomes.set(subject, { kind: 'threw', error });
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, take));
    return { orders, stopped };
  }
}
