import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Verification, type InvariantResult, type Tx } from '@app/shared';
import { VerifyRepository } from './verify.repository';

/** Catalog's part of `verify`: what is linked exists. */
@Injectable()
export class CatalogVerification implements OnModuleInit {
  constructor(
    private readonly verification: Verification,
    private readonly repository: VerifyRepository,
  ) {}

  onModuleInit(): void {
    this.verification.add((tx, companyId) => this.links(tx, companyId));
  }

  private async links(tx: Tx, companyId: string): Promise<InvariantResult> {
    const { checked, broken } = await this.repository.brokenLinks(tx, companyId);
    return {
      invariant: '5 every linked listing names SKUs that exist',
      checked,
      inFlight: 0,
      breaches: broken.map(
        ({ shopId, listingSkuId }) => `link ${shopId}/${listingSkuId} names a SKU that does not exist`,
      ),
    };
  }
}
