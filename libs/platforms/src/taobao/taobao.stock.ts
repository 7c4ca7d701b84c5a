import { PlatformCall, PlatformError, StockTarget, StockVerdict, isPlatformError } from '../port';
import { TaobaoClient } from './taobao.client';
import { asInteger, asList, asObject, asText } from '../kit/answer.json';

/** At most 20 SKUs of one item in one call (Taobao sheet §8.2). */
export const SKUS_PER_CALL = 20;
/** Campaigns and unpaid orders end by themselves; ask again after this time. */
const POSTPONE_MS = 30 * 60_000;

/** Stock numbers, always in full mode: an increment that is repeated counts twice (Taobao sheet §8.2). */
export class TaobaoStock {
  constructor(private readonly client: TaobaoClient) {}

  /** Sets absolute numbers; verdicts stand in the order of the targets. */
  async update(call: PlatformCall, targets: readonly StockTarget[]): Promise<StockVerdict[]> {
    const verdicts = new Map<StockTarget, StockVerdict>();
    const sendable = targets.filter((target) => {
      const isWhole = Number.isSafeInteger(target.quantity) && target.quantity >= 0;
      if (!isWhole)
        verdicts.set(target, {
          ...target,
          kind: 'refused',
          reason: `${target.quantity} is not a whole number from 0 up`,
        });
      return isWhole;
    });
    for (const chunk of chunksByItem(sendable)) {
      for (const verdict of await this.push(call, chunk)) verdicts.set(chunk[verdict.index]!, verdict.verdict);
    }
    return targets.map((target) => verdicts.get(target)!);
  }

  /** One call; when it is refused as a whole, halves of it, until the SKU that is to blame stands alone. */
  private async push(
    call: PlatformCall,
    chunk: readonly StockTarget[],
  ): Promise<{ index: number; verdict: StockVerdict }[]> {
    try {
      const shown = await this.send(call, chunk);
      return chunk.map((target, index) => ({
        index,
        verdict: {
          ...target,
          kind: 'accepted' as const,
          ...(shown.has(target.listingSkuId) && { shownNow: shown.get(target.listingSkuId)! }),
        },
      }));
    } catch (error) {
      if (!isPlatformError(error) || error.kind === 'reauthorise') throw error;
      const isOneToBlame =
        error.kind === 'rejected' && error.facts.reason !== 'permission' && error.facts.reason !== 'configuration';
      if (chunk.length > 1 && (isOneToBlame || error.kind === 'not-found')) {
        const half = Math.ceil(chunk.length / 2);
        const first = await this.push(call, chunk.slice(0, half));
        const second = await this.push(call, chunk.slice(half));
        return [...first, ...second.map(({ index, verdict }) => ({ index: index + half, verdict }))];
      }
      return chunk.map((target, index) => ({ index, verdict: verdictOf(target, error) }));
    }
  }

  private async send(call: PlatformCall, chunk: readonly StockTarget[]): Promise<Map<string, number>> {
    const { listingId, listingSkuId, quantity } = chunk[0]!;
    if (listingSkuId === listingId) {
      const params = { num_iid: listingId, quantity: String(quantity), type: '1' };
      const { root } = await this.client.call(call, { method: 'taobao.item.quantity.update', params, isWrite: true });
      const shown = asInteger(asObject(root['item'])['num']);
      return new Map(shown === undefined ? [] : [[listingId, shown]]);
    }
    const params = {
      num_iid: listingId,
      type: '1',
      skuid_quantities: chunk.map((target) => `${target.listingSkuId}:${target.quantity}`).join(';'),
    };
    const { root } = await this.client.call(call, { method: 'taobao.skus.quantity.update', params, isWrite: true });
    const skus = asList(asObject(root['item'])['skus'], 'sku');
    return new Map(skus.flatMap((sku) => pair(asText(sku['sku_id']), asInteger(sku['quantity']))));
  }
}

function pair(id: string | undefined, quantity: number | undefined): [string, number][] {
  return id === undefined || quantity === undefined ? [] : [[id, quantity]];
}

/** Groups by item; items without SKUs take a call of their own. */
function chunksByItem(targets: readonly StockTarget[]): StockTarget[][] {
  const byItem = new Map<string, StockTarget[]>();
  const chunks: StockTarget[][] = [];
  for (const target of targets) {
    if (target.listingSkuId === target.listingId) chunks.push([target]);
    else byItem.set(target.listingId, [...(byItem.get(target.listingId) ?? []), target]);
  }
  for (const item of byItem.values()) {
    for (let from = 0; from < item.length; from += SKUS_PER_CALL) chunks.push(item.slice(from, from + SKUS_PER_CALL));
  }
  return chunks;
}

/** Full mode may simply be repeated, so an unknown outcome is `failed` and nothing worse. */
function verdictOf(target: StockTarget, error: PlatformError): StockVerdict {
  const facts = {
    ...target,
    reason: error.message,
    ...(error.facts.platformSubCode && { platformCode: error.facts.platformSubCode }),
  };
  if (error.kind === 'not-found') return { ...facts, kind: 'not-found' };
  if (error.kind === 'rejected' && error.facts.reason === 'locked')
    return { ...facts, kind: 'postponed', retryAfterMs: POSTPONE_MS };
  if (error.kind === 'rejected') return { ...facts, kind: 'refused' };
  return { ...facts, kind: 'failed', ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }) };
}
