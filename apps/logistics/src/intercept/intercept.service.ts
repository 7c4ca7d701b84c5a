import { Audit, newId, type Tx } from '@app/shared';
import { Injectable } from '@nestjs/common';
import { Clocks } from '../clocks';
import { ExpectedReturns } from '../return/expected-returns';
import { InterceptRepository } from './intercept.repository';
import { turnOf, type Standing, type Turn } from './intercept.rules';

const ACTOR = 'rule:intercept';

/** Keeps the intercepts of parcels true to their orders and to where the parcels are, within the transaction of what changed. */
@Injectable()
export class InterceptService {
  constructor(
    private readonly intercepts: InterceptRepository,
    private readonly expected: ExpectedReturns,
    private readonly audit: Audit,
    private readonly clocks: Clocks,
  ) {}

  /** Orders changed whether their goods may reach the buyer. Locks their parcels that left or are being scanned out. */
  async followOrders(tx: Tx, companyId: string, orderIds: readonly string[]): Promise<void> {
    if (orderIds.length === 0) return;
    await this.derive(tx, companyId, await this.intercepts.lockUnderWay(tx, companyId, orderIds));
  }

  /**
   * Brings the intercepts of parcels, and what is expected back, up to what is known now. The caller holds the parcels'
   * row locks.
   */
  async derive(tx: Tx, companyId: string, parcelIds: readonly string[]): Promise<void> {
    if (parcelIds.length === 0) return;
    const turns = (await this.intercepts.standingOf(tx, companyId, parcelIds)).flatMap((standing) => {
      const turn = turnOf(standing);
      return turn ? [{ standing, turn }] : [];
    });
    const now = this.clocks.story.now();
    const causesOf = (state: string) =>
      turns.flatMap(({ standing: { parcelId, shopId, warehouse, cause }, turn }) =>
        turn.state === state && cause ? [{ parcelId, shopId, warehouse, ...cause }] : [],
      );
    const asked = causesOf('asked').map(({ kind, ...one }) => ({ ...one, id: newId('int'), cause: kind }));
    if (asked.length > 0) await this.intercepts.ask(tx, companyId, asked, now);
    const renewed = causesOf('reason');
    if (renewed.length > 0) await this.intercepts.renewReasons(tx, companyId, renewed);
    for (const { standing, turn } of turns) await this.close(tx, companyId, standing, turn, now);
    const moved = turns.filter(({ turn }) => turn.state !== 'reason').map(({ standing }) => standing);
    await this.expected.follow(
      tx,
      companyId,
      moved.map(({ waybillNo }) => waybillNo),
    );
  }

  private async close(
    tx: Tx,
    companyId: string,
    { parcelId, cause }: Standing,
    turn: NonNullable<Turn>,
    at: Date,
  ): Promise<void> {
    if (turn.state === 'reason') return;
    if (turn.state !== 'asked')
      await this.intercepts.close(tx, companyId, parcelId, { state: turn.state, by: ACTOR, at, note: turn.note });
    await this.audit.record(tx, companyId, {
      actor: ACTOR,
      act: `intercept.${turn.state.replace('_', '-')}`,
      subject: parcelId,
      details: turn.state === 'asked' ? { orderId: cause?.orderId, cause: cause?.kind } : { note: turn.note },
    });
  }
}
