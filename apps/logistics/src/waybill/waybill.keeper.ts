import { AppError, createLogger, inStatement, inTransaction } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clocks } from '../clocks';
import { Neighbours } from './neighbours';
import { WaybillRepository, type WaybillCancelRow } from './waybill.repository';

const log = createLogger('waybills');
const CLAIM_MS = 60_000;
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 600_000;

/** Gives numbers back to their carriers until each is done or refused. */
@Injectable()
export class WaybillKeeper {
  constructor(
    private readonly dataSource: DataSource,
    private readonly waybills: WaybillRepository,
    private readonly neighbours: Neighbours,
    private readonly clocks: Clocks,
  ) {}

  /** Claims due rows, asks outside of any transaction, and writes what came of it. A claimer that dies delays its rows by a minute. */
  async giveBack(limit: number): Promise<void> {
    const now = this.clocks.wire.now();
    const claimed = await inStatement(this.dataSource, (tx) =>
      this.waybills.claimCancels(tx, new Date(now), new Date(now + CLAIM_MS), limit),
    );
    for (const cancel of claimed) await this.giveBackOne(cancel);
  }

  private async giveBackOne(cancel: WaybillCancelRow): Promise<void> {
    const { companyId, parcelId, shopId, carrier, waybillNo, tries } = cancel;
    try {
      const answer = await this.neighbours.cancelWaybill(companyId, {
        shopId,
        parcelId,
        carrier,
        ...(waybillNo ? { waybillNo } : {}),
      });
      if (!answer.cancelled)
        log.warn(
          { companyId, parcelId, carrier, waybillNo, cause: answer.cause },
          'the carrier refuses to take a waybill back',
        );
      await this.settle(cancel, answer.cancelled ? 'done' : 'refused', answer.cause, 0);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      await this.settle(
        cancel,
        'due',
        error.message,
        Math.min(FIRST_WAIT_MS * 2 ** Math.min(tries, 10), LONGEST_WAIT_MS),
      );
    }
  }

  private async settle(
    cancel: WaybillCancelRow,
    state: 'due' | 'done' | 'refused',
    cause: string,
    waitMs: number,
  ): Promise<void> {
    const nextTryAt = new Date(this.clocks.wire.now() + waitMs);
    await inTransaction(this.dataSource, (tx) => this.waybills.settleCancel(tx, cancel, state, cause, nextTryAt));
  }
}
