import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction, WIRE_CLOCK, type Tx, type WireClock } from '@app/shared';
import type { Platform, PlatformCall } from '@app/platforms';
import { PlatformCalls } from '../platform/platform-calls';
import { ShopReader } from '../shop/shop.reader';
import type { ShopRow } from '../shop/shop.types';
import { DONE, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { WorkHandlers } from '../work/work.handlers';
import { ChangeReaders } from './change.readers';
import { ListingStore } from './listing.handler';
import { OrderIntake } from './order.intake';
import type { WindowKind } from './pull.kinds';
import { PullRepository, type PullRequestRow } from './pull.repository';

const MOST_NAMED = 200;

/** Where an asked-for pull stores. */
@Injectable()
export class RequestStore {
  constructor(
    readonly intake: OrderIntake,
    readonly readers: ChangeReaders,
    readonly listings: ListingStore,
    readonly repository: PullRepository,
  ) {}
}

/** Runs pulls that a person asked for, except those of bills and real ones of a span, which are windows; subject is the request. */
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
    const shop = await this.shops.of(work);
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
    return this.compare(shop, request, request.kind as WindowKind, platform, call);
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
    const listed = new Map([[order.platformOrderNo, order.modifiedAt]]);
    return judge(listed, await this.store.intake.known(shop, [...listed.keys()]));
  }

  private async compare(
    shop: ShopRow,
    request: PullRequestRow,
    kind: WindowKind,
    platform: Platform,
    call: PlatformCall,
  ): Promise<unknown> {
    const reader = this.store.readers.of(kind);
    const window = { from: request.fromAt!, to: request.toAt! };
    const listed = await reader.list(window, platform, call);
    return judge(listed, await reader.known(shop, [...listed.keys()], window));
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

function judge(listed: ReadonlyMap<string, string | undefined>, known: ReadonlyMap<string, Date>): unknown {
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
