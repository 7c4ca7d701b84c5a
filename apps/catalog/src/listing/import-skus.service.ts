import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError, assertShop, inTransaction, type Caller, type Tx } from '@app/shared';
import { ProductService } from '../product/product.service';
import { LinkingService } from './linking.service';
import type { ImportAnswerDto, ImportRowDto } from './listing.dto';
import { ListingStore } from './listing.store';
import type { ListingSku } from './listing.rules';

const AT_ONCE = 500;
const MAX_CODE = 200;

/** Makes SKUs of what a shop offers, by the merchant's codes: the quick way from a shop to a catalog. */
@Injectable()
export class ImportSkusService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly store: ListingStore,
    private readonly products: ProductService,
    private readonly linking: LinkingService,
  ) {}

  /** A verdict per unlinked SKU of the shop. A repeat finds only what could not be done. Throws SHOP.NOT_FOUND. */
  async run(caller: Caller, shopId: string): Promise<ImportAnswerDto> {
    assertShop(caller, shopId);
    const shop = await inTransaction(this.dataSource, (tx) => this.store.shops.find(tx, caller.companyId, shopId));
    if (!shop) throw new AppError('SHOP.NOT_FOUND', `There is no shop ${shopId}.`);
    const items: ImportRowDto[] = [];
    for (let after: string | undefined = ''; after !== undefined;) {
      const from: string = after;
      const page = await inTransaction(this.dataSource, (tx) => this.importPage(tx, caller, shopId, from));
      items.push(...page.items);
      after = page.next;
    }
    return { items };
  }

  private async importPage(
    tx: Tx,
    caller: Caller,
    shopId: string,
    after: string,
  ): Promise<{ items: ImportRowDto[]; next: string | undefined }> {
    const waiting = await this.store.listingSkus.lockUnlinked(tx, caller.companyId, shopId, after, AT_ONCE);
    const ambiguous = await this.codesTwiceInAListing(tx, caller.companyId, waiting);
    const clear = waiting.filter((sku) => this.verdictOf(sku, ambiguous) === undefined);
    const known = new Map(
      (
        await this.store.skus.byCodes(tx, caller.companyId, [
          ...new Set(clear.map(({ merchantCode }) => merchantCode!)),
        ])
      ).map((sku) => [sku.code, sku.id]),
    );
    const fresh = new Map(
      clear.filter(({ merchantCode }) => !known.has(merchantCode!)).map((sku) => [sku.merchantCode!, sku]),
    );
    const made = await this.make(tx, caller, [...fresh.values()]);
    const ids = new Map([...known, ...made]);
    await this.linking.linkWaiting(tx, caller.companyId, ids);
    const creators = new Set(
      [...fresh.values()].filter(({ merchantCode }) => made.has(merchantCode!)).map(({ listingSkuId }) => listingSkuId),
    );
    const items = waiting.map((sku): ImportRowDto => {
      const { listingId, listingSkuId, merchantCode } = sku;
      const refused = this.verdictOf(sku, ambiguous);
      const skuId = refused ? undefined : ids.get(merchantCode!);
      return {
        listingId,
        listingSkuId,
        merchantCode,
        verdict: refused ?? (creators.has(listingSkuId) ? 'created' : 'linked'),
        ...(skuId ? { skuId } : {}),
      };
    });
    return { items, next: waiting.length === AT_ONCE ? waiting[waiting.length - 1]!.listingSkuId : undefined };
  }

  private verdictOf(
    sku: ListingSku,
    ambiguous: ReadonlySet<string>,
  ): 'no_code' | 'code_too_long' | 'duplicate_code' | undefined {
    if (sku.merchantCode === null) return 'no_code';
    if (sku.merchantCode.length > MAX_CODE) return 'code_too_long';
    return ambiguous.has(sku.merchantCode) ? 'duplicate_code' : undefined;
  }

  /** Codes that stand at two SKUs of one listing name no goods clearly; in two listings they are the same goods. */
  private async codesTwiceInAListing(tx: Tx, companyId: string, waiting: readonly ListingSku[]): Promise<Set<string>> {
    const all = await this.store.listingSkus.ofListings(tx, companyId, [
      ...new Map(waiting.map((sku) => [sku.listingId, sku])).values(),
    ]);
    const seen = new Set<string>();
    const twice = new Set<string>();
    for (const { listingId, merchantCode, status } of all) {
      if (merchantCode === null || status === 'deleted') continue;
      const key = JSON.stringify([listingId, merchantCode]);
      if (seen.has(key)) twice.add(merchantCode);
      seen.add(key);
    }
    return twice;
  }

  private async make(tx: Tx, caller: Caller, sources: readonly ListingSku[]): Promise<Map<string, string>> {
    if (sources.length === 0) return new Map();
    const listings = await this.store.listings.byPlatformIds(tx, caller.companyId, [
      ...new Map(sources.map((sku) => [sku.listingId, sku])).values(),
    ]);
    const heads = new Map(listings.map((listing) => [listing.listingId, listing]));
    return this.products.makeFromListings(
      tx,
      caller.companyId,
      sources.map((sku) => {
        const head = heads.get(sku.listingId)!;
        return {
          productCode: head.merchantCode?.trim() || head.listingId,
          title: head.title,
          code: sku.merchantCode!,
          specText: sku.specText,
          barcode: sku.barcode,
        };
      }),
    );
  }
}
