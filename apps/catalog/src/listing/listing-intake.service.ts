import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CanonicalListingSchema, type CanonicalListing, type PlatformListingsAnswer } from '@app/contracts';
import {
  AppError,
  assertShop,
  check,
  FactRegistry,
  groupBy,
  InboxRepository,
  inTransaction,
  isDataError,
  killPoint,
  newId,
  sqlStateOf,
  WIRE_CLOCK,
  type Caller,
  type FieldError,
  type Tx,
  type WireClock,
} from '@app/shared';
import { LinkingService } from './linking.service';
import { checkEnvelope } from './listing.dto';
import type { ListingWrite } from './listing.repository';
import { ListingStore } from './listing.store';
import { contentHash, isOlder, platformParts } from './listing.rules';

type Verdict = PlatformListingsAnswer['items'][number];

interface Numbered {
  no: number;
  listing: CanonicalListing;
}

const SOURCE = 'platform-listings';

/** Takes in what platforms offer: once or ten times, newest wins, a bad listing alone is set aside. */
@Injectable()
export class ListingIntakeService implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly store: ListingStore,
    private readonly linking: LinkingService,
    private readonly inbox: InboxRepository,
    private readonly registry: FactRegistry,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onModuleInit(): void {
    this.registry.subscribeReplay(SOURCE, (companyId, payload) => this.replay(companyId, payload));
  }

  /** A verdict per listing, in the order of the request. Throws VALIDATION for a bad envelope, SHOP.NOT_FOUND. */
  async takeIn(caller: Caller, body: unknown): Promise<PlatformListingsAnswer> {
    const { shopId, items } = checkEnvelope(body);
    assertShop(caller, shopId);
    await this.assertKnown(caller.companyId, shopId);
    const verdicts = new Map<number, Verdict>();
    const good: Numbered[] = [];
    const owners = new Map<string, string>();
    for (const [no, item] of items.entries()) {
      const checked = check(CanonicalListingSchema, item);
      const twice = checked.ok ? this.skuOfTwoListings(checked.value, owners) : [];
      if (twice.length > 0)
        verdicts.set(
          no,
          await this.park(
            caller.companyId,
            shopId,
            no,
            item,
            'A SKU of the listing stands twice in the request.',
            twice,
          ),
        );
      else if (checked.ok) good.push({ no, listing: checked.value });
      else
        verdicts.set(
          no,
          await this.park(
            caller.companyId,
            shopId,
            no,
            item,
            'The listing does not fit the canonical form.',
            checked.errors,
          ),
        );
    }
    const newest = this.newestOfEach(good);
    for (const { no, listing } of good)
      if (!newest.some((one) => one.no === no)) verdicts.set(no, { listingId: listing.listingId, verdict: 'older' });
    await this.storeOrBisect(caller.companyId, shopId, newest, verdicts);
    killPoint('listings.after-commit');
    return { items: items.map((_, no) => verdicts.get(no)!) };
  }

  /** A SKU belongs to one listing, once; the first listing of the request that names it keeps it. */
  private skuOfTwoListings(listing: CanonicalListing, owners: Map<string, string>): FieldError[] {
    const seen = new Set<string>();
    const errors: FieldError[] = [];
    for (const [index, { listingSkuId }] of listing.skus.entries()) {
      const owner = owners.get(listingSkuId);
      if (seen.has(listingSkuId) || (owner !== undefined && owner !== listing.listingId))
        errors.push({
          field: `skus[${index}].listingSkuId`,
          code: 'TWICE',
          message: `SKU ${listingSkuId} stands twice`,
        });
      seen.add(listingSkuId);
    }
    if (errors.length === 0) for (const id of seen) owners.set(id, listing.listingId);
    return errors;
  }

  /** Takes a parked listing in again; throws when it still does not fit. */
  private async replay(companyId: string, payload: string): Promise<void> {
    const { shopId, item } = JSON.parse(payload) as { shopId: string; item: unknown };
    const checked = check(CanonicalListingSchema, item);
    if (!checked.ok)
      throw new AppError('PARKED_ITEM.STILL_WRONG', 'The listing still does not fit the canonical form.', {
        errors: checked.errors,
      });
    await inTransaction(this.dataSource, (tx) =>
      this.storeAll(tx, companyId, shopId, [{ no: 0, listing: checked.value }]),
    );
  }

  private newestOfEach(good: readonly Numbered[]): Numbered[] {
    const versionOf = ({ listing }: Numbered) => ({
      modifiedAt: listing.modifiedAt ? new Date(listing.modifiedAt) : null,
      fetchedAt: new Date(listing.fetchedAt),
    });
    return [...groupBy(good, ({ listing }) => listing.listingId).values()].map((same) =>
      same.reduce((best, one) => (isOlder(versionOf(one), versionOf(best)) ? best : one)),
    );
  }

  private async storeOrBisect(
    companyId: string,
    shopId: string,
    listings: readonly Numbered[],
    verdicts: Map<number, Verdict>,
  ): Promise<void> {
    if (listings.length === 0) return;
    try {
      const stored = await inTransaction(this.dataSource, (tx) => this.storeAll(tx, companyId, shopId, listings));
      for (const [no, verdict] of stored) verdicts.set(no, verdict);
    } catch (error) {
      if (!isDataError(error)) throw error;
      const [only, ...more] = listings;
      if (only && more.length === 0) {
        verdicts.set(
          only.no,
          await this.park(
            companyId,
            shopId,
            only.no,
            only.listing,
            `${sqlStateOf(error)}: ${(error as Error).message}`,
          ),
        );
        return;
      }
      const middle = Math.ceil(listings.length / 2);
      await this.storeOrBisect(companyId, shopId, listings.slice(0, middle), verdicts);
      await this.storeOrBisect(companyId, shopId, listings.slice(middle), verdicts);
    }
  }

  private async storeAll(
    tx: Tx,
    companyId: string,
    shopId: string,
    listings: readonly Numbered[],
  ): Promise<Map<number, Verdict>> {
    const verdicts = new Map<number, Verdict>();
    const stored = new Map(
      (
        await this.store.listings.lock(
          tx,
          companyId,
          shopId,
          listings.map(({ listing }) => listing.listingId),
        )
      ).map((one) => [one.listingId, one]),
    );
    const writes: ListingWrite[] = [];
    for (const { no, listing } of listings) {
      const known = stored.get(listing.listingId);
      const hash = contentHash(listing);
      const version = {
        modifiedAt: listing.modifiedAt ? new Date(listing.modifiedAt) : null,
        fetchedAt: new Date(listing.fetchedAt),
      };
      const verdict = !known
        ? 'stored'
        : known.contentHash === hash
          ? 'unchanged'
          : isOlder(version, known)
            ? 'older'
            : 'updated';
      verdicts.set(no, { listingId: listing.listingId, verdict });
      if (verdict === 'stored' || verdict === 'updated') writes.push({ id: known?.id ?? newId('lst'), listing, hash });
    }
    if (writes.length > 0) await this.write(tx, companyId, shopId, writes);
    killPoint('listings.before-commit');
    return verdicts;
  }

  private async write(tx: Tx, companyId: string, shopId: string, writes: readonly ListingWrite[]): Promise<void> {
    const { listings, listingSkus, skus } = this.store;
    await listings.upsert(tx, companyId, shopId, writes);
    const parts = writes.flatMap(({ listing }) => platformParts(shopId, listing));
    const listingIds = writes.map(({ listing }) => listing.listingId);
    const partIds = new Set(parts.map(({ listingSkuId }) => listingSkuId));
    const before = await listingSkus.lockOf(tx, companyId, shopId, listingIds, [...partIds]);
    const gone = before
      .filter((sku) => listingIds.includes(sku.listingId) && !partIds.has(sku.listingSkuId))
      .map((sku) => ({ ...sku, status: 'deleted' }));
    await listingSkus.upsertPlatformParts(tx, companyId, [...parts, ...gone]);
    const now = await listingSkus.lockOf(tx, companyId, shopId, listingIds, []);
    const codes = [...new Set(now.flatMap(({ merchantCode }) => merchantCode ?? []))];
    const known = new Map((await skus.byCodes(tx, companyId, codes)).map((sku) => [sku.code, sku.id]));
    await this.linking.applyRule(tx, companyId, now, known);
  }

  private async assertKnown(companyId: string, shopId: string): Promise<void> {
    const shop = await inTransaction(this.dataSource, (tx) => this.store.shops.find(tx, companyId, shopId));
    if (!shop)
      throw new AppError(
        'SHOP.NOT_FOUND',
        `Catalog does not know shop ${shopId} yet; it is told by shop.changed, so try again soon.`,
      );
  }

  private async park(
    companyId: string,
    shopId: string,
    no: number,
    item: unknown,
    cause: string,
    fields?: FieldError[],
  ): Promise<Verdict> {
    const id = newId('prk');
    const given = (item as { listingId?: unknown } | null)?.listingId;
    const listingId = typeof given === 'string' ? given : '';
    const payload = JSON.stringify({ shopId, item }).replaceAll('\\u0000', '');
    await inTransaction(this.dataSource, (tx) =>
      this.inbox.park(tx, companyId, [
        {
          id,
          source: SOURCE,
          reference: `${shopId}/${listingId}`.replaceAll('\u0000', ''),
          itemNo: no,
          cause,
          fields,
          payload,
          at: this.wire.date(),
        },
      ]),
    );
    return { listingId, verdict: 'parked', parkedItemId: id, ...(fields ? { errors: fields } : {}) };
  }
}
