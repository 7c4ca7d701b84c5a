import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { listingChanged, type ListingLinkItem } from '@app/contracts';
import {
  AppError,
  Audit,
  Idempotency,
  inTransaction,
  Outbox,
  type Caller,
  type FieldError,
  type Tx,
} from '@app/shared';
import { SkuRepository } from '../sku/sku.repository';
import type { LinkDto, ListingSkuDto } from './listing.dto';
import { toListingSku } from './listing.dto';
import { ListingRepository, type StoredListing } from './listing.repository';
import { ListingSkuRepository } from './listing-sku.repository';
import { linkByRule, linkItem, toldText, type Component, type ListingSku } from './listing.rules';

/** Which SKUs a listing consists of: by the merchant's code, or by a person, whose word stays. */
@Injectable()
export class LinkingService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly listings: ListingRepository,
    private readonly listingSkus: ListingSkuRepository,
    private readonly skus: SkuRepository,
    private readonly outbox: Outbox,
    private readonly audit: Audit,
    private readonly idempotency: Idempotency,
  ) {}

  /** A person's link. Throws LISTING.NOT_FOUND, SKU.NOT_FOUND (each unknown code named) or LISTING.VERSION_CONFLICT. */
  async link(caller: Caller, id: string, body: LinkDto, key: string | undefined): Promise<ListingSkuDto> {
    return inTransaction(this.dataSource, (tx) =>
      this.idempotency.once(tx, { caller, key, route: `links:${id}`, body }, async () => {
        const listing = await this.listings.lockById(tx, caller.companyId, id);
        if (!listing || (caller.shops && !caller.shops.includes(listing.shopId)))
          throw new AppError('LISTING.NOT_FOUND', `There is no listing ${id}.`);
        const before = (
          await this.listingSkus.lockOf(tx, caller.companyId, listing.shopId, [listing.listingId], [])
        ).find(({ listingSkuId }) => listingSkuId === body.listingSkuId);
        if (!before)
          throw new AppError('LISTING.NOT_FOUND', `Listing ${id} has no SKU ${body.listingSkuId}.`, {
            errors: [
              { field: 'listingSkuId', code: 'UNKNOWN', message: `Listing ${id} has no SKU ${body.listingSkuId}.` },
            ],
          });
        if (body.expectedVersion !== undefined && body.expectedVersion !== before.linkVersion) {
          throw new AppError(
            'LISTING.VERSION_CONFLICT',
            `The link of ${body.listingSkuId} is at version ${before.linkVersion}; read it again.`,
            { version: before.linkVersion },
          );
        }
        const components = await this.componentsOf(tx, caller.companyId, body);
        const after: ListingSku = { ...before, isLinked: true, noStock: body.noStock, components, linkedBy: 'person' };
        const codes = await this.tell(tx, caller.companyId, [after], [listing]);
        await this.audit.record(tx, caller.companyId, {
          actor: caller.clientId,
          act: 'listing.link',
          subject: `${listing.shopId}/${body.listingSkuId}`,
          details: { from: before.components, to: components, noStock: body.noStock },
        });
        return toListingSku(after, codes);
      }),
    );
  }

  /** Links what waits for some codes; used when SKUs were made. */
  async linkWaiting(tx: Tx, companyId: string, skuIdByCode: ReadonlyMap<string, string>): Promise<void> {
    const waiting = await this.listingSkus.lockWaiting(tx, companyId, [...skuIdByCode.keys()].sort());
    if (waiting.length > 0) await this.applyRule(tx, companyId, waiting, skuIdByCode);
  }

  /** Links locked SKUs by their codes, and tells those whose fact changed. */
  async applyRule(
    tx: Tx,
    companyId: string,
    locked: readonly ListingSku[],
    skuIdByCode: ReadonlyMap<string, string>,
    listings?: readonly StoredListing[],
  ): Promise<void> {
    const heads = listings ?? (await this.listings.byPlatformIds(tx, companyId, this.listingKeys(locked)));
    await this.tell(
      tx,
      companyId,
      locked.map((sku) => linkByRule(sku, skuIdByCode)),
      heads,
    );
  }

  /** Writes links whose fact differs from what was told, at the next version, and tells them. */
  private async tell(
    tx: Tx,
    companyId: string,
    skus: readonly ListingSku[],
    listings: readonly StoredListing[],
  ): Promise<Map<string, string>> {
    const heads = new Map(listings.map((listing) => [JSON.stringify([listing.shopId, listing.listingId]), listing]));
    const skuIds = [...new Set(skus.flatMap(({ components }) => components.map(({ skuId }) => skuId)))];
    const codes = new Map(
      (skuIds.length > 0 ? await this.skus.byIds(tx, companyId, skuIds) : []).map((sku) => [sku.id, sku.code]),
    );
    const changed: ListingSku[] = [];
    const items: ListingLinkItem[] = [];
    for (const sku of skus) {
      const head = heads.get(JSON.stringify([sku.shopId, sku.listingId]))!;
      const told = toldText(linkItem(sku, head, codes));
      if (told === sku.told && sku.linkedBy !== 'person') continue;
      if (told !== sku.told) {
        if (sku.told !== '') sku.linkVersion += 1;
        sku.told = told;
        items.push(linkItem(sku, head, codes));
      }
      changed.push(sku);
    }
    if (changed.length > 0) await this.listingSkus.writeLinks(tx, companyId, changed);
    if (items.length > 0) await this.outbox.append(tx, companyId, [{ fact: listingChanged, items }]);
    return codes;
  }

  private listingKeys(skus: readonly ListingSku[]): { shopId: string; listingId: string }[] {
    return [
      ...new Map(
        skus.map(({ shopId, listingId }) => [JSON.stringify([shopId, listingId]), { shopId, listingId }]),
      ).values(),
    ];
  }

  private async componentsOf(tx: Tx, companyId: string, body: LinkDto): Promise<Component[]> {
    if (body.noStock === body.components.length > 0) {
      throw new AppError('VALIDATION', 'A link has components, or noStock true without components.', {
        errors: [{ field: 'components', code: 'NO_STOCK', message: 'give components, or noStock: true' }],
      });
    }
    const known = new Map(
      (
        await this.skus.byCodes(
          tx,
          companyId,
          body.components.map(({ skuCode }) => skuCode),
        )
      ).map((sku) => [sku.code, sku.id]),
    );
    const errors = body.components.flatMap(({ skuCode }, index): FieldError[] =>
      known.has(skuCode)
        ? []
        : [{ field: `components[${index}].skuCode`, code: 'UNKNOWN', message: `There is no SKU ${skuCode}.` }],
    );
    if (errors.length > 0)
      throw new AppError('SKU.NOT_FOUND', `${errors[0]!.message} Make it by POST /catalog/v1/products first.`, {
        errors,
      });
    const sums = new Map<string, number>();
    for (const { skuCode, quantity } of body.components)
      sums.set(known.get(skuCode)!, (sums.get(known.get(skuCode)!) ?? 0) + quantity);
    return [...sums].map(([skuId, quantity]) => ({ skuId, quantity }));
  }
}
