import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PlatformCalls } from '../platform/platform-calls';
import { ShopReader } from '../shop/shop.reader';
import { DONE, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { WorkHandlers } from '../work/work.handlers';
import { AfterSaleIntake } from './after-sale.intake';

/** Pulls one after-sale by its number; subject is `<shopId>/<platformAfterSaleNo>`. */
@Injectable()
export class AfterSaleHandler implements WorkHandler, OnModuleInit {
  constructor(
    private readonly handlers: WorkHandlers,
    private readonly shops: ShopReader,
    private readonly calls: PlatformCalls,
    private readonly intake: AfterSaleIntake,
  ) {}

  onModuleInit(): void {
    this.handlers.register('after-sale', this);
  }

  /** A platform that cannot be asked for one after-sale alone lists it in the next change window. */
  async run(work: Work, signal: AbortSignal): Promise<WorkOutcome> {
    const shop = await this.shops.get(work.companyId, work.shopId);
    const no = work.subject.slice(work.subject.indexOf('/') + 1);
    const found = await this.calls.with(shop, async ({ port }, call) => port.afterSaleDetail?.(call, no), signal);
    if (found) await this.intake.put(shop, [found]);
    return DONE;
  }
}
