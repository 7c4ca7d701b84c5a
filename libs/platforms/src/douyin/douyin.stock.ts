import { PlatformCall, PlatformError, StockTarget, StockVerdict, isPlatformError } from '../port';
import { DouyinClient } from './douyin.client';

const METHOD = 'sku.syncStockBatch';
/** SKUs of one product in a call; the sheet names no limit, 50 is that of its sister call (Douyin sheet §8.2). */
export const SKUS_PER_CALL = 50;
/** Campaigns and reviews end by themselves; ask again after this time. */
const POSTPONE_MS = 30 * 60_000;
/** A plain SKU; regional and stepped stock need a warehouse or a step of their own (Douyin sheet §8.1). */
const PLAIN = 0;

/** Stock numbers, always absolute: an increment would need an idempotency key per intent (Douyin sheet §13 pitfall 26). */
export class DouyinStock {
  constructor(private readonly client: DouyinClient) {}

  /** Sets absolute numbers; verdicts stand in the order of the targets. */
  async update(call: PlatformCall, targets: readonly StockTarget[]): Promise<StockVerdict[]> {
    const verdicts = new Map<StockTarget, StockVerdict>();
    const sendable = targets.filter((target) => {
      const isWhole = Number.isSafeInteger(target.quantity) && target.quantity >= 0;
      const reason = `${target.quantity} is not a whole number from 0 up`;
      if (!isWhole) verdicts.set(target, { ...target, kind: 'refused', reason });
      return isWhole;
    });
    for (const chunk of chunksByProduct(sendable))
      for (const [target, verdict] of await this.push(call, chunk)) verdicts.set(target, verdict);
    return targets.map((target) => verdicts.get(target)!);
  }

  /** Puts a product on the shelf or takes it off; one that goes on may wait for a review (Douyin sheet §8.3). */
  async setOnShelf(call: PlatformCall, listingId: string, isOnShelf: boolean): Promise<void> {
    const method = isOnShelf ? 'product.setOnline' : 'product.setOffline';
    await this.client.call(call, { method, params: { product_id: listingId }, isWrite: true });
  }

  /** All or nothing: when a call is refused, halves of it, until the SKU that is to blame stands alone. */
  private async push(call: PlatformCall, chunk: readonly StockTarget[]): Promise<[StockTarget, StockVerdict][]> {
    try {
      await this.send(call, chunk);
      return chunk.map((target) => [target, { ...target, kind: 'accepted' }]);
    } catch (error) {
      if (!isPlatformError(error) || error.kind === 'reauthorise') throw error;
      // The number was set by a call before this one.
      if (error.kind === 'already-done') return chunk.map((target) => [target, { ...target, kind: 'accepted' }]);
      if (chunk.length > 1 && isOneToBlame(error)) {
        const half = Math.ceil(chunk.length / 2);
        return [...(await this.push(call, chunk.slice(0, half))), ...(await this.push(call, chunk.slice(half)))];
      }
      return chunk.map((target) => [target, verdictOf(target, error)]);
    }
  }

  private async send(call: PlatformCall, chunk: readonly StockTarget[]): Promise<void> {
    const { listingId } = chunk[0]!;
    const params = {
      product_id: listingId,
      incremental: false,
      sku_sync_list: chunk.map(({ listingSkuId, quantity }) => ({
        sku_id: listingSkuId,
        sku_type: PLAIN,
        stock_num: quantity,
      })),
    };
    await this.client.call(call, { method: METHOD, params, isWrite: true });
  }
}

/** A deleted SKU blocks its siblings (Douyin sheet §13 pitfall 25); what concerns the whole app does not. */
function isOneToBlame(error: PlatformError): boolean {
  if (error.kind === 'not-found') return true;
  return (
    error.kind === 'rejected' && !['permission', 'configuration', 'unsupported'].includes(error.facts.reason ?? '')
  );
}

function chunksByProduct(targets: readonly StockTarget[]): StockTarget[][] {
  const byProduct = new Map<string, StockTarget[]>();
  for (const target of targets) byProduct.set(target.listingId, [...(byProduct.get(target.listingId) ?? []), target]);
  const chunks: StockTarget[][] = [];
  for (const product of byProduct.values())
    for (let from = 0; from < product.length; from += SKUS_PER_CALL)
      chunks.push(product.slice(from, from + SKUS_PER_CALL));
  return chunks;
}

/** An absolute number may simply be repeated, so an unknown outcome is `failed` and nothing worse. */
function verdictOf(target: StockTarget, error: PlatformError): StockVerdict {
  const code = error.facts.platformSubCode ?? error.facts.platformCode;
  const facts = { ...target, reason: error.message, ...(code !== undefined && { platformCode: code }) };
  if (error.kind === 'not-found') return { ...facts, kind: 'not-found' };
  if (error.kind === 'rejected' && error.facts.reason === 'locked')
    return { ...facts, kind: 'postponed', retryAfterMs: POSTPONE_MS };
  if (error.kind === 'rejected') return { ...facts, kind: 'refused' };
  return { ...facts, kind: 'failed', ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }) };
}
