import type { Merchant } from './merchant';
import type { TrueStock } from './simulator-control';
import { until } from './wait';

type Shown = TrueStock & { state: string };

/** One listing of a merchant, a rule that takes it off the shelf at zero, and where it truly stands. */
export class ShelvedListing {
  private constructor(
    private readonly merchant: Merchant,
    readonly listingId: string,
    private readonly skuIds: readonly string[],
  ) {}

  /** The merchant's first listing with SKUs; switches pushing and the rule on. */
  static async of(merchant: Merchant): Promise<ShelvedListing> {
    const { api, shopId } = merchant;
    const linked = (await shownBy(merchant)).filter((row) => row.merchantCode);
    const { listingId } = linked[0]!;
    const own = linked.filter((row) => row.listingId === listingId);
    await api.ok('PUT', `/sync/v1/shops/${shopId}/push-rules`, { autoShelf: true });
    // Last, and until it is answered: the first push may be the end of the service that answers.
    await until('pushing is switched on', async () => {
      await api.post(`/sync/v1/shops/${shopId}/push/enable`, { dryRun: false });
      return true;
    });
    return new ShelvedListing(
      merchant,
      listingId,
      own.map(({ listingSkuId }) => listingSkuId),
    );
  }

  /** A rule of its own shows nothing for sale. */
  async empty(): Promise<void> {
    const { api, shopId } = this.merchant;
    for (const listingSkuId of this.skuIds)
      await api.ok('PUT', `/sync/v1/shops/${shopId}/push-rules`, { listingSkuId, percent: 0 });
  }

  /** The rule of the shop, and with it the numbers, hold again. */
  async fill(): Promise<void> {
    const { api, shopId } = this.merchant;
    for (const listingSkuId of this.skuIds)
      await api.ok('DELETE', `/sync/v1/shops/${shopId}/push-rules?listingSkuId=${listingSkuId}`);
  }

  /** Waits until the platform shows it so, every SKU of it with or without pieces. */
  async stands(state: 'on_sale' | 'off_shelf'): Promise<void> {
    await until(
      `listing ${this.listingId} of ${this.merchant.simulator.platform} is ${state}`,
      async () => {
        const rows = (await shownBy(this.merchant)).filter((row) => row.listingId === this.listingId);
        if (rows.every((row) => row.state === state && row.quantity > 0 === (state === 'on_sale'))) return true;
        throw new Error(JSON.stringify(rows));
      },
      60_000,
      250,
    );
  }

  /** States of the shop's other listings. */
  async others(): Promise<Set<string>> {
    const rows = (await shownBy(this.merchant)).filter((row) => row.listingId !== this.listingId);
    return new Set(rows.map(({ state }) => state));
  }

  /** Has the listings read again and waits until the catalog knows that it is off the shelf. */
  async isReadOff(): Promise<void> {
    const { api, shopId } = this.merchant;
    await api.post(`/sync/v1/shops/${shopId}/pulls`, {
      kind: 'listings',
      from: '2026-01-01T00:00:00+08:00',
      to: '2027-12-31T00:00:00+08:00',
    });
    await until(
      `the catalog knows that listing ${this.listingId} is off the shelf`,
      async () => {
        const { items } = await api.get<{ items: { listingId: string; status: string }[] }>(
          `/catalog/v1/listings?shopId=${shopId}&limit=100`,
        );
        return items.find((item) => item.listingId === this.listingId)?.status === 'off_shelf';
      },
      60_000,
      250,
    );
  }
}

async function shownBy({ simulator, platformShopId }: Merchant): Promise<Shown[]> {
  return (await simulator.truth<Shown>('stock')).filter((row) => row.platformShopId === platformShopId);
}
