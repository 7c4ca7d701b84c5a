import { createLogger } from '@app/shared';
import { ApiClient, RefusedError } from '../api.client';
import { untilDone } from '../loop';
import { isScarce, openingQuantity, PLACES } from './places';

const log = createLogger('demo');

interface SkuView {
  code: string;
}

/** A stock level as inventory tells it. */
export interface StockView {
  skuCode: string;
  warehouse: string;
  onHand: number;
  reserved: number;
  sellable: number;
  version: number;
}

const LOW = 20;
const RECEIPT = 200;
const SCARCE_RECEIPT = 5;

/** Warehouses, their sender addresses, opening stock, and the goods that come in later. */
export class StockSetup {
  private readonly emptyRounds = new Map<string, number>();

  constructor(
    private readonly office: ApiClient,
    private readonly warehouse: ApiClient,
  ) {}

  async places(): Promise<void> {
    for (const { code, name, priority, sender } of PLACES) {
      await untilDone(`warehouse ${code}`, this.office.stop, () => this.makePlace({ code, name, priority }));
      await untilDone(`sender of ${code}`, this.office.stop, async () => {
        await this.warehouse.put(`/logistics/v1/senders/${code}`, sender);
      });
    }
  }

  private async makePlace(body: { code: string; [member: string]: unknown }): Promise<void> {
    const known = await this.office.all<{ code: string }>('/inventory/v1/warehouses');
    if (!known.some(({ code }) => code === body.code)) await this.office.post('/inventory/v1/warehouses', body);
  }

  /** Books the opening stock of SKUs that have none yet. The keys are stable: a repeat books nothing twice. */
  async opening(): Promise<void> {
    await untilDone('opening stock', this.office.stop, async () => {
      const waiting = await this.bookOpening();
      return waiting === 0;
    });
  }

  /** Books what new SKUs open with; returns how many inventory does not know yet. */
  async bookOpening(): Promise<number> {
    const skus = await this.office.all<SkuView>('/catalog/v1/skus');
    if (skus.length === 0) return 1;
    const stocked = new Set((await this.stock()).map(({ skuCode }) => skuCode));
    let waiting = 0;
    for (const { code } of skus.filter((sku) => !stocked.has(sku.code))) {
      if (!(await this.book(`demo-opening-${code}`, 'opening stock', this.openingLines(code)))) waiting += 1;
    }
    if (waiting > 0) log.info({ waiting, skus: skus.length }, 'inventory does not know every SKU yet');
    return waiting;
  }

  /** Books goods in where they run low; scarce ones stay out for a while first, so that shortage is seen and cured. */
  async receiveGoods(): Promise<number> {
    let booked = 0;
    for (const level of (await this.stock()).filter(
      (one) => one.warehouse === PLACES[0]!.code && one.onHand - one.reserved < LOW,
    )) {
      const { skuCode, warehouse, version, onHand, reserved } = level;
      if (isScarce(skuCode)) {
        const rounds = (this.emptyRounds.get(skuCode) ?? 0) + (onHand - reserved <= 0 ? 1 : 0);
        this.emptyRounds.set(skuCode, rounds);
        if (rounds < 4) continue;
        this.emptyRounds.delete(skuCode);
      }
      const quantity = isScarce(skuCode) ? SCARCE_RECEIPT : RECEIPT;
      if (
        await this.book(`demo-receipt-${skuCode}-${warehouse}-${version}`, 'purchase receipt', [
          { skuCode, warehouse, quantity, bucket: 'onHand' },
        ])
      )
        booked += 1;
    }
    return booked;
  }

  private stock(): Promise<StockView[]> {
    return this.office.all<StockView>('/inventory/v1/stock');
  }

  private openingLines(skuCode: string): object[] {
    return PLACES.map(({ code }) => ({
      skuCode,
      warehouse: code,
      quantity: openingQuantity(skuCode, code),
      bucket: 'onHand',
    })).filter(({ quantity }) => quantity > 0);
  }

  private async book(key: string, cause: string, lines: object[]): Promise<boolean> {
    try {
      await this.warehouse.post('/inventory/v1/adjustments', { key, cause, lines });
      return true;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if (error.status !== 404) log.warn({ key, code: error.code, cause: error.message }, 'an adjustment was refused');
      return false;
    }
  }
}
