import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InboxRepository, Verification, WIRE_CLOCK, type InvariantResult, type Tx, type WireClock } from '@app/shared';
import { CensusRepository } from '../census/census.repository';
import { GAP_BOUND_MS } from '../census/census.rules';
import { GapRepository } from '../census/gap.repository';
import { PushAuditRepository } from '../push/push-audit.repository';
import { WorkRepository } from '../work/work.repository';

/** This service's part of the invariants. */
@Injectable()
export class SyncVerifier implements OnModuleInit {
  constructor(
    private readonly verification: Verification,
    private readonly windows: CensusRepository,
    private readonly gaps: GapRepository,
    private readonly push: PushAuditRepository,
    private readonly works: WorkRepository,
    private readonly inbox: InboxRepository,
    @Inject(WIRE_CLOCK) private readonly wire: WireClock,
  ) {}

  onModuleInit(): void {
    this.verification.add((tx, companyId) => this.gapsInBound(tx, companyId));
    this.verification.add((tx, companyId) => this.toldNumbers(tx, companyId));
    this.verification.add((tx, companyId) => this.listedFailures(tx, companyId));
  }

  private async gapsInBound(tx: Tx, companyId: string): Promise<InvariantResult> {
    const open = await this.gaps.openOf(tx, companyId);
    const late = open.filter(({ foundWireAt }) => this.wire.now() - foundWireAt.getTime() > GAP_BOUND_MS);
    return {
      invariant: '1 no census gap is open past its bound',
      checked: await this.windows.countWindows(tx, companyId),
      inFlight: open.length - late.length,
      breaches: late
        .slice(0, 20)
        .map(
          (gap) =>
            `order ${gap.platformOrderNo} of shop ${gap.shopId} is missing or older since ${gap.foundWireAt.toISOString()}`,
        ),
    };
  }

  private async toldNumbers(tx: Tx, companyId: string): Promise<InvariantResult> {
    const { checked, open } = await this.push.countPushing(tx, companyId);
    const untold = await this.push.breaches(tx, companyId);
    const unwanted = await this.push.unwanted(tx, companyId);
    const forgotten = await this.push.forgotten(tx, companyId);
    return {
      invariant: '5 the last told number is the rule’s, or a push is pending or waiting',
      checked,
      inFlight: open,
      breaches: [
        ...untold.map(
          (row) =>
            `listing SKU ${row.listingSkuId} of shop ${row.shopId} was told ${row.told ?? 'nothing'}, the rule gives ${row.wanted}, and no push is on its way`,
        ),
        ...unwanted.map(
          (row) =>
            `listing SKU ${row.listingSkuId} of shop ${row.shopId}: the rule gives ${row.target}, but ${row.wanted ?? 'nothing'} is wanted`,
        ),
        ...forgotten.map(
          (step) =>
            `listing ${step.listingId} of shop ${step.shopId} should be ${step.move === 'taking-off' ? 'taken off the shelf' : 'put back'}, and no work is on its way`,
        ),
      ].slice(0, 20),
    };
  }

  /** Dead letters and parked items carry their cause and are listed; one without a cause would be lost from sight. */
  private async listedFailures(tx: Tx, companyId: string): Promise<InvariantResult> {
    const dead = await this.works.dead(tx, companyId, null, '', 500);
    const parked = await this.inbox.countOpen(tx, companyId);
    return {
      invariant: '6 every failed job and parked item is listed with its cause',
      checked: dead.length + parked,
      inFlight: (await this.works.counts(tx, companyId))?.due ?? 0,
      breaches: dead
        .filter((work) => !work.lastError)
        .slice(0, 20)
        .map((work) => `${work.kind} ${work.subject} was given up without a cause`),
    };
  }
}
