import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { skuChanged } from '@app/contracts';
import {
  AppError,
  groupBy,
  Idempotency,
  inTransaction,
  newId,
  Outbox,
  pageOf,
  readCursor,
  STORY_CLOCK,
  type Caller,
  type FieldError,
  type Page,
  type StoryClock,
  type Tx,
} from '@app/shared';
import { LinkingService } from '../listing/linking.service';
import { skuItem, toSku } from '../sku/sku.dto';
import { SkuRepository, type Sku } from '../sku/sku.repository';
import type { NewProductDto, ProductDto, ProductsQuery } from './product.dto';
import { ProductRepository, type Product } from './product.repository';

/** What a listing's SKU says of the goods it offers. */
export interface ListedGoods {
  productCode: string;
  title: string;
  code: string;
  specText: string | null;
  barcode: string | null;
}

/** Makes products with their SKUs, and links the listings that wait for their codes. */
@Injectable()
export class ProductService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly products: ProductRepository,
    private readonly skus: SkuRepository,
    private readonly linking: LinkingService,
    private readonly outbox: Outbox,
    private readonly idempotency: Idempotency,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /** Throws PRODUCT.CODE_TAKEN, SKU.CODE_TAKEN or BARCODE.TAKEN; nothing is kept then. */
  async create(caller: Caller, body: NewProductDto, key: string | undefined): Promise<ProductDto> {
    this.assertPlain(body);
    return inTransaction(this.dataSource, (tx) =>
      this.idempotency.once(tx, { caller, key, route: 'products', body }, async () => {
        const product: Product = {
          id: newId('prd'),
          code: body.code,
          name: body.name,
          categoryId: body.categoryId ?? null,
          version: 1,
        };
        if ((await this.products.insert(tx, caller.companyId, [product], this.story.now())).size === 0) {
          throw new AppError('PRODUCT.CODE_TAKEN', `There is a product ${body.code} already; take another code.`, {
            errors: [{ field: 'code', code: 'TAKEN', message: `product code ${body.code} is taken` }],
          });
        }
        const skus = body.skus.map((sku): Sku => ({
          id: newId('sku'),
          productId: product.id,
          code: sku.code,
          name: body.name,
          spec: sku.spec,
          barcodes: [...sku.barcodes].sort(),
          weightGrams: sku.weightGrams ?? null,
          vatRate: sku.vatRate ?? null,
          isActive: true,
          version: 1,
        }));
        await this.insertSkus(tx, caller.companyId, skus);
        return { ...product, skus: skus.map(toSku) };
      }),
    );
  }

  /** A page of products with their SKUs, in the order of codes. */
  async list(caller: Caller, query: ProductsQuery): Promise<Page<ProductDto>> {
    const after = String(readCursor(query.cursor, 1)?.[0] ?? '');
    return inTransaction(this.dataSource, async (tx) => {
      const found = await this.products.list(tx, caller.companyId, query.code?.trim() ?? null, after, query.limit + 1);
      const skus = groupBy(
        await this.skus.ofProducts(
          tx,
          caller.companyId,
          found.slice(0, query.limit).map(({ id }) => id),
        ),
        ({ productId }) => productId,
      );
      return pageOf(
        found,
        query.limit,
        ({ code }) => [code],
        (product) => ({ ...product, skus: (skus.get(product.id) ?? []).map(toSku) }),
      );
    });
  }

  /** Makes SKUs of listed goods under one product per listing; returns ids by code. A barcode that is taken stays where it is. */
  async makeFromListings(tx: Tx, companyId: string, goods: readonly ListedGoods[]): Promise<Map<string, string>> {
    const drafts = new Map(
      goods.map(({ productCode, title }) => [
        productCode,
        { id: newId('prd'), code: productCode, name: title, categoryId: null, version: 1 },
      ]),
    );
    await this.products.insert(tx, companyId, [...drafts.values()], this.story.now());
    const products = new Map(
      (await this.products.byCodes(tx, companyId, [...drafts.keys()])).map(({ code, id }) => [code, id]),
    );
    const skus = goods.map(({ productCode, title, code, specText, barcode }): Sku => ({
      id: newId('sku'),
      productId: products.get(productCode)!,
      code,
      name: title,
      spec: specText ? { 规格: specText } : {},
      barcodes: barcode ? [barcode] : [],
      weightGrams: null,
      vatRate: null,
      isActive: true,
      version: 1,
    }));
    const made = await this.skus.insert(tx, companyId, skus, this.story.now());
    const fresh = skus.filter(({ id }) => made.has(id));
    await this.skus.insertBarcodes(
      tx,
      companyId,
      fresh.flatMap(({ id, barcodes }) => barcodes.map((text) => ({ barcode: text, skuId: id }))),
    );
    if (fresh.length > 0) await this.outbox.append(tx, companyId, [{ fact: skuChanged, items: fresh.map(skuItem) }]);
    return new Map(fresh.map(({ code, id }) => [code, id]));
  }

  private async insertSkus(tx: Tx, companyId: string, skus: readonly Sku[]): Promise<void> {
    const made = await this.skus.insert(tx, companyId, skus, this.story.now());
    const taken = skus.flatMap(({ id, code }, index): FieldError[] =>
      made.has(id) ? [] : [{ field: `skus[${index}].code`, code: 'TAKEN', message: `SKU code ${code} is taken` }],
    );
    if (taken.length > 0)
      throw new AppError('SKU.CODE_TAKEN', `${taken[0]!.message}; a code names one SKU of the company.`, {
        errors: taken,
      });
    const barcodes = skus.flatMap((sku) => sku.barcodes.map((barcode) => ({ barcode, skuId: sku.id })));
    const free = await this.skus.insertBarcodes(tx, companyId, barcodes);
    const used = skus.flatMap((sku, index) =>
      sku.barcodes.flatMap((barcode): FieldError[] =>
        free.has(barcode)
          ? []
          : [{ field: `skus[${index}].barcodes`, code: 'TAKEN', message: `barcode ${barcode} is taken` }],
      ),
    );
    if (used.length > 0)
      throw new AppError('BARCODE.TAKEN', `${used[0]!.message}; a barcode names one SKU of the company.`, {
        errors: used,
      });
    await this.outbox.append(tx, companyId, [{ fact: skuChanged, items: skus.map(skuItem) }]);
    await this.linking.linkWaiting(tx, companyId, new Map(skus.map(({ code, id }) => [code, id])));
  }

  /** What decorators cannot say: texts in spec, no code and no barcode twice in one request. */
  private assertPlain(body: NewProductDto): void {
    const errors: FieldError[] = [];
    const codes = new Set<string>();
    const barcodes = new Set<string>();
    for (const [index, sku] of body.skus.entries()) {
      if (
        Object.entries(sku.spec).some(
          ([name, value]) => typeof value !== 'string' || name.length > 100 || value.length > 500,
        )
      )
        errors.push({
          field: `skus[${index}].spec`,
          code: 'TEXTS',
          message: 'names and values are texts of at most 100 and 500 characters',
        });
      if (codes.has(sku.code))
        errors.push({ field: `skus[${index}].code`, code: 'TWICE', message: `code ${sku.code} stands twice` });
      codes.add(sku.code);
      for (const barcode of sku.barcodes) {
        if (barcodes.has(barcode))
          errors.push({ field: `skus[${index}].barcodes`, code: 'TWICE', message: `barcode ${barcode} stands twice` });
        barcodes.add(barcode);
      }
    }
    if (errors.length > 0)
      throw new AppError(
        'VALIDATION',
        `The request has ${errors.length} wrong field(s): ${errors.map(({ field }) => field).join(', ')}.`,
        { errors },
      );
  }
}
