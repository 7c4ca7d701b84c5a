import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction, STORY_CLOCK, toShanghaiIso, WIRE_CLOCK, type StoryClock, type WireClock } from '@app/shared';
import { PlatformError } from '@app/platforms';
import { PlatformCalls } from '../platform/platform-calls';
import { PullRepository } from '../pull/pull.repository';
import { ShopReader } from '../shop/shop.reader';
import type { ShopRow } from '../shop/shop.types';
import { WorkDesk } from '../work/work.desk';
import { DONE, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { WorkHandlers } from '../work/work.handlers';
import { AfterSaleIntake } from './after-sale.intake';
import { readAfterSaleSubject, type AfterSaleSubject } from './after-sale.rules';

/** The ways by which an after-sale comes that the platform does not show alone. */
@Injectable()
export class AfterSaleDetour {
  constructor(
    private readonly dataSource: DataSource,
    private readonly intake: AfterSaleIntake,
    private readonly pulls: PullRepository,
    private readonly desk: WorkDesk,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** Asks for the order and for the next change window at once. Resolves with whether the after-sale is stored by now. */
  async ask(shop: ShopRow, { platformAfterSaleNo: no, platformOrderNo }: AfterSaleSubject): Promise<boolean> {
    const orders = platformOrderNo === undefined ? [] : [`${shop.id}/${platformOrderNo}`];
    await inTransaction(this.dataSource, async (tx) => {
      await this.desk.request(tx, shop, 'order', orders);
      await this.pulls.hasten(tx, shop.companyId, shop.id, 'after-sales', this.wire.date());
    });
    return (await this.intake.known(shop, [no], toShanghaiIso(this.story.now()))).has(no);
  }
}

/** Pulls one after-sale; the subject names it as afterSaleSubject writes it. */
@Injectable()
export class AfterSaleHandler implements WorkHandler, OnModuleInit {
  constructor(
    private readonly handlers: WorkHandlers,
    private readonly shops: ShopReader,
    private readonly calls: PlatformCalls,
    private readonly intake: AfterSaleIntake,
    private readonly detour: AfterSaleDetour,
  ) {}

  onModuleInit(): void {
    this.handlers.register('after-sale', this);
  }

  /** One that cannot be asked for alone stays due until a change window has brought it, and is a dead letter otherwise. */
  async run(work: Work, signal: AbortSignal): Promise<WorkOutcome> {
    const shop = await this.shops.of(work);
    const subject = readAfterSaleSubject(work.subject);
    const { platformAfterSaleNo: no, platformOrderNo } = subject;
    const found = await this.calls.with(
      shop,
      async ({ port }, call) => port.afterSaleDetail?.(call, no, platformOrderNo),
      signal,
    );
    if (found) {
      await this.intake.put(shop, [found]);
      return DONE;
    }
    if (await this.detour.ask(shop, subject)) return DONE;
    throw new PlatformError(
      'not-found',
      `After-sale ${no} cannot be asked for ${platformOrderNo === undefined ? 'without the number of its order' : 'alone'}, and no change window has brought it yet.`,
      { platform: shop.platform, method: 'afterSaleDetail' },
    );
  }
}
