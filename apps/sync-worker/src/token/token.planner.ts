import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction } from '@app/shared';
import { ShopReader } from '../shop/shop.reader';
import { ShopRepository } from '../shop/shop.repository';
import { DONE, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { Schedule } from '../work/schedule';
import { WorkDesk } from '../work/work.desk';
import { WorkHandlers } from '../work/work.handlers';
import { TokenKeeper } from './token.keeper';

const EVERY_TICKS = 5;

/** Reviews all tokens every few seconds and refreshes those inside their window. */
@Injectable()
export class TokenPlanner implements OnModuleInit, WorkHandler {
  private ticks = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly schedule: Schedule,
    private readonly handlers: WorkHandlers,
    private readonly shops: ShopRepository,
    private readonly reader: ShopReader,
    private readonly keeper: TokenKeeper,
    private readonly desk: WorkDesk,
  ) {}

  onModuleInit(): void {
    this.handlers.register('token', this);
    this.schedule.every({ name: 'tokens', run: () => this.tick() });
  }

  /** Refreshes the token of a shop; subject is the shop. */
  async run(work: Work): Promise<WorkOutcome> {
    const shop = await this.reader.get(work.companyId, work.shopId);
    await this.keeper.refresh(shop.companyId, shop.id, shop.tokenNo);
    return DONE;
  }

  private async tick(): Promise<void> {
    this.ticks += 1;
    if (this.ticks % EVERY_TICKS !== 1) return;
    for (const shop of await inTransaction(this.dataSource, (tx) => this.shops.all(tx))) {
      if (await this.keeper.review(shop))
        await inTransaction(this.dataSource, (tx) => this.desk.request(tx, shop, 'token', [shop.id]));
    }
  }
}
