import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PlatformCalls } from '../platform/platform-calls';
import { ShopReader } from '../shop/shop.reader';
import { DONE, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { WorkHandlers } from '../work/work.handlers';
import { OrderIntake } from './order.intake';

/** Pulls one order by its number; subject is `<shopId>/<platformOrderNo>`. */
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
    const shop = await this.shops.get(work.companyId, work.shopId);
    const platformOrderNo = work.subject.slice(work.subject.indexOf('/') + 1);
    const order = await this.calls.with(shop, ({ port }, call) => port.orderDetail(call, platformOrderNo), signal);
    await this.intake.put(shop, [order]);
    return DONE;
  }
}
