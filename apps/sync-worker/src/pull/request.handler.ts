import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction, WIRE_CLOCK, type Tx, type WireClock } from '@app/shared';
import type { Platform, PlatformCall } from '@app/platforms';
import { PlatformCalls } from '../platform/platform-calls';
import { ShopReader } from '../shop/shop.reader';
import type { ShopRow } from '../shop/shop.types';
import { DONE, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { WorkHandlers } from '../work/work.handlers';
import { ListingStore } from './listing.handler';
import { OrderIntake } from './order.intake';
import { PullRepository, type PullRequestRow } from './pull.repository';

const MOST_NAMED = 200;

/** Where an asked-for pull stores. */
@Injectable()
export class RequestStore {
  constructor(
    readonly intake: OrderIntake,
    readonly listings: ListingStore,
    readonly repository: PullRepository,
  ) {}
}

/** Runs pulls that a person asked for, except real pulls of a span of orders, which are windows; subject is the request. */
@Injectable()
export class RequestHandler implements WorkHandler, OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly handlers: WorkHandlers,
    private readonly shops: ShopReader,
    private readonly calls: PlatformCalls,
    private readonly store: RequestStore,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onModuleInit(): void {
    this.handlers.register('request', this);
  }

  async run(work: Work, signal: AbortSignal): Promise<WorkOutcome> {
    const request = await inTransaction(this.dataSource, (tx) =>
      this.store.repository.findRequest(tx, work.companyId, work.shopId, work.subject),
    );
    if (!request || request.state === 'done') return DONE;
    const shop = await this.shops.get(work.companyId, work.shopId);
    const result = await this.calls.with(shop, (platform, call) => this.pull(shop, request, platform, call), signal);
    await inTransaction(this.dataSource, (tx) =>
      this.store.repository.endRequest(
        tx,
        work.companyId,
        request.id,
        'done',
        JSON.stringify(result),
        this.wire.date(),
      ),
    );
    return DONE;
  }

  async gaveUp(tx: Tx, work: Work, cause: string): Promise<void> {
    await this.store.repository.endRequest(
      tx,
      work.companyId,
      work.subject,
      'failed',
      JSON.stringify({ cause }),
      this.wire.date(),
    );
  }

  private pull(shop: ShopRow, request: PullRequestRow, platform: Platform, call: PlatformCall): Promise<unknown> {
    if (request.kind === 'listings') return this.listings(shop, request, platform, call);
    if (request.kind === 'order') return this.order(shop, request, platform, call);
    return this.compare(shop, request, platform, call);
  }

  private async order(
    shop: ShopRow,
    request: PullRequestRow,
    { port }: Platform,
    call: PlatformCall,
  ): Promise<unknown> {
    const order = await port.orderDetail(call, request.platformOrderNo!);
    if (!request.isDryRun)
      return { [order.platformOrderNo]: (await this.store.intake.put(shop, [order])).get(order.platformOrderNo) };
    return this.judge(shop, new Map([[order.platformOrderNo, order.modifiedAt]]));
  }

  private async compare(
    shop: ShopRow,
    request: PullRequestRow,
    { port }: Platform,
    call: PlatformCall,
  ): Promise<unknown> {
    const listed = new Map<string, string | undefined>();
    for await (const page of port.changedOrders(call, { from: request.fromAt!, to: request.toAt! })) {
      for (const { platformOrderNo, modifiedAt } of page.items) listed.set(platformOrderNo, modifiedAt);
    }
    return this.judge(shop, listed);
  }

  private async judge(shop: ShopRow, listed: ReadonlyMap<string, string | undefined>): Promise<unknown> {
    const known = await this.store.intake.known(shop, [...listed.keys()]);
    const wouldStore = [...listed.keys()].filter((no) => !known.has(no));
    const wouldUpdate = [...listed]
      .filter(([no, at]) => known.has(no) && at !== undefined && Date.parse(at) > known.get(no)!.getTime())
      .map(([no]) => no);
    return {
      listed: listed.size,
      unchanged: listed.size - wouldStore.length - wouldUpdate.length,
      wouldStoreCount: wouldStore.length,
      wouldUpdateCount: wouldUpdate.length,
      wouldStore: wouldStore.slice(0, MOST_NAMED),
      wouldUpdate: wouldUpdate.slice(0, MOST_NAMED),
    };
  }

  private async listings(
    shop: ShopRow,
    request: PullRequestRow,
    { port }: Platform,
    call: PlatformCall,
  ): Promise<unknown> {
    const counts = { listings: 0, skus: 0, failed: [] as { listingId: string; reason: string }[] };
    for await (const page of port.listings(call)) {
      counts.listings += page.listings.length;
      counts.skus += page.listings.reduce((sum, { skus }) => sum + skus.length, 0);
      counts.failed.push(...(page.failed ?? []).slice(0, MOST_NAMED));
      if (!request.isDryRun) await this.store.listings.put(shop, page.listings);
    }
    return counts;
  }
}
