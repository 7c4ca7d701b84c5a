import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction, WIRE_CLOCK, type WireClock } from '@app/shared';
import { PlatformCalls } from '../platform/platform-calls';
import { ShopReader } from '../shop/shop.reader';
import { ShopRepository } from '../shop/shop.repository';
import { DONE, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { WorkHandlers } from '../work/work.handlers';

/** Opens the push messages of a shop; subject is the shop. */
@Injectable()
export class SubscribeHandler implements WorkHandler, OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly handlers: WorkHandlers,
    private readonly reader: ShopReader,
    private readonly shops: ShopRepository,
    private readonly calls: PlatformCalls,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onModuleInit(): void {
    this.handlers.register('subscribe', this);
  }

  async run(work: Work, signal: AbortSignal): Promise<WorkOutcome> {
    const shop = await this.reader.of(work);
    await this.calls.with(shop, async ({ port }, call) => port.subscribePush?.(call), signal);
    await inTransaction(this.dataSource, (tx) =>
      this.shops.setSubscribed(tx, shop.companyId, shop.id, this.wire.date()),
    );
    return DONE;
  }
}
