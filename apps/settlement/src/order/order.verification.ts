import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Verification, type InvariantResult, type Tx } from '@app/shared';
import { OrderRepository } from './order.repository';

/** What settlement can prove about its copies of orders. */
@Injectable()
export class OrderVerification implements OnModuleInit {
  constructor(
    private readonly verification: Verification,
    private readonly orders: OrderRepository,
  ) {}

  onModuleInit(): void {
    this.verification.add((tx, companyId) => this.sums(tx, companyId));
    this.verification.add((tx, companyId) => this.versions(tx, companyId));
  }

  private async sums(tx: Tx, companyId: string): Promise<InvariantResult> {
    const wrong = await this.orders.findWrongSums(tx, companyId);
    const breaches = wrong.map(
      (order) =>
        `order ${order.platformOrderNo} (${order.orderId}): paid ${order.paidFen} fen, lines ${order.linesFen} fen and freight ${order.freightFen} fen, the rest is not in suspense`,
    );
    return {
      invariant: '4 per copied order, lines, freight and suspense add up to what was paid',
      checked: await this.orders.count(tx, companyId),
      inFlight: 0,
      breaches,
    };
  }

  private async versions(tx: Tx, companyId: string): Promise<InvariantResult> {
    const wrong = await this.orders.findWrongVersions(tx, companyId);
    return {
      invariant: '6 copied orders are at the newest version told',
      checked: await this.orders.count(tx, companyId),
      inFlight: 0,
      breaches: wrong.map(
        ({ orderId, version, applied }) =>
          `order ${orderId} is copied at version ${version}, applied was ${applied ?? 'none'}`,
      ),
    };
  }
}
