import { fulfilmentReleased, fulfilmentStopped, type FulfilmentFactItem } from '@app/contracts';
import { FactRegistry, type FactContext, type FactDefinition, type FactHandler, type Tx } from '@app/shared';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PullOutService } from '../pull-out/pull-out.service';
import { FulfilmentRepository } from './fulfilment.repository';

/** Keeps the copy of fulfilments; a stop takes out labelled parcels, a release has older ones compared with it. */
@Injectable()
export class FulfilmentConsumer implements FactHandler, OnModuleInit {
  constructor(
    private readonly registry: FactRegistry,
    private readonly fulfilments: FulfilmentRepository,
    private readonly pullOuts: PullOutService,
  ) {}

  onModuleInit(): void {
    this.registry.subscribe([fulfilmentReleased, fulfilmentStopped] as unknown as FactDefinition[], this);
  }

  async apply(tx: Tx, items: unknown[], context: FactContext): Promise<void> {
    const fulfilments = items as FulfilmentFactItem[];
    const { companyId } = context;
    await this.fulfilments.store(tx, companyId, fulfilments);
    await this.pullOuts.takeOut(
      tx,
      companyId,
      fulfilments.filter((item) => item.state === 'stopped'),
    );
    await this.pullOuts.planResume(
      tx,
      companyId,
      fulfilments.filter((item) => item.state === 'released'),
    );
    await this.fulfilments.recount(
      tx,
      companyId,
      fulfilments.map((item) => item.fulfilmentId),
    );
  }
}
