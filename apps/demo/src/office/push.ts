import { createLogger, sleep } from '@app/shared';
import { ApiClient, RefusedError, type Page } from '../api.client';
import { untilDone } from '../loop';
import type { ShopView } from '../setup/shops.setup';

const log = createLogger('demo');
const LOOK_AGAIN_MS = 3_000;
/** Pushing is not switched on while more than this share of the listings would be told that nothing is left. */
const MOST_EMPTY = 0.3;

interface DryRun {
  items: { listingSkuId: string; platformNow: number | null; wouldTell: number | null }[];
}

/** Switches stock pushing on for one shop as a careful merchant does: looks at the dry run first. */
export class PushSwitch {
  constructor(private readonly api: ApiClient) {}

  run(shop: ShopView): Promise<void> {
    return untilDone(`pushing stock of ${shop.name}`, this.api.stop, async () => {
      const now = (await this.api.get<Page<ShopView>>('/sync/v1/shops?limit=500')).items.find(
        (one) => one.id === shop.id,
      );
      if (!now || now.push !== 'off') return true;
      const { items } = await this.api.post<DryRun>(`/sync/v1/shops/${shop.id}/push/enable`, { dryRun: true });
      const empty = items.filter((one) => one.wouldTell === 0).length;
      log.info(
        {
          shop: shop.name,
          listings: items.length,
          wouldBeEmptied: empty,
          changed: items.filter((one) => one.wouldTell !== null && one.wouldTell !== one.platformNow).length,
        },
        'dry run of pushing',
      );
      if (items.length === 0 || empty / items.length > MOST_EMPTY) {
        await sleep(LOOK_AGAIN_MS, this.api.stop);
        return false;
      }
      await this.enable(shop);
      return true;
    });
  }

  private async enable(shop: ShopView): Promise<void> {
    try {
      await this.api.post(`/sync/v1/shops/${shop.id}/push/enable`, { dryRun: false });
    } catch (error) {
      if (!(error instanceof RefusedError) || error.status !== 409) throw error;
      log.warn({ shop: shop.name, cause: error.message }, 'pushing could not be switched on');
    }
  }
}
