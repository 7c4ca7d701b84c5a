import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inStatement, STORY_CLOCK, toShanghaiIso, type Caller, type StoryClock } from '@app/shared';
import { isOtherReceiver, isRefundOpen, receiverMarkOf, type OrderStateAnswer } from '@app/contracts';
import type { OrderStateView } from '@app/platforms';
import { PlatformCalls } from '../platform/platform-calls';
import { OrderIntake } from '../pull/order.intake';
import { ShopReader } from '../shop/shop.reader';
import type { ShopRow } from '../shop/shop.types';
import { WorkDesk } from '../work/work.desk';

const MAY_SHIP = new Set(['paid', 'part_shipped']);

/** Why a parcel of the order must not leave by the platform's word of this moment; empty when it may. */
export function reasonNotToShip(view: OrderStateView): string {
  if (!MAY_SHIP.has(view.platformState)) return `The platform shows the order as ${view.platformState}.`;
  const forbid = view.forbids[0] ?? view.lines.flatMap((line) => line.forbids ?? [])[0];
  if (forbid) return `The platform forbids shipping: ${forbid.text || forbid.code}.`;
  const refunding = view.lines.find((line) => isRefundOpen(line.refundState));
  return refunding ? `A refund of line ${refunding.platformLineNo} is ${refunding.refundState}.` : '';
}

/** The platform's own word about an order, asked before a label is taken. */
@Injectable()
export class OrderStateService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly shops: ShopReader,
    private readonly calls: PlatformCalls,
    private readonly desk: WorkDesk,
    private readonly intake: OrderIntake,
    @Inject(STORY_CLOCK) private readonly story: StoryClock,
  ) {}

  /** An order that may not be shipped is pulled again, so that the orders service learns why. */
  async ask(caller: Caller, request: { shopId: string; platformOrderNo: string }): Promise<OrderStateAnswer> {
    const shop = await this.shops.get(caller.companyId, request.shopId);
    const view = await this.calls.with(shop, ({ port }, call) => port.orderState(call, request.platformOrderNo));
    const forbidden = reasonNotToShip(view);
    const reason = forbidden === '' ? await this.reasonOfReceiver(shop, view) : forbidden;
    if (forbidden !== '')
      await inStatement(this.dataSource, (tx) =>
        this.desk.request(tx, shop, 'order', [`${shop.id}/${request.platformOrderNo}`]),
      );
    return {
      platformOrderNo: request.platformOrderNo,
      platformState: view.platformState,
      mayShip: reason === '',
      reason,
      modifiedAt: view.modifiedAt ?? toShanghaiIso(this.story.now()),
    };
  }

  /**
   * Why the receiver stops the parcel; empty when it does not. On platforms whose modified time stands still when an address
   * changes (JD sheet §5.2) no change window shows it, so the order is stored anew here and holds itself. What a cheap look
   * shows of a receiver may be less than what the whole order does, so only the stored receiver decides.
   */
  private async reasonOfReceiver(shop: ShopRow, { platformOrderNo, receiver }: OrderStateView): Promise<string> {
    const shown = receiverMarkOf(receiver);
    if (shown === '') return '';
    const stored = await this.intake.receiverMark(shop, platformOrderNo);
    if (stored === '' || !isOtherReceiver(stored, shown)) return '';
    const order = await this.calls.with(shop, ({ port }, call) => port.orderDetail(call, platformOrderNo));
    await this.intake.put(shop, [order]);
    const isChanged = isOtherReceiver(stored, await this.intake.receiverMark(shop, platformOrderNo));
    return isChanged ? 'The platform shows another receiver than before; approve the order with the new one.' : '';
  }
}
