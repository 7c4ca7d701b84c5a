import { PlatformCall, PlatformError, StockTarget, StockVerdict, isPlatformError } from '../port';
import { PinduoduoClient } from './pinduoduo.client';

const METHOD = 'pdd.goods.quantity.update';
const SHELF = 'pdd.goods.sale.status.set';
/** `update_type`: full number (Pinduoduo sheet §8.2). */
const ABSOLUTE = '1';
/** Numbers told at a time; the method takes one SKU per call. */
const PARALLEL = 4;
/** Places in a campaign end by themselves; ask again after this time. */
const POSTPONE_MS = 30 * 60_000;

/** Stock numbers, always absolute: an increment that is repeated counts twice (Pinduoduo sheet §8.2); and the shelf. */
export class PinduoduoStock {
  constructor(private readonly client: PinduoduoClient) {}

  /** Sets absolute numbers; verdicts stand in the order of the targets. Throws only when the token is refused. */
  async update(call: PlatformCall, targets: readonly StockTarget[]): Promise<StockVerdict[]> {
    const verdicts: StockVerdict[] = [];
    let next = 0;
    let refusal: unknown;
    const take = async (): Promise<void> => {
      for (let at = next++; at < targets.length && refusal === undefined; at = next++) {
        try {
          verdicts[at] = await this.tell(call, targets[at]!);
        } catch (error) {
          refusal = error;
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, take));
    if (refusal !== undefined) throw refusal;
    return verdicts;
  }

  /** Puts goods on the shelf or takes them off (Pinduoduo sheet §8.4). */
  async setOnShelf(call: PlatformCall, listingId: string, isOnShelf: boolean): Promise<void> {
    const params = { goods_id: listingId, is_onsale: isOnShelf ? '1' : '0' };
    await this.client.call(call, { method: SHELF, params, isWrite: true });
  }

  private async tell(call: PlatformCall, target: StockTarget): Promise<StockVerdict> {
    const { listingId, listingSkuId, quantity } = target;
    if (!Number.isSafeInteger(quantity) || quantity < 0)
      return { ...target, kind: 'refused', reason: `${quantity} is not a whole number from 0 up` };
    const params = {
      goods_id: listingId,
      sku_id: listingSkuId,
      quantity: String(quantity),
      update_type: ABSOLUTE,
    };
    try {
      await this.client.call(call, { method: METHOD, params, isWrite: true });
      return { ...target, kind: 'accepted' };
    } catch (error) {
      if (!isPlatformError(error) || error.kind === 'reauthorise') throw error;
      return verdictOf(target, error);
    }
  }
}

/** An absolute number may simply be repeated, so an unknown outcome is `failed` and nothing worse. */
function verdictOf(target: StockTarget, error: PlatformError): StockVerdict {
  const facts = {
    ...target,
    reason: error.message,
    ...(error.facts.platformCode && { platformCode: error.facts.platformCode }),
  };
  if (error.kind === 'not-found') return { ...facts, kind: 'not-found' };
  if (error.kind === 'rejected' && error.facts.reason === 'locked')
    return { ...facts, kind: 'postponed', retryAfterMs: POSTPONE_MS };
  if (error.kind === 'rejected' || error.kind === 'already-done') return { ...facts, kind: 'refused' };
  return { ...facts, kind: 'failed', ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }) };
}
