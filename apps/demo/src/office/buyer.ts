import { createLogger } from '@app/shared';
import { ApiClient, RefusedError } from '../api.client';
import type { Counters } from '../counters';
import { repeat } from '../loop';
import type { ListingView, ShopView } from '../setup/shops.setup';
import type { StockSetup } from '../setup/stock.setup';

const log = createLogger('demo');
const RECEIPTS_EVERY_MS = 12_000;
const LINK_EVERY_MS = 45_000;

/** Buys goods in where they run low, and links a listing that nobody knows now and then. */
export class Buyer {
  constructor(
    private readonly api: ApiClient,
    private readonly stock: StockSetup,
    private readonly shops: readonly ShopView[],
    private readonly counters: Counters,
  ) {}

  async run(): Promise<void> {
    const { stop } = this.api;
    await Promise.all([
      repeat('goods in', RECEIPTS_EVERY_MS, stop, async () =>
        this.counters.add('receipts', await this.stock.receiveGoods()),
      ),
      repeat('unknown listings', LINK_EVERY_MS, stop, () => this.linkOne()),
    ]);
  }

  /** Makes a SKU for one unlinked listing SKU and links it; the opening stock of new SKUs follows. */
  private async linkOne(): Promise<void> {
    for (const shop of this.shops) {
      const [listing] = await this.api.all<ListingView>(`/catalog/v1/listings?shopId=${shop.id}&linked=false`);
      const sku = listing?.skus.find((one) => !one.isLinked);
      if (!listing || !sku) continue;
      const code = sku.merchantCode || `OLD-${sku.listingSkuId}`;
      await this.makeSku(code);
      await this.api.post(`/catalog/v1/listings/${listing.id}/links`, {
        listingSkuId: sku.listingSkuId,
        components: [{ skuCode: code, quantity: 1 }],
        noStock: false,
      });
      this.counters.add('listings linked');
      log.info({ listingSkuId: sku.listingSkuId, skuCode: code }, 'an unknown listing was linked');
      break;
    }
    await this.stock.bookOpening();
  }

  private async makeSku(code: string): Promise<void> {
    try {
      await this.api.post('/catalog/v1/products', {
        code: `P-${code}`,
        name: `补录商品 ${code}`,
        skus: [{ code, spec: {} }],
      });
    } catch (error) {
      if (!(error instanceof RefusedError) || error.status !== 409) throw error;
    }
  }
}
