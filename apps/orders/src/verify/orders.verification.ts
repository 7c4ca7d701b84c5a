import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Verification, type InvariantCheck } from '@app/shared';
import { VerifyRepository } from './verify.repository';

/** The invariants that this service proves about its own rows. */
@Injectable()
export class OrdersVerification implements OnModuleInit {
  constructor(
    private readonly verification: Verification,
    private readonly repository: VerifyRepository,
  ) {}

  onModuleInit(): void {
    const { repository } = this;
    this.add('1 each platform order is stored once, with its working order', 'platform_order', (tx, companyId) =>
      repository.unmatchedOrders(tx, companyId),
    );
    this.add('3 fulfilments take no more of a line than is ordered and not cancelled', 'order_line', (tx, companyId) =>
      repository.overPlannedLines(tx, companyId),
    );
    this.add('3 every parcel left after a departure was granted', 'order_parcel', (tx, companyId) =>
      repository.parcelsWithoutDeparture(tx, companyId),
    );
    this.add(
      '3 no hold, stop or open refund was in force when a departure was granted',
      'order_parcel',
      async (tx, companyId) => [
        ...(await repository.departuresUnderHold(tx, companyId)),
        ...(await repository.departuresOfStopped(tx, companyId)),
      ],
    );
    this.add('4 the parts of every order add up to its total, or it is flagged', 'working_order', (tx, companyId) =>
      repository.unflaggedAmounts(tx, companyId),
    );
    this.add('7 every version of an order has its log row', 'working_order', (tx, companyId) =>
      repository.versionsWithoutLog(tx, companyId),
    );
    this.add('what is released is approved, reserved and not held', 'working_order', (tx, companyId) =>
      repository.impossibleAxes(tx, companyId),
    );
  }

  private add(
    invariant: string,
    table: Parameters<VerifyRepository['count']>[1],
    find: (...of: Parameters<InvariantCheck>) => Promise<{ text: string }[]>,
  ): void {
    this.verification.add(async (tx, companyId) => {
      const checked = await this.repository.count(tx, table, companyId);
      const breaches = (await find(tx, companyId)).map(({ text }) => text);
      return { invariant, checked, inFlight: 0, breaches };
    });
  }
}
