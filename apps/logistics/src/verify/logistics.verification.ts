import { Verification } from '@app/shared';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LogisticsVerificationRepository, type Finding } from './verification.repository';

const say = (findings: readonly Finding[]): string[] =>
  findings.map(({ subject, detail }) => `${subject}: ${detail}`).slice(0, 20);

/** The invariants that logistics can prove about its own rows. */
@Injectable()
export class LogisticsVerification implements OnModuleInit {
  constructor(
    private readonly verification: Verification,
    private readonly repository: LogisticsVerificationRepository,
  ) {}

  onModuleInit(): void {
    const { repository } = this;
    this.verification.add(async (tx, companyId) => ({
      invariant: '3 every shipped parcel has a departure granted before it left',
      checked: (await repository.count(tx, companyId)).parcels,
      inFlight: await repository.underWay(tx, companyId),
      breaches: say([
        ...(await repository.leftWithoutDeparture(tx, companyId)),
        ...(await repository.labelledThoughStopped(tx, companyId)),
      ]),
    }));
    this.verification.add(async (tx, companyId) => ({
      invariant: '3 parcels hold no more than their fulfilments, and work is counted rightly',
      checked: (await repository.count(tx, companyId)).fulfilments,
      inFlight: 0,
      breaches: say([...(await repository.exceeding(tx, companyId)), ...(await repository.miscounted(tx, companyId))]),
    }));
    this.verification.add(async (tx, companyId) => ({
      invariant: '3 each waybill number belongs to one parcel',
      checked: (await repository.count(tx, companyId)).waybills,
      inFlight: 0,
      breaches: say(await repository.doubtfulWaybills(tx, companyId)),
    }));
  }
}
