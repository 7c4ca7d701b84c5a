import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { chunk, createLogger, inTransaction, ServiceHttp, WIRE_CLOCK, type WireClock } from '@app/shared';
import type { CanonicalListing, PlatformListingsAnswer } from '@app/contracts';
import { PlatformCalls } from '../platform/platform-calls';
import { ShownRepository } from '../push/shown.repository';
import { ShopReader } from '../shop/shop.reader';
import type { ShopRow } from '../shop/shop.types';
import { DONE, type Work, type WorkHandler, type WorkOutcome } from '../work/work.kinds';
import { WorkHandlers } from '../work/work.handlers';
import { PullRepository } from './pull.repository';

const log = createLogger('pull');
const BATCH = 200;
const STORE_TIMEOUT_MS = 30_000;

/** What a reading of listings stores into. */
@Injectable()
export class ListingStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly http: ServiceHttp,
    private readonly shown: ShownRepository,
    private readonly pulls: PullRepository,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  /** Hands listings to the catalog and notes the numbers that the platform shows. */
  async put(shop: ShopRow, listings: readonly CanonicalListing[]): Promise<void> {
    for (const items of chunk(listings, BATCH)) {
      await this.http.put<PlatformListingsAnswer>(
        this.http.at('catalog', '/v1/platform-listings'),
        { shopId: shop.id, items },
        { companyId: shop.companyId, timeoutMs: STORE_TIMEOUT_MS },
      );
      const shown = items.flatMap(({ listingId, deductsOn, fetchedAt, skus }) =>
        skus.map(({ listingSkuId, quantity }) => ({
          listingId,
          listingSkuId,
          quantity,
          deductsOn,
          at: new Date(fetchedAt),
        })),
      );
      await inTransaction(this.dataSource, (tx) => this.shown.putShown(tx, shop.companyId, shop.id, shown));
    }
  }

  async succeeded(shop: ShopRow): Promise<void> {
    await inTransaction(this.dataSource, (tx) =>
      this.pulls.succeeded(tx, shop.companyId, shop.id, 'listings', this.wire.date()),
    );
  }
}

/** Reads all listings of a shop; subject is the shop. */
@Injectable()
export class ListingHandler implements WorkHandler, OnModuleInit {
  constructor(
    private readonly handlers: WorkHandlers,
    private readonly shops: ShopReader,
    private readonly calls: PlatformCalls,
    private readonly store: ListingStore,
  ) {}

  onModuleInit(): void {
    this.handlers.register('listings', this);
  }

  async run(work: Work, signal: AbortSignal): Promise<WorkOutcome> {
    const shop = await this.shops.of(work);
    await this.calls.with(
      shop,
      async ({ port }, call) => {
        for await (const page of port.listings(call)) {
          await this.store.put(shop, page.listings);
          for (const { listingId, reason } of page.failed ?? [])
            log.warn(
              { shopId: shop.id, listingId, reason },
              'a listing could not be read; it is read again with the next pull',
            );
        }
      },
      signal,
    );
    await this.store.succeeded(shop);
    return DONE;
  }
}
