import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inStatement, type Caller } from '@app/shared';
import type { CanonicalOrder, KnownOrdersAnswer, PlatformOrdersAnswer } from '@app/contracts';
import { namedBy } from './batch.rules';
import { BatchService, type BatchKind } from './batch.service';
import type { KnownOrdersDto } from './intake.dto';
import { orderIntakeOf, sortItems } from './intake.rules';
import { IntakeRepository } from './intake.repository';
import { IntakeWriter } from './intake.writer';

type Verdict = PlatformOrdersAnswer['items'][number];

/** Takes batches of platform orders in. */
@Injectable()
export class IntakeService implements OnModuleInit {
  private readonly kind: BatchKind<CanonicalOrder, Verdict> = {
    source: 'platform-orders',
    noun: 'order',
    name: 'intake',
    subject: 'platformOrderNo',
    sort: sortItems,
    look: (tx, shop, subjects) => this.writer.look(tx, shop, subjects.map(orderIntakeOf)),
    parked: (item, parkedItemId, errors) => ({
      platformOrderNo: namedBy(item, 'platformOrderNo'),
      verdict: 'parked',
      parkedItemId,
      errors,
    }),
  };

  constructor(
    private readonly dataSource: DataSource,
    private readonly writer: IntakeWriter,
    private readonly repository: IntakeRepository,
    private readonly batches: BatchService,
  ) {}

  onModuleInit(): void {
    this.batches.register(this.kind);
  }

  /** Stores a batch and answers with a verdict per item, in the order of the request. */
  intake(caller: Caller, body: unknown): Promise<PlatformOrdersAnswer> {
    return this.batches.take(caller, body, this.kind);
  }

  /** What is stored of the orders that a census lists. */
  async known(caller: Caller, { shopId, platformOrderNos }: KnownOrdersDto): Promise<KnownOrdersAnswer> {
    const found = await inStatement(this.dataSource, (tx) =>
      this.repository.known(tx, caller.companyId, shopId, platformOrderNos),
    );
    return {
      items: found.map(({ statedModifiedAt, ...order }) => ({ ...order, modifiedAt: statedModifiedAt.toISOString() })),
    };
  }
}
