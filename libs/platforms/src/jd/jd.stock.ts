import { randomUUID } from 'node:crypto';
import { JsonObject, asFlag, asList, asObject, asText } from '../kit/answer.json';
import { PlatformCall, PlatformError, StockTarget, StockVerdict, isPlatformError } from '../port';
import { JdClient } from './jd.client';
import { JdConfig } from './jd.config';
import { toPlatformError } from './jd.errors';
import { idNumber } from './jd.values';

/** SKUs of one batch (JD sheet §8.2, one source). */
export const SKUS_PER_CALL = 30;
const BATCH = 'jingdong.ware.stock.sku.set';
const SINGLE = 'jingdong.stock.write.updateSkuStock';
/** Promotions end by themselves; ask again after this time. */
const POSTPONE_MS = 30 * 60_000;

/**
 * Stock numbers, always absolute: a repeated number changes nothing, while an increment whose answer is lost may count
 * twice. The number is what lies in the warehouse, open orders included (JD sheet §8.2).
 */
export class JdStock {
  constructor(
    private readonly client: JdClient,
    private readonly config: JdConfig,
  ) {}

  /** Sets absolute numbers; verdicts stand in the order of the targets. */
  async update(call: PlatformCall, targets: readonly StockTarget[]): Promise<StockVerdict[]> {
    const verdicts = new Map<StockTarget, StockVerdict>();
    for (const target of targets) {
      if (!Number.isSafeInteger(target.quantity) || target.quantity < 0)
        verdicts.set(target, {
          ...target,
          kind: 'refused',
          reason: `${target.quantity} is not a whole number from 0 up`,
        });
    }
    for (const chunk of this.chunks(targets.filter((target) => !verdicts.has(target))))
      for (const [target, verdict] of await this.push(call, chunk)) verdicts.set(target, verdict);
    return targets.map((target) => verdicts.get(target)!);
  }

  /** Chunks that hold no SKU twice, so that each row of an answer has one target. */
  private chunks(targets: readonly StockTarget[]): StockTarget[][] {
    const most = this.config.stockMethod === 'single' ? 1 : SKUS_PER_CALL;
    const chunks: StockTarget[][] = [];
    for (const target of targets) {
      const last = chunks.at(-1);
      const fits = last && last.length < most && !last.some((other) => other.listingSkuId === target.listingSkuId);
      if (fits) last.push(target);
      else chunks.push([target]);
    }
    return chunks;
  }

  /** One call; a batch that is refused as a whole is halved until the SKU to blame stands alone. */
  private async push(call: PlatformCall, chunk: readonly StockTarget[]): Promise<[StockTarget, StockVerdict][]> {
    try {
      const refused =
        this.config.stockMethod === 'single' ? await this.setOne(call, chunk[0]!) : await this.setMany(call, chunk);
      return chunk.map((target) => {
        const error = refused.get(target.listingSkuId);
        return [target, error ? verdictOf(target, error) : { ...target, kind: 'accepted' }];
      });
    } catch (error) {
      if (!isPlatformError(error) || error.kind === 'reauthorise') throw error;
      const isOneToBlame =
        error.kind === 'not-found' ||
        (error.kind === 'rejected' && error.facts.reason !== 'permission' && error.facts.reason !== 'configuration');
      if (chunk.length === 1 || !isOneToBlame) return chunk.map((target) => [target, verdictOf(target, error)]);
      const half = Math.ceil(chunk.length / 2);
      return [...(await this.push(call, chunk.slice(0, half))), ...(await this.push(call, chunk.slice(half)))];
    }
  }

  /** Rows that were refused. The answer may name failures alone, so a SKU that it does not name was taken. */
  private async setMany(call: PlatformCall, chunk: readonly StockTarget[]): Promise<Map<string, PlatformError>> {
    const skuStocks = chunk.map(({ listingSkuId, quantity }) => ({
      skuId: idNumber(listingSkuId),
      stockNum: quantity,
    }));
    // A key that comes again may be taken for a repetition and be ignored, so each write has its own (JD sheet §8.2).
    const stockRfId = randomUUID().replaceAll('-', '');
    const params = { req: { updateModel: this.config.stockModel, stockRfId, skuStocks } };
    const { root } = await this.client.call(call, { method: BATCH, params, isWrite: true });
    const answer = asObject(root['returnType']);
    const rows = asList(asObject(answer['obj'])['updateStockResult'], 'row');
    const refused = rows.filter((row) => !asFlag(row['success']));
    if (!asFlag(answer['success']) && refused.length === 0)
      throw this.client.refusal(
        { method: BATCH, isWrite: true },
        { code: asText(answer['code']), text: asText(answer['message']) ?? 'the batch was not taken' },
      );
    return new Map(refused.map((row) => [asText(row['data']) ?? '', rowError(row)]));
  }

  private async setOne(call: PlatformCall, target: StockTarget): Promise<Map<string, PlatformError>> {
    const params = { skuId: idNumber(target.listingSkuId), stockNum: target.quantity };
    const request = { method: SINGLE, params, isWrite: true };
    const { root } = await this.client.call(call, request);
    if (asFlag(root['success'])) return new Map();
    throw this.client.refusal(request, { text: asText(root['error_description']) ?? 'the number was not taken' });
  }
}

function rowError(row: JsonObject): PlatformError {
  const text = asText(row['message']) ?? 'the row was not taken';
  return toPlatformError({ layer: 'business', code: asText(row['code']), text }, { method: BATCH, isWrite: true });
}

/** An absolute number may simply be repeated, so an unknown outcome is `failed` and nothing worse. */
function verdictOf(target: StockTarget, error: PlatformError): StockVerdict {
  const code = error.facts.platformCode;
  const facts = { ...target, reason: error.message, ...(code !== undefined && { platformCode: code }) };
  if (error.kind === 'not-found') return { ...facts, kind: 'not-found' };
  if (error.kind === 'rejected' && error.facts.reason === 'locked')
    return { ...facts, kind: 'postponed', retryAfterMs: POSTPONE_MS };
  if (error.kind === 'rejected') return { ...facts, kind: 'refused' };
  return { ...facts, kind: 'failed', ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }) };
}
