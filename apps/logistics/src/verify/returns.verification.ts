import { Verification } from '@app/shared';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ReturnsVerificationRepository } from './returns-verification.repository';
import type { Finding } from './verification.repository';

const say = (findings: readonly Finding[]): string[] =>
  findings.map(({ subject, detail }) => `${subject}: ${detail}`).slice(0, 20);

/** What logistics can prove about parcels that shall come back and those that did. */
@Injectable()
export class ReturnsVerification implements OnModuleInit {
  constructor(
    private readonly verification: Verification,
    private readonly repository: ReturnsVerificationRepository,
  ) {}

  onModuleInit(): void {
    const { repository } = this;
    this.verification.add(async (tx, companyId) => ({
      invariant:
        '3 each parcel under way with a refund in force is asked back, and every intercept has its parcel and return',
      checked: (await repository.count(tx, companyId)).parcels,
      inFlight: 0,
      breaches: say([
        ...(await repository.notIntercepted(tx, companyId)),
        ...(await repository.doubtfulIntercepts(tx, companyId)),
      ]),
    }));
    this.verification.add(async (tx, companyId) => ({
      invariant: '3 every return is waited for by somebody or was counted',
      checked: (await repository.count(tx, companyId)).returns,
      inFlight: 0,
      breaches: say(await repository.doubtfulReturns(tx, companyId)),
    }));
  }
}
