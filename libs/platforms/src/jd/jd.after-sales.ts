import { CanonicalAfterSale } from '@app/contracts/canonical';
import { slices } from '../kit/paging';
import { AfterSalePage, PlatformCall, Window, isPlatformError } from '../port';
import { JdConfig } from './jd.config';
import { JdRefunds } from './jd.refunds';
import { JdServices } from './jd.services';

/** No limit is documented for either system; a day keeps pages shallow. */
export const MAX_AFTER_SALE_SECONDS = 86_400;

/** Both after-sale systems of JD as one (JD sheet §7). */
export class JdAfterSales {
  constructor(
    private readonly refunds: JdRefunds,
    private readonly services: JdServices,
    private readonly config: JdConfig,
  ) {}

  /** Everything that changed in the window in either system, then what ended in it without a time; rows may come twice. */
  async *pages(call: PlatformCall, window: Window): AsyncIterable<AfterSalePage> {
    for (const slice of slices(window, MAX_AFTER_SALE_SECONDS)) {
      yield* this.refunds.pages(call, slice);
      yield* this.services.pages(call, slice);
    }
    yield* this.refunds.ended(call, window);
    yield* this.services.paid(call, window);
  }

  /**
   * One after-sale by its number. A number alone does not say of which system it is, so without a prefix applications for
   * refunds are asked first. A service order is read in full only with its order, which is looked up where it is not
   * given. Throws `not-found`.
   */
  async one(call: PlatformCall, platformAfterSaleNo: string, platformOrderNo?: string): Promise<CanonicalAfterSale> {
    const { refundNoPrefix } = this.config;
    const mayBeRefund = platformAfterSaleNo.startsWith(refundNoPrefix);
    const found = mayBeRefund
      ? await this.refund(call, platformAfterSaleNo.slice(refundNoPrefix.length), platformOrderNo)
      : undefined;
    return found ?? this.services.one(call, platformAfterSaleNo, platformOrderNo);
  }

  private async refund(
    call: PlatformCall,
    id: string,
    platformOrderNo: string | undefined,
  ): Promise<CanonicalAfterSale | undefined> {
    try {
      const found = await this.refunds.one(call, id);
      const isOfAnother = platformOrderNo !== undefined && found?.platformOrderNo !== platformOrderNo;
      return isOfAnother ? undefined : found;
    } catch (error) {
      if (isPlatformError(error) && error.kind === 'not-found') return undefined;
      // A number that this system does not know may be called a wrong parameter by it.
      if (isPlatformError(error) && error.kind === 'rejected' && error.facts.reason === 'bad-request') return undefined;
      throw error;
    }
  }
}
