import { createLogger } from '@app/shared';
import { ApiClient, RefusedError, type Page } from '../api.client';
import type { DemoConfig } from '../demo.config';
import { untilDone } from '../loop';
import { simulatedShops, storyNow } from './simulator';

const log = createLogger('demo');
const CARRIERS = ['ZTO', 'YTO', 'SF'];

/** A shop as the sync service tells it. */
export interface ShopView {
  id: string;
  platform: string;
  platformShopId: string;
  name: string;
  push: string;
  version: number;
}

/** A listing of the catalogue with its SKUs. */
export interface ListingView {
  id: string;
  listingId: string;
  skus: { listingSkuId: string; merchantCode: string | null; isLinked: boolean; noStock: boolean }[];
}

/** Merchant codes of listings behind which there are no goods. */
const NO_GOODS = new Set(['PRICE-DIFF', 'CARD-100']);

interface NamedShop {
  platform: string;
  platformShopId: string;
}

const isSame = (one: NamedShop, other: NamedShop): boolean =>
  one.platform === other.platform && one.platformShopId === other.platformShopId;

/** Adds the simulated shops, reads their listings and makes SKUs of them. */
export class ShopsSetup {
  constructor(
    private readonly office: ApiClient,
    private readonly config: DemoConfig,
  ) {}

  async run(): Promise<ShopView[]> {
    let shops: ShopView[] = [];
    await untilDone('shops', this.office.stop, async () => {
      shops = await this.addShops();
    });
    await untilDone('bill accounts', this.office.stop, () => this.setBillAccounts(shops));
    for (const shop of shops) await this.listingsOf(shop);
    return shops;
  }

  /** The story's instant of the first start is the go-live moment: what was sold before is history. */
  private async addShops(): Promise<ShopView[]> {
    const { stop } = this.office;
    const played = await simulatedShops(this.config.SIMULATOR_URL, stop);
    const known = await this.known();
    for (const [index, shop] of played.entries()) {
      if (known.some((one) => isSame(shop, one))) continue;
      const { platform, name, platformShopId, appKey, appSecret, credentials, accessToken, refreshToken, expiresAt } =
        shop;
      await this.office.post('/sync/v1/shops', {
        platform,
        name,
        platformShopId,
        appKey,
        appSecret,
        ...(credentials ? { credentials } : {}),
        accessToken,
        ...(refreshToken ? { refreshToken } : {}),
        ...(expiresAt ? { expiresAt } : {}),
        goLiveAt: await storyNow(this.config.SIMULATOR_URL, stop),
        defaultCarrier: CARRIERS[index % CARRIERS.length],
      });
      log.info({ shop: name, platformShopId }, 'shop added');
    }
    return (await this.known()).filter((one) => played.some((shop) => isSame(shop, one)));
  }

  /** Gives each shop the account from which its bills are fetched, unless it has one. */
  private async setBillAccounts(shops: readonly ShopView[]): Promise<void> {
    const played = await simulatedShops(this.config.SIMULATOR_URL, this.office.stop);
    for (const shop of shops) {
      const alipay = played.find((one) => isSame(one, shop))?.alipay;
      const { billAccount } = await this.office.get<{ billAccount: { state: string } }>(
        `/sync/v1/shops/${shop.id}/health`,
      );
      if (!alipay || billAccount.state !== 'missing') continue;
      const { version } = await this.office.get<ShopView>(`/sync/v1/shops/${shop.id}`);
      await this.office.put(`/sync/v1/shops/${shop.id}/bill-account`, {
        appId: alipay.appId,
        privateKeyPem: alipay.privateKey,
        platformPublicKeyPem: alipay.platformPublicKey,
        expectedVersion: version,
      });
      log.info({ shop: shop.name, appId: alipay.appId }, 'bill account set');
    }
  }

  private async known(): Promise<ShopView[]> {
    return (await this.office.get<Page<ShopView>>('/sync/v1/shops?limit=500')).items;
  }

  private async listingsOf(shop: ShopView): Promise<void> {
    const { stop } = this.office;
    const listings = () => this.office.all<ListingView>(`/catalog/v1/listings?shopId=${shop.id}`);
    let wasAsked = false;
    await untilDone(`listings of ${shop.name}`, stop, async () => {
      if ((await listings()).length > 0) return true;
      if (!wasAsked) await this.office.post(`/sync/v1/shops/${shop.id}/pulls`, { kind: 'listings' });
      wasAsked = true;
      return false;
    });
    await untilDone(`listings without goods of ${shop.name}`, stop, () => this.linkNoGoods(shop));
    await untilDone(`SKUs of ${shop.name}`, stop, async () => {
      await this.office.post('/catalog/v1/listings/import-skus', { shopId: shop.id });
    });
  }

  private async linkNoGoods(shop: ShopView): Promise<void> {
    const unlinked = await this.office.all<ListingView>(`/catalog/v1/listings?shopId=${shop.id}&linked=false`);
    for (const listing of unlinked) {
      for (const sku of listing.skus.filter((one) => NO_GOODS.has(one.merchantCode ?? '') && !one.isLinked)) {
        await this.office
          .post(`/catalog/v1/listings/${listing.id}/links`, {
            listingSkuId: sku.listingSkuId,
            components: [],
            noStock: true,
          })
          .catch((error: unknown) => {
            if (!(error instanceof RefusedError)) throw error;
            log.warn(
              { listingSkuId: sku.listingSkuId, cause: error.message },
              'a listing without goods could not be linked',
            );
          });
      }
    }
  }
}
