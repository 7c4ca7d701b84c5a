import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { STORY_CLOCK, Verification, type InvariantCheck, type StoryClock } from '@app/shared';
import { VerifyRepository } from './verify.repository';

/** Story time within which the order of an after-sale normally arrives; an older orphan is nothing to wait for. */
const ORPHAN_BOUND_MS = 3_600_000;

/** The invariants that this service proves about its own rows. */
@Injectable()
export class OrdersVerification implements OnModuleInit {
  constructor(
    private readonly verification: Verification,
    private readonly repository: VerifyRepository,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
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
    this.add(
      '4 what was refunded of a line is what its after-sales count, and no more than was paid',
      'order_line',
      (tx, companyId) => repository.wrongRefunds(tx, companyId),
    );
    this.verification.add(async (tx, companyId) => ({
      invariant: '1 every after-sale stands with its order, or waits for it as an orphan that lists show',
      checked: await repository.count(tx, 'platform_after_sale', companyId),
      inFlight: await repository.youngOrphans(tx, companyId, new Date(this.story.now().getTime() - ORPHAN_BOUND_MS)),
      breaches: (await repository.lostAfterSales(tx, companyId)).map(({ text }) => text),
    }));
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
